"""The sinks of the soak: each looks whether its messages come once, in order and whole, and writes it down."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.soak.nodes import MODULO, _WithRecord
from bench.soak.payloads import RATE_HZ, is_whole, number_of, wave
from engine import In, Node, Signal, param

_REMEMBERED = 4096  # numbers of which a duplicate is told from one that came late
SETTLED_AFTER = 20  # chunks after which a filter that began anew gives what one that never stopped gives
HIGH_PASS_HZ, LOW_PASS_HZ, ORDER = 5.0, 50.0, 2
TOLERANCE = 1e-6


class Check(_WithRecord, Node):
    """Counts by the number of each message. Numbers that a sieve takes out are not expected."""

    x = In()
    record_path = param("")
    sieve = param(0, minimum=0, doc="Numbers that this divides do not come.")

    def on_start(self) -> None:
        super().on_start()
        self._seen: deque[int] = deque(maxlen=_REMEMBERED)
        self._known: set[int] = set()

    def process(self, x: Any) -> None:
        number, record = number_of(x), self.record
        record.took(number)
        expected = record["next"]
        if number < expected:
            kind = "duplicates" if number in self._known else "misordered"
            record.add(kind)
            record.remark(what=kind, number=number, expected=expected)
            return
        after_gap = self._expected_between(expected, number) > 0
        if not is_whole(x) or not self.is_right(x, number, after_gap=after_gap):
            record.add("damaged")
            record.remark(what="damaged", number=number)
        record.add("received")
        record["next"] = number + 1
        self._remember(number)

    def _expected_between(self, first: int, end: int) -> int:
        count = end - first
        if self.sieve and count:
            count -= (end - 1) // self.sieve - (first - 1) // self.sieve
        return count

    def _remember(self, number: int) -> None:
        if len(self._seen) == _REMEMBERED:
            self._known.discard(self._seen[0])
        self._seen.append(number)
        self._known.add(number)

    def is_right(self, x: Any, number: int, *, after_gap: bool) -> bool:
        """Is what came with the number right?"""
        return True


class SlowCheck(Check):
    """A check that is slower than its source."""

    delay = param(0.005, minimum=0.0, unit="s")

    async def process(self, x: Any) -> None:  # type: ignore[override]
        await asyncio.sleep(self.delay)
        super().process(x)


class CheckPair(Check):
    """Are both messages of one tick?"""

    def is_right(self, x: Any, number: int, *, after_gap: bool) -> bool:
        return number_of(x[1]) == number


class CheckLatest(Check):
    """Does the other input never go back?"""

    _newest = -1

    def is_right(self, x: Any, number: int, *, after_gap: bool) -> bool:
        before, self._newest = self._newest, number_of(x[1])
        return self._newest >= before


class CheckTotal(Check):
    """Is each total the one before and the number? After a gap, or when the loop began anew, it is taken as it is."""

    _total: int | None = None

    def is_right(self, x: Any, number: int, *, after_gap: bool) -> bool:
        before, self._total = self._total, x[1]
        if before is None or after_gap or self._total == (before + number) % MODULO:
            return True
        self.record.add("resets")
        return bool(self._total == number)


class CheckMarks(Check):
    """Writes down which mark came when, and each change with the last moment at which the mark before was used."""

    def is_right(self, x: Any, number: int, *, after_gap: bool) -> bool:
        mark, made_ns = x[1], x[2]
        record = self.record
        if mark != record["mark"]:
            record.remark(what="mark", mark=mark, before=record["mark"], before_ns=record["marked_ns"])
            record["mark"] = mark
        record["marked_ns"] = made_ns
        return True


class CheckFiltered(Check):
    """Is it what the two filters make of the source's chunks? Computed here again, beside."""

    x = In(Signal)

    _filter: Any = None
    _fresh = 0

    def on_start(self) -> None:
        super().on_start()
        _ReferenceFilter()  # SciPy is imported before the first message and not while it waits

    def is_right(self, x: Signal, number: int, *, after_gap: bool) -> bool:
        if after_gap or self._filter is None:
            self._filter, self._fresh = _ReferenceFilter(), SETTLED_AFTER if number else 0
        wanted = self._filter.next(wave(number).samples)
        if self._fresh:
            self._fresh -= 1
            return True
        if np.allclose(x.samples, wanted, atol=TOLERANCE):
            return True
        self.record.add("resets")  # filters that began anew between two chunks: as many as processes died, or wrong
        self.record.remark(what="reset", number=number)
        self._filter, self._fresh = None, 0
        return True


class _ReferenceFilter:
    def __init__(self) -> None:
        from scipy.signal import butter

        self._stages = [
            butter(ORDER, HIGH_PASS_HZ, btype="highpass", output="sos", fs=RATE_HZ),
            butter(ORDER, LOW_PASS_HZ, btype="lowpass", output="sos", fs=RATE_HZ),
        ]
        self._states: list[Any] = [None, None]

    def next(self, samples: NDArray[np.float64]) -> NDArray[np.float64]:
        from scipy.signal import sosfilt

        for index, stage in enumerate(self._stages):
            if self._states[index] is None:
                self._states[index] = np.zeros((len(stage), 2, samples.shape[1]))
            samples, self._states[index] = sosfilt(stage, samples, axis=0, zi=self._states[index])
        return samples
