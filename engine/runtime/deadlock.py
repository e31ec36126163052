"""Freeing a run that backpressure has locked: growing the smallest full wire (Parks 1995, "Bounded scheduling of
process networks").

A fork and join whose branches need different amounts of data lock each other with small wires: one branch's wire is
full, so the fork waits; the join waits for the other branch, which waits for the fork. No node is at fault.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.overflow import Overflow
from engine.runtime.control import Counts, NodeActivity, Order

MOST_BYTES = 256 * 1024 * 1024  # a wire is never grown to hold more than about this
ROUNDS = 3  # of counts without any change, before a standstill is believed


@dataclass(frozen=True)
class Growth:
    """A wire that is to be grown, or, with capacity 0, the wires of a deadlock that growing would not free."""

    wires: tuple[str, ...]
    capacity: int


class DeadlockWatch:
    """Finds a standstill of the whole run from the counts of its workers."""

    def __init__(self, orders: Iterable[Order]) -> None:
        self._capacity = {wire.key: wire.capacity for order in orders for wire in order.outgoing}
        self._blocks = {wire.key for order in orders for wire in order.outgoing if wire.overflow is Overflow.BLOCK}
        self._locations = {order.location for order in orders}
        self._newest: dict[str, tuple[object, bool, tuple[str, ...]]] = {}
        self._bytes_each: dict[str, int] = {}
        self._still = dict.fromkeys(self._locations, 0)
        self._told = False

    def forget(self, location: str) -> None:
        """A worker has died: the run does not stand still before its successor does."""
        self._newest.pop(location, None)
        self._still[location] = 0

    def take(self, counts: Counts) -> Growth | None:
        """Take the counts of a worker; returns what to do when the run stands still."""
        full: list[str] = []
        is_waiting = True
        for node in counts.nodes:
            if node.activity == NodeActivity.WORKING:
                is_waiting = False
            full.extend(node.full_wires)
        for wire in counts.wires:
            if wire.bytes_each:
                self._bytes_each[wire.key] = wire.bytes_each
        moved = (
            tuple((n.received, n.emitted, n.unmatched) for n in counts.nodes),
            tuple((w.put, w.delivered) for w in counts.wires),
        )
        before = self._newest.get(counts.location)
        self._newest[counts.location] = (moved, is_waiting, tuple(full))
        is_still = is_waiting and before is not None and before[0] == moved
        self._still[counts.location] = self._still[counts.location] + 1 if is_still else 0
        if not is_still or any(rounds < ROUNDS for rounds in self._still.values()):
            return None
        return self._growth()

    def _growth(self) -> Growth | None:
        full = {key for _, _, wires in self._newest.values() for key in wires if key in self._blocks}
        if not full:
            return None
        self._still = dict.fromkeys(self._locations, 0)
        for key in sorted(full, key=lambda key: (self._capacity[key], key)):
            capacity = self._capacity[key] * 2
            if capacity * self._bytes_each.get(key, 1) <= MOST_BYTES:
                self._capacity[key] = capacity
                return Growth((key,), capacity)
        if self._told:
            return None
        self._told = True
        return Growth(tuple(sorted(full)), 0)
