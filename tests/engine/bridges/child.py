"""The other process of the tests of streams: `python -m tests.engine.bridges.child WHAT DESCRIPTOR...`."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import sys
from typing import Any

import numpy as np

from engine import Overflow
from engine.bridges.stream import StreamReceiver, StreamSender
from tests.engine.bridges.lines import Reader, put, put_all, until

STREAMS = [
    [1_000] * 2000,
    [65_536] * 100,
    [1_048_576] * 20,
    [0, 40_000, 100, 3_000_000, 32_768, 32_000, 500_000, 1, 40_000, 2_000_000] * 3,
]


def payload(index: int, size: int) -> Any:
    return index, np.full(size, index % 251, np.uint8)


def is_whole(message: Any, size: int) -> bool:
    index, array = message.payload
    return bool(index == message.tick and array.shape == (size,) and (array == index % 251).all())


async def send_all(connections: list[socket.socket]) -> None:
    """Send the streams, all at once, each over a socket of its own."""

    async def send(connection: socket.socket, sizes: list[int]) -> None:
        sender = StreamSender(connection, asyncio.get_running_loop(), 4, Overflow.BLOCK)
        await put_all(sender, (payload(index, size) for index, size in enumerate(sizes)))
        await until(lambda: sender.under_way == 0)
        sender.release()

    await asyncio.gather(*map(send, connections, STREAMS))


async def receive_all(connections: list[socket.socket]) -> list[list[Any]]:
    """Receive the streams; of each how many came whole and in order, and why it ended. Keeps every third array."""

    async def receive(connection: socket.socket, sizes: list[int]) -> list[Any]:
        receiver = StreamReceiver(connection, asyncio.get_running_loop())
        kept, good = [], 0
        async for message in Reader(receiver):
            good += message.tick == receiver.delivered - 1 and is_whole(message, sizes[message.tick])
            if message.tick % 3 == 0:
                kept.append(message)
        good -= sum(not is_whole(message, sizes[message.tick]) for message in kept)
        receiver.stop_receiving()
        await receiver.flushed()
        receiver.release()
        return [good, receiver.delivered, receiver.broken]

    return list(await asyncio.gather(*map(receive, connections, STREAMS)))


async def send_for_ever(connections: list[socket.socket]) -> None:
    sender = StreamSender(connections[0], asyncio.get_running_loop(), 4, Overflow.BLOCK)
    for index in itertools.count():
        await put(sender, payload(index, 1_000_000), index)


async def take_none(connections: list[socket.socket]) -> None:
    receiver = StreamReceiver(connections[0], asyncio.get_running_loop())
    await until(lambda: receiver.queued == 3)
    print("stuck", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    work = {"send": send_all, "receive": receive_all, "send for ever": send_for_ever, "take none": take_none}[
        sys.argv[1]
    ]
    print(json.dumps(asyncio.run(work([socket.socket(fileno=int(number)) for number in sys.argv[2:]]))))
