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
from engine.runtime.control import WireOrder


class Wiring:
    """The bridges of one run in one process. Owns sockets until an end takes them; `close` closes the rest."""

    def __init__(self) -> None:
        self._local: dict[str, Any] = {}
        self._sockets: dict[int, socket.socket] = {}
        self._lock = threading.Lock()

    def add_socket(self, number: int, connection: socket.socket) -> None:
        """Keep the socket that an order calls by a number."""
        with self._lock:
            self._sockets[number] = connection

    def sender(self, wire: WireOrder, loop: asyncio.AbstractEventLoop) -> SenderEnd:
        """Open the sender's end of a wire, to be used on this loop."""
        if wire.kind is BridgeKind.STREAM:
            return StreamSender(self._take_socket(wire), loop, wire.capacity, wire.overflow)
        bridge = self._bridge(wire)
        if isinstance(bridge, ThreadBridge):
            bridge.attach_sender(loop)
        return bridge

    def receiver(self, wire: WireOrder, loop: asyncio.AbstractEventLoop) -> ReceiverEnd:
        """Open the receiver's end of a wire, to be used on this loop."""
        if wire.kind is BridgeKind.STREAM:
            return StreamReceiver(self._take_socket(wire), loop)
        bridge = self._bridge(wire)
        if isinstance(bridge, ThreadBridge):
            bridge.attach_receiver(loop)
        return bridge

    def close(self) -> None:
        """Close the sockets that no end has taken."""
        with self._lock:
            for connection in self._sockets.values():
                connection.close()
            self._sockets.clear()

    def _bridge(self, wire: WireOrder) -> LoopBridge | ThreadBridge:
        with self._lock:
            bridge: LoopBridge | ThreadBridge | None = self._local.get(wire.key)
            if bridge is None:
                kind = LoopBridge if wire.kind is BridgeKind.LOOP else ThreadBridge
                bridge = self._local[wire.key] = kind(wire.capacity, wire.overflow)
            return bridge

    def _take_socket(self, wire: WireOrder) -> socket.socket:
        with self._lock:
            return self._sockets.pop(wire.descriptor)
