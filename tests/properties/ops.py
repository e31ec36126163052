"""Node types of the property tests. What each does with a value is a plain function, which the reference uses too.

Values are whole numbers or arrays of bytes; `number_of` makes a number of either, so that every node takes both.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import numpy as np

from engine import In, Join, Node, Out, Source, param

MODULUS = 1_000_003


def number_of(value: Any) -> int:
    """A number that says whether a value came whole: an array's tells its length and every byte."""
    if isinstance(value, np.ndarray):
        return (zlib.crc32(value.tobytes()) + 7 * value.size) % MODULUS
    return int(value)


def packet(number: int, sizes: list[int]) -> np.ndarray:
    """An array of bytes, whose size and content follow from a number."""
    return np.full(sizes[number % len(sizes)], number % 251, np.uint8)


def mangled(value: Any, factor: int) -> int:
    return (number_of(value) * factor + 1) % MODULUS


def passes(value: Any, modulus: int) -> bool:
    return number_of(value) % modulus == 0


def copies(value: Any) -> int:
    return number_of(value) % 3


def combined(*values: Any) -> int:
    result = len(values)
    for value in values:
        result = (result * 31 + (MODULUS if value is None else number_of(value))) % MODULUS
    return result


# -- sources


class Count(Source):
    """0, 1, 2, …"""

    y = Out()
    count = param(10, minimum=0)
    interval = param(0.0, minimum=0.0, unit="s")

    async def produce(self) -> AsyncIterator[int]:
        for number in range(self.count):
            yield number
            if self.interval:
                await self.sleep(self.interval)


class Packets(Source):
    """Arrays of these sizes in turn."""

    y = Out()
    count = param(10, minimum=0)
    sizes = param([16], type=list)

    def produce(self) -> Iterator[np.ndarray]:
        for number in range(self.count):
            yield packet(number, self.sizes)


class Blocking(Source):
    """0, 1, 2, … from a helper thread."""

    blocking = True
    y = Out()
    count = param(10, minimum=0)

    def produce(self) -> Iterator[int]:
        yield from range(self.count)


# -- one input


class Mangle(Node):
    """A number of each value."""

    x = In()
    y = Out()
    factor = param(3)

    def process(self, x: Any) -> int:
        return mangled(x, self.factor)


class Grow(Node):
    """An array for each value."""

    x = In()
    y = Out()
    sizes = param([16], type=list)

    async def process(self, x: Any) -> np.ndarray:
        return packet(number_of(x), self.sizes)


class Thin(Node):
    """Lets some values through."""

    x = In()
    y = Out()
    modulus = param(3, minimum=1)

    def should_process(self, x: Any) -> bool:
        return passes(x, self.modulus)

    def process(self, x: Any) -> Any:
        return x


class Running(Node):
    """A number of all values so far: wrong from the first that is missing, twice there or out of order."""

    x = In()
    y = Out()

    def on_start(self) -> None:
        self.total = 0

    def process(self, x: Any) -> int:
        self.total = combined(self.total, x)
        return self.total


class Fragile(Node):
    """Fails at some numbers, and passes the other values on."""

    x = In()
    y = Out()
    at = param([], type=list)

    def process(self, x: Any) -> Any:
        if number_of(x) in self.at:
            raise ArithmeticError(f"number {number_of(x)}")
        return x


class Repeat(Node):
    """Each value not at all, once or twice."""

    x = In()
    y = Out()

    def process(self, x: Any) -> Iterator[Any]:
        for _ in range(copies(x)):
            yield x


class Last(Node):
    """Passes on, and says at the end how many there were."""

    x = In()
    y = Out()

    def on_start(self) -> None:
        self.seen = 0

    def process(self, x: Any) -> Any:
        self.seen += 1
        return x

    def on_end(self) -> None:
        self.emit("y", self.seen)


# -- several inputs


class Both(Node):
    """A number of the two values of a tick."""

    a = In()
    b = In()
    y = Out()

    def process(self, a: Any, b: Any) -> int:
        return combined(a, b)


class Perhaps(Node):
    """The same, where the second need not be there."""

    a = In()
    b = In(optional=True)
    y = Out()

    def process(self, a: Any, b: Any) -> int:
        return combined(a, b)


class All(Node):
    """A number of the values of one tick on any number of wires."""

    x = In(many=True)
    y = Out()

    def process(self, x: list[Any]) -> int:
        return combined(*sorted(number_of(value) for value in x))


class Fold(Node):
    """A number of a value and what came of the one before, which comes back on a feedback wire."""

    a = In()
    b = In(optional=True)
    y = Out()

    def process(self, a: Any, b: Any) -> int:
        return combined(a, b)


# -- sinks


class Record(Node):
    """Keeps a number of each value; may take its time."""

    x = In()
    delay = param(0.0, minimum=0.0, unit="s")

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def process(self, x: Any) -> None:
        if self.delay:
            time.sleep(self.delay)
        self.seen.append(number_of(x))

    def result(self) -> list[Any]:
        return self.seen


class RecordAny(Node):
    """Keeps what comes on two inputs with different clocks."""

    join = Join.ANY
    a = In()
    b = In()

    def __init__(self) -> None:
        self.seen: list[tuple[str, int]] = []

    def process(self, a: Any, b: Any) -> None:
        self.seen.append(("b", number_of(b)) if a is None else ("a", number_of(a)))

    def result(self) -> list[Any]:
        return self.seen


class RecordLatest(Node):
    """Keeps each value of the first input with the newest of the second."""

    join = Join.LATEST
    a = In(driving=True)
    b = In()

    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def process(self, a: Any, b: Any) -> None:
        self.seen.append((number_of(a), number_of(b)))

    def result(self) -> list[Any]:
        return self.seen
