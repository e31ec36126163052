"""Going round: every case once, then all again, so that what befalls the machine befalls all alike."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.performance.cases import Case
from bench.performance.measure import Sample, measure

Measure = Callable[[Case, Path], Sample]


def go_round(
    cases: list[Case], rounds: int, own: Path, peers: Path | None, measure_once: Measure = measure
) -> Iterator[tuple[int, Sample]]:
    """Measure all cases, round after round; every other round backwards, so that no peer always comes second.

    Args:
        cases: what to measure.
        rounds: how often.
        own: our interpreter.
        peers: that of the peers' environment; None leaves them out.
        measure_once: how one is measured.

    Yields:
        The number of the round and what was measured, one by one.
    """
    cases = [case for case in cases if peers is not None or not case.wants_peers]
    for number in range(rounds):
        for case in cases if number % 2 == 0 else cases[::-1]:
            python = peers if case.wants_peers and peers is not None else own
            yield number, measure_once(case, python)


class Progress:
    """One line that says how far it is: rewritten on a terminal, elsewhere a new one each half minute."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._began = time.monotonic()
        self._on_terminal = sys.stderr.isatty()
        self._next = 0.0

    def show(self, sample: Sample) -> None:
        """One more is measured; what failed is always told."""
        self._done += 1
        if sample.error:
            self._print(f"{sample.case}: {sample.error}")
        now = time.monotonic()
        if now >= self._next or self._done == self._total:
            self._next = now + (0.2 if self._on_terminal else 30.0)
            left = (now - self._began) / self._done * (self._total - self._done)
            text = f"{self._done}/{self._total}, {left / 60:.1f} min to go: {sample.case}"
            if self._on_terminal:
                print(f"\r\x1b[2K{text[:110]}", end="", file=sys.stderr, flush=True)
            else:
                print(text, file=sys.stderr, flush=True)

    def _print(self, text: str) -> None:
        print(f"\r\x1b[2K{text}" if self._on_terminal else text, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line."""
        if self._on_terminal:
            print(file=sys.stderr)
