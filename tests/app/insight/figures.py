"""Graphs, and figures of runs of them, as a test wishes them."""

from __future__ import annotations

from typing import Any

from engine import ComputerStatistics, Graph, Location, NodeState, NodeStatistics, RunStatistics, WireStatistics
from tests.app.shapes import COUNT, SCALE


def chain(*locations: str, **wire: Any) -> Graph:
    """A source `a` and nodes `b`, `c`, … in a line, each at its location."""
    graph = Graph()
    for index, location in enumerate(locations):
        graph.add(SCALE if index else COUNT, id="abcdefgh"[index], location=location)
        if index:
            port = "value" if index == 1 else "scaled"
            graph.connect(f"{'abcdefgh'[index - 1]}.{port}", f"{'abcdefgh'[index]}.value", **wire)
    return graph


def key(graph: Graph, to: str) -> str:
    """The wire that ends at a node."""
    return next(wire.key for wire in graph.wires.values() if wire.to_node == to)


def measured(
    graph: Graph,
    loads: dict[str, float],
    queues: dict[str, int] | None = None,
    rate_hz: float = 100.0,
    wires: dict[str, dict[str, Any]] | None = None,
    computers: dict[str, dict[str, Any]] | None = None,
) -> RunStatistics:
    """Figures of a run; `queues` and `wires` by the node to which a wire goes, `computers` by label."""
    nodes = {
        id: NodeStatistics(spec.type, str(spec.location), NodeState.RUNNING, 1000, 1000, rate_hz=rate_hz,
                           load=loads.get(id, 0.01), busy_s=10 * loads.get(id, 0.01))
        for id, spec in graph.nodes.items()
    }  # fmt: skip
    flows = {}
    for wire in graph.wires.values():
        ends = [graph.nodes[id].location for id in (wire.from_node, wire.to_node)]
        bridge = "loop" if ends[0] == ends[1] else "thread" if ends[0].process == ends[1].process else "stream"
        figures: dict[str, Any] = {
            "bridge": bridge, "capacity": wire.capacity, "sent": 1000, "delivered": 1000, "rate_hz": rate_hz,
            "queued": (queues or {}).get(wire.to_node, 0), "bytes_each": 64,
        }  # fmt: skip
        flows[wire.key] = WireStatistics(**{**figures, **(wires or {}).get(wire.to_node, {})})
    places = {spec.location for spec in graph.nodes.values()} | {Location()}
    machines = {}
    for place in places:
        load = sum(loads.get(id, 0.01) for id, spec in graph.nodes.items() if spec.location == place)
        kind = "main" if place.is_main else "thread" if place.thread else "process"
        cpu = {"cpu": min(1.0, load), **(computers or {}).get(place.label, {})}
        machines[place.label] = ComputerStatistics(str(place), kind, 1, "running", **cpu)
    return RunStatistics(nodes, flows, machines)
