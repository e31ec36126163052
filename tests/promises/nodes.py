"""Node types that fail in one given way, at any location: worker processes import them by `tests.promises.nodes`."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from engine import In, Node, Out, Source, param

COUNT = 12
FIRST, MIDDLE, LAST = 0, 5, COUNT - 1


class Unpicklable(Exception):
    """Holds what cannot be pickled, and does not unpickle either: it wants two arguments."""

    def __init__(self, text: str, lock: Any) -> None:
        super().__init__(text)
        self.lock = lock


class NoText(Exception):
    """Cannot say what it is about."""

    def __str__(self) -> str:
        raise RuntimeError("there is no text")


def raise_(kind: str, text: str) -> None:
    """Raise an exception of this kind."""
    if kind == "Unpicklable":
        raise Unpicklable(text, threading.Lock())
    raise {
        "SystemExit": SystemExit,
        "KeyboardInterrupt": KeyboardInterrupt,
        "NoText": NoText,
        "CancelledError": asyncio.CancelledError,
    }.get(kind, ValueError)(text)


class Fails(Node):
    """Hands on (number, how many this instance has processed), and fails in one place, at one number."""

    x = In(int)
    y = Out(tuple)
    where = param("process")
    kind = param("ValueError")
    at = param(MIDDLE)

    def __init__(self) -> None:
        self.age = 0
        self._fail_in("constructor")

    def on_start(self) -> None:
        self._fail_in("on_start")

    def should_process(self, x: int) -> bool:
        self._fail_at("should_process", x)
        return True

    def process(self, x: int) -> Any:
        self._fail_at("process", x)
        if x == self.at:
            if self.where == "wrong type":
                return str(x)
            if self.where == "emit of a wrong type":
                self.emit("y", str(x))
            if self.where == "emit to an unknown port":
                self.emit("nowhere", x)
        self.age += 1
        return (x, self.age)

    def on_end(self) -> None:
        self._fail_in("on_end")

    def on_stop(self) -> None:
        self._fail_in("on_stop")

    def result(self) -> int:
        self._fail_in("result")
        return self.age

    def _fail_at(self, place: str, x: int) -> None:
        if place == self.where and x == self.at:
            raise_(self.kind, f"in {place} at {x}")

    def _fail_in(self, place: str) -> None:
        if place == self.where:
            raise_(self.kind, f"in {place}")


class FailsAwaiting(Fails):
    """The same in hooks that await."""

    async def process(self, x: int) -> Any:  # type: ignore[override]
        return super().process(x)

    async def on_end(self) -> None:  # type: ignore[override]
        super().on_end()

    async def on_stop(self) -> None:  # type: ignore[override]
        super().on_stop()


class FailsNow(Node):
    """Fails at its fifth message and says when, in seconds since the epoch."""

    x = In(int)

    def process(self, x: int) -> None:
        if x == 5:
            raise ValueError(f"{time.time():.6f}")


class FailsOften(Node):
    """Fails at three numbers; hands on (number, how many this instance has processed)."""

    x = In(int)
    y = Out(tuple)

    def __init__(self) -> None:
        self.age = 0

    def process(self, x: int) -> tuple[int, int]:
        if x in (3, 5, 6):
            raise ValueError(f"number {x}")
        self.age += 1
        return (x, self.age)


class FailsToRestart(Node):
    """Fails once; its old instance then fails to stop, and the first new one to start."""

    x = In(int)
    y = Out(int)
    lives: list[int] = []  # noqa: RUF012 - of all instances in a process

    def on_start(self) -> None:
        self.lives.append(1)
        if len(self.lives) % 3 == 2:
            raise SystemExit("not yet")

    def process(self, x: int) -> int:
        if x == MIDDLE:
            raise ValueError("broken")
        return x

    def on_stop(self) -> None:
        if len(self.lives) % 3 == 1:
            raise ValueError("cannot stop")


class FailsToProduce(Source):
    """Three numbers, then it fails; each kind of `produce`."""

    value = Out(int)
    kind = param("ValueError")

    def produce(self) -> Iterator[int]:
        yield from range(3)
        raise_(self.kind, "in produce")


class FailsToProduceAwaiting(FailsToProduce):
    async def produce(self) -> AsyncIterator[int]:  # type: ignore[override]
        for i in range(3):
            yield i
        raise_(self.kind, "in produce")


class FailsToProduceBlocking(FailsToProduce):
    blocking = True


class Unsendable(Node):
    """Emits what cannot leave its process, at a fifth of its messages, and as its last."""

    x = In(int)
    y = Out()

    def process(self, x: int) -> Any:
        return (lambda: x) if x % 5 == 4 else x


class RefusesParameter(Node):
    """Its `on_param` raises what it is told to."""

    x = In(int)
    y = Out(int)
    kind = param("SystemExit", live=False)
    factor = param(1)

    def process(self, x: int) -> int:
        return x * self.factor

    def on_param(self, name: str, value: Any) -> None:
        raise_(self.kind, "in on_param")
