"""`ThreadBridge`: two event loops in one process. Passes references; one wake-up serves many messages.

Only operations that CPython makes atomic touch the shared queue; a wake-up that is under way is not sent again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from engine.bridges.bridge import ReceiverEnd, SenderEnd
from engine.bridges.message import Message
from engine.overflow import Overflow


class ThreadBridge(SenderEnd, ReceiverEnd):
    """A bounded queue between two loops, and the last tick of which all was put (`_tick_told`).

    Each side's counters are written by that side only.
    """

    def __init__(self, capacity: int, overflow: Overflow) -> None:
        SenderEnd.__init__(self, capacity, overflow)
        ReceiverEnd.__init__(self)
        self._queue: deque[Message] = deque()
        self._tick_told = -1
        self._time_told = 0
        self._closed = False
        self._receiver_gone = False
        self._news_coming = False
        self._room_coming = False
        self._sender_loop: asyncio.AbstractEventLoop | None = None
        self._receiver_loop: asyncio.AbstractEventLoop | None = None

    def attach_sender(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say on which loop messages are put."""
        self._sender_loop = loop
        if self._room_coming or self._receiver_gone:  # nobody could be told until now
            _call(loop, self._tell_room)

    def attach_receiver(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say on which loop messages are taken."""
        self._receiver_loop = loop
        if self._news_coming or self._closed:  # nobody could be told until now
            _call(loop, self._tell_news)

    # -- sender

    def try_put(self, message: Message) -> bool:
        if self._receiver_gone:
            self.put_count += 1
            self.discarded += 1
            self._throw_away()  # what was put at the very moment the receiver went
            return True
        self.put_count += 1
        if len(self._queue) >= self.capacity:
            if self.overflow is Overflow.BLOCK:
                self.put_count -= 1
                return False
            if self.overflow is Overflow.DROP_NEWEST:
                self.dropped += 1
                return True
            with suppress(IndexError):  # the receiver may have taken it just now: then nothing need be dropped
                self._queue.popleft()
                self.dropped += 1
        self._queue.append(message)
        self._send_news()
        return True

    def put_empty(self, tick: int, time_ns: int = 0) -> None:
        self._time_told = time_ns
        self._tick_told = tick
        self._send_news()

    def close(self) -> None:
        self._closed = True
        _call(self._receiver_loop, self._tell_news)

    def abandon(self, reason: str) -> None:
        if not self._closed:
            self.broken = reason
            self.close()

    @property
    def under_way(self) -> int:
        return len(self._queue)

    def _has_room(self) -> bool:
        return self._receiver_gone or len(self._queue) < self.capacity

    def _send_news(self) -> None:
        if not self._news_coming:
            self._news_coming = True
            _call(self._receiver_loop, self._tell_news)

    def _throw_away(self) -> None:
        """Count what nobody will take; in the sender's thread, whose counter it is."""
        self.discarded += len(self._queue)
        self._queue.clear()

    def _tell_room(self) -> None:
        self._room_coming = False
        if self._receiver_gone:
            self._throw_away()
        if self._has_room():
            self._wake_senders()

    # -- receiver

    def take(self) -> Message | None:
        if self._receiver_gone:
            return None
        tick_told, time_told = self._tick_told, self._time_told
        # Read before the queue: all messages up to there are in the queue then, or were taken.
        try:
            message = self._queue.popleft()
        except IndexError:
            return self._empty_tick(tick_told, time_told)
        self._tick_seen = message.tick
        self.delivered += 1
        if self.sample_next:
            self._sample(message)
        if self._room and not self._room_coming:
            self._room_coming = True
            _call(self._sender_loop, self._tell_room)
        return message

    @property
    def ended(self) -> bool:
        return self._closed and not self._queue  # in this order: nothing is put after the closing

    def stop_receiving(self) -> None:
        self._receiver_gone = True
        if not _call(self._sender_loop, self._tell_room):
            self._throw_away()  # there is no sender any more

    @property
    def queued(self) -> int:
        return 0 if self._receiver_gone else len(self._queue)

    def _tell_news(self) -> None:
        self._news_coming = False
        self.on_news()


def _call(loop: asyncio.AbstractEventLoop | None, function: Callable[[], None]) -> bool:
    """Run a function on a loop of another thread; False when there is none that could hear it."""
    try:
        if loop is not None:
            loop.call_soon_threadsafe(function)
            return True
    except RuntimeError:  # it has closed
        pass
    return False
