"""`StreamSender` and `StreamReceiver`: a bridge between two processes over one connected socket.

Frames, credit and end of stream travel in the socket; payloads above a few KB travel through shared memory. The
socket's end without an `END` frame is how a dead peer is noticed, within milliseconds.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from contextlib import suppress
from functools import partial

from engine.bridges import frames
from engine.bridges.bridge import ReceiverEnd, SenderEnd, _nobody
from engine.bridges.frames import Frame, Kind, frame
from engine.bridges.message import Message
from engine.bridges.shared_memory import Arena, ArenaView, aligned
from engine.bridges.socket_end import SocketEnd
from engine.overflow import Overflow

# A message with the pickle of its payload and the buffers kept apart from it.
_Packed = tuple[Message, bytes, list[memoryview]]


class StreamSender(SenderEnd):
    """The sender's end. At most `_window` messages are sent and not taken; policies that drop keep more waiting here.

    Invariant: `put_count` = taken by the receiver + `_sent_not_taken` + len(`_waiting`) + dropped + discarded.
    """

    def __init__(
        self, connection: socket.socket, loop: asyncio.AbstractEventLoop, capacity: int, overflow: Overflow
    ) -> None:
        super().__init__(capacity, overflow)
        self._end = SocketEnd(connection, loop, self._on_frames, self._on_peer_gone)
        self._window = self.capacity if overflow in (Overflow.BLOCK, Overflow.LATEST) else max(1, self.capacity // 2)
        self._sent_not_taken = 0
        self._waiting: deque[_Packed] = deque()
        self._waiting_limit = max(1, self.capacity - self._window)
        self._arena: Arena | None = None
        self._old_arenas: dict[int, Arena] = {}
        self._arenas_made = 0
        self._tick_sent = -1
        self._tick_told = -1
        self._closing = False
        self._receiver_gone = False
        self.peer_lost = False
        self.bytes_sent = 0

    def try_put(self, message: Message) -> bool:
        if self._receiver_gone:
            self.put_count += 1
            self.discarded += 1
            return True
        may_send = not self._waiting and self._sent_not_taken < self._window
        is_full = len(self._waiting) >= self._waiting_limit
        if not may_send and self.overflow is Overflow.BLOCK:
            return False
        if is_full and self.overflow is Overflow.DROP_NEWEST:
            self.put_count += 1
            self.dropped += 1
            return True
        pickled, buffers = frames.encode(message.payload)  # now: what cannot be pickled is refused where it was put
        if not (may_send and self._send(message, pickled, buffers)):
            if self.overflow is Overflow.BLOCK:
                return False
            if is_full:
                self.dropped += 1
                self._waiting.popleft()
            self._waiting.append((message, pickled, buffers))
        self.put_count += 1
        return True

    def put_empty(self, tick: int) -> None:
        self._tick_told = tick
        if not self._waiting:
            self._tell_tick()

    def close(self) -> None:
        self._closing = True
        while self._waiting and self._send(*self._waiting[0]):  # bounded by the capacity: the last need not wait
            self._waiting.popleft()
        if not self._waiting:
            self._tell_tick()
            self._end.send(frame(Kind.END))

    def abandon(self, reason: str) -> None:
        if not self._closing:
            self._closing = True
            self.discarded += len(self._waiting)
            self._waiting.clear()
            self._end.send(frame(Kind.ABANDON, reason.encode("utf-8", "replace")[:4000]))

    def grow(self, capacity: int) -> None:
        """See `SenderEnd.grow`; the shared memory gets more slots with the next message that needs one."""
        if self.overflow is Overflow.BLOCK and capacity > self.capacity:
            self._window = capacity
            if self._arena is not None:
                self._retire(self._arena)
                self._arena = None
            super().grow(capacity)

    async def flushed(self) -> None:
        while self._waiting and not self._receiver_gone:
            await self.wait_room()
        await self._end.flushed()

    def release(self) -> None:
        """Close the socket and give the shared memory back."""
        self._receiver_gone = True
        self._sent_not_taken += len(self._waiting)
        self._waiting.clear()
        self._end.close()
        for arena in [*self._old_arenas.values(), *([self._arena] if self._arena else [])]:
            arena.close()
        self._old_arenas.clear()
        self._arena = None
        self._wake_senders()

    @property
    def under_way(self) -> int:
        return self._sent_not_taken + len(self._waiting)

    def _has_room(self) -> bool:
        if self._receiver_gone:
            return True
        arena_full = self._arena is not None and not self._arena.has_free_slot
        return not self._waiting and self._sent_not_taken < self._window and not arena_full

    def _send(self, message: Message, pickled: bytes, buffers: list[memoryview]) -> bool:
        """Send a message; False when its payload needs a slot and none is free."""
        size = len(pickled) + sum(buffer.nbytes for buffer in buffers)
        tick, time_ns, sent_ns = message.tick, message.time_ns, message.sent_ns
        parts = [memoryview(pickled), *buffers]
        sizes = [part.nbytes for part in parts]
        arena = self._arena_for(sum(aligned(part) for part in sizes)) if size > frames.INLINE_LIMIT else None
        if arena is None:
            body = frames.inline_body(pickled, buffers)
            self._end.send(frame(Kind.INLINE, body, len(buffers), tick, time_ns, sent_ns))
        else:
            if not arena.has_free_slot:
                return False
            slot = arena.put(parts)
            self._end.send(frame(Kind.SLOT, frames.slot_body(arena.id, slot, sizes), 0, tick, time_ns, sent_ns))
        self._sent_not_taken += 1
        self._tick_sent = tick
        self.bytes_sent += size
        return True

    def _arena_for(self, size: int) -> Arena | None:
        """The arena, or a new one when a message is larger than its slots; an old one closes when all came back.

        None when the system gives no memory or descriptor for it: the message then travels in the socket.
        """
        arena = self._arena
        if arena is not None and size <= arena.slot_size:
            return arena
        try:
            larger = Arena(self._arenas_made + 1, size, self.capacity + 2)
        except OSError:
            return None
        self._arenas_made += 1
        if arena is not None:
            self._retire(arena)
        self._arena = larger
        self._end.send(frame(Kind.ARENA, a=larger.id, b=larger.slot_size, c=larger.n_slots), larger.descriptor)
        return larger

    def _retire(self, arena: Arena) -> None:
        if arena.is_unused:  # then a slot has come back, so its descriptor has arrived
            arena.close()
        else:
            self._old_arenas[arena.id] = arena  # its descriptor may still wait to be sent: it closes with a credit

    def _tell_tick(self) -> None:
        if self._tick_told > self._tick_sent and not self._receiver_gone:
            self._tick_sent = self._tick_told
            self._end.send_newest(frame(Kind.TICK, a=self._tick_told))

    def _on_frames(self, arrived: list[Frame]) -> None:
        for kind, _, taken, _, _, body in arrived:
            if kind == Kind.CREDIT:
                self._sent_not_taken -= taken
                for arena_id, slot in frames.read_credit(body):
                    self._give_back(arena_id, slot)
            elif kind == Kind.GONE and not self._receiver_gone:
                self._receiver_gone = True
                self.discarded += self.under_way
                self._sent_not_taken = 0
                self._waiting.clear()
        if self._receiver_gone:
            self._wake_senders()
            return
        self._send_waiting()
        if self._room and self._has_room():
            self._wake_senders()

    def _send_waiting(self) -> None:
        if not self._waiting:
            return
        while self._waiting and self._sent_not_taken < self._window and self._send(*self._waiting[0]):
            self._waiting.popleft()
        if not self._waiting:
            self._tell_tick()
            if self._closing:
                self._end.send(frame(Kind.END))

    def _give_back(self, arena_id: int, slot: int) -> None:
        if self._arena is not None and self._arena.id == arena_id:
            self._arena.give_back(slot)
        elif arena_id in self._old_arenas:
            arena = self._old_arenas[arena_id]
            arena.give_back(slot)
            if arena.is_unused:
                arena.close()
                del self._old_arenas[arena_id]

    def _on_peer_gone(self) -> None:
        if not self._receiver_gone:
            self._receiver_gone = True
            self.peer_lost = not self._closing or self.under_way > 0
        self._sent_not_taken += len(self._waiting)  # lost; `under_way` goes on counting them
        self._waiting.clear()
        self._wake_senders()


class StreamReceiver(ReceiverEnd):
    """The receiver's end. Payloads are read where they lie; half of the slots at most are lent to what keeps arrays."""

    def __init__(self, connection: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._loop = loop
        self._end = SocketEnd(connection, loop, self._on_frames, self._on_peer_gone)
        self._queue: deque[Frame] = deque()
        self._arenas: dict[int, ArenaView] = {}
        self._tick_told = -1
        self._closed = False
        self._receiving = True
        self._taken = 0
        self._returned: deque[tuple[int, int]] = deque()  # filled in any thread
        self._copied: list[tuple[int, int]] = []
        self._credit_due = False

    def take(self) -> Message | None:
        if not self._queue:
            if self.unreadable:  # all that could be read was taken
                self.stop_receiving()
            return self._empty_tick(self._tick_told) if self._receiving else None
        arrived = self._queue.popleft()
        self._tick_seen = arrived.a
        self.delivered += 1
        self._taken += 1
        self._send_credit_soon()
        if arrived.kind == Kind.INLINE:
            payload = frames.decode_inline(arrived.body, arrived.n_parts)
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
            self._send_credit()  # first what was taken: the rest is discarded
            self._end.send(frame(Kind.GONE))
        self._queue.clear()

    async def flushed(self) -> None:
        """Wait until what this end had to say has left the process."""
        await self._end.flushed()

    def release(self) -> None:
        """Close the socket, and give back the shared memory of which nobody keeps arrays."""
        self._closed = True
        self._receiving = False
        self._queue.clear()
        self._end.close()
        self._arenas.clear()
        self.on_news = _nobody  # lent arrays hold this end: it must not hold the node that keeps them

    @property
    def queued(self) -> int:
        return len(self._queue)

    def _read_slot(self, body: bytes) -> object:
        arena_id, slot, sizes = frames.read_slot_body(body)
        arena = self._arenas[arena_id]
        for older in [id for id in self._arenas if id < arena_id] if len(self._arenas) > 1 else ():
            del self._arenas[older]  # the sender left it when it made this one
        if arena.n_lent < arena.n_slots // 2:
            views = arena.lend(slot, sizes, self._on_slot_free)
        else:  # somebody keeps arrays: copy, so that the sender is never without a slot
            views = arena.copy(slot, sizes)
            self._copied.append((arena_id, slot))
        return frames.decode(views[0], views[1:])

    def _on_slot_free(self, arena_id: int, slot: int) -> None:
        """Any thread: the last view of a slot has died."""
        self._returned.append((arena_id, slot))
        if not self._credit_due and self._end.is_connected:
            self._credit_due = True
            with suppress(RuntimeError):  # the loop has closed: nobody waits for credit any more
                self._loop.call_soon_threadsafe(self._send_credit)

    def _send_credit_soon(self) -> None:
        if not self._credit_due:
            self._credit_due = True
            self._loop.call_soon(self._send_credit)

    def _send_credit(self) -> None:
        self._credit_due = False
        slots = [self._returned.popleft() for _ in range(len(self._returned))]
        for arena_id, _ in slots:
            if arena_id in self._arenas:
                self._arenas[arena_id].n_lent -= 1
        slots += self._copied
        self._copied.clear()
        if self._taken or slots:
            self._end.send(frames.credit_frame(self._taken, slots))
            self._taken = 0

    def _on_frames(self, arrived: list[Frame]) -> None:
        was_empty = not self._queue
        for one in arrived:
            if one.kind in (Kind.INLINE, Kind.SLOT):
                if self._receiving and not self.unreadable:
                    self._queue.append(one)
            elif one.kind == Kind.TICK:
                self._tick_told = one.a
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
        if not self._closed:
            self._closed = True
            self.broken = "its sender went away without end of stream"
        self.on_news()


Sockets = tuple[socket.socket, socket.socket]
socket_pair = partial(socket.socketpair, socket.AF_UNIX, socket.SOCK_STREAM)
