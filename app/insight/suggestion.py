"""`suggest`: where the nodes of a graph should run, and why; out of what a run measured, else out of guesses. Pure.

Nodes that say much to each other are put together as long as one loop bears them; what is heavy gets a process of its
own; there are no more processes than cores. What comes out is proposed only if it is better than what is.
"""

from __future__ import annotations

import heapq
import itertools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.canvas.figures import rate_text
from app.insight.costs import BridgeCosts
from app.insight.crossing import bridge_between, typical_bytes
from app.insight.measured import percent
from app.insight.remedy import Remedy
from engine import GraphError, Location, UnknownNodeType, catalog

if TYPE_CHECKING:
    from engine import Graph, RunStatistics, Wire

ROOM = 0.6  # of a loop: nodes that need no more between them may share one
HEAVY = 0.6
LIGHT = 0.1  # what main bears, for the window is there too
BETTER = 0.02  # by so much of a core: what gains less is not worth a change
LABEL = "Place the nodes as suggested"
_GUESSED_LOAD = 0.02
_GUESSED_OWN_LOAD = 0.15  # of a node type that is not ours: it may be anything
_GUESSED_HZ = 100.0
_PROCESS = 0.01  # what a process more costs, as a share of a core
_OVERLOAD = 2.0  # how bad a share of a core is that a loop lacks
_ON_MAIN = 0.5  # how bad a share of a core is by which the window is held up


@dataclass(frozen=True)
class Suggestion:
    """Where nodes should run.

    Attributes:
        moves: node -> location, of those that should run elsewhere; empty when all is well as it is.
        reasons: node -> why it goes there, or stays.
        summary: a sentence on the whole.
    """

    moves: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""

    @property
    def remedy(self) -> Remedy:
        """The moves as one step."""
        return Remedy(LABEL, self.summary, self.moves)


def suggest(graph: Graph, statistics: RunStatistics | None, costs: BridgeCosts, cores: int | None = None) -> Suggestion:
    """Propose where the nodes of a graph should run.

    Args:
        graph: the graph.
        statistics: of a run of it; None, or a node that is not in them, is guessed.
        costs: of bridges.
        cores: of this machine, when it is not the one this runs on.
    """
    judge = _Judge(graph, statistics, costs, cores or os.cpu_count() or 1)
    before = {id: spec.location for id, spec in graph.nodes.items()}
    clusters = judge.clusters()
    after = judge.places(clusters)
    gain = judge.badness(before) - judge.badness(after)
    if gain < BETTER:
        text = "The nodes are well placed as they are"
        after = before
    else:
        count = len({place.process_location for place in after.values() if not place.process_location.is_main})
        processes = "1 process" if count == 1 else f"{count} processes"
        text = f"{processes} beside the app, on {judge.cores} cores"
    moves = {id: str(place) for id, place in after.items() if place != before[id]}
    reasons = {id: judge.reason(id, before, after) for id in graph.nodes}
    return Suggestion(moves, reasons, f"{text}, {judge.basis}.")


class _Judge:
    """Knows what each node needs and what each wire would cost."""

    def __init__(self, graph: Graph, statistics: RunStatistics | None, costs: BridgeCosts, cores: int) -> None:
        self.graph = graph
        self.costs = costs
        self.cores = cores
        figures = statistics.nodes if statistics is not None else {}
        self.measured = {id for id in graph.nodes if id in figures and figures[id].load > 0}
        self.loads = {id: figures[id].load if id in self.measured else self._guessed_load(id) for id in graph.nodes}
        self.fixed = {id: why for id in graph.nodes if (why := self._why_fixed(id))}
        self.rates: dict[str, float] = {}
        self.crossing: dict[str, float] = {}  # share of a core that a wire takes when it crosses to another process
        self._wires_of: dict[str, list[tuple[str, Wire]]] = {}
        for key, wire in graph.wires.items():
            for end in {wire.from_node, wire.to_node}:
                self._wires_of.setdefault(end, []).append((key, wire))
            flow = statistics.wires.get(key) if statistics is not None else None
            rate = flow.rate_hz if flow is not None and flow.rate_hz else _GUESSED_HZ
            size = float(flow.bytes_each) if flow is not None and flow.bytes_each else self._guessed_bytes(wire)
            self.rates[key] = rate
            self.crossing[key] = rate * (costs.cost_us("stream", size) or 10.0) / 1e6

    @property
    def basis(self) -> str:
        """What it is worked out from."""
        if not self.measured:
            return "by guesses: start the graph to measure it"
        if len(self.measured) < len(self.graph.nodes):
            return f"as measured for {len(self.measured)} of {len(self.graph.nodes)} nodes"
        return "as measured"

    # -- what is known of nodes and wires

    def _type(self, id: str) -> Any:
        try:
            return self.graph.type_of(id)
        except (UnknownNodeType, GraphError):
            return None

    def _why_fixed(self, id: str) -> str:
        if self.graph.nodes[id].location.host:
            return "Stays on its host."
        node_type = self._type(id)
        if node_type is None:
            return "Stays: its node type is unknown here."
        declared = node_type.default_location
        if declared is not None and str(self.graph.nodes[id].location) == declared:
            return "Stays where its node type wants to run."
        return ""

    def _guessed_load(self, id: str) -> float:
        node_type = self._type(id)
        if node_type is None:
            return _GUESSED_LOAD
        if getattr(node_type, "blocking", False):
            return _GUESSED_OWN_LOAD
        return _GUESSED_LOAD if catalog.path_of(node_type).startswith("engine.") else _GUESSED_OWN_LOAD

    def _guessed_bytes(self, wire: Wire) -> float:
        node_type = self._type(wire.from_node)
        port = node_type.node_outputs.get(wire.from_port) if node_type is not None else None
        low, high = typical_bytes(port.type if port is not None else Any)
        return float((low * high) ** 0.5)

    # -- putting together

    def clusters(self) -> list[list[str]]:
        """Nodes that should share a loop, those that must stay where they are left out."""
        clusters = {id: [id] for id in self.graph.nodes if id not in self.fixed}
        loads = {id: self.loads[id] for id in clusters}  # by the name of the cluster
        of = {id: id for id in clusters}

        def join(one: str, other: str) -> None:
            if len(clusters[other]) > len(clusters[one]):
                one, other = other, one
            for id in clusters[other]:
                of[id] = one
            clusters[one] += clusters.pop(other)
            loads[one] += loads.pop(other)

        for key in sorted(self.crossing, key=lambda key: -self.crossing[key]):
            wire = self.graph.wires[key]
            if wire.from_node not in of or wire.to_node not in of:
                continue
            one, other = of[wire.from_node], of[wire.to_node]
            if one != other and loads[one] + loads[other] <= ROOM:
                join(one, other)
        while len(clusters) > max(1, self.cores):
            one, other = heapq.nsmallest(2, clusters, key=loads.__getitem__)
            join(one, other)
        return list(clusters.values())

    def load(self, ids: list[str]) -> float:
        """What nodes need of a loop between them."""
        return sum(self.loads[id] for id in ids)

    def places(self, clusters: list[list[str]]) -> dict[str, Location]:
        """Where each node would run: a cluster where most of its load is now, if that may be, else in a new process."""
        nodes = self.graph.nodes
        after = {id: nodes[id].location for id in self.fixed}
        taken = set(after.values())
        for cluster in sorted(clusters, key=lambda ids: -self.load(ids)):
            here: dict[Location, float] = {}
            for id in cluster:
                here[nodes[id].location] = here.get(nodes[id].location, 0.0) + self.loads[id] + 1e-6
            place = next(
                (
                    place
                    for place in sorted(here, key=lambda place: -here[place])
                    if place not in taken and self._may_be(place, cluster)
                ),
                None,
            )
            place = place or self._new_process(taken)
            taken.add(place)
            after.update(dict.fromkeys(cluster, place))
        return after

    def _may_be(self, place: Location, cluster: list[str]) -> bool:
        return bool(place.process) or self.load(cluster) <= LIGHT

    def _new_process(self, taken: set[Location]) -> Location:
        known = {spec.location.process for spec in self.graph.nodes.values()} | {place.process for place in taken}
        number = next(number for number in itertools.count(1) if f"process{number}" not in known)
        return Location(process=f"process{number}")

    # -- judging

    def badness(self, places: Mapping[str, Location]) -> float:
        """What a placement costs, in shares of a core: bridges, loops without room, the window held up, processes."""
        loops: dict[Location, float] = {}
        for id, place in places.items():
            loops[place] = loops.get(place, 0.0) + self.loads[id]
        interpreters: dict[Location, float] = {}
        for place, load in loops.items():
            interpreters[place.process_location] = interpreters.get(place.process_location, 0.0) + load
        lacking = sum(max(0.0, load - 0.8) for load in interpreters.values())
        app = interpreters.get(Location(), 0.0)
        bridges = 0.0
        for key, wire in self.graph.wires.items():
            kind = bridge_between(places[wire.from_node], places[wire.to_node])
            bridges += {"loop": 0.0, "thread": 0.7, "stream": 1.0}.get(kind, 1.0) * self.crossing[key]
        processes = sum(not place.is_main for place in interpreters)
        held_up = max(0.0, app - LIGHT)
        return bridges + _OVERLOAD * lacking + _ON_MAIN * held_up + _PROCESS * processes

    # -- saying why

    def reason(self, id: str, before: Mapping[str, Location], after: Mapping[str, Location]) -> str:
        """Why a node goes where it goes."""
        if id in self.fixed:
            return self.fixed[id]
        load = self.loads[id]
        uses = f"It needs {percent(load)} of a loop" if id in self.measured else "Not measured"
        is_alone = sum(place == after[id] for place in after.values()) == 1
        moves = after[id] != before[id]
        if moves and is_alone:
            if load >= HEAVY:
                return f"{uses}: it gets a process of its own."
            return f"{uses}: it no longer holds up {before[id].label}."
        partner = self._closest(id, after)
        if partner is not None:
            other, rate = partner
            verb = "goes to" if moves else "stays with"
            return f"{uses}; it {verb} {self.graph.nodes[other].label}: {rate_text(rate)} pass between them."
        if moves and after[id].is_main:
            return f"{uses}: it is light enough for main."
        if moves:
            return f"{uses}: it shares a process, as there are {self.cores} cores."
        return f"{uses}: it stays where it is."

    def _closest(self, id: str, after: Mapping[str, Location]) -> tuple[str, float] | None:
        """The node on its loop with which it exchanges most, and how many messages a second."""
        best: tuple[float, str, float] | None = None
        for key, wire in self._wires_of.get(id, ()):
            other = wire.to_node if wire.from_node == id else wire.from_node
            together = other != id and after[other] == after[id]
            if together and (best is None or self.crossing[key] > best[0]):
                best = (self.crossing[key], other, self.rates[key])
        return (best[1], best[2]) if best is not None else None
