"""Node types of the model runs. Each looks, when it works, whether the start barrier had been released."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

from engine import In, Node, Out, Source, param


def _nothing() -> None:
    """Where no schedule looks."""


class Watch:
    """What the schedule that is explored wants to know. One schedule at a time."""

    on_work: Callable[[], None] = staticmethod(_nothing)
    hold: Callable[[], None] = staticmethod(_nothing)


class Count(Source):
    """0, 1, 2, … with a pause after each."""

    value = Out(int)
    count = param(2)
    pause = param(0.0)

    async def produce(self) -> AsyncIterator[int]:
        for number in range(self.count):
            Watch.on_work()
            yield number
            await self.sleep(self.pause)


class QuickCount(Source):
    """0, 1, 2, … without giving the loop away."""

    value = Out(int)
    count = param(2, minimum=0)

    def produce(self) -> Iterator[int]:
        Watch.on_work()
        yield from range(self.count)


class Keep(Node):
    """Keeps what comes, for its result; at message `stuck_at` it never gives its loop back."""

    x = In()
    stuck_at = param(-1)

    def __init__(self) -> None:
        self.seen: list[int] = []

    def process(self, x: int) -> None:
        Watch.on_work()
        if x == self.stuck_at:
            Watch.hold()
        self.seen.append(x)

    def result(self) -> list[int]:
        return self.seen


class Both(Node):
    """Both inputs of one tick."""

    a = In()
    b = In()
    both = Out(tuple)

    def process(self, a: int, b: int) -> tuple[int, int]:
        Watch.on_work()
        return (a, b)


class Even(Node):
    """Filters odd numbers out."""

    x = In(int)
    y = Out(int)

    def should_process(self, x: int) -> bool:
        return x % 2 == 0

    def process(self, x: int) -> int:
        return x
