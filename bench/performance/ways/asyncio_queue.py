"""A bare `asyncio.Queue` between tasks on one loop: no graph, no types, no ends, nothing that can fail."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from itertools import pairwise
from typing import Any

from bench.performance.ways.book import open_book
from bench.performance.ways.payload import NUMBER, Payload, at_rate, saturated, stamped
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


async def run(task: Task, output: Payloads, last: Payloads, nodes: list[Coroutine[Any, Any, None]]) -> None:
    """Run a source and nodes until the sink behind `last` is done."""
    others = [asyncio.create_task(part) for part in (source(task, output), *nodes)]
    await sink(task, last)
    for other in others:
        other.cancel()


def queue(task: Task) -> Payloads:
    """A bounded queue."""
    return Payloads(task.capacity or 16)


async def line(task: Task) -> None:
    """A source, a node and a sink."""
    first, second = queue(task), queue(task)
    await run(task, first, second, [hand_on(first, second)])


async def chain(task: Task) -> None:
    """`count` nodes in all, the source and the sink among them."""
    queues = [queue(task) for _ in range(task.count - 1)]
    await run(task, queues[0], queues[-1], [hand_on(*pair) for pair in pairwise(queues)])


async def fan(task: Task) -> None:
    """A source and `count` sinks."""
    first, branches = queue(task), [queue(task) for _ in range(task.count)]
    await run(task, first, branches[-1], [copy_to(first, branches), *(drop(branch) for branch in branches[:-1])])


async def copy_to(inputs: Payloads, branches: list[Payloads]) -> None:
    """Put each message into every branch."""
    while True:
        array = await inputs.get()
        for branch in branches:
            await branch.put(array)


async def drop(inputs: Payloads) -> None:
    """A sink that keeps no book."""
    while True:
        await inputs.get()


async def join(task: Task) -> None:
    """A source whose messages go two ways and meet again."""
    first, left, right, last = (queue(task) for _ in range(4))
    ways = [queue(task), queue(task)]
    nodes = [copy_to(first, ways), hand_on(ways[0], left), hand_on(ways[1], right), pair_up(left, right, last)]
    await run(task, first, last, nodes)


async def pair_up(left: Payloads, right: Payloads, output: Payloads) -> None:
    """The join."""
    while True:
        array = await left.get()
        if array.item(NUMBER) != (await right.get()).item(NUMBER):
            raise ValueError("the two are of different ticks")
        await output.put(array)


KINDS = {"line": line, "chain": chain, "fan": fan, "join": join}


def measure(task: Task) -> None:
    """Do a task."""
    asyncio.run(KINDS[task.kind](task))


if __name__ == "__main__":
    answer(measure)
