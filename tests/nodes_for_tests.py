"""Node types that tests run at any location: worker processes import them by `tests.nodes_for_tests`."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import numpy as np

from engine import Array, In, Join, Node, Out, Signal, Source, param

# -- sources


class Numbers(Source):
    """0, 1, 2, … as fast as they are taken."""

    value = Out(int)
    count = param(10, minimum=0)

    def produce(self) -> Iterator[int]:
        yield from range(self.count)


class TimedNumbers(Source):
    """0, 1, 2, … with a pause after each; for ever when `count` is 0."""

    value = Out(int)
    count = param(0, minimum=0)
    interval = param(0.01, minimum=0.0, unit="s")

    async def produce(self) -> AsyncIterator[int]:
        number = 0
        while not self.count or number < self.count:
            yield number
            number += 1
            await self.sleep(self.interval)


class BlockingNumbers(Source):
    """0, 1, 2, … from a call that blocks its thread."""

    blocking = True

    value = Out(int)
    count = param(0, minimum=0)
    interval = param(0.01, minimum=0.0, unit="s")

    def produce(self) -> Iterator[int]:
        number = 0
        while not self.count or number < self.count:
            yield number
            number += 1
            self.sleep(self.interval)


class Arrays(Source):
    """`count` arrays of `size` bytes: the first eight hold the number of the array, the others its remainder by 251."""

    array = Out(Array())
    count = param(10, minimum=0)
    size = param(1024, minimum=16)
    interval = param(0.0, minimum=0.0, unit="s")

    async def produce(self) -> AsyncIterator[np.ndarray]:
        number = 0
        while not self.count or number < self.count:
            array = np.full(self.size, number % 251, np.uint8)
            array[:8] = np.frombuffer(np.int64(number).tobytes(), np.uint8)
            yield array
            number += 1
            if self.interval:
                await self.sleep(self.interval)


class Noise(Source):
    """Chunks of pseudo-random samples, the same in every run."""

    signal = Out(Signal)
    count = param(20, minimum=0)
    block = param(50, minimum=1)
    seed = param(1)

    def produce(self) -> Iterator[Signal]:
        random = np.random.default_rng(self.seed)
        for number in range(self.count):
            yield Signal(random.standard_normal((self.block, 2)), 100.0, start_time_ns=number * self.block * 10_000_000)


class Ports(Source):
    """Two output ports in one step."""

    left = Out(int)
    right = Out(str)
    count = param(10, minimum=0)

    def produce(self) -> Iterator[dict[str, Any]]:
        for number in range(self.count):
            yield {"left": number, "right": str(number)}


class Payloads(Source):
    """What it is told to send: names of payloads in `PAYLOADS`."""

    value = Out()
    names = param([], type=list)

    def produce(self) -> Iterator[Any]:
        for name in self.names:
            yield PAYLOADS[name]()


def _grid(*shape: int, dtype: Any = np.float64) -> np.ndarray:
    return np.arange(int(np.prod(shape)), dtype=dtype).reshape(shape)


PAYLOADS: dict[str, Any] = {
    "1-D": lambda: _grid(7),
    "2-D": lambda: _grid(30, 40, dtype=np.float32),
    "3-D": lambda: _grid(4, 5, 6, dtype=np.int16),
    "large": lambda: _grid(300, 1000),
    "strided": lambda: _grid(400, 600)[::2, ::3],
    "fortran": lambda: np.asfortranarray(_grid(200, 100)),
    "empty": lambda: np.zeros((0, 3), np.float32),
    "bool": lambda: _grid(100) % 2 == 0,
    "complex": lambda: _grid(5000) * 1j,
    "list of arrays": lambda: [np.full(1000, index) for index in range(1000)],
    "nested": lambda: {"a": [1, (2, {"b": np.arange(3)})], "text": "äöü\n\0", "none": None, "bytes": b"\0\xff"},
    "text": lambda: "x" * 100_000,
    "signal": lambda: Signal(_grid(100, 3), 250.0, ("a", "b", "c"), 123),
}


# -- transforms


class Square(Node):
    """The square of a number."""

    x = In(int)
    y = Out(int)

    def process(self, x: int) -> int:
        return x * x


class Slow(Node):
    """Hands on what it gets, after a while that leaves the loop to others."""

    x = In()
    y = Out()
    delay = param(0.01, minimum=0.0, unit="s")

    async def process(self, x: Any) -> Any:
        await asyncio.sleep(self.delay)
        return x


class Scale(Node):
    """Multiplies numbers; counts what `on_param` hears."""

    x = In()
    y = Out()
    factor = param(1, minimum=-100, maximum=100)
    fixed = param(1, live=False)

    def process(self, x: Any) -> Any:
        return x * self.factor


class EveryThird(Node):
    """Filters by `should_process`: numbers that three divides, and from `until` on nothing."""

    x = In(int)
    y = Out(int)
    until = param(1_000_000)

    def should_process(self, x: int) -> bool:
        return x % 3 == 0 and x < self.until

    def process(self, x: int) -> int:
        return x


class Pair(Node):
    """Both inputs of one tick, as a tuple."""

    a = In()
    b = In()
    both = Out(tuple)

    def process(self, a: Any, b: Any) -> tuple[Any, Any]:
        return (a, b)


class PairLatest(Pair):
    """A tuple for each `a`, with the newest `b`."""

    join = Join.LATEST
    a = In(driving=True)
    b = In()


class PairAny(Node):
    """Each message alone."""

    join = Join.ANY
    a = In()
    b = In()
    both = Out(tuple)

    def process(self, a: Any, b: Any) -> tuple[Any, Any]:
        return (a, b)


class WithOptional(Node):
    """A required and an optional input."""

    needed = In()
    extra = In(optional=True)
    both = Out(tuple)

    def process(self, needed: Any, extra: Any) -> tuple[Any, Any]:
        return (needed, extra)


class Sum(Node):
    """The sum of any number of wires."""

    values = In(int, many=True)
    total = Out(int)

    def process(self, values: list[int]) -> int:
        return sum(values)


class Add(Node):
    """The sum of two inputs."""

    a = In(int)
    b = In(int)
    total = Out(int)

    def process(self, a: int, b: int) -> int:
        return a + b


class Smooth(Node):
    """A filter with state across chunks: its result shows whether every chunk came, once and in order."""

    signal = In(Signal)
    smoothed = Out(Signal)
    weight = param(0.3)

    def on_start(self) -> None:
        self.last = np.zeros(2)

    def process(self, signal: Signal) -> Signal:
        samples = np.empty_like(signal.samples)
        for index, row in enumerate(signal.samples):
            self.last = self.last + self.weight * (row - self.last)
            samples[index] = self.last
        return signal.replace(samples=samples)


class Mix(Node):
    """The difference of two signals of one tick."""

    a = In(Signal)
    b = In(Signal)
    difference = Out(Signal)

    def process(self, a: Signal, b: Signal) -> Signal:
        return a.replace(samples=a.samples - b.samples)


# -- sinks


class Collect(Node):
    """Keeps what comes; the run gives it as the node's result."""

    x = In()

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def process(self, x: Any) -> None:
        self.seen.append(x)

    def result(self) -> list[Any]:
        return self.seen


class SlowCollect(Collect):
    """Takes its time for each message, and blocks its loop for it."""

    delay = param(0.01, minimum=0.0, unit="s")

    def process(self, x: Any) -> None:
        time.sleep(self.delay)
        self.seen.append(x)


class CheckArrays(Node):
    """Looks whether the arrays of `Arrays` come whole, once and in order: result (how many, how many wrong)."""

    x = In(Array())

    def __init__(self) -> None:
        self.count = self.wrong = 0

    def process(self, x: np.ndarray) -> None:
        number = int(x[:8].view(np.int64)[0])
        if number != self.count or (x[8:] != number % 251).any():
            self.wrong += 1
        self.count += 1

    def result(self) -> tuple[int, int]:
        return (self.count, self.wrong)


class Where(Node):
    """Says in which process and thread it runs."""

    x = In()

    def process(self, x: Any) -> None:
        import os

        self.place = (os.getpid(), threading.current_thread().name)

    def result(self) -> tuple[int, str]:
        return self.place


class Diary(Node):
    """Writes down which of its hooks are called, in order. `kind` says whether they are async."""

    x = In()
    y = Out()
    gain = param(1)

    def __init__(self) -> None:
        self.lines: list[Any] = ["init"]

    def on_start(self) -> None:
        self.lines.append("start")

    def process(self, x: Any) -> Any:
        self.lines.append(x)
        return x

    def on_param(self, name: str, value: Any) -> None:
        self.lines.append((name, value))

    def on_end(self) -> None:
        self.lines.append("end")
        self.emit("y", "last words")

    def on_stop(self) -> None:
        self.lines.append("stop")

    def result(self) -> list[Any]:
        return self.lines


class AsyncDiary(Diary):
    """The same with hooks that await."""

    async def on_start(self) -> None:  # type: ignore[override]
        await asyncio.sleep(0.01)
        super().on_start()

    async def on_param(self, name: str, value: Any) -> None:  # type: ignore[override]
        await asyncio.sleep(0.01)
        super().on_param(name, value)

    async def on_end(self) -> None:  # type: ignore[override]
        await asyncio.sleep(0.01)
        super().on_end()

    async def on_stop(self) -> None:  # type: ignore[override]
        await asyncio.sleep(0.01)
        super().on_stop()
