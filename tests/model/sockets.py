"""Sockets of a virtual world: connected pairs that behave as the system's stream sockets do."""

from __future__ import annotations

import os
import socket
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Protocol


class Descriptors(Protocol):
    """Who gives descriptors their numbers: a world."""

    sockets: dict[int, VirtualSocket]
    numbers: Any


@dataclass
class SocketEnd:
    """One end of a connected pair, as the system keeps it: what is under way to it, and how many have it open.

    `capacity` bytes may be under way; a read takes at most `piece` bytes at a time.
    """

    capacity: int
    piece: int
    segments: deque[tuple[bytes, tuple[int, ...]]] = field(default_factory=deque)
    n_open: int = 0
    peer: SocketEnd = field(init=False, repr=False)

    @property
    def is_closed(self) -> bool:
        """Has nobody this end open?"""
        return self.n_open == 0

    @property
    def room(self) -> int:
        """How many bytes may come."""
        return self.capacity - sum(len(data) for data, _ in self.segments)

    def drop_segments(self) -> None:
        """Nobody will read what is under way."""
        for _, descriptors in self.segments:
            for fd in descriptors:
                os.close(fd)
        self.segments.clear()


class VirtualSocket:
    """A descriptor of a socket's end, as stream sockets behave: partial writes, descriptors, end of file."""

    def __init__(self, world: Descriptors, end: SocketEnd) -> None:
        self.world = world
        self.end = end
        self.end.n_open += 1
        self.number = 1000 + next(world.numbers)
        self.is_closed = False
        world.sockets[self.number] = self

    def dup(self) -> VirtualSocket:
        """Another descriptor of the same end, as another process has it."""
        return VirtualSocket(self.world, self.end)

    def __enter__(self) -> VirtualSocket:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # -- what the bridges ask of a socket

    def fileno(self) -> int:
        return -1 if self.is_closed else self.number

    def setblocking(self, flag: bool) -> None:
        assert not flag

    def send(self, data: bytes | memoryview) -> int:
        return self._send(bytes(data), ())

    def sendmsg(self, buffers: Any, ancillary: Any) -> int:
        descriptors = [int(fd) for _, _, array in ancillary for fd in array]
        return self._send(b"".join(bytes(b) for b in buffers), tuple(descriptors))

    def _send(self, data: bytes, descriptors: tuple[int, ...]) -> int:
        peer = self.end.peer
        if peer.is_closed:
            raise BrokenPipeError
        if peer.room <= 0:
            raise BlockingIOError
        taken = data[: peer.room]
        peer.segments.append((taken, tuple(os.dup(fd) for fd in descriptors)))
        return len(taken)

    def recvmsg(self, size: int, ancillary_size: int = 0, flags: int = 0) -> tuple[bytes, Any, int, None]:
        segments = self.end.segments
        if not segments:
            if self.end.peer.is_closed:
                return b"", [], 0, None
            raise BlockingIOError
        size = min(size, self.end.piece)
        data = b""
        descriptors: tuple[int, ...] = ()
        while segments and len(data) < size and not descriptors:
            first, with_it = segments[0]
            if with_it and data:
                break
            segments.popleft()
            descriptors = with_it
            cut = size - len(data)
            data += first[:cut]
            if first[cut:]:
                segments.appendleft((first[cut:], ()))
        packed = b"".join(fd.to_bytes(4, "little") for fd in descriptors)
        return data, [(socket.SOL_SOCKET, socket.SCM_RIGHTS, packed)] if descriptors else [], 0, None

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self.end.n_open -= 1
            if self.end.is_closed:
                self.end.drop_segments()

    # -- what the world asks

    @property
    def is_readable(self) -> bool:
        return not self.is_closed and (bool(self.end.segments) or self.end.peer.is_closed)

    @property
    def is_writable(self) -> bool:
        return not self.is_closed and (self.end.peer.is_closed or self.end.peer.room > 0)
