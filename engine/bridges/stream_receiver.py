"""`StreamReceiver`: the receiver's end of a bridge between two processes (`stream.py`)."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from contextlib import suppress

from engine.bridges import frames
from engine.bridges.bridge import ReceiverEnd, _nobody
from engine.bridges.frames import Frame, Kind, frame
from engine.bridges.message import Message
from engine.bridges.shared_memory import ArenaView
from engine.bridges.socket_end import SocketEnd

_SMALL = frozenset({Kind.INLINE, Kind.ARRAY})
_PAYLOADS = frozenset({Kind.INLINE, Kind.SLOT, Kind.ARRAY, Kind.ARRAY_SLOT})
GONE_TEXT = "its sender went away without end of stream"


class StreamReceiver(ReceiverEnd):
    """The receiver's end. Payloads are read where they lie; half of the slots at most are lent to what keeps arrays.

    Args:
        connection: the socket; owned from now on.
        loop: the loop on which messages are taken.
        restarts: a sender that dies may come back: the stream then ends only when `part` says that it does not.
        credit_every: when so many messages were taken the sender is told at once; of fewer it hears by `give_credit`,
            so that a wire with little traffic does not wake its sender for each message.
    """

    def __init__(
        self,
        connection: socket.socket,
        loop: asyncio.AbstractEventLoop,
        *,
        restarts: bool = False,
        credit_every: int = 1,
    ) -> None:
        super().__init__()
        self._credit_every = credit_every
        self._loop = loop
        self._restarts = restarts
        self._end = SocketEnd(connection, loop, self._on_frames, self._on_peer_gone)
        self._queue: deque[Frame] = deque()
        self._arenas: dict[int, ArenaView] = {}
        self._tick_told = -1
        self._time_told = 0
        self._closed = False
        self._receiving = True
        self._taken = 0
        self._from_before = 0  # messages at the head of the queue that came from a sender that has died
        self._freed: list[tuple[int, int]] = []  # slots to give back
        self._returned: deque[tuple[int, int]] = deque()  # the same, filled in any thread
        self._credit_due = False

    def take(self) -> Message | None:
        if not self._queue:
            if self.unreadable:  # all that could be read was taken
                self.stop_receiving()
            return self._empty_tick(self._tick_told, self._time_told) if self._receiving else None
        arrived = self._queue.popleft()
        self._tick_seen = arrived.a
        self.delivered += 1
        if self._from_before:
            self._from_before -= 1
        else:
            self._taken += 1
        if self._taken == self._credit_every > 1 and self._queue:
            self.give_credit()
            self._end.send_early()  # what the sender may send now is made while this end works on the rest
        elif not self._credit_due and (
            arrived.kind not in _SMALL or self._taken >= self._credit_every or self._from_before
        ):
            self._credit_due = True
            self._loop.call_soon(self.give_credit)
        if arrived.kind == Kind.ARRAY:
            payload: object = frames.array_of(arrived.body[-arrived.n_parts :], arrived.body)
        elif arrived.kind == Kind.INLINE:
            payload = frames.decode_inline(arrived.body, arrived.n_parts)
        elif arrived.kind == Kind.ARRAY_SLOT:
            payload = self._read_array(arrived.body)
        else:
            payload = self._read_slot(arrived.body)
        message = Message(payload, arrived.a, arrived.b, arrived.c)
        if self.sample_next:
            self._sample(message)
        return message

    @property
    def ended(self) -> bool:
        return self._closed and not self._queue

    def stop_receiving(self) -> None:
        if self._receiving:
            self._receiving = False
            self.give_credit()  # first what was taken: the rest is discarded
            self._end.send(frame(Kind.GONE))
        self._queue.clear()

    async def flushed(self) -> None:
        """Wait until what this end had to say has left the process."""
        self.give_credit()
        await self._end.flushed()

    def release(self) -> None:
        """Close the socket, and give back the shared memory of which nobody keeps arrays."""
        self._closed = True
        self._receiving = False
        self._queue.clear()
        self._end.close()
        self._arenas.clear()
        self.on_news = _nobody  # lent arrays hold this end: it must not hold the node that keeps them

    def part(self, *, is_final: bool) -> None:
        """The sender's process has died: read what it still sent, then wait for a new one.

        Args:
            is_final: it does not come back: the stream is broken behind what has arrived.
        """
        self._end.read_rest()
        self._end.close()
        if is_final:
            self._restarts = False
            self._on_peer_gone()

    def reconnect(self, connection: socket.socket) -> None:
        """The sender's process has been started again: go on with it over this socket, owned from now on.

        What has arrived before is taken first.
        """
        self.part(is_final=False)
        self._from_before = len(self._queue)
        self._taken = 0
        self._freed.clear()
        self._end = SocketEnd(connection, self._loop, self._on_frames, self._on_peer_gone)
        if self._closed or not self._receiving:
            self._end.send(frame(Kind.GONE))

    @property
    def tick(self) -> int:
        """The last tick that has arrived; -1 before the first."""
        return max(self._tick_seen, self._tick_told, self._queue[-1].a if self._queue else -1)

    @property
    def queued(self) -> int:
        return len(self._queue)

    def _read_array(self, body: bytes) -> object:
        arena_id, slot, size, head = frames.read_array_slot(body)
        (data,) = self._look_at(arena_id, slot, [size])
        return frames.array_of(head, data)

    def _read_slot(self, body: bytes) -> object:
        views = self._look_at(*frames.read_slot_body(body))
        return frames.decode(views[0], views[1:])

    def _look_at(self, arena_id: int, slot: int, sizes: list[int]) -> list[memoryview]:
        """The buffers in a slot: lent, or copied when too many are."""
        arena = self._arenas[arena_id]
        if len(self._arenas) > 1:
            for older in [id for id in self._arenas if id < arena_id]:
                del self._arenas[older]  # the sender left it when it made a newer one
        if arena.n_lent < arena.n_slots // 2:
            return arena.lend(slot, sizes, self._on_slot_free)
        self._freed.append((arena_id, slot))  # somebody keeps arrays: copy, so that the sender is never without a slot
        return arena.copy(slot, sizes)

    def _on_slot_free(self, arena_id: int, slot: int) -> None:
        """Any thread: the last view of a slot has died."""
        is_here = asyncio._get_running_loop() is self._loop
        if is_here:
            self._count_free(arena_id)
            self._freed.append((arena_id, slot))
        else:
            self._returned.append((arena_id, slot))
        if not self._credit_due and self._end.is_connected:
            self._credit_due = True
            with suppress(RuntimeError):  # the loop has closed: nobody waits for credit any more
                call = self._loop.call_soon if is_here else self._loop.call_soon_threadsafe
                call(self.give_credit)

    def _count_free(self, arena_id: int) -> None:
        if arena_id in self._arenas:
            self._arenas[arena_id].n_lent -= 1

    def give_credit(self) -> None:
        """Tell the sender of all that was taken; whoever has set `credit_every` calls this from time to time."""
        self._credit_due = False
        for _ in range(len(self._returned)):
            self._freed.append(self._returned.popleft())
            self._count_free(self._freed[-1][0])
        slots, self._freed = self._freed, []
        if self._taken or slots:
            self._end.send(frames.credit_frame(self._taken, slots))
            self._taken = 0

    def _on_frames(self, arrived: list[Frame]) -> None:
        was_empty = not self._queue
        for one in arrived:
            if one.kind in _PAYLOADS:
                if self._receiving and not self.unreadable:
                    self._queue.append(one)
            elif one.kind == Kind.TICK:
                self._tick_told, self._time_told = one.a, one.b
            elif one.kind == Kind.ARENA:
                self._map(one)
            elif one.kind == Kind.END:
                self._closed = True
            elif one.kind == Kind.ABANDON:
                self.broken = one.body.decode("utf-8", "replace")
                self._closed = True
        if was_empty or self._closed:
            self.on_news()

    def _map(self, arena: Frame) -> None:
        try:
            self._arenas[arena.a] = ArenaView(arena.a, self._end.next_descriptor(), arena.b, arena.c)
        except (IndexError, OSError, ValueError) as error:  # no descriptors or no memory left in this process
            self.broken = f"the shared memory of its sender cannot be mapped: {error!r}"
            self._closed = self.unreadable = True
            if not self._queue:
                self.stop_receiving()

    def _on_peer_gone(self) -> None:
        if self._end.trouble and not self._closed:  # the other side is there still
            self.broken = self._end.trouble
            self._closed = self.unreadable = True
            self._end.close()  # tells it so
        elif self._restarts:
            return
        if not self._closed:
            self._closed = True
            self.broken = GONE_TEXT
        self.on_news()
