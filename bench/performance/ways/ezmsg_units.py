"""ezmsg: units with their defaults, in the processes that a user would name."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Any

import ezmsg.core as ez
from ezmsg.core.graphserver import GraphServer

from bench.performance.ways.book import open_book
from bench.performance.ways.payload import at_rate, saturated, stamped
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


def line(task: Task) -> None:
    """A source, a node and a sink."""
    settings = TaskSettings(task.as_json())
    source = (Paced if task.rate_hz else Flood)(settings)
    node, sink = Pass(), Sink(settings)
    apart = {"loop": [], "process": [source], "processes": [source, node]}[task.layout]
    run({"SOURCE": source, "NODE": node, "SINK": sink}, ((source.OUTPUT, node.INPUT), (node.OUTPUT, sink.INPUT)), apart)


def run(components: dict[str, Any], connections: Any, apart: list[Any]) -> None:
    """Run units until one says that it is done; `apart` are those with a process of their own."""
    logging.getLogger("ezmsg").setLevel(logging.ERROR)
    server = GraphServer()
    server.start(("127.0.0.1", 0))
    try:
        ez.run(components=components, connections=connections, process_components=apart, graph_address=server.address)
    finally:
        server.stop()


def measure(task: Task) -> None:
    """Do a task."""
    KINDS[task.kind](task)


KINDS = {"line": line}

if __name__ == "__main__":
    answer(measure)
