"""A workbench whose run is made up: real taps, into which the test pushes what a port would give."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from app.workbench import Workbench
from engine import RunStatistics, Signal, TidewireError
from engine.bridges.message import Message
from engine.overflow import Overflow
from engine.runtime.states import RunState
from engine.runtime.tap import Tap

RATE_HZ = 500.0


class FakeRun:
    def __init__(self) -> None:
        self.state = RunState.RUNNING
        self.taps: dict[str, list[Tap]] = {}
        self.opened = 0
        self.refusal = ""
        self._tick = 0

    def tap(self, port: str, policy: str = "latest", capacity: int = 1) -> Tap:
        if self.refusal:
            raise TidewireError(self.refusal)
        tap = Tap(port, Overflow(policy), capacity, lambda: self.taps[port].remove(tap))
        self.taps.setdefault(port, []).append(tap)
        self.opened += 1
        return tap

    def statistics(self) -> RunStatistics:
        return RunStatistics()

    def tapped(self, port: str = "a.out") -> list[Tap]:
        return list(self.taps.get(port, ()))

    def give(self, *payloads: Any, port: str = "a.out", time_ns: int | None = None) -> None:
        for payload in payloads:
            now = time.time_ns() if time_ns is None else time_ns
            for tap in self.tapped(port):
                tap.push(Message(payload, self._tick, now, 0))
            self._tick += 1

    def end(self) -> None:
        self.state = RunState.FINISHED
        for taps in self.taps.values():
            for tap in list(taps):
                tap.end()


class FakeBench(Workbench):
    """The real document with its undo, and a run that the test makes."""

    # PySide finds an overridden `QObject.connect` in the class of an object only.
    connect = Workbench.connect
    disconnect = Workbench.disconnect

    made_up: FakeRun | None = None

    @property
    def run(self) -> Any:
        return self.made_up

    @property
    def is_running(self) -> bool:
        return False

    def begin(self) -> FakeRun:
        self.made_up = FakeRun()
        self.run_changed.emit()
        return self.made_up

    def end(self) -> None:
        assert self.made_up is not None
        self.made_up.end()
        self.run_changed.emit()


def sine(
    begin: int, count: int, *, hz: float = 1.0, rate_hz: float = RATE_HZ, channels: int = 1, level: float = 1.0
) -> Signal:
    """A chunk of a sine that is 0 and rising at sample 0; channel i is i + 1 times as high."""
    phase = 2 * np.pi * hz * np.arange(begin, begin + count) / rate_hz
    samples = level * np.sin(phase)[:, None] * np.arange(1, channels + 1)
    return Signal(samples, rate_hz, None, round(begin / rate_hz * 1e9))
