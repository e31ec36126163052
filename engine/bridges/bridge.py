"""The contract of a bridge: two ends, a bounded number of messages between them, and honest counts.

A bridge has a sender's end and a receiver's end, each used on its own event loop only. In one process both ends are
one object; between processes each process has its own.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.bridges.message import EMPTY, Message, payload_bytes
from engine.overflow import Overflow


def _nobody() -> None:
    """What an end calls before anyone listens."""


class SenderEnd(ABC):
    """Where messages are put. `put_count` = delivered + dropped + discarded + lost + under way.

    Attributes:
        put_count: messages offered to the wire.
        dropped: messages dropped by the overflow policy.
        discarded: messages that nobody will take: put after the receiver had ended, or thrown away when it, or this
            end, gave up.
        lost: messages that a process took with it that has died and may come back, and those put until it does.
    """

    def __init__(self, capacity: int, overflow: Overflow) -> None:
        self.capacity = 1 if overflow is Overflow.LATEST else capacity
        self.overflow = overflow
        self.put_count = 0
        self.dropped = 0
        self.discarded = 0
        self.lost = 0
        self._room: list[asyncio.Future[None]] = []

    @abstractmethod
    def try_put(self, message: Message) -> bool:
        """Put a message; False, with nothing done, when the wire is full and its policy is to block."""

    def skip(self, count: int) -> None:
        """So many messages are dropped without being put: a newer one follows at once."""
        self.put_count += count
        self.dropped += count

    @abstractmethod
    def put_empty(self, tick: int, time_ns: int = 0) -> None:
        """Tell that everything up to this tick was put or filtered out. Takes no room; several are told as one.

        Args:
            tick: the position on the clock of the source.
            time_ns: when the source was there; what comes later was not produced before. 0 when unknown.
        """

    @abstractmethod
    def close(self) -> None:
        """End of stream, behind the last message."""

    @abstractmethod
    def abandon(self, reason: str) -> None:
        """End without end of stream: what is under way may be thrown away. The receiver is told the reason."""

    async def wait_room(self) -> None:
        """Wait until a put may succeed (or the receiver has gone, which makes every put succeed)."""
        future = asyncio.get_running_loop().create_future()
        self._room.append(future)
        if self._has_room():
            self._wake_senders()
        await future

    def grow(self, capacity: int) -> None:
        """Let the wire hold more from now on."""
        self.capacity = max(self.capacity, capacity)
        self._wake_senders()

    def loan(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any] | None:
        """An array to be filled whose memory can be sent without a copy; None where there is nothing to gain."""
        return None

    async def flushed(self) -> None:
        """Wait until what was put has left this process (nothing to wait for within one)."""
        return

    @property
    def under_way(self) -> int:
        """Messages put and not yet taken, as far as this end knows."""
        return 0

    @abstractmethod
    def _has_room(self) -> bool: ...

    def _wake_senders(self) -> None:
        waiting, self._room = self._room, []
        for future in waiting:
            if not future.done():
                future.set_result(None)


class ReceiverEnd(ABC):
    """Where messages are taken.

    Attributes:
        delivered: messages taken.
        on_news: called on the receiver's loop when there may be something new: a message, or the end.
        broken: why the stream ended without end of stream; empty when it did not.
        unreadable: did it break here, because what was sent cannot be read in this process?
        latency_ns: time under way of a recent message.
        bytes_each: size of a recent payload.
    """

    def __init__(self) -> None:
        self.delivered = 0
        self.on_news: Callable[[], None] = _nobody
        self.broken = ""
        self.unreadable = False
        self.sample_next = True
        self.latency_ns = 0
        self.bytes_each = 0
        self._tick_seen = -1

    @abstractmethod
    def take(self) -> Message | None:
        """The next message, or None when there is none just now; ticks filtered out come as `EMPTY` payloads."""

    @property
    @abstractmethod
    def ended(self) -> bool:
        """Has the stream ended, and is it read empty?"""

    @abstractmethod
    def stop_receiving(self) -> None:
        """Take no more: what is under way and what comes is thrown away and counted as discarded."""

    @property
    @abstractmethod
    def queued(self) -> int:
        """Messages that have arrived and were not taken."""

    def _empty_tick(self, tick: int, time_ns: int) -> Message | None:
        """The news that everything up to a tick has been put, if it is news."""
        if tick <= self._tick_seen:
            return None
        self._tick_seen = tick
        return Message(EMPTY, tick, time_ns, 0)

    def _sample(self, message: Message) -> None:
        self.sample_next = False
        self.latency_ns = time.monotonic_ns() - message.sent_ns
        self.bytes_each = payload_bytes(message.payload)
