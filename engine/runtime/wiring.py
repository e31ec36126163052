"""Opening the ends of a worker's wires: ends in one process find each other here, ends in two get their socket."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

from engine.bridges.bridge import ReceiverEnd, SenderEnd
from engine.bridges.choose import BridgeKind
from engine.bridges.loop import LoopBridge
from engine.bridges.stream import StreamReceiver, StreamSender
from engine.bridges.thread import ThreadBridge
from engine.overflow import Overflow
from engine.runtime.orders import WireOrder


class Wiring:
    """The bridges of one run in one process. Owns sockets until an end takes them; `close` closes the rest."""

    def __init__(self) -> None:
        self._local: dict[tuple[str, int], Any] = {}
        self._sockets: dict[int, socket.socket] = {}
        self._lock = threading.Lock()

    def add_socket(self, number: int, connection: socket.socket) -> None:
        """Keep the socket that an order calls by a number."""
        with self._lock:
            self._sockets[number] = connection

    def sender(self, wire: WireOrder, loop: asyncio.AbstractEventLoop) -> SenderEnd:
        """Open the sender's end of a wire, to be used on this loop."""
        if wire.peer_is_over:
            bridge = LoopBridge(wire.capacity, wire.overflow)
            bridge.stop_receiving()
            return bridge
        if wire.kind is BridgeKind.STREAM:
            connection = self.take_socket(wire.descriptor)
            restarts, generation = wire.restarts, wire.generation
            return StreamSender(
                connection, loop, wire.capacity, wire.overflow, restarts=restarts, generation=generation
            )
        local = self._bridge(wire)
        if isinstance(local, ThreadBridge):
            local.attach_sender(loop)
        return local

    def receiver(self, wire: WireOrder, loop: asyncio.AbstractEventLoop) -> ReceiverEnd:
        """Open the receiver's end of a wire, to be used on this loop."""
        if wire.peer_is_over:
            bridge = LoopBridge(wire.capacity, wire.overflow)
            bridge.close()
            return bridge
        if wire.kind is BridgeKind.STREAM:
            credit_every = max(1, wire.capacity // 2) if wire.overflow is Overflow.BLOCK else 1
            connection = self.take_socket(wire.descriptor)
            return StreamReceiver(connection, loop, restarts=wire.restarts, credit_every=credit_every)
        local = self._bridge(wire)
        if isinstance(local, ThreadBridge):
            local.attach_receiver(loop)
        return local

    def close(self) -> None:
        """Close the sockets that no end has taken."""
        with self._lock:
            for connection in self._sockets.values():
                connection.close()
            self._sockets.clear()

    def _bridge(self, wire: WireOrder) -> LoopBridge | ThreadBridge:
        with self._lock:
            bridge: LoopBridge | ThreadBridge | None = self._local.get((wire.key, wire.edition))
            if bridge is None:
                kind = LoopBridge if wire.kind is BridgeKind.LOOP else ThreadBridge
                bridge = self._local[wire.key, wire.edition] = kind(wire.capacity, wire.overflow)
            return bridge

    def forget(self, wire: WireOrder) -> None:
        """A wire is removed: whoever opens one of its name gets another."""
        with self._lock:
            self._local.pop((wire.key, wire.edition), None)

    def give_up(self, wire: WireOrder) -> None:
        """No end of a wire will be opened here: close its socket, if nobody has taken it."""
        with self._lock:
            connection = self._sockets.pop(wire.descriptor, None)
        if connection is not None:
            connection.close()

    def take_socket(self, number: int) -> socket.socket:
        """The socket that an order or command calls by a number; whoever takes it owns it."""
        with self._lock:
            return self._sockets.pop(number)
