"""A bare `asyncio.Queue` between tasks on one loop: no graph, no types, no ends, nothing that can fail."""

from __future__ import annotations

import asyncio

from bench.performance.ways.book import open_book
from bench.performance.ways.payload import Payload, at_rate, saturated, stamped
from bench.performance.ways.task import Task, answer

Payloads = asyncio.Queue[Payload]


async def source(task: Task, output: Payloads) -> None:
    """Send, paced or saturated."""
    if task.rate_hz:
        for number, wait_s in at_rate(task.seconds, task.rate_hz):
            await asyncio.sleep(wait_s)
            await output.put(stamped(task.size, number))
    else:
        for array in saturated(task.size, task.seconds):
            await output.put(array)


async def hand_on(inputs: Payloads, output: Payloads) -> None:
    """The node in the middle."""
    while True:
        await output.put(await inputs.get())


async def sink(task: Task, inputs: Payloads) -> None:
    """Take until the book is full."""
    book = open_book(task)
    while not book.is_done:
        book.take(await inputs.get())


async def line(task: Task) -> None:
    """A source, a node and a sink."""
    first, second = Payloads(task.capacity or 16), Payloads(task.capacity or 16)
    others = [asyncio.create_task(source(task, first)), asyncio.create_task(hand_on(first, second))]
    await sink(task, second)
    for other in others:
        other.cancel()


def measure(task: Task) -> None:
    """Do a task."""
    asyncio.run(line(task))


if __name__ == "__main__":
    answer(measure)
