"""Node types that go wrong in every way that a node can, when and where a test says."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
from typing import Any

from engine import In, Join, Node, Out, Source, param


class Faulty(Node):
    """Passes numbers on; the one of number `at` goes wrong in the way that `how` says."""

    category = "Tests"
    value = In(int)
    passed = Out(int)
    how = param("raise")
    at = param(3)

    def process(self, value: int) -> Any:
        if value != self.at:
            return value
        if self.how == "exit":
            raise SystemExit("out of here")
        if self.how == "wrong type":
            return "text"
        if self.how == "unknown port":
            self.emit("nowhere", 1)
        if self.how == "raise":
            raise ValueError(f"cannot take {value}")
        return value


class Constructed(Faulty):
    """Cannot be made."""

    def __init__(self) -> None:
        super().__init__()
        raise RuntimeError("no such camera")


class Started(Faulty):
    """Cannot be started."""

    def on_start(self) -> None:
        raise RuntimeError("the camera does not answer")


class NeverReady(Faulty):
    """Waits in on_start for longer than anybody does."""

    async def on_start(self) -> None:
        await self.sleep(3600)


class Asked(Faulty):
    """Cannot say whether to process."""

    def should_process(self, value: int) -> bool:
        raise LookupError("whether to process is unknown")


class Ended(Faulty):
    """Fails when its input has ended."""

    def on_end(self) -> None:
        raise OSError("nothing to end")


class Stopped(Faulty):
    """Fails at the very last."""

    def on_stop(self) -> None:
        raise OSError("the device is gone")


class Crash(Faulty):
    """Takes its process with it."""

    sign = param("SIGSEGV")

    def process(self, value: int) -> Any:
        if value == self.at:
            os.kill(os.getpid(), getattr(signal, self.sign))
        return value


class Stubborn(Faulty):
    """Never comes back from one number, whatever is raised in it; in the test's own process until it is let go."""

    let_go = threading.Event()  # so that a test leaves no thread behind

    def process(self, value: int) -> Any:
        while value >= self.at and not self.let_go.is_set():
            try:
                while not self.let_go.is_set():
                    pass
            except BaseException:
                continue
        return value


class HoldsInterpreter(Faulty):
    """C code that keeps the interpreter's lock."""

    seconds = param(3600)

    def process(self, value: int) -> Any:
        if value == self.at:
            ctypes.PyDLL(None).sleep(self.seconds)
        return value


class Slow(Node):
    """Takes its time."""

    category = "Tests"
    value = In(int)

    async def process(self, value: int) -> None:
        await self.sleep(0.2)


class Pair(Node):
    """Joins the newest of two."""

    category = "Tests"
    join = Join.LATEST
    first = In(int)
    second = In(int)

    def process(self, first: int, second: int) -> None:
        return None


class Batch(Node):
    """Gives the sum of many numbers, so that a join beside it needs many in stock."""

    category = "Tests"
    value = In(int)
    total = Out(int)
    size = param(1000)
    _sum, _count = 0, 0

    def process(self, value: int) -> Any:
        self._sum, self._count = self._sum + value, self._count + 1
        return self._sum if self._count % self.size == 0 else None


class Numbers(Source):
    """Counts up to `count`, then for ever when it is 0."""

    category = "Tests"
    value = Out(int)
    count = param(0)
    interval = param(0.01)

    async def produce(self) -> Any:
        number = 0
        while not self.count or number < self.count:
            yield number
            number += 1
            await self.sleep(self.interval)


def path(node_type: type[Node]) -> str:
    """The path by which a graph names a node type of this module."""
    return f"{__name__}:{node_type.__name__}"
