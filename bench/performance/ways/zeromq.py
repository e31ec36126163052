"""pyzmq: PUSH and PULL over ipc on asyncio, without its copies, as many messages under way as the others hold."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import numpy as np
import zmq
import zmq.asyncio

from bench.performance.ways.asyncio_queue import Payloads, sink
from bench.performance.ways.payload import at_rate, saturated, stamped
from bench.performance.ways.task import Task, answer


async def send(task: Task, address: str) -> None:
    """The source's process."""
    context = zmq.asyncio.Context()
    socket = context.socket(zmq.PUSH)
    socket.setsockopt(zmq.SNDHWM, task.capacity or 16)
    socket.setsockopt(zmq.LINGER, 0)
    socket.connect(address)
    if task.rate_hz:
        for number, wait_s in at_rate(task.seconds, task.rate_hz):
            await asyncio.sleep(wait_s)
            await socket.send(stamped(task.size, number), copy=False)
    else:
        for array in saturated(task.size, task.seconds):
            await socket.send(array, copy=False)
    await asyncio.sleep(10.0)


async def _hand_on(socket: zmq.asyncio.Socket, output: Payloads) -> None:
    while True:
        frame = await socket.recv(copy=False)
        await output.put(np.frombuffer(frame.buffer, np.int64))


async def _receive(task: Task, address: str) -> None:
    context = zmq.asyncio.Context()
    socket = context.socket(zmq.PULL)
    socket.setsockopt(zmq.RCVHWM, task.capacity or 16)
    socket.bind(address)
    between = Payloads(task.capacity or 16)
    node = asyncio.create_task(_hand_on(socket, between))
    try:
        await asyncio.wait_for(sink(task, between), 60.0)
    finally:
        node.cancel()
        await asyncio.gather(node, return_exceptions=True)
        socket.close(0)
        context.destroy(0)


def measure(task: Task) -> None:
    """Do a task."""
    address = f"ipc://{Path(task.out).parent}/socket"
    source = subprocess.Popen([sys.executable, "-m", __spec__.name, task.as_json(), address])
    try:
        asyncio.run(_receive(task, address))
    finally:
        source.kill()
        source.wait()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        asyncio.run(send(Task.from_json(sys.argv[1]), sys.argv[2]))
    else:
        answer(measure)
