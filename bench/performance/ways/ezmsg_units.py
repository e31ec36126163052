"""ezmsg: units with their defaults, in the processes that a user would name."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import ezmsg.core as ez
from ezmsg.core.graphserver import GraphServer

from bench.performance.ways.book import PauseBook, open_book
from bench.performance.ways.payload import NUMBER, at_rate, saturated, stamped
from bench.performance.ways.task import Task, answer


class TaskSettings(ez.Settings):
    task: str


class Flood(ez.Unit):
    SETTINGS = TaskSettings
    OUTPUT = ez.OutputStream(object)

    @ez.publisher(OUTPUT)
    async def produce(self) -> AsyncGenerator[Any, None]:
        task = Task.from_json(self.SETTINGS.task)
        for array in saturated(task.size, task.seconds):
            yield self.OUTPUT, array


class Paced(ez.Unit):
    SETTINGS = TaskSettings
    OUTPUT = ez.OutputStream(object)

    @ez.publisher(OUTPUT)
    async def produce(self) -> AsyncGenerator[Any, None]:
        task = Task.from_json(self.SETTINGS.task)
        for number, wait_s in at_rate(task.seconds, task.rate_hz):
            await asyncio.sleep(wait_s)
            yield self.OUTPUT, stamped(task.size, number)


class Pass(ez.Unit):
    INPUT = ez.InputStream(object)
    OUTPUT = ez.OutputStream(object)

    @ez.subscriber(INPUT)
    @ez.publisher(OUTPUT)
    async def process(self, message: Any) -> AsyncGenerator[Any, None]:
        yield self.OUTPUT, message


class Sink(ez.Unit):
    SETTINGS = TaskSettings
    INPUT = ez.InputStream(object)

    async def initialize(self) -> None:
        self.book = open_book(Task.from_json(self.SETTINGS.task))

    @ez.subscriber(INPUT)
    async def take(self, message: Any) -> None:
        self.book.take(message)
        if self.book.is_done:
            raise ez.NormalTermination


class Drop(ez.Unit):
    INPUT = ez.InputStream(object)

    @ez.subscriber(INPUT)
    async def take(self, message: Any) -> None:
        pass


class Join(ez.Unit):
    """Two inputs, paired in the order they come, which is all that its subscribers offer."""

    LEFT = ez.InputStream(object)
    RIGHT = ez.InputStream(object)
    OUTPUT = ez.OutputStream(object)

    async def initialize(self) -> None:
        self.waiting: asyncio.Queue[Any] = asyncio.Queue(16)

    @ez.subscriber(RIGHT)
    async def keep(self, message: Any) -> None:
        await self.waiting.put(message)

    @ez.subscriber(LEFT)
    @ez.publisher(OUTPUT)
    async def process(self, message: Any) -> AsyncGenerator[Any, None]:
        other = await self.waiting.get()
        if message.item(NUMBER) != other.item(NUMBER):
            raise ValueError("the two are of different ticks")
        yield self.OUTPUT, message


class Tick(ez.Unit):
    SETTINGS = TaskSettings
    OUTPUT = ez.OutputStream(object)

    @ez.publisher(OUTPUT)
    async def produce(self) -> AsyncGenerator[Any, None]:
        book = PauseBook(Task.from_json(self.SETTINGS.task))
        while not book.is_done:
            await asyncio.sleep(PauseBook.INTERVAL_S)
            if book.tick():
                yield self.OUTPUT, 0.0
        raise ez.NormalTermination


def line(task: Task) -> None:
    """A source, a node and a sink."""
    source, sink = ends(task)
    node = Pass()
    apart = {"loop": [], "process": [source], "processes": [source, node]}[task.layout]
    run([source, node, sink], ((source.OUTPUT, node.INPUT), (node.OUTPUT, sink.INPUT)), apart)


def ends(task: Task) -> tuple[Any, Any]:
    """A source and a sink."""
    settings = TaskSettings(task.as_json())
    return (Paced if task.rate_hz else Flood)(settings), Sink(settings)


def chain(task: Task) -> None:
    """`count` units in all, the source and the sink among them, over `across` processes, neighbours together."""
    source, sink = ends(task)
    units = [source, *(Pass() for _ in range(task.count - 2)), sink]
    connections = tuple((before.OUTPUT, after.INPUT) for before, after in pairwise(units))
    if not task.across:
        run(units, connections, [])
        return
    blocks = []
    placed: list[Any] = []
    for number in range(task.across):
        members = [unit for index, unit in enumerate(units) if index * task.across // task.count == number]
        blocks.append(together(members))
        placed += blocks[-1].components.values()
    run(blocks, tuple((before.OUTPUT, after.INPUT) for before, after in pairwise(placed)), blocks)


def together(units: list[Any]) -> Any:
    """A collection of copies of these units, which shares a process."""
    return type("Block", (ez.Collection,), {f"U{index}": unit for index, unit in enumerate(units)})()


def fan(task: Task) -> None:
    """A source and `count` sinks, each in a process of its own unless all share a loop; the last keeps the book."""
    source, sink = ends(task)
    sinks = [*(Drop() for _ in range(task.count - 1)), sink]
    apart = [] if task.layout == "loop" else [source, *sinks[:-1]]
    run([source, *sinks], tuple((source.OUTPUT, one.INPUT) for one in sinks), apart)


def join(task: Task) -> None:
    """A source whose messages go two ways and meet again."""
    source, sink = ends(task)
    left, right, both = Pass(), Pass(), Join()
    connections = (
        (source.OUTPUT, left.INPUT),
        (source.OUTPUT, right.INPUT),
        (left.OUTPUT, both.LEFT),
        (right.OUTPUT, both.RIGHT),
        (both.OUTPUT, sink.INPUT),
    )
    run([source, left, right, both, sink], connections, [] if task.layout == "loop" else [source])


def pause(task: Task) -> None:
    """A line, with a unit beside the source that wants the loop each millisecond."""
    source, sink = ends(replace(task, out=f"{task.out}.line"))
    node, tick, ticks = Pass(), Tick(TaskSettings(task.as_json())), Drop()
    block = together([source, tick])
    source, tick = block.components.values()
    connections = ((source.OUTPUT, node.INPUT), (node.OUTPUT, sink.INPUT), (tick.OUTPUT, ticks.INPUT))
    run([block, node, sink, ticks], connections, [block])


def run(components: list[Any], connections: Any, apart: list[Any]) -> None:
    """Run units until one says that it is done; `apart` are those with a process of their own."""
    logging.getLogger("ezmsg").setLevel(logging.ERROR)
    server = GraphServer()
    server.start(("127.0.0.1", 0))
    named = {f"C{index}": component for index, component in enumerate(components)}
    try:
        ez.run(components=named, connections=connections, process_components=apart, graph_address=server.address)
    finally:
        server.stop()


KINDS = {"line": line, "chain": chain, "fan": fan, "join": join, "pause": pause}


def measure(task: Task) -> None:
    """Do a task."""
    KINDS[task.kind](task)


if __name__ == "__main__":
    answer(measure)
