"""Ending cycles: a loop closed by a feedback wire ends when nothing feeds it any more and nothing is under way in it.

A node that joins by `any` cannot see that by itself: its feedback wire is open as long as the node is. So the run
looks at the counts of the loop: every node of it idle, its other inputs ended, every message put also taken, and
all of that unchanged between two rounds of counts (Mattern 1987, "Algorithms for distributed termination detection").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.graph.wire import Wire
from engine.runtime.control import NodeCounts, WireCounts


@dataclass
class Cycle:
    """The nodes of a loop and the wires between them."""

    nodes: frozenset[str]
    wires: frozenset[str]
    seen: tuple[object, ...] | None = None
    reported: set[str] = field(default_factory=set)
    is_ended: bool = False


def cycles_of(wires: Iterable[Wire]) -> list[Cycle]:
    """The loops that feedback wires close; loops that share a node are one."""
    wires = list(wires)
    onward: dict[str, set[str]] = {}
    back: dict[str, set[str]] = {}
    for wire in wires:
        onward.setdefault(wire.from_node, set()).add(wire.to_node)
        back.setdefault(wire.to_node, set()).add(wire.from_node)
    groups: list[set[str]] = []
    for wire in wires:
        if not wire.feedback:
            continue
        nodes = _reachable(wire.to_node, onward) & _reachable(wire.from_node, back)
        for other in [group for group in groups if group & nodes]:
            groups.remove(other)
            nodes |= other
        if nodes:
            groups.append(nodes)
    return [
        Cycle(frozenset(nodes), frozenset(w.key for w in wires if w.from_node in nodes and w.to_node in nodes))
        for nodes in groups
    ]


def _reachable(start: str, following: Mapping[str, set[str]]) -> set[str]:
    seen, todo = {start}, [start]
    while todo:
        for after in following.get(todo.pop(), ()):
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return seen


class CycleWatch:
    """Finds the cycles that have run dry from the counts of workers."""

    def __init__(self, cycles: list[Cycle]) -> None:
        self._cycles = cycles
        self._nodes: dict[str, NodeCounts] = {}
        self._put: dict[str, int] = {}
        self._taken: dict[str, int] = {}

    def forget(self, nodes: Iterable[str]) -> None:
        """Nothing is known any more of these nodes: their process has died."""
        for id in nodes:
            self._nodes.pop(id, None)

    def take(self, nodes: list[NodeCounts], wires: list[WireCounts]) -> list[Cycle]:
        """Take the counts of a worker; returns cycles that have run dry, each once."""
        if not self._cycles:
            return []
        for node in nodes:
            self._nodes[node.id] = node
        for wire in wires:
            if wire.put >= 0:
                self._put[wire.key] = wire.put - wire.dropped - wire.discarded
            if wire.delivered >= 0:
                self._taken[wire.key] = wire.delivered
        names = {node.id for node in nodes}
        return [cycle for cycle in self._cycles if not cycle.is_ended and self._has_run_dry(cycle, names)]

    def _has_run_dry(self, cycle: Cycle, reported: set[str]) -> bool:
        is_idle = all(id in self._nodes and self._nodes[id].is_idle_in_cycle for id in cycle.nodes) and all(
            self._put.get(key, 0) == self._taken.get(key, 0) for key in cycle.wires
        )
        if not is_idle:
            cycle.seen = None
            return False
        now = (
            tuple((id, self._nodes[id].received, self._nodes[id].emitted) for id in sorted(cycle.nodes)),
            tuple(self._put.get(key, 0) for key in sorted(cycle.wires)),
        )
        if now != cycle.seen:
            cycle.seen = now
            cycle.reported = set()
            return False
        cycle.reported |= reported & cycle.nodes
        cycle.is_ended = cycle.reported == cycle.nodes
        return cycle.is_ended
