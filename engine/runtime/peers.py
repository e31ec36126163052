"""The workers at the other ends of the wires of processes that die and are started again.

A death is told to them: they part from the process, and say what they have counted and up to which tick they have
seen. When the process is there again they get their ends of the new wires.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

from engine.bridges.frames import Kind, frame
from engine.bridges.stream import socket_pair
from engine.runtime import control
from engine.runtime.orders import WireOrder
from engine.runtime.plan import Plan
from engine.runtime.record import Record
from engine.runtime.sites import Site, Sites
from engine.runtime.states import NodeState
from engine.runtime.ticks import Ticks
from engine.runtime.wire_ledger import End


class Peers:
    """Parts live workers from processes that have died, and joins them to those that take their place.

    Invariant: a socket that is held belongs to a wire of a process that is starting, by the name of the process.
    """

    def __init__(self, plan: Plan, sites: Sites, record: Record) -> None:
        self._plan = plan
        self._sites = sites
        self._record = record
        self._ticks = Ticks(plan)
        self._held: dict[str, dict[str, socket.socket]] = {}
        self._rewiring: set[tuple[str, str]] = set()  # (location, wire) that have got a socket and not said so

    def replan(self) -> None:
        """The plan has changed."""
        self._ticks = Ticks(self._plan, self._ticks)

    # -- parting

    def part(self, name: str) -> set[str]:
        """Tell the peers of a process that has died; returns the locations that will say what they have counted."""
        asked: dict[tuple[str, bool], list[str]] = {}
        for wire, end in self._ends_in(name):
            own, other = _nodes_at(wire, end)
            peer = self._sites.of_node(other)
            answers = _is_live(peer) and peer.location.process != name
            self._record.ledger.wires[wire.key].part(end, answer_expected=answers)
            if answers:
                is_final = self._record.ledger.nodes[own].state.is_over
                asked.setdefault((peer.location_text, is_final), []).append(wire.key)
        for (location, is_final), keys in asked.items():
            self._sites.by_location[location].send(control.Part(location, keys, is_final))
        gone = {site.location_text for site in self._sites.of_process(name)}
        self._rewiring = {(location, key) for location, key in self._rewiring if location not in gone}
        return {location for location, _ in asked}

    def part_for_good(self, site: Site) -> None:
        """A site has died and does not come back: its peers wait no longer."""
        order = self._plan.order_at(site.location)
        final: dict[str, list[str]] = {}
        for wire in [*order.outgoing, *order.incoming]:
            other = wire.to_node if wire in order.outgoing else wire.from_node
            peer = self._sites.of_node(other)
            if wire.restarts and _is_live(peer):
                final.setdefault(peer.location_text, []).append(wire.key)
        for location, keys in final.items():
            self._sites.by_location[location].send(control.Part(location, keys, True))

    def parted(self, report: control.Parted) -> None:
        """A worker says what its ends of wires had counted when a process at their other ends had died."""
        for counts in report.wires:
            if counts.key not in self._record.ledger.wires:
                continue  # removed meanwhile
            self._record.ledger.wires[counts.key].settle_part(counts)
            self._ticks.note(counts.key, counts.tick)

    def first_tick(self, name: str, node: str, unheard: set[str]) -> int:
        """The tick at which a node of a process goes on, while these locations have not said what they have seen."""
        wires = [
            wire.key
            for wire, end in self._ends_in(name)
            if self._sites.of_node(_nodes_at(wire, end)[1]).location_text in unheard
        ]
        return self._ticks.first_of(node, wires)

    # -- joining

    def open(self, name: str, key: str) -> socket.socket:
        """Make the sockets of a wire of a process that is to start; returns its end and holds the other.

        Raises:
            OSError: descriptors are exhausted.
        """
        ours, self._held.setdefault(name, {})[key] = socket_pair()
        return ours

    def drop(self, name: str) -> None:
        """The process did not get ready: close what is held for its peers."""
        for connection in self._held.pop(name, {}).values():
            connection.close()

    def join(self, name: str) -> None:
        """The process is ready: give its peers their ends of the new wires."""
        held = self._held.pop(name, {})
        for wire, end in self._ends_in(name):
            if wire.key in held:
                self._give(wire, end, held[wire.key])

    def _give(self, wire: WireOrder, end: End, connection: socket.socket) -> None:
        """Give the other end of a wire its socket; one that has ended had its last word already, said here again."""
        other = _nodes_at(wire, end)[1]
        peer = self._sites.of_node(other)
        if peer.is_over:
            with contextlib.suppress(OSError), connection:
                connection.send(self._last_word(end, other))
        elif _is_live(peer):
            self._rewiring.add((peer.location_text, wire.key))
            self._sites.rewire(peer, wire.key, connection)
        else:
            connection.close()  # it is away as well, and will bring a socket of its own

    def rewired(self, report: control.Rewired) -> None:
        """A worker has joined its end of a wire to the new process."""
        self._rewiring.discard((report.location, report.key))

    def site_over(self, site: Site) -> None:
        """A worker has ended, perhaps with a socket that came too late for it: say its last word on another."""
        location = site.location_text
        late = {key for where, key in self._rewiring if where == location}
        self._rewiring -= {(location, key) for key in late}
        order = self._plan.order_at(site.location)
        for wire in [*order.outgoing, *order.incoming]:
            if wire.key in late:
                late.discard(wire.key)
                end = End.RECEIVER if wire in order.outgoing else End.SENDER
                own, _ = _nodes_at(wire, end)
                with contextlib.suppress(OSError):
                    ours, theirs = socket_pair()
                    self._give(wire, end, ours)
                    self._sites.rewire(self._sites.of_node(own), wire.key, theirs)

    def _last_word(self, end: End, other: str) -> bytes:
        if end is End.SENDER:
            return frame(Kind.GONE)
        node = self._record.ledger.nodes[other]
        if node.state in (NodeState.DEAD, NodeState.ABANDONED):
            return frame(Kind.ABANDON, b"its sender went away without end of stream")
        return frame(Kind.END)

    def _ends_in(self, name: str) -> Iterator[tuple[WireOrder, End]]:
        for location, order in self._plan.orders.items():
            if location.process == name:
                yield from ((wire, End.SENDER) for wire in order.outgoing)
                yield from ((wire, End.RECEIVER) for wire in order.incoming)


def _nodes_at(wire: WireOrder, end: End) -> tuple[str, str]:
    """The node at this end of a wire, and the one at the other."""
    return (wire.from_node, wire.to_node) if end is End.SENDER else (wire.to_node, wire.from_node)


def _is_live(site: Site) -> bool:
    return site.is_ready and not site.is_over and not site.is_away
