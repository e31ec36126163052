"""Freeing a run that backpressure has locked: growing the smallest full wire (Parks 1995, "Bounded scheduling of
process networks").

A fork and join whose branches need different amounts of data lock each other with small wires: one branch's wire is
full, so the fork waits; the join waits for the other branch, which waits for the fork. No node is at fault.

Each part of the graph (nodes that wires join, and no wire leads out of) is judged by itself: what goes on beside it can
neither free it nor have anything to do with its lock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.overflow import Overflow
from engine.runtime.control import Counts, NodeActivity, NodeCounts, WireCounts
from engine.runtime.orders import Order

MOST_BYTES = 256 * 1024 * 1024  # a wire is never grown to hold more than about this
ROUNDS = 3  # of counts without any change, before a standstill is believed
LAG_NS = 50_000_000  # a loop that is late by this has other work to do: a round of its counts is half a round


@dataclass(frozen=True)
class Growth:
    """A wire that is to be grown, or, with capacity 0, the wires of a deadlock that growing would not free.

    Attributes:
        nodes: of the part of the graph that stands still.
    """

    wires: tuple[str, ...]
    capacity: int
    nodes: frozenset[str]


@dataclass
class _Share:
    """What a worker has of a part of the graph, as of its newest counts."""

    moved: object = None
    full: tuple[str, ...] = ()
    rounds: float = 0.0


@dataclass
class _Part:
    """Nodes that wires join, and the workers that have a share in them and have not ended or died."""

    nodes: frozenset[str]
    shares: dict[str, _Share] = field(default_factory=dict)
    is_told: bool = False

    def begin_anew(self) -> None:
        """Something has moved: nothing stands still before every worker has said so again."""
        for share in self.shares.values():
            share.rounds = 0.0


class DeadlockWatch:
    """Finds parts of the run that stand still from the counts of its workers."""

    def __init__(self, orders: Iterable[Order]) -> None:
        orders = list(orders)
        wires = [wire for order in orders for wire in order.outgoing]
        self._capacity = {wire.key: wire.capacity for wire in wires}
        self._blocks = {wire.key for wire in wires if wire.overflow is Overflow.BLOCK}
        self._bytes_each: dict[str, int] = {}
        self._parts = _parts_of(orders)
        self._part_of_node = {id: part for part in self._parts for id in part.nodes}
        self._part_of_wire = {wire.key: self._part_of_node[wire.from_node] for wire in wires}
        for order in orders:
            for node in order.nodes:
                self._part_of_node[node.id].shares[order.location] = _Share()

    def forget(self, location: str) -> None:
        """A worker has died: its parts of the run do not stand still before its successor does."""
        for part in self._parts_at(location):
            part.shares[location] = _Share()
            part.begin_anew()

    def leave(self, location: str) -> None:
        """A worker has ended, or died for good: nothing of it moves any more, and nobody waits for its counts."""
        for part in self._parts_at(location):
            del part.shares[location]
            part.begin_anew()

    def _parts_at(self, location: str) -> list[_Part]:
        return [part for part in self._parts if location in part.shares]

    def take(self, counts: Counts) -> list[Growth]:
        """Take the counts of a worker; returns what to do where the run stands still."""
        parts = {id(part): part for part in self._parts_at(counts.location)}
        nodes: dict[int, list[NodeCounts]] = {key: [] for key in parts}
        wires: dict[int, list[WireCounts]] = {key: [] for key in parts}
        for node in counts.nodes:
            nodes.setdefault(id(self._part_of_node[node.id]), []).append(node)
        for wire in counts.wires:
            wires.setdefault(id(self._part_of_wire[wire.key]), []).append(wire)
            if wire.bytes_each:
                self._bytes_each[wire.key] = wire.bytes_each
        growths = []
        for key, part in parts.items():
            share = part.shares[counts.location]
            moved = (
                tuple((n.received, n.emitted, n.unmatched) for n in nodes[key]),
                tuple((w.put, w.delivered) for w in wires[key]),
            )
            is_still = share.moved == moved and all(n.activity != NodeActivity.WORKING for n in nodes[key])
            share.moved, share.full = moved, tuple(wire for n in nodes[key] for wire in n.full_wires)
            if not is_still:
                part.begin_anew()
                continue
            share.rounds += 0.5 if counts.lag_ns > LAG_NS else 1.0
            growth = self._growth(part) if all(other.rounds >= ROUNDS for other in part.shares.values()) else None
            if growth is not None:
                growths.append(growth)
        return growths

    def _growth(self, part: _Part) -> Growth | None:
        full = {key for share in part.shares.values() for key in share.full if key in self._blocks}
        if not full:
            return None
        part.begin_anew()
        for key in sorted(full, key=lambda key: (self._capacity[key], key)):
            capacity = self._capacity[key] * 2
            if capacity * self._bytes_each.get(key, 1) <= MOST_BYTES:
                self._capacity[key] = capacity
                return Growth((key,), capacity, part.nodes)
        if part.is_told:
            return None
        part.is_told = True
        return Growth(tuple(sorted(full)), 0, part.nodes)


def _parts_of(orders: list[Order]) -> list[_Part]:
    beside: dict[str, set[str]] = {node.id: set() for order in orders for node in order.nodes}
    for order in orders:
        for wire in order.outgoing:
            beside[wire.from_node].add(wire.to_node)
            beside[wire.to_node].add(wire.from_node)
    parts = []
    left = dict.fromkeys(beside)
    while left:
        nodes, todo = set(), [next(iter(left))]
        while todo:
            id = todo.pop()
            if id not in nodes:
                nodes.add(id)
                left.pop(id)
                todo.extend(beside[id])
        parts.append(_Part(frozenset(nodes)))
    return parts
