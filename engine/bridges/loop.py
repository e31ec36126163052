"""`LoopBridge`: both ends on one event loop. Passes references; wakes the receiver at most once while it is idle."""

from __future__ import annotations

from collections import deque

from engine.bridges.bridge import ReceiverEnd, SenderEnd
from engine.bridges.message import Message
from engine.overflow import Overflow


class LoopBridge(SenderEnd, ReceiverEnd):
    """A bounded queue, and beside it the last tick of which all was put (`_tick_told`)."""

    def __init__(self, capacity: int, overflow: Overflow) -> None:
        SenderEnd.__init__(self, capacity, overflow)
        ReceiverEnd.__init__(self)
        self._queue: deque[Message] = deque()
        self._tick_told = -1
        self._time_told = 0
        self._closed = False
        self._receiver_gone = False

    # -- sender

    def try_put(self, message: Message) -> bool:
        queue = self._queue
        if self._receiver_gone:
            self.put_count += 1
            self.discarded += 1
            return True
        if len(queue) >= self.capacity:
            if self.overflow is Overflow.BLOCK:
                return False
            self.dropped += 1
            if self.overflow is Overflow.DROP_NEWEST:
                self.put_count += 1
                return True
            queue.popleft()
        self.put_count += 1
        queue.append(message)
        if len(queue) == 1:
            self.on_news()
        return True

    def put_empty(self, tick: int, time_ns: int = 0) -> None:
        self._time_told = time_ns
        self._tick_told = tick
        if not self._queue:
            self.on_news()

    def close(self) -> None:
        self._closed = True
        self.on_news()

    def abandon(self, reason: str) -> None:
        if not self._closed:
            self.broken = reason
            self.close()

    @property
    def under_way(self) -> int:
        return len(self._queue)

    def _has_room(self) -> bool:
        return self._receiver_gone or len(self._queue) < self.capacity

    # -- receiver

    def take(self) -> Message | None:
        if not self._queue:
            return None if self._receiver_gone else self._empty_tick(self._tick_told, self._time_told)
        message = self._queue.popleft()
        self._tick_seen = message.tick
        self.delivered += 1
        if self.sample_next:
            self._sample(message)
        if self._room:
            self._wake_senders()
        return message

    @property
    def ended(self) -> bool:
        return self._closed and not self._queue

    def stop_receiving(self) -> None:
        self._receiver_gone = True
        self.discarded += len(self._queue)
        self._queue.clear()
        self._wake_senders()

    @property
    def queued(self) -> int:
        return len(self._queue)
