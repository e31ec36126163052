"""`Envelope`: the last samples of a signal, with the least and greatest of every block of them.

Drawing a window of any length then costs the same: a column of pixels takes the blocks that lie in it, and a spike
of one sample is in the greatest of its block however far one zooms out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.plots.kept_columns import KeptColumns

Samples = NDArray[np.float64]

BLOCK = 32  # entries of one level that make one entry of the next
LEVELS = 4
MAX_VALUES = 4_000_000  # of all channels: 32 MB, and as much again where samples had to be thinned


@dataclass(frozen=True, slots=True)
class Columns:
    """What to draw: `at` (n,) positions, `low` and `high` (n_channels, n); the same where single samples are given.

    Evenly spaced ones say their `step`, and how far their origin lies before that of `at`: columns begin at multiples
    of the step from there, samples lie anywhere. 0 is any spacing. Of those with the same `life`, the ones numbered
    from that origin from `settled[0]` to `settled[1]` are the same at every look.
    """

    at: Samples
    low: Samples
    high: Samples
    step: float = 0.0
    origin: float = 0.0
    life: object = None
    settled: tuple[int, int] = (0, 0)


class Envelope:
    """A ring of samples. Positions count samples since the first one; NaN stands where there is none.

    Args:
        n_channels: of every chunk that is appended.
        length: how many samples to keep at least. Where that is too many for the memory allowed, neighbours are
            kept as their least and greatest only (`thin` of them together).
    """

    def __init__(self, n_channels: int, length: int, max_values: int = MAX_VALUES) -> None:
        self.n_channels = n_channels
        self.length = max(length, 1)
        self.thin = max(1, -(-self.length * n_channels // max_values))
        top: int = BLOCK ** (LEVELS - 1)
        entries = -(-self.length // self.thin)
        # One top block more: the one being written holds no old samples any more.
        while top > BLOCK and top * 4 > entries:
            top //= BLOCK
        self._sizes = [size for size in (BLOCK**level for level in range(LEVELS)) if size <= top]
        self._capacity = (-(-entries // top) + 1) * top
        self._low = [np.full((n_channels, self._capacity // size), np.nan) for size in self._sizes]
        self._high = [
            low if level == 0 and self.thin == 1 else np.full_like(low, np.nan) for level, low in enumerate(self._low)
        ]
        self._carry = np.empty((n_channels, 0))
        self._kept = KeptColumns()
        self._life = object()  # another one when what was settled holds no longer
        self._written = 0  # entries
        self._cleared = 0  # entries up to here are free of old samples

    @property
    def end(self) -> int:
        """The position behind the newest sample."""
        return self._written * self.thin + self._carry.shape[1]

    @property
    def begin(self) -> int:
        """No sample before this position is still there."""
        return max(0, self._cleared - self._capacity) * self.thin

    def skip(self, count: int) -> None:
        """Leave a gap of `count` samples, however long."""
        if count > self._capacity * self.thin:
            self._restart_at(self.end + count)
            return
        fill = min(count, -self._carry.shape[1] % self.thin)
        entries, rest = divmod(count - fill, self.thin)
        self._append_gap(fill)
        while entries:
            self._clear_ahead(entries)
            step = min(entries, self._cleared - self._written)
            self._written += step
            entries -= step
        self._append_gap(rest)

    def _append_gap(self, count: int) -> None:
        if count:
            self.append(np.full((count, self.n_channels), np.nan))

    def _restart_at(self, position: int) -> None:
        """Forget all samples, and have the next one at this position."""
        self._kept.forget()
        self._life = object()
        for values in (*self._low, *self._high):
            values.fill(np.nan)
        self._carry = self._carry[:, :0]
        self._written = self._cleared = position // self.thin // self._sizes[-1] * self._sizes[-1]
        self.skip(position - self.end)

    def append(self, samples: NDArray[np.generic]) -> None:
        """Add (n, n_channels) samples; what is not finite leaves a gap."""
        rows = samples[-(self._capacity - self._sizes[-1]) * self.thin :]
        if len(rows) < len(samples):
            self._restart_at(self.end + len(samples) - len(rows))
        values = np.array(rows.T, np.float64, order="C")
        with np.errstate(invalid="ignore", over="ignore"):
            if not np.isfinite(values.sum()):
                values[~np.isfinite(values)] = np.nan
        if self.thin == 1:
            self._append_entries(values, values)
            return
        if self._carry.shape[1]:
            values = np.concatenate((self._carry, values), axis=1)
        whole = values.shape[1] // self.thin * self.thin
        self._carry = values[:, whole:].copy()
        if whole:
            blocks = values[:, :whole].reshape(self.n_channels, -1, self.thin)
            self._append_entries(np.fmin.reduce(blocks, axis=2), np.fmax.reduce(blocks, axis=2))

    def _append_entries(self, low: Samples, high: Samples) -> None:
        done = 0
        while done < low.shape[1]:
            self._clear_ahead(low.shape[1] - done)
            count = min(low.shape[1] - done, self._cleared - self._written)
            at = self._written % self._capacity
            self._low[0][:, at : at + count] = low[:, done : done + count]
            if self.thin > 1:
                self._high[0][:, at : at + count] = high[:, done : done + count]
            self._summarise(at, at + count)
            self._written += count
            done += count

    def _clear_ahead(self, count: int) -> None:
        """Forget old samples where the next ones will be: room for one at least, for `count` up to the ring's end."""
        if self._written < self._cleared:
            return
        top = self._sizes[-1]
        at = self._written % self._capacity
        room = min(-(-count // top) * top, self._capacity - at)
        for size, low, high in zip(self._sizes, self._low, self._high, strict=True):
            low[:, at // size : (at + room) // size] = np.nan
            high[:, at // size : (at + room) // size] = np.nan
        self._cleared += room

    def _summarise(self, start: int, stop: int) -> None:
        for level in range(1, len(self._sizes)):
            start, stop = start // BLOCK, -(-stop // BLOCK)
            for least, store in ((True, self._low), (False, self._high)):
                below = store[level - 1][:, start * BLOCK : stop * BLOCK].reshape(self.n_channels, -1, BLOCK)
                reduce = np.fmin.reduce if least else np.fmax.reduce
                store[level][:, start:stop] = reduce(below, axis=2)

    # -- looking

    def columns(self, start: float, stop: float, count: int) -> Columns:
        """What lies in the positions `start` to `stop`, in at most about `count` columns.

        The columns begin at multiples of their width, so a picture that scrolls does not flicker. With at most two
        samples a column the samples themselves are given, and one more on each side, so that lines reach the edges.
        """
        thin = self.thin
        first = max(int(start // thin) - 1, self.begin // thin, 0)
        last = min(int(-(-stop // thin)) + 1, self._written)
        width = max((stop - start) / thin / max(count, 1), 0.0)
        if last <= first:
            empty = np.empty((self.n_channels, 0))
            return Columns(np.empty(0), empty, empty)
        if width <= 2.0:
            low = self._read(self._low[0], 0, first, last)
            high = low if thin == 1 else self._read(self._high[0], 0, first, last)
            middle = (thin - 1) / 2
            at = np.arange(first, last, dtype=np.float64) * thin + middle
            return Columns(at, low, high, thin, 0.0, self._life, (first, last))
        level = max(i for i, size in enumerate(self._sizes) if size <= width)
        size = self._sizes[level]
        merged = int(-(-width // size))
        step = size * merged
        begin, end = first // step, -(-last // step)
        settled = -(-max(0, self._cleared - self._capacity) // step), self._written // step

        def work_out(begin: int, end: int) -> tuple[Samples, Samples]:
            return (
                self._merged(self._low[level], level, begin, end, merged, np.fmin),
                self._merged(self._high[level], level, begin, end, merged, np.fmax),
            )

        least, greatest = self._kept.look(step, (begin, end), settled, work_out)
        at = (np.arange(begin, end, dtype=np.float64) + 0.5) * (step * thin)
        return Columns(at, least, greatest, step * thin, 0.0, self._life, settled)

    def _merged(self, store: Samples, level: int, begin: int, end: int, merged: int, choose: np.ufunc) -> Samples:
        # Blocks before the oldest or behind the newest one are NaN, or left out here.
        oldest = max(0, self._cleared - self._capacity) // self._sizes[level]
        newest = -(-self._written // self._sizes[level])
        first, last = max(begin * merged, oldest), min(end * merged, newest)
        values = self._read(store, level, first, last)
        edges = np.maximum(np.arange(begin, end) * merged - first, 0)
        result: Samples = choose.reduceat(values, edges, axis=1)
        return result

    def _read(self, store: Samples, level: int, first: int, last: int) -> Samples:
        capacity = self._capacity // self._sizes[level]
        at, count = first % capacity, last - first
        if at + count <= capacity:
            return store[:, at : at + count]
        return np.concatenate((store[:, at:], store[:, : at + count - capacity]), axis=1)

    def newest(self, count: int) -> Samples:
        """The newest samples, (n_channels, up to count); the greatest of each `thin` where samples were thinned."""
        first = max(self._written - -(-count // self.thin), self.begin // self.thin, 0)
        return self._read(self._high[0], 0, first, self._written)

    def resized(self, length: int) -> Envelope:
        """An envelope of another length with as much of the content as fits; positions count on."""
        other = Envelope(self.n_channels, length)
        if self.thin == 1 and other.thin == 1:
            kept = self.newest(other.length).T
            other._restart_at(self.end - len(kept))
            other.append(kept)
        return other
