"""One end of a bridge's socket on an event loop: frames out, frames in, descriptors with them, and the end noticed.

A system call and a wake-up for each frame would cost more than the frames do, so those of one turn of the loop share
one. But a turn may be long, and the other side should work meanwhile, not afterwards: part of them leave earlier
(`send_early`), where there is a processor left for whoever that wakes.

Works with any loop that has `add_reader` and `add_writer`: asyncio's, uvloop's, qasync's.
"""

from __future__ import annotations

import array
import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from engine.bridges.frames import Frame, FrameReader

CALM_S = 0.0005  # after so long without traffic nothing will come that a frame could wait for
PREEMPTED_S = 0.00004  # a send that took longer has woken the other side on our processor, at our cost
_MOST_NOT_EARLY = 64
_READ = 1 << 16  # more would be a new mapping of memory each time (malloc's limit is 128 KB)
_READ_IN_NEED = 1 << 12  # where there is no memory for more at a time
_WRITE = 1 << 18  # frames are put together up to about this many bytes
_CLOSE_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)  # what a node starts must not inherit a socket
_join = b"".join
_DESCRIPTORS = 16
_ANCILLARY = socket.CMSG_SPACE(_DESCRIPTORS * array.array("i").itemsize)


def received_descriptors(ancillary: list[tuple[int, int, bytes]]) -> list[int]:
    """The descriptors that came with a `recvmsg`; whoever asks owns them."""
    descriptors = array.array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(content[: len(content) - len(content) % descriptors.itemsize])
    return list(descriptors)


class SocketEnd:
    """Owns a connected socket. Frames sent in one turn of the loop leave together; after a calm one leaves at once.

    Attributes:
        lot: when so many frames wait they leave before the turn of the loop is over; 0: never.

    Args:
        connection: a connected stream socket; owned from now on.
        loop: the loop on which everything is called.
        on_frames: called with the frames that have arrived.
        on_end: called once when the other side has gone.
    """

    def __init__(
        self,
        connection: socket.socket,
        loop: asyncio.AbstractEventLoop,
        on_frames: Callable[[list[Frame]], None],
        on_end: Callable[[], None],
    ) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._loop = loop
        self._on_frames = on_frames
        self._on_end = on_end
        self._reader = FrameReader()
        self._out: deque[tuple[bytes | memoryview, int]] = deque()  # bytes, and a descriptor to send with them or -1
        self._last_is_newest = False
        self._descriptors: deque[int] = deque()
        self._flush_due = False
        self._sent_at = -CALM_S
        self.lot = 0
        self._n_not_early = 0  # how often to send nothing early, as that was to our cost
        self._n_not_early_next = 1
        self._waits_to_write = False
        self._flushed: list[asyncio.Future[None]] = []
        self.is_open = True
        self.is_connected = True
        self.trouble = ""  # why nothing more is received, when that is not the other side's doing
        loop.add_reader(connection.fileno(), self._read)

    def send(self, data: bytes, descriptor: int = -1) -> None:
        """Send a frame with the others of this turn of the loop."""
        if not self.is_connected:
            return
        rest: bytes | memoryview = data
        self._last_is_newest = False
        is_due = self._flush_due or self._waits_to_write
        if not is_due and descriptor < 0 and (now := self._loop.time()) - self._sent_at > CALM_S:
            self._sent_at = now
            rest = self._send_now(data)
            if not rest:
                return
        self._out.append((rest, descriptor))
        if not is_due:
            self._flush_due = True
            self._loop.call_soon(self._flush)
        elif len(self._out) == self.lot:
            self.send_early()

    def send_early(self) -> None:
        """Send what waits for the end of this turn already now.

        Where all processors are at work that does harm: the system stops us, to let the other side take what is not yet
        worth its turn. That is noticed by the time it takes, and then not done again for some time.
        """
        if not self._out or not self._flush_due or not self.is_connected or self._waits_to_write:
            return
        if self._n_not_early:
            self._n_not_early -= 1
        else:
            begun = self._sent_at = self._loop.time()
            if not self._send_all():
                self._loop.call_soon(self._read_last_words)  # whoever sends is not told while it sends
            elif self._loop.time() - begun < PREEMPTED_S:
                self._n_not_early_next = 1
            else:
                self._n_not_early = self._n_not_early_next
                self._n_not_early_next = min(2 * self._n_not_early_next, _MOST_NOT_EARLY)

    def _send_now(self, data: bytes) -> bytes | memoryview:
        """Send a frame at once; returns what is left of it. What is wrong is noticed by the flush."""
        try:
            sent = self._socket.send(data)
        except OSError:
            return data
        return memoryview(data)[sent:] if sent < len(data) else b""

    def send_newest(self, data: bytes) -> None:
        """Send a frame that makes the one before it needless, if that was sent in this way and is still here."""
        if self._out and self._last_is_newest:
            self._out[-1] = (data, -1)
            return
        self.send(data)
        self._last_is_newest = bool(self._out) and self._out[-1][0] is data  # none of it has left

    def next_descriptor(self) -> int:
        """The oldest descriptor that has arrived and was not asked for."""
        return self._descriptors.popleft()

    @property
    def is_flushed(self) -> bool:
        """Has everything sent been handed to the system?"""
        return not self._out

    async def flushed(self) -> None:
        """Wait until everything sent has been handed to the system, or the other side has gone."""
        if self.is_connected and self._out:
            future = self._loop.create_future()
            self._flushed.append(future)
            await future

    def close(self) -> None:
        """Close the socket; what was not handed to the system is lost."""
        if not self.is_open:
            return
        self.is_open = self.is_connected = False
        self._loop.remove_reader(self._socket.fileno())
        if self._waits_to_write:
            self._loop.remove_writer(self._socket.fileno())
        self._socket.close()
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors.clear()
        self._out.clear()
        self._tell_flushed()

    def _flush(self) -> None:
        self._flush_due = False
        if not self.is_connected:
            return
        self._sent_at = self._loop.time()
        if not self._send_all():
            self._read_last_words()

    def _send_all(self) -> bool:
        """Hand to the system what it takes now of what waits; False when the other side takes no more."""
        try:
            while self._out:
                if not self._send_some():
                    break
        except BlockingIOError:
            pass
        except OSError:
            return False
        if self._out and not self._waits_to_write:
            self._waits_to_write = True
            self._loop.add_writer(self._socket.fileno(), self._flush)
        elif not self._out:
            if self._waits_to_write:
                self._waits_to_write = False
                self._loop.remove_writer(self._socket.fileno())
            self._tell_flushed()
        return True

    def _send_some(self) -> bool:
        """Send the first item, or several that need no descriptor; False when the system took only a part.

        What is not sent stays where it was, whatever is raised.
        """
        data, descriptor = self._out[0]
        count = 1
        if descriptor >= 0:
            sent = socket.send_fds(self._socket, [data], [descriptor])
        else:
            data, count = self._first_piece()
            sent = self._socket.send(data)
        rest = memoryview(data)[sent:]
        for _ in range(count):
            self._out.popleft()
        if not self._out:
            self._last_is_newest = False
        if rest:
            self._out.appendleft((rest, -1))
            return False
        return True

    def _first_piece(self) -> tuple[bytes | memoryview, int]:
        """The first bytes that wait, up to a descriptor or about `_WRITE`, in one piece, and of how many items."""
        batch: list[bytes | memoryview] = []
        size = 0
        for data, descriptor in self._out:
            size += len(data)
            if descriptor >= 0 or (batch and size > _WRITE):
                break
            batch.append(data)
        if len(batch) > 1:
            with suppress(MemoryError):  # then one after the other, which needs none
                return _join(batch), len(batch)
        return batch[0], 1

    def _read(self) -> bool:
        """Read what has arrived; False when there was nothing."""
        try:
            data, ancillary = self._receive()
            self._descriptors.extend(received_descriptors(ancillary))
            frames = self._reader.feed(data) if data else []
        except (BlockingIOError, InterruptedError):
            return False
        except MemoryError:  # what was read is lost: nothing behind it can be understood
            self.trouble = "no memory is left here to receive what is sent"
            self._other_side_gone()
            return True
        if not data:
            self._other_side_gone()
            return True
        if frames:
            self._on_frames(frames)
        return True

    def _receive(self) -> tuple[bytes, list[tuple[int, int, bytes]]]:
        """What has arrived, and what came with it; nothing when the other side has gone."""
        try:
            try:
                return self._socket.recvmsg(_READ, _ANCILLARY, _CLOSE_ON_EXEC)[:2]
            except MemoryError:
                return self._socket.recvmsg(_READ_IN_NEED, _ANCILLARY, _CLOSE_ON_EXEC)[:2]
        except (BlockingIOError, InterruptedError):
            raise
        except OSError:
            return b"", []

    def look(self) -> None:
        """Read what has arrived, if something has, before the loop says so."""
        if self.is_connected:
            self._read()

    def read_rest(self) -> None:
        """Read all that has arrived, now."""
        while self.is_connected and self._read():
            pass

    def _read_last_words(self) -> None:
        """The other side takes no more: read what it said before it went, then note its end."""
        self.read_rest()
        self._other_side_gone()

    def _other_side_gone(self) -> None:
        if not self.is_connected:
            return
        self.is_connected = False
        self._loop.remove_reader(self._socket.fileno())
        if self._waits_to_write:
            self._waits_to_write = False
            self._loop.remove_writer(self._socket.fileno())
        self._out.clear()
        self._tell_flushed()
        self._on_end()

    def _tell_flushed(self) -> None:
        waiting, self._flushed = self._flushed, []
        for future in waiting:
            if not future.done():
                future.set_result(None)
