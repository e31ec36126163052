"""`Tap`: an extra, lossy consumer of an output port. It can be attached and detached while a graph runs."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from engine.bridges.bridge import SenderEnd
from engine.bridges.message import Message
from engine.errors import TapClosed
from engine.overflow import Overflow

_PAUSE_READ_S, _PAUSE_UNREAD_S, _READ_LATELY_S = 0.012, 0.08, 0.3


class Tap:
    """Messages of one output port, newest first to survive: what is not read in time is dropped and counted.

    Attributes:
        port: `node.port`.
        dropped: messages that were dropped because nobody read them in time (as far as is known here).
    """

    def __init__(self, port: str, policy: Overflow, capacity: int, detach: Callable[[], None]) -> None:
        self.port = port
        self.policy = policy
        self.capacity = 1 if policy is Overflow.LATEST else capacity
        self.dropped = 0
        self._messages: deque[Message] = deque()
        self._condition = threading.Condition()
        self._ended = False
        self._detach: Callable[[], None] | None = detach
        self.on_room: Callable[[], None] | None = None
        self._read_at = self._pushed_at = 0.0

    @property
    def ended(self) -> bool:
        """Will nothing new come any more? What has come can still be read."""
        return self._ended

    def get(self, timeout: float | None = None) -> Any:
        """The next payload.

        Args:
            timeout: how long to wait, seconds; None waits until something comes or the tap ends.

        Raises:
            TimeoutError: nothing came in time.
            TapClosed: the tap has ended and everything was read.
        """
        return self.get_message(timeout).payload

    def get_message(self, timeout: float | None = None) -> Message:
        """The next message, with its tick and time; see `get`."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._condition:
            while not self._messages:
                if self._ended:
                    raise TapClosed(f"the tap on {self.port} has ended")
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    raise TimeoutError(f"nothing came on {self.port} within {timeout:g} s")
                self._condition.wait(left)
            message = self._messages.popleft()
        self._tell_room()
        return message

    def take_all(self) -> list[Message]:
        """All messages that are here now; never waits."""
        with self._condition:
            messages = list(self._messages)
            self._messages.clear()
        if messages:
            self._tell_room()
        return messages

    def close(self) -> None:
        """Detach from the port. Idempotent, any thread."""
        detach, self._detach = self._detach, None
        self.end()
        if detach is not None:
            detach()

    def __iter__(self) -> Iterator[Any]:
        while True:
            try:
                yield self.get()
            except TapClosed:
                return

    def __enter__(self) -> Tap:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def push(self, message: Message) -> None:
        """Add a message, dropping by the tap's policy. Any thread."""
        with self._condition:
            if self._ended:
                return
            if len(self._messages) >= self.capacity:
                self.dropped += 1
                if self.policy is Overflow.DROP_NEWEST:
                    return
                self._messages.popleft()
            self._messages.append(message)
            self._pushed_at = time.monotonic()
            self._condition.notify()

    @property
    def has_room(self) -> bool:
        """Would a push drop nothing?"""
        return len(self._messages) < self.capacity

    @property
    def next_take_at(self) -> float:
        """When the next message is worth its transport, on the monotonic clock: soon while somebody reads."""
        pause = _PAUSE_READ_S if self._pushed_at - self._read_at < _READ_LATELY_S else _PAUSE_UNREAD_S
        return self._pushed_at + pause

    def end(self) -> None:
        """Nothing new will come."""
        with self._condition:
            self._ended = True
            self._condition.notify_all()

    def _tell_room(self) -> None:
        self._read_at = time.monotonic()
        on_room = self.on_room
        if on_room is not None:
            on_room()


class TapSender(SenderEnd):
    """The sender's end of a tap in the same process: puts straight into the tap."""

    def __init__(self, tap: Tap) -> None:
        super().__init__(tap.capacity, tap.policy)
        self._tap = tap

    def try_put(self, message: Message) -> bool:
        """See `SenderEnd.try_put`; never full."""
        self.put_count += 1
        self._tap.push(message)
        return True

    def skip(self, count: int) -> None:
        """See `SenderEnd.skip`; the tap's reader sees them among the dropped."""
        self.put_count += count
        self._tap.dropped += count

    def put_empty(self, tick: int, time_ns: int = 0) -> None:
        """A tap hears of messages only."""

    def close(self) -> None:
        """See `SenderEnd.close`."""
        self._tap.end()

    def abandon(self, reason: str) -> None:
        """See `SenderEnd.abandon`."""
        self._tap.end()

    def _has_room(self) -> bool:
        return True
