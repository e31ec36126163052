"""The ends of wires at one worker: opened as its nodes are built, counted, parted and joined again, closed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from typing import Any

from engine.bridges.bridge import SenderEnd
from engine.bridges.stream import StreamReceiver, StreamSender
from engine.runtime.control import WireCounts
from engine.runtime.orders import Order, WireOrder
from engine.runtime.outputs import OutgoingWire
from engine.runtime.wiring import Wiring

AT_ONCE = 20  # ends that are opened in one turn of the loop, which others share: the editor's window is on main


class WireEnds:
    """Owns the ends that its worker's nodes use, all on one loop. After `release` no socket is left.

    Opening gives other work of the loop its turn every few ends.
    """

    def __init__(self, order: Order, wiring: Wiring) -> None:
        self._wiring = wiring
        self._outgoing: dict[tuple[str, str], list[WireOrder]] = {}
        self._incoming: dict[str, list[WireOrder]] = {}
        for wire in order.outgoing:
            self._outgoing.setdefault((wire.from_node, wire.from_port), []).append(wire)
        for wire in order.incoming:
            self._incoming.setdefault(wire.to_node, []).append(wire)
        self._sent_on = {wire.key: wire for wire in order.outgoing}
        self._read_from = {wire.key: wire for wire in order.incoming}
        self._senders: dict[str, SenderEnd] = {}
        self._receivers: dict[str, Any] = {}
        self._opened = 0
        self._is_released = False

    async def outgoing(self, node: str, port: str, loop: asyncio.AbstractEventLoop) -> list[OutgoingWire]:
        """Open the wires that begin at an output port."""
        wires = []
        for wire in self._outgoing.get((node, port), ()):
            sender = self._senders[wire.key] = self._wiring.sender(wire, loop)
            wires.append(OutgoingWire(wire.key, sender, wire.sends_empty_ticks))
            await self._give_turn()
        return wires

    async def incoming(self, node: str, loop: asyncio.AbstractEventLoop) -> list[tuple[WireOrder, Any]]:
        """Open the wires that end at a node."""
        wires = []
        for wire in self._incoming.get(node, ()):
            receiver = self._receivers[wire.key] = self._wiring.receiver(wire, loop)
            wires.append((wire, receiver))
            await self._give_turn()
        return wires

    # -- edits of the graph while it runs

    def adopt(self, other: WireEnds, keys: Iterable[str] | None = None, *, senders: bool = True) -> None:
        """Own, and count, the ends that another has opened: those of these wires, or all; or their receivers alone."""
        for mine, its, orders, its_orders in (
            (self._receivers, other._receivers, self._read_from, other._read_from),
            *([(self._senders, other._senders, self._sent_on, other._sent_on)] if senders else ()),
        ):
            for key in list(its if keys is None else keys):
                if key in its:
                    mine[key] = its.pop(key)
                    orders[key] = its_orders[key]

    def give_up_senders(self, keys: Iterable[str]) -> list[Any]:
        """Own and count these ends no more; returns them, to be closed by who asked."""
        return self._give_up(keys, self._senders, self._sent_on)

    def give_up_receivers(self, keys: Iterable[str]) -> list[Any]:
        """Own and count these ends no more; returns them, to be closed by who asked."""
        return self._give_up(keys, self._receivers, self._read_from)

    def give_up_node(self, id: str) -> list[Any]:
        """The same, of all ends at a node."""
        sent_on = [key for key, wire in self._sent_on.items() if wire.from_node == id]
        read_from = [key for key, wire in self._read_from.items() if wire.to_node == id]
        return [*self.give_up_senders(sent_on), *self.give_up_receivers(read_from)]

    def _give_up(self, keys: Iterable[str], ends: dict[str, Any], orders: dict[str, WireOrder]) -> list[Any]:
        given = []
        for key in keys:
            if key in ends:
                given.append(ends.pop(key))
                self._wiring.forget(orders.pop(key))
        return given

    async def _give_turn(self) -> None:
        self._opened += 1
        if self._opened % AT_ONCE == 0:
            await asyncio.sleep(0)

    def grow(self, key: str, capacity: int) -> None:
        """Let a wire hold more."""
        if key in self._senders:
            self._senders[key].grow(capacity)

    def part(self, keys: Iterable[str], is_final: bool) -> list[WireCounts]:
        """The process at the other end of these wires has died; returns what the ends here have counted."""
        keys = list(keys)
        for end in self._streams(keys):
            end.part(is_final=is_final)
        return [count for count in self.counts() if count.key in keys]

    def reconnect(self, key: str, connection: socket.socket) -> bool:
        """Join a wire to its new other end; False, and the socket closed, when there is no end here any more."""
        for end in self._streams([key]):
            end.reconnect(connection)
            return True
        connection.close()
        return False

    def _streams(self, keys: Iterable[str]) -> list[StreamSender | StreamReceiver]:
        if self._is_released:
            return []
        ends = [self._senders.get(key) or self._receivers.get(key) for key in keys]
        return [end for end in ends if isinstance(end, StreamSender | StreamReceiver)]

    def counts(self) -> list[WireCounts]:
        """What each end has counted; wires that lie within the worker have both of their ends in one entry."""
        counts = {}
        for key, sender in self._senders.items():
            entry = WireCounts(key, sender.put_count, sender.dropped, sender.discarded, sender.under_way)
            if isinstance(sender, StreamSender):
                entry.lost, entry.tick = sender.lost, sender.tick
            counts[key] = entry
        for key, receiver in self._receivers.items():
            entry = counts.setdefault(key, WireCounts(key))
            entry.delivered = receiver.delivered
            entry.latency_ns = receiver.latency_ns
            entry.bytes_each = receiver.bytes_each
            receiver.sample_next = True
            if isinstance(receiver, StreamReceiver):
                receiver.give_credit()
                entry.queued, entry.tick = receiver.queued, receiver.tick
        return list(counts.values())

    def close(self) -> None:
        """End of stream on all wires that begin here."""
        for sender in self._senders.values():
            sender.close()

    async def flushed(self) -> None:
        """Wait until what was put has left this process."""
        for sender in self._senders.values():
            await sender.flushed()

    async def receivers_flushed(self) -> None:
        """Wait until what the receivers' ends had to say has left this process."""
        for receiver in self._receivers.values():
            if isinstance(receiver, StreamReceiver):
                await receiver.flushed()

    def release(self) -> None:
        """Close the sockets and give shared memory back."""
        self._is_released = True
        for end in [*self._senders.values(), *self._receivers.values()]:
            if isinstance(end, StreamSender | StreamReceiver):
                end.release()
