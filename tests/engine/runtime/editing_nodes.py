"""Node types for edits of a graph while it runs."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator
from typing import Any

from engine import In, Join, Node, Out, Source, param

_instances = itertools.count(1)


class Tagged(Source):
    """(name, number of the instance, 0), (…, 1), … for ever."""

    value = Out(tuple)
    name = param("source")
    interval = param(0.001, minimum=0.0)
    fixed = param(0, live=False)

    def __init__(self) -> None:
        self.instance = f"{os.getpid()}-{next(_instances)}"

    async def produce(self) -> AsyncIterator[tuple[str, str, int]]:
        for number in itertools.count():
            yield (self.name, self.instance, number)
            await self.sleep(self.interval)


class Hand(Node):
    """Hands on what it gets, with its mark in the name: so the way that a message came can be seen."""

    x = In(tuple)
    y = Out(tuple)
    mark = param("")
    fixed = param(0, live=False)
    live = param(0)

    def process(self, x: tuple[Any, ...]) -> tuple[Any, ...]:
        return (x[0] + self.mark, *x[1:])


class Watch(Node):
    """Takes what comes on any number of wires, and emits (instance, messages, faults) for each.

    A fault is a message that is not behind the one before of the same source; a gap, one that is not next to it.
    """

    join = Join.ANY
    x = In(tuple, many=True, optional=True)
    seen = Out(tuple)

    def __init__(self) -> None:
        self.instance = f"{os.getpid()}-{next(_instances)}"
        self.count = self.faults = self.gaps = 0
        self.last: dict[tuple[str, str], int] = {}

    def process(self, x: list[tuple[str, str, int]]) -> tuple[str, int, int, int]:
        for name, instance, number in x:
            before = self.last.get((name, instance))
            self.faults += before is not None and number <= before
            self.gaps += before is not None and number != before + 1
            self.last[name, instance] = number
            self.count += 1
        return (self.instance, self.count, self.faults, self.gaps)


class Together(Node):
    """Both of one tick; state: how many."""

    a = In(tuple)
    b = In(tuple, optional=True)
    both = Out(tuple)

    def __init__(self) -> None:
        self.count = 0

    def process(self, a: tuple[Any, ...], b: tuple[Any, ...] | None) -> tuple[Any, ...]:
        self.count += 1
        return (self.count, a, b)


class CannotStart(Node):
    """Raises before it begins."""

    x = In(tuple)

    def on_start(self) -> None:
        raise ValueError("no device is connected")

    def process(self, x: tuple[Any, ...]) -> None: ...


class NeverReady(CannotStart):
    """Waits for ever before it begins."""

    async def on_start(self) -> None:  # type: ignore[override]
        await asyncio.sleep(3600)


class DiesAtStart(CannotStart):
    """Takes its process with it."""

    def on_start(self) -> None:
        os._exit(3)


class Stubborn(Node):
    """Says when it was stopped, by a file."""

    x = In(tuple)
    path = param("")

    def process(self, x: tuple[Any, ...]) -> None: ...

    def on_stop(self) -> None:
        with open(self.path, "a") as file:
            file.write("stopped\n")
