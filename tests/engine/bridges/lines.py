"""Bridges of every kind between two loops, and what puts on one end and takes from the other."""

from __future__ import annotations

import asyncio
import concurrent.futures
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from engine import Overflow
from engine.bridges.bridge import ReceiverEnd, SenderEnd
from engine.bridges.loop import LoopBridge
from engine.bridges.message import EMPTY, Message, isolated
from engine.bridges.stream import StreamReceiver, StreamSender, socket_pair
from engine.bridges.thread import ThreadBridge

T = TypeVar("T")

TIMEOUT_S = 20.0
KINDS = ("loop", "thread", "stream on one loop", "stream between two loops")


class LoopThread:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="loop of a test")
        self._thread.start()

    def begin(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.begin(work).result(TIMEOUT_S)

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        async def work() -> T:
            return function(*arguments)

        return self.run(work())

    def end(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(TIMEOUT_S)
        self.loop.close()


@contextmanager
def two_loops(kind: str) -> Iterator[tuple[LoopThread, LoopThread]]:
    """The sender's loop and the receiver's: one and the same where the kind of bridge is for one."""
    loops = [LoopThread()]
    if kind in ("thread", "stream between two loops"):
        loops.append(LoopThread())
    try:
        yield loops[0], loops[-1]
    finally:
        for loop in loops:
            loop.end()


def small_pair() -> tuple[socket.socket, socket.socket]:
    """A socket pair that holds as little as the system allows."""
    pair = socket_pair()
    for end in pair:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    return pair


@contextmanager
def line(
    kind: str,
    loops: tuple[LoopThread, LoopThread],
    capacity: int = 4,
    overflow: Overflow = Overflow.BLOCK,
    pair: Callable[[], tuple[socket.socket, socket.socket]] = socket_pair,
) -> Iterator[tuple[Any, Any]]:
    """The two ends of a bridge; closed and released afterwards."""
    ours, theirs = loops
    sender: SenderEnd
    receiver: ReceiverEnd
    if kind == "loop":
        sender = receiver = LoopBridge(capacity, overflow)
        yield sender, receiver
    elif kind == "thread":
        sender = receiver = bridge = ThreadBridge(capacity, overflow)
        bridge.attach_sender(ours.loop)
        bridge.attach_receiver(theirs.loop)
        yield sender, receiver
    else:
        one, other = pair()
        sender = ours.call(StreamSender, one, ours.loop, capacity, overflow)
        receiver = theirs.call(StreamReceiver, other, theirs.loop)
        try:
            yield sender, receiver
        finally:
            theirs.call(receiver.release)
            ours.call(sender.release)


async def put(sender: SenderEnd, payload: Any, tick: int) -> None:
    """Put a payload as a node's output does, waiting for room."""
    message = Message(isolated(payload), tick, 10 * tick, time.monotonic_ns())
    while not sender.try_put(message):
        await sender.wait_room()


async def put_all(sender: SenderEnd, payloads: Iterable[Any], pauses: Iterable[int] = ()) -> None:
    """Put payloads, with pauses of some turns of the loop in between, then end the stream."""
    rest = iter(pauses)
    for tick, payload in enumerate(payloads):
        await put(sender, payload, tick)
        await turns(next(rest, 0))
    sender.close()
    await sender.flushed()


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def until(condition: Callable[[], Any], what: str = "") -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, f"not in time: {what or condition}"
        await asyncio.sleep(0.0005)


class Reader:
    """Takes from a receiver's end as a node's input does."""

    def __init__(self, receiver: ReceiverEnd) -> None:
        self.receiver = receiver
        self._news = asyncio.Event()
        receiver.on_news = self._news.set

    async def get(self) -> Message | None:
        """The next message; None at the end."""
        while True:
            self._news.clear()
            message = self.receiver.take()
            if message is not None:
                return message
            if self.receiver.ended:
                return None
            await asyncio.wait_for(self._news.wait(), TIMEOUT_S)

    async def __aiter__(self) -> AsyncIterator[Message]:
        while (message := await self.get()) is not None:
            yield message


async def take_all(receiver: ReceiverEnd, pauses: Iterable[int] = ()) -> list[Message]:
    """All messages to the end, with pauses of some turns of the loop in between; empty ticks are left out."""
    rest = iter(pauses)
    messages = []
    async for message in Reader(receiver):
        if message.payload is not EMPTY:
            messages.append(message)
        await turns(next(rest, 0))
    return messages


def mapped_arenas() -> int:
    """How many pieces of bridges' shared memory this process has mapped."""
    return Path("/proc/self/maps").read_text().count("/memfd:tidewire")
