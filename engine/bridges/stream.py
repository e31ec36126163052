"""A bridge between two processes over one connected socket: here `StreamSender`, beside it `StreamReceiver`.

Frames, credit and end of stream travel in the socket; payloads above a few KB travel through shared memory. The
socket's end without an `END` frame is how a dead peer is noticed, within milliseconds. Where that peer will be started
again, each end goes on without the other (`part`) and is joined to the new one (`reconnect`).
"""

from __future__ import annotations

import asyncio
import math
import socket
from collections import deque
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.bridges import frames
from engine.bridges.bridge import SenderEnd
from engine.bridges.frames import Frame, Kind, frame
from engine.bridges.loans import loan_of
from engine.bridges.message import Message
from engine.bridges.shared_memory import Arena, aligned
from engine.bridges.socket_end import SocketEnd
from engine.bridges.stream_receiver import StreamReceiver
from engine.overflow import Overflow

__all__ = ["Sockets", "StreamReceiver", "StreamSender", "socket_pair"]

# A message with the pickle of its payload and the buffers kept apart from it; or an array's head and None.
_Packed = tuple[Message, bytes, list[memoryview] | None]


LOT = 32  # so many messages in one system call at most: more of them do not cost less each
BULKY = 1 << 19  # bytes of a payload whose copy takes so long that a system call beside it does not count
SLOTS_PER_MESSAGE = 2  # one under way here, one on the next wire of the receiver, which may pass it on as it is
_GENERATIONS, _ARENA_BITS = 1 << 15, 16  # arenas are numbered in 32 bits, the upper ones for the generation


class StreamSender(SenderEnd):
    """The sender's end. At most `_window` messages are sent and not taken; policies that drop keep more waiting here.

    Invariant: `put_count` = taken by the receiver + `_sent_not_taken` + len(`_waiting`) + dropped + discarded + lost.

    Args:
        connection: the socket; owned from now on.
        loop: the loop on which messages are put.
        capacity, overflow: of the wire.
        restarts: a receiver that dies may come back; what is put until then is lost.
        generation: how many senders this wire has had before, so that their shared memory is not mistaken for ours.
    """

    def __init__(
        self,
        connection: socket.socket,
        loop: asyncio.AbstractEventLoop,
        capacity: int,
        overflow: Overflow,
        *,
        restarts: bool = False,
        generation: int = 0,
    ) -> None:
        super().__init__(capacity, overflow)
        self._loop = loop
        self._restarts = restarts
        self._window = self.capacity if overflow in (Overflow.BLOCK, Overflow.LATEST) else max(1, self.capacity // 2)
        self._end = self._connected(connection)
        self._is_bulky = False  # was the last payload?
        self._sent_not_taken = 0
        self._waiting: deque[_Packed] = deque()
        self._waiting_limit = max(1, self.capacity - self._window)
        self._arena: Arena | None = None
        self._old_arenas: dict[int, Arena] = {}
        self._arenas_made = generation % _GENERATIONS << _ARENA_BITS
        self._tick_sent = -1
        self._tick_told = -1
        self._time_told = 0
        self._tick_lost = -1
        self._is_away = False  # the receiver has died and may come back
        self._closing = False
        self._abandoned = b""
        self._receiver_gone = False
        self.peer_lost = False
        self.bytes_sent = 0

    def _connected(self, connection: socket.socket) -> SocketEnd:
        end = SocketEnd(connection, self._loop, self._on_frames, self._on_peer_gone)
        end.lot = self._lot
        return end

    @property
    def _lot(self) -> int:
        return min(self._window // 2, LOT)

    def try_put(self, message: Message) -> bool:
        if self._is_bulky and self._sent_not_taken:
            self._end.look()  # a slot that came back is in the processor's cache still: a copy into it takes a quarter
        if self._receiver_gone:
            self.put_count += 1
            if self._is_away:
                self.lost += 1
                self._tick_lost = message.tick
            else:
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
        head = frames.array_head(message.payload)
        if head is not None:
            packed: _Packed = message, head, None
        else:  # now: what cannot be pickled is refused where it was put
            packed = message, *frames.encode(message.payload)
        if not (may_send and self._send(*packed)):
            if self.overflow is Overflow.BLOCK:
                return False
            if is_full:
                self.dropped += 1
                self._waiting.popleft()
            self._waiting.append(packed)
        self.put_count += 1
        return True

    def put_empty(self, tick: int, time_ns: int = 0) -> None:
        self._time_told = time_ns
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
            self._abandoned = frame(Kind.ABANDON, reason.encode("utf-8", "replace")[:4000])
            self._end.send(self._abandoned)

    def grow(self, capacity: int) -> None:
        """See `SenderEnd.grow`; the shared memory gets more slots with the next message that needs one."""
        if self.overflow is Overflow.BLOCK and capacity > self.capacity:
            self._window = capacity
            self._end.lot = self._lot
            if self._arena is not None:
                self._retire(self._arena)
                self._arena = None
            super().grow(capacity)

    def loan(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any] | None:
        size = math.prod(shape) * dtype.itemsize
        if self._receiver_gone or size <= frames.INLINE_LIMIT or not frames.is_plain_dtype(dtype):
            return None
        arena = self._arena_for(size)
        return arena.loan(shape, dtype, self._on_loan_returned) if arena is not None else None

    def _on_loan_returned(self) -> None:
        with suppress(RuntimeError):  # the loop has closed: nobody waits for a slot any more
            self._loop.call_soon_threadsafe(self._go_on)

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
        self._close_arenas()
        self._wake_senders()

    def _close_arenas(self) -> None:
        for arena in [*self._old_arenas.values(), *([self._arena] if self._arena else [])]:
            arena.close()
        self._old_arenas.clear()
        self._arena = None

    def part(self, *, is_final: bool) -> None:
        """The receiver's process has died: hear what it still said, then go on without it.

        Args:
            is_final: it does not come back.
        """
        self._end.read_rest()
        self._end.close()
        self._on_peer_gone()
        self._is_away = self._is_away and not is_final

    def reconnect(self, connection: socket.socket) -> None:
        """The receiver's process has been started again: go on with it over this socket, owned from now on.

        It is told up to which tick messages were lost, and of the end of the stream when that was meanwhile.
        """
        self.part(is_final=False)
        self._close_arenas()
        self._receiver_gone = self._is_away = self.peer_lost = False
        self._end = self._connected(connection)
        self._tick_told = max(self._tick_told, self._tick_sent, self._tick_lost)
        self._tick_sent = -1
        self._tell_tick()
        if self._closing:
            self._end.send(self._abandoned or frame(Kind.END))

    @property
    def tick(self) -> int:
        """The last tick that was put or told; -1 before the first."""
        waiting = self._waiting[-1][0].tick if self._waiting else -1
        return max(self._tick_told, self._tick_sent, self._tick_lost, waiting)

    @property
    def under_way(self) -> int:
        return self._sent_not_taken + len(self._waiting)

    def _has_room(self) -> bool:
        if self._receiver_gone:
            return True
        arena_full = self._arena is not None and not self._arena.has_free_slot
        return not self._waiting and self._sent_not_taken < self._window and not arena_full

    def _send(self, message: Message, head: bytes, buffers: list[memoryview] | None) -> bool:
        """Send a message; False when its payload needs a slot and none is free."""
        size = len(head) + (message.payload.nbytes if buffers is None else sum(buffer.nbytes for buffer in buffers))
        data = self._in_slot(message, head, buffers) if size > frames.INLINE_LIMIT else None
        if data is None:
            if buffers is None:
                data = frames.array_frame(head, message)
            else:
                data = frames.pickle_frame(head, buffers, message)
        elif not data:
            return False
        self._sent_not_taken += 1
        self._tick_sent = message.tick
        self.bytes_sent += size
        self._end.send(data)
        self._is_bulky = size >= BULKY
        if self._is_bulky:  # the receiver may have done with it when the next is copied
            self._end.send_early()
        return True

    def _in_slot(self, message: Message, head: bytes, buffers: list[memoryview] | None) -> bytes | None:
        """Put a payload in shared memory. Returns its frame: empty when no slot is free, None when no memory."""
        if buffers is None:
            loan = loan_of(message.payload)
            if loan is not None and loan.arena is self._arena:
                return frames.array_slot_frame(loan.arena.id, loan.arena.redeem(loan), head, message)
            arena = self._arena_for(message.payload.nbytes)
            if arena is None or not arena.has_free_slot:
                return None if arena is None else b""
            return frames.array_slot_frame(arena.id, arena.put([_bytes_of(message.payload)]), head, message)
        parts = [memoryview(head), *buffers]
        sizes = [part.nbytes for part in parts]
        arena = self._arena_for(sum(aligned(size) for size in sizes))
        if arena is None or not arena.has_free_slot:
            return None if arena is None else b""
        return frames.slot_frame(arena.id, arena.put(parts), sizes, message)

    def _arena_for(self, size: int) -> Arena | None:
        """The arena, or a new one when a message is larger than its slots; an old one closes when all came back.

        None when the system gives no memory or descriptor for it: the message then travels in the socket.
        """
        arena = self._arena
        if arena is not None and size <= arena.slot_size:
            return arena
        try:
            larger = Arena(self._arenas_made + 1, size, SLOTS_PER_MESSAGE * (self.capacity + 2))
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
            self._end.send_newest(frame(Kind.TICK, a=self._tick_told, b=self._time_told))

    def _on_frames(self, arrived: list[Frame]) -> None:
        for one in arrived:
            if one.kind == Kind.CREDIT:
                self._sent_not_taken -= one.a
                for arena_id, slot in frames.read_credit(one.body):
                    self._give_back(arena_id, slot)
            elif one.kind == Kind.GONE and not self._receiver_gone:
                self._receiver_gone = True
                self.discarded += self.under_way
                self._sent_not_taken = 0
                self._waiting.clear()
        if self._receiver_gone:
            self._wake_senders()
        else:
            self._go_on()

    def _go_on(self) -> None:
        """There may be room now."""
        if self._end.is_flushed:  # else the descriptor of one may still wait to be sent
            for id in [id for id, arena in self._old_arenas.items() if arena.is_unused]:
                self._old_arenas.pop(id).close()
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
            self._old_arenas[arena_id].give_back(slot)

    def _on_peer_gone(self) -> None:
        if not self._receiver_gone:
            self._receiver_gone = True
            self.peer_lost = not self._closing or self.under_way > 0
            self._is_away = self._restarts
        if self._is_away and self.under_way:
            self._tick_lost = self.tick
            self.lost += self.under_way
            self._sent_not_taken = 0
        else:
            self._sent_not_taken += len(self._waiting)  # lost; `under_way` goes on counting them
        self._waiting.clear()
        self._wake_senders()


def _bytes_of(values: NDArray[Any]) -> memoryview:
    try:
        return values.data.cast("B")
    except ValueError:  # memoryviews know no complex numbers
        return values.reshape(-1).view(np.uint8).data


Sockets = tuple[socket.socket, socket.socket]
socket_pair = partial(socket.socketpair, socket.AF_UNIX, socket.SOCK_STREAM)
