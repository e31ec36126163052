"""A stream with both of its ends in one process, for tests that look at either."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np

from engine import Overflow
from engine.bridges.stream import StreamReceiver, StreamSender, socket_pair

LARGE = 40_000  # goes through shared memory


def with_both_ends(
    work: Callable[[StreamSender, StreamReceiver], Awaitable[None]],
    capacity: int = 4,
    overflow: Overflow = Overflow.BLOCK,
    pair: Callable[[], tuple[socket.socket, socket.socket]] = socket_pair,
) -> None:
    async def main() -> None:
        one, other = pair()
        loop = asyncio.get_running_loop()
        sender, receiver = StreamSender(one, loop, capacity, overflow), StreamReceiver(other, loop)
        try:
            await work(sender, receiver)
        finally:
            receiver.release()
            sender.release()

    asyncio.run(main())


def block(value: int, size: int = LARGE) -> np.ndarray[Any, Any]:
    return np.full(size, value % 251, np.uint8)
