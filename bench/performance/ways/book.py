"""What a sink writes down of the messages it gets: how many, in what time, how late, and whether each was right."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.performance.ways.payload import NEVER, NUMBER, SENT_NS, WARM_UP_S, Payload, cycle
from bench.performance.ways.processes import cpu_s, family, memory_mb
from bench.performance.ways.task import Task


class Book:
    """Looks at a saturated stream from when it is warm for `seconds`; then writes what it saw to a file.

    The clock is looked at once in so many messages, chosen so that looking costs nothing beside them.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._cycle = cycle(task.size)
        self._mask = max(1, min(128, (1 << 20) // task.size)) - 1  # sizes are powers of two
        self._expected = 0
        self.count = 0
        self.lost = 0
        self.wrong = 0
        self._first_ms = 0.0
        self._warm_at = self._until = 0
        self._from: tuple[int, int, float] | None = None
        self._family: list[int] = []
        self.is_done = False

    def take(self, array: Payload) -> None:
        """Take a message."""
        if array.item(NUMBER) != self._expected:
            self._miss(array)
        if not self.count & self._mask:
            self._look(array)
        self.count += 1
        self._expected = (self._expected + 1) % self._cycle

    def _miss(self, array: Payload) -> None:
        """Another number than expected: what lies between is lost, unless it comes later, out of order."""
        ahead = array.item(NUMBER) - self._expected
        if ahead < 0 and self._cycle == NEVER:
            self.wrong += 1
            self.lost -= 1
            self._expected -= 1
        else:
            self.lost += ahead % self._cycle
            self._expected = array.item(NUMBER)

    def _look(self, array: Payload) -> None:
        now = time.monotonic_ns()
        if self.count == 0:
            self._first_ms = (now - array.item(SENT_NS)) / 1e6 if array.item(NUMBER) == 0 else math.nan
            self._warm_at = now + int(WARM_UP_S * 1e9)
        elif self._from is None and now >= self._warm_at:
            self._family = family(self._task.root)
            self._until = now + int(self._task.seconds * 1e9)
            self._from = (self.count, time.monotonic_ns(), cpu_s(self._family))
        elif self._from is not None and not self.is_done and now >= self._until:
            self.is_done = True
            count, began, cpu = self._from
            taken = self.count - count
            used = cpu_s(self._family) - cpu
            write(
                self._task,
                rate=taken / (now - began) * 1e9,
                cpu_us=used / taken * 1e6,
                node_us=used / taken * 1e6 / max(1, self._task.count),
                **({} if math.isnan(self._first_ms) else {"first_ms": self._first_ms}),
                memory_mb=memory_mb(self._family),
                messages=taken,
                lost=max(0, self.lost),
                wrong=self.wrong,
            )


class LateBook:
    """Writes down how late each message of a paced stream comes."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._skip = int(WARM_UP_S * task.rate_hz)
        self._wanted = int(task.seconds * task.rate_hz)
        self._late_us: list[float] = []
        self._from = 0.0
        self._family: list[int] = []
        self.wrong = self.lost = 0
        self.count = 0
        self.is_done = False

    def take(self, array: Payload) -> None:
        """Take a message."""
        late_us = (time.monotonic_ns() - array.item(SENT_NS)) / 1e3
        ahead = array.item(NUMBER) - self.count - self.lost
        self.wrong += ahead < 0
        self.lost += max(-1, ahead)
        self.count += 1
        if self.count <= self._skip or self.is_done:
            return
        if not self._late_us:
            self._family = family(self._task.root)
            self._from = cpu_s(self._family)
        self._late_us.append(late_us)
        if len(self._late_us) == self._wanted:
            self.is_done = True
            p50, p99 = np.percentile(self._late_us[1:], [50, 99])
            write(
                self._task,
                p50_us=float(p50),
                p99_us=float(p99),
                cpu_us=(cpu_s(self._family) - self._from) / (self._wanted - 1) * 1e6,
                messages=self._wanted,
                lost=max(0, self.lost),
                wrong=self.wrong,
            )


class PauseBook:
    """Writes down how long the loop kept a node waiting that wants it at an interval."""

    INTERVAL_S = 0.001

    def __init__(self, task: Task) -> None:
        self._task = task
        self._began = self._last = time.monotonic()
        self._pauses_ms: list[float] = []
        self.is_done = False

    def tick(self) -> bool:
        """The node has its turn; true at every hundredth."""
        now = time.monotonic()
        self._pauses_ms.append((now - self._last - self.INTERVAL_S) * 1e3)
        self._last = now
        if not self.is_done and now - self._began > WARM_UP_S + self._task.seconds:
            self.is_done = True
            p50, p99 = np.percentile(self._pauses_ms, [50, 99])
            write(self._task, pause_ms=max(self._pauses_ms), pause_p50_ms=float(p50), pause_p99_ms=float(p99))
        return len(self._pauses_ms) % 100 == 0


def ignore(message: object) -> None:
    """Take a message and write down nothing."""


def open_book(task: Task) -> Book | LateBook:
    """The book of a task's sink."""
    return LateBook(task) if task.rate_hz else Book(task)


def write(task: Task, **figures: Any) -> None:
    """Write what was seen where the program looks for it; whole or not at all."""
    partial = Path(f"{task.out}.part")
    partial.write_text(json.dumps(figures), encoding="utf-8")
    partial.rename(task.out)
