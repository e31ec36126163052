"""What a scope shows, by the kind of payload: a rolling signal, numbers against time, or the newest array."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.plots.envelope import Columns, Envelope, Samples
from app.plots.payloads import array_of, named_numbers_of, number_of
from engine import Signal

MAX_CHANNELS = 256
MAX_POINTS = 1 << 17
MAX_SWEEP = 2_000_000
TREMBLE_S = 0.02


class Traces(ABC):
    """The data of some channels over one x axis.

    Attributes:
        channels: their names.
        total_channels: how many there are in the payload; only the first ones are kept, `most` of them.
        axis, unit: what the x axis says.
    """

    axis = "time before the newest sample"
    unit = "s"

    def __init__(self, channels: tuple[str, ...], most: int = MAX_CHANNELS) -> None:
        self.total_channels = len(channels)
        self.channels = channels[:most]

    @abstractmethod
    def takes(self, payload: Any) -> bool:
        """Does this payload continue what is here?"""

    @abstractmethod
    def add(self, payload: Any, time_ns: int) -> None:
        """Add a payload that it `takes`."""

    @abstractmethod
    def span(self, window_s: float) -> tuple[float, float]:
        """The x range to show."""

    @abstractmethod
    def columns(self, start: float, stop: float, count: int) -> Columns:
        """What lies between two x, in about `count` columns; `at` in units of x."""

    def set_window(self, window_s: float) -> None:  # noqa: B027  # only some keep more for a longer window
        """Keep at least so many seconds."""

    @property
    def rate_hz(self) -> float | None:
        """The sample rate, where there is one."""
        return None


def traces_for(payload: Any, window_s: float) -> Traces | None:
    """Traces that take this payload, empty yet; None when a scope cannot draw it."""
    if isinstance(payload, Signal):
        return SignalTraces(payload, window_s) if payload.n_channels else None
    if number_of(payload) is not None:
        return NumberTraces(("value",))
    named = named_numbers_of(payload)
    if named is not None:
        return NumberTraces(tuple(named))
    array = array_of(payload)
    return None if array is None else ArrayTraces(array)


class SignalTraces(Traces):
    """The last seconds of a signal. x is seconds, 0 the newest sample."""

    def __init__(self, first: Signal, window_s: float, most: int = MAX_CHANNELS) -> None:
        super().__init__(tuple(str(name) for name in first.channels), most)
        self._names = first.channels
        self._rate_hz = first.rate_hz
        self._envelope = Envelope(len(self.channels), self._length(window_s))
        self._next_ns: int | None = None

    @property
    def rate_hz(self) -> float | None:
        """The sample rate."""
        return self._rate_hz

    def _length(self, window_s: float) -> int:
        return int(min(window_s * self._rate_hz * 1.5 + 2, 1e12))

    def set_window(self, window_s: float) -> None:
        """Keep at least so many seconds, with a half more to look back at."""
        length = self._length(window_s)
        if length != self._envelope.length:
            self._envelope = self._envelope.resized(length)

    def takes(self, payload: Any) -> bool:
        """Is it a signal of the same channels and rate?"""
        return isinstance(payload, Signal) and payload.rate_hz == self._rate_hz and payload.channels == self._names

    def add(self, payload: Any, time_ns: int) -> None:
        """Append a chunk, at its place in time.

        Where samples are missing a gap is left; what overlaps is taken once; time that jumps back starts anew.
        """
        samples = payload.samples[:, : len(self.channels)]
        if self._next_ns is not None:
            late_s = (payload.start_time_ns - self._next_ns) * 1e-9
            # Some sources stamp with clocks that tremble.
            tolerance_s = max(1.5 / self._rate_hz, min(0.4 * payload.duration_s, TREMBLE_S))
            if late_s > tolerance_s:
                self._envelope.skip(int(min(late_s * self._rate_hz + 0.5, 1e12)))
            elif late_s < -payload.duration_s - tolerance_s:
                self._envelope = Envelope(len(self.channels), self._envelope.length)
            elif late_s < -tolerance_s:
                samples = samples[round(-late_s * self._rate_hz) :]
        if len(samples):
            self._next_ns = payload.start_time_ns + int(payload.duration_s * 1e9)
            self._envelope.append(samples)

    def newest(self, count: int) -> Samples:
        """The newest samples, (n_channels, up to count)."""
        return self._envelope.newest(count)

    def span(self, window_s: float) -> tuple[float, float]:
        """The window up to now."""
        return -window_s, 0.0

    def columns(self, start: float, stop: float, count: int) -> Columns:
        """What lies between two times before the newest sample."""
        newest = self._envelope.end - 1
        found = self._envelope.columns(start * self._rate_hz + newest, stop * self._rate_hz + newest, count)
        rate = self._rate_hz
        at = (found.at - newest) / rate
        return Columns(at, found.low, found.high, found.step / rate, newest / rate, found.life, found.settled)


class NumberTraces(Traces):
    """Numbers against the time of their messages, one point a message. x is seconds, 0 the newest message."""

    axis = "time before the newest message"

    def __init__(self, channels: tuple[str, ...]) -> None:
        super().__init__(channels)
        # Twice the room, so that the older half is thrown away in one move now and then.
        self._times = np.empty(2 * MAX_POINTS // len(self.channels))
        self._values = np.empty((len(self.channels), len(self._times)))
        self._count = 0
        self._origin_ns: int | None = None

    def takes(self, payload: Any) -> bool:
        """Is it a number, or a dict of the same numbers?"""
        return self._read(payload) is not None

    def _read(self, payload: Any) -> list[float] | None:
        value = number_of(payload)
        if value is not None:
            return [value] if self.channels == ("value",) else None
        named = named_numbers_of(payload)
        if named is None or tuple(named)[:MAX_CHANNELS] != self.channels:
            return None
        return list(named.values())[:MAX_CHANNELS]

    def add(self, payload: Any, time_ns: int) -> None:
        """Add a point; time that jumps back starts anew."""
        values = self._read(payload)
        if values is None:
            return
        if self._origin_ns is None:
            self._origin_ns = time_ns
        time_s = (time_ns - self._origin_ns) * 1e-9
        if self._count and time_s < self._times[self._count - 1]:
            self._count = 0
        if self._count == len(self._times):
            keep = self._count // 2
            self._times[:keep] = self._times[keep : 2 * keep]
            self._values[:, :keep] = self._values[:, keep : 2 * keep]
            self._count = keep
        self._times[self._count] = time_s
        self._values[:, self._count] = values
        self._count += 1

    def span(self, window_s: float) -> tuple[float, float]:
        """The window up to now."""
        return -window_s, 0.0

    def columns(self, start: float, stop: float, count: int) -> Columns:
        """What lies between two times before the newest message."""
        if not self._count:
            empty = np.empty((len(self.channels), 0))
            return Columns(np.empty(0), empty, empty)
        newest = self._times[self._count - 1]
        times = self._times[: self._count]
        first = max(int(np.searchsorted(times, start + newest)) - 1, 0)
        last = min(int(np.searchsorted(times, stop + newest, "right")) + 1, self._count)
        at, values = times[first:last] - newest, _finite(self._values[:, first:last])
        if len(at) <= 2 * count:
            return Columns(at, values, values)
        # Columns of equal time; those without a point are left out.
        width = (stop - start) / count
        edges = np.flatnonzero(np.diff(np.floor(times[first:last] / width), prepend=-np.inf))
        low, high = np.fmin.reduceat(values, edges, axis=1), np.fmax.reduceat(values, edges, axis=1)
        return Columns(at[edges], low, high)


class ArrayTraces(Traces):
    """The newest array, (n,) or (n, n_channels), against the index of its values."""

    axis = "index"
    unit = ""

    def __init__(self, first: NDArray[Any]) -> None:
        super().__init__(("value",) if first.ndim == 1 else tuple(str(i) for i in range(first.shape[1])))
        self._values: Samples = np.empty((len(self.channels), 0))
        self.total = 0

    def takes(self, payload: Any) -> bool:
        """Is it an array of as many columns?"""
        array = array_of(payload) if number_of(payload) is None else None
        return array is not None and (1 if array.ndim == 1 else array.shape[1]) == self.total_channels

    def add(self, payload: Any, time_ns: int) -> None:
        """Show this array in place of the one before."""
        array = array_of(payload)
        assert array is not None
        table = array[:, None] if array.ndim == 1 else array[:, :MAX_CHANNELS]
        self.total = len(table)
        self._values = _finite(np.array(table[: MAX_SWEEP // table.shape[1]].T, np.float64, order="C"))

    def span(self, window_s: float) -> tuple[float, float]:
        """All of it."""
        return 0.0, float(max(self._values.shape[1] - 1, 1))

    def columns(self, start: float, stop: float, count: int) -> Columns:
        """What lies between two indices."""
        length = self._values.shape[1]
        first, last = max(int(start) - 1, 0), min(int(stop) + 2, length)
        if last <= first:
            empty = np.empty((len(self.channels), 0))
            return Columns(np.empty(0), empty, empty)
        step = int((stop - start) // max(count, 1))
        if step < 2:
            values = self._values[:, first:last]
            return Columns(np.arange(first, last, dtype=np.float64), values, values, step=1.0)
        begin = first // step * step
        edges = np.arange(begin, last, step)
        values = self._values[:, :last]
        low, high = np.fmin.reduceat(values, edges, axis=1), np.fmax.reduceat(values, edges, axis=1)
        return Columns(edges + (step - 1) / 2, low, high, step=float(step))


def _finite(values: Samples) -> Samples:
    """The values with NaN in place of infinities."""
    finite = np.isfinite(values)
    return values if finite.all() else np.where(finite, values, np.nan)
