"""Node types that tell one life of their process from the next, or that end it."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np

from engine import Array, In, Join, Node, Out, Source, param


class Lives(Source):
    """Arrays of `size` bytes full of their number, from 0 in each life, with the process's id in front."""

    array = Out(Array())
    size = param(1024, minimum=16)
    interval = param(0.001, minimum=0.0)

    async def produce(self) -> AsyncIterator[np.ndarray]:
        number = 0
        while True:
            array = np.full(self.size // 8, number, np.int64)
            array[0] = os.getpid()
            yield array
            number += 1
            await self.sleep(self.interval)


class PassOn(Node):
    """Hands an array on, as a new one."""

    x = In(Array())
    y = Out(Array())

    def process(self, x: np.ndarray) -> np.ndarray:
        return x.copy()


class Orderly(Node):
    """Fails at an array that is torn, out of order, there a second time, or of a tick that was there."""

    x = In(Array())

    def __init__(self) -> None:
        self.seen: list[tuple[int, int, int]] = []
        self.lives: list[int] = []

    def process(self, x: np.ndarray) -> None:
        life, number, tick = int(x[0]), int(x[1]), self._context.tick  # type: ignore[attr-defined]
        assert (x[1:] == number).all(), "torn"
        if life not in self.lives:
            self.lives.append(life)
        elif self.seen:
            assert life == self.lives[-1], "a message of a life that is over"
            assert number > self.seen[-1][1], "out of order"
        assert not self.seen or tick > self.seen[-1][2], f"tick {tick} after {self.seen[-1][2]}"
        self.seen.append((life, number, tick))

    def result(self) -> list[tuple[int, int, int]]:
        return self.seen


class Ticked(Node):
    """Collects what comes, with its tick."""

    x = In()

    def __init__(self) -> None:
        self.seen: list[tuple[int, Any]] = []

    def process(self, x: Any) -> None:
        self.seen.append((self._context.tick, x))  # type: ignore[attr-defined]

    def result(self) -> list[tuple[int, Any]]:
        return self.seen


class Either(Node):
    """Each message alone, with ticks of its own count."""

    join = Join.ANY
    a = In()
    b = In()
    y = Out()

    def process(self, a: Any, b: Any) -> Any:
        return a if a is not None else b


class Mortal(Node):
    """Hands on what it gets, and ends its process at every message of number `at` of its life."""

    x = In()
    y = Out()
    at = param(5)
    how = param("SIGSEGV")

    def __init__(self) -> None:
        self.count = 0

    def process(self, x: Any) -> Any:
        self.count += 1
        if self.count > self.at:
            if self.how == "SIGSEGV":
                ctypes.string_at(0)
            elif self.how == "exit":
                os._exit(3)
            os.kill(os.getpid(), signal.Signals[self.how])
        return x


class WritesDown(Node):
    """Hands on what it gets, once it is in a file that outlives the process."""

    x = In(int)
    y = Out(int)
    path = param("")

    def process(self, x: int) -> int:
        with open(self.path, "a") as file:
            file.write(f"{x}\n")
        return x


class FailsToStart(Node):
    """Hands on what it gets. Where a file `marker` is, a new instance behaves in a bad way before it is ready."""

    x = In()
    y = Out()
    marker = param("")
    how = param("constructor")

    def __init__(self) -> None:
        if self.is_marked("constructor"):
            raise RuntimeError("not today")

    async def on_start(self) -> None:
        if self.is_marked("on_start"):
            raise SystemExit("not today")
        if self.is_marked("dies"):
            os.kill(os.getpid(), signal.SIGKILL)
        while self.is_marked("hangs"):  # noqa: ASYNC110  # a file has no event
            await asyncio.sleep(0.01)

    def is_marked(self, how: str) -> bool:
        return self.how == how and bool(self.marker) and Path(self.marker).exists()

    def process(self, x: Any) -> Any:
        return x


class Remembers(Node):
    """Emits its parameter and the id of its process with each message."""

    x = In()
    y = Out(tuple)
    gain = param(1, minimum=0, maximum=100)

    def process(self, x: Any) -> tuple[int, int, Any]:
        return (self.gain, os.getpid(), x)


class Fragile(Remembers):
    """The same, and fails at each negative number."""

    def process(self, x: Any) -> tuple[int, int, Any]:
        if x < 0:
            raise ValueError("negative")
        return super().process(x)


class Signs(Source):
    """Numbers that count up; one is negative when the sign is set to -1, which then is 1 again."""

    value = Out(int)
    sign = param(1)

    async def produce(self) -> AsyncIterator[int]:
        number = 1
        while True:
            yield self.sign * number
            self.sign = 1
            number += 1
            await self.sleep(0.002)
