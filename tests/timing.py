"""How long something takes, on a machine that may be busy with other things.

What a thread waits for a processor that other programs use is no fault of what is measured. Linux counts it, for each
thread; here it is left out. What a thread waits for within the program, the interpreter's lock for one, is not.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from bench.processor import waited_for_processor

COORDINATOR = "tidewire-coordinator"
PATIENCE = 3.0  # a wait goes on for so many times its bound, so that a failure says how long it really took


class Stopwatch:
    """Measures from its making on, without what the two threads that a promise is in the hands of waited for a
    processor: the one that asks, and the engine's coordinator.

    Both are followed one after the other, as one hands on to the other. Time that passes in workers counts in full.
    """

    def __init__(self) -> None:
        names = {thread.name: thread.native_id for thread in threading.enumerate()}
        self._threads = {threading.get_native_id(), names.get(COORDINATOR)} - {None}
        self._waited = self._waited_now()
        self._began = time.monotonic()

    def _waited_now(self) -> float:
        return sum(waited_for_processor(thread) for thread in self._threads if thread is not None)

    @property
    def passed_s(self) -> float:
        """Seconds since the start, those left out that the machine did not give."""
        return self.wall_s - self.not_given_s

    @property
    def wall_s(self) -> float:
        """Seconds since the start by the clock: for what has to take some time at least."""
        return time.monotonic() - self._began

    @property
    def not_given_s(self) -> float:
        """Seconds that were left out so far."""
        return max(0.0, self._waited_now() - self._waited)


def within(seconds: float, condition: Callable[[], Any], what: str = "", since: Stopwatch | None = None) -> Any:
    """Wait until something is so, which has to be within a time of the machine's own; returns what it gave.

    Args:
        seconds: the bound.
        condition: asked again and again.
        what: for the message of a failure.
        since: from when the time counts; from now on without it.
    """
    watch = since or Stopwatch()
    while not (found := condition()):
        if watch.passed_s > PATIENCE * seconds:
            raise AssertionError(f"not within {PATIENCE * seconds:g} s, let alone {seconds:g}: {what or condition}")
        time.sleep(0.002)
    took = watch.passed_s
    assert took < seconds, f"only after {took:.2f} s, not within {seconds:g}: {what or condition}"
    return found


def best_of(tries: int, figure: Callable[[], float], bound: float) -> list[float]:
    """The figures of some tries, which end with the first within the bound: what a busy machine adds it never takes
    away, so the best try is nearest to the truth."""
    figures: list[float] = []
    while len(figures) < tries and min(figures, default=bound) >= bound:
        figures.append(figure())
    return figures
