"""Where the ticks of a node go on that is made anew: behind the largest that anybody has seen who hears of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.node.node import Join
from engine.runtime.orders import WireOrder
from engine.runtime.plan import Plan

UNHEARD_TICKS = 1_000_000  # are left out where a receiver does not say in time what it has seen


class Ticks:
    """The largest tick that each wire is known to have carried.

    A tick goes on from wire to wire as long as nodes hand it on; behind a node whose process does not restart nobody
    has seen a larger one than that node has.
    """

    def __init__(self, plan: Plan, before: Ticks | None = None) -> None:
        self._seen: dict[str, int] = dict(before._seen) if before is not None else {}
        self._outgoing: dict[str, list[WireOrder]] = {}
        self._incoming: dict[str, list[WireOrder]] = {}
        for order in plan.orders.values():
            for wire in order.outgoing:
                self._outgoing.setdefault(wire.from_node, []).append(wire)
                self._incoming.setdefault(wire.to_node, []).append(wire)
        self._types = {node.id: plan.types[node.type_path] for order in plan.orders.values() for node in order.nodes}
        self._restarting = {
            id for id, location in plan.locations.items() if plan.death_policies.get(location.process) == "restart"
        }

    def note(self, key: str, tick: int) -> None:
        """A wire has carried this tick."""
        self._seen[key] = max(tick, self._seen.get(key, -1))

    def first_of(self, node: str, unheard: Iterable[str] = ()) -> int:
        """The tick at which a node begins that takes the place of one that has died.

        Args:
            node: its id.
            unheard: keys of wires whose receivers have not said what they have seen.
        """
        largest, is_unheard = -1, False
        unheard = frozenset(unheard)
        todo, known = [node], {node}
        while todo:
            for wire in self._outgoing.get(todo.pop(), ()):
                largest = max(largest, self._seen.get(wire.key, -1))
                is_unheard = is_unheard or wire.key in unheard
                if wire.to_node not in known and wire.to_node in self._restarting and self._hands_on(wire):
                    known.add(wire.to_node)
                    todo.append(wire.to_node)
        return largest + 1 + UNHEARD_TICKS * is_unheard

    def _hands_on(self, wire: WireOrder) -> bool:
        """Does the receiving node emit with the ticks of this wire?"""
        node_type: Any = self._types[wire.to_node]
        wires = self._incoming[wire.to_node]
        if len(wires) == 1 or node_type.join is Join.TICK:
            return True
        if node_type.join is Join.ANY:
            return False
        driving = {name for name, port in node_type.node_inputs.items() if port.driving} or {wires[0].to_port}
        return wire.to_port in driving
