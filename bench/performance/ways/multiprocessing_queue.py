"""`multiprocessing.Queue` under asyncio: what blocks is called in an executor, as its documentation has it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from typing import Any

from bench.performance.ways.asyncio_queue import Payloads, sink
from bench.performance.ways.payload import at_rate, saturated, stamped
from bench.performance.ways.task import Task, answer


def in_process(task: Task, queue: Any) -> None:
    """The source's process."""
    queue.cancel_join_thread()
    asyncio.run(_source(task, queue))


async def _source(task: Task, queue: Any) -> None:
    loop = asyncio.get_running_loop()
    if task.rate_hz:
        for number, wait_s in at_rate(task.seconds, task.rate_hz):
            await asyncio.sleep(wait_s)
            await loop.run_in_executor(None, queue.put, stamped(task.size, number))
    else:
        for array in saturated(task.size, task.seconds):
            await loop.run_in_executor(None, queue.put, array)


async def _hand_on(queue: Any, output: Payloads) -> None:
    loop = asyncio.get_running_loop()
    while True:
        await output.put(await loop.run_in_executor(None, queue.get))


async def _line(task: Task, queue: Any) -> None:
    between = Payloads(task.capacity or 16)
    node = asyncio.create_task(_hand_on(queue, between))
    await sink(task, between)
    node.cancel()


def measure(task: Task) -> None:
    """Do a task."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue(task.capacity or 16)
    source = context.Process(target=in_process, args=(task, queue), daemon=True)
    source.start()
    try:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(asyncio.wait_for(_line(task, queue), 60.0))
    finally:
        source.kill()
        source.join()


if __name__ == "__main__":
    answer(measure)
    os._exit(0)  # a thread waits in the queue, whose lock may have died with the source: nothing else ends it
