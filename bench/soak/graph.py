"""The mixed graph of the soak, and its lanes: the ways from a source to a check, every message accounted for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.soak import checks, nodes
from bench.soak.settings import PLANTED_EVERY
from engine import Graph, Node, Wire

SIEVE = 5
FLOOD_HOLDS = 64  # messages, the wires that hold the flood back
PROCESSES = ("one", "two", "three", "four")
RESTARTED = ("one", "two", "three")  # their computers are brought back when they die; `four` stays dead


@dataclass(frozen=True)
class Hop:
    """The last step to one node of a lane: the nodes it gets a lane's messages from, with the keys of the wires."""

    node: str
    wires: tuple[tuple[str, str], ...]
    drops: bool  # one of the wires may drop


@dataclass(frozen=True)
class Lane:
    """The way of one source's messages to one check.

    Attributes:
        payload: what travels, for the report.
        nodes: on the way, the source and the check included.
        wires: keys of the wires between these.
        hops: the steps of the way; what comes back by a feedback wire is no step.
        processes: in which any of it runs; "" is the main process.
        component: number of the connected part of the graph it belongs to.
        sieve: numbers that this divides are filtered out on the way; 0 none.
    """

    check: str
    source: str
    payload: str
    nodes: tuple[str, ...]
    wires: tuple[str, ...]
    hops: tuple[Hop, ...]
    processes: frozenset[str]
    component: int
    sieve: int = 0


@dataclass(frozen=True)
class SoakGraph:
    """A graph with what the soak has to know of it."""

    graph: Graph
    lanes: tuple[Lane, ...]
    troubled: tuple[str, ...]
    folder: Path

    def record(self, id: str) -> Path:
        """Where the book of a node is."""
        return self.folder / f"{id}.book"


class _Builder:
    def __init__(self, folder: Path, plant: str) -> None:
        self.graph = Graph()
        self.plant = plant
        self.folder = folder
        self.ends: list[tuple[str, str, str]] = []  # check, source, payload

    def add(self, node_type: type[Node], id: str, location: str = "", **parameters: Any) -> str:
        if "record_path" in node_type.node_parameters:
            parameters["record_path"] = str(self.folder / f"{id}.book")
        self.graph.add(node_type, id=id, location=location, **parameters)
        return id

    def chain(self, *ends: str, **options: Any) -> None:
        for output, input in zip(ends[::2], ends[1::2], strict=True):
            self.graph.connect(output, input, **options)

    def ends_at(self, check: str, source: str, payload: str) -> None:
        self.ends.append((check, source, payload))


def build(folder: Path, parts: tuple[str, ...], plant: str) -> SoakGraph:
    """The graph of these parts; its nodes keep their books in `folder`. `plant`: see `settings.Settings`."""
    b = _Builder(folder, plant)
    for part in parts:
        PARTS[part](b)
    for spec in list(b.graph.nodes.values()):
        b.graph.set_error_policy(spec.id, "restart" if spec.id == "trouble_restart" else "skip")
    used = {spec.location.process for spec in b.graph.nodes.values()}
    for process in used & set(RESTARTED):
        b.graph.set_computer(f"{process}:", on_death="restart")
    components = _components(b.graph)
    lanes = tuple(_lane(b.graph, components, *ends) for ends in b.ends)
    troubled = tuple(id for id, spec in b.graph.nodes.items() if spec.type.endswith(":Troubled"))
    return SoakGraph(b.graph, lanes, troubled, folder)


def _arrays(b: _Builder) -> None:
    """Arrays of three sizes, through processes and threads, at three rates."""
    b.add(nodes.Numbered, "small", size=1024, interval=0.002)
    if b.plant:
        b.add(nodes.Wrong, "small_pass", "one:", how=b.plant, every=PLANTED_EVERY)
    else:
        b.add(nodes.Pass, "small_pass", "one:")
    b.add(checks.Check, "small_check")
    b.chain("small.value", "small_pass.x", "small_pass.y", "small_check.x")
    b.ends_at("small_check", "small", "1 KB")

    b.add(nodes.NumberedByDriver, "medium", "two:", size=64 << 10, interval=0.02)
    b.add(nodes.Pass, "medium_pass", "work")
    b.add(checks.Check, "medium_check", "one:io")
    b.chain("medium.value", "medium_pass.x", "medium_pass.y", "medium_check.x")
    b.ends_at("medium_check", "medium", "64 KB")

    b.add(nodes.Numbered, "large", "one:", size=1 << 20, interval=0.1)
    b.add(nodes.Pass, "large_pass", "three:")
    b.add(checks.Check, "large_check")
    b.chain("large.value", "large_pass.x", "large_pass.y", "large_check.x", capacity=4)
    b.ends_at("large_check", "large", "1 MB")


def _flood(b: _Builder) -> None:
    """A source without a pause: one consumer holds it back, the other gets what it can take and the rest is dropped."""
    b.add(nodes.Numbered, "flood", "four:")
    b.add(nodes.SlowPass, "flood_pass", "work")
    b.add(checks.Check, "flood_check", "four:io")
    b.chain("flood.value", "flood_pass.x", "flood_pass.y", "flood_check.x", capacity=FLOOD_HOLDS)
    b.ends_at("flood_check", "flood", "number")
    b.add(checks.SlowCheck, "shed_check")
    b.graph.connect("flood.value", "shed_check.x", overflow="drop_oldest")
    b.ends_at("shed_check", "flood", "number")


def _signals(b: _Builder) -> None:
    """A signal through two filters of the library in two processes."""
    b.add(nodes.Waves, "waves")
    b.add(nodes.BookedHighPass, "high_pass", "two:", cutoff_hz=checks.HIGH_PASS_HZ, order=checks.ORDER)
    b.add(nodes.BookedLowPass, "low_pass", "three:", cutoff_hz=checks.LOW_PASS_HZ, order=checks.ORDER)
    b.add(checks.CheckFiltered, "filtered_check")
    b.chain(
        "waves.signal", "high_pass.signal", "high_pass.filtered", "low_pass.signal", "low_pass.filtered",
        "filtered_check.x",
    )  # fmt: skip
    b.ends_at("filtered_check", "waves", "Signal")


def _joins(b: _Builder) -> None:
    """A fan-out whose branches meet again by tick, one of them filtered; and a join by the latest of another clock."""
    b.add(nodes.Numbered, "fan", interval=0.01)
    b.add(nodes.Pass, "branch_a", "one:")
    b.add(nodes.Sieve, "branch_b", "work", every=SIEVE)
    b.add(nodes.Pair, "pair", "two:")
    b.add(checks.CheckPair, "pair_check", sieve=SIEVE)
    b.chain("fan.value", "branch_a.x", "branch_a.y", "pair.a")
    b.chain("fan.value", "branch_b.x", "branch_b.y", "pair.b", "pair.both", "pair_check.x")
    b.ends_at("pair_check", "fan", "number")

    b.add(nodes.Numbered, "slow", "three:", interval=0.05)
    b.add(nodes.PairLatest, "latest", "work")
    b.add(checks.CheckLatest, "latest_check")
    b.chain("fan.value", "latest.a", "latest.both", "latest_check.x")
    b.graph.connect("slow.value", "latest.b")
    b.ends_at("latest_check", "fan", "number")


def _loop(b: _Builder) -> None:
    """A feedback loop."""
    b.add(nodes.Numbered, "steps", interval=0.01)
    b.add(nodes.Accumulate, "accumulate", "one:")
    b.add(checks.CheckTotal, "total_check")
    b.chain("steps.value", "accumulate.x", "accumulate.told", "total_check.x")
    b.graph.connect("accumulate.total", "accumulate.previous", feedback=True, initial=0)
    b.ends_at("total_check", "steps", "number")


def _trouble(b: _Builder) -> None:
    """Nodes that raise and hang when told, at every kind of place; and one with a parameter that is changed live."""
    for name, location in (("main", ""), ("thread", "work"), ("process", "two:"), ("restart", "three:io")):
        source, troubled, check = f"calm_{name}", f"trouble_{name}", f"trouble_{name}_check"
        b.add(nodes.Numbered, source, interval=0.02)
        b.add(nodes.Troubled, troubled, location, busy=name == "thread")
        b.add(checks.Check, check)
        b.chain(f"{source}.value", f"{troubled}.x", f"{troubled}.y", f"{check}.x")
        b.ends_at(check, source, "number")
    b.add(nodes.Numbered, "live", interval=0.02)
    b.add(nodes.Marker, "marker", "three:")
    b.add(checks.CheckMarks, "marks_check")
    b.chain("live.value", "marker.x", "marker.marked", "marks_check.x")
    b.ends_at("marks_check", "live", "number")


PARTS: dict[str, Callable[[_Builder], None]] = {
    "arrays": _arrays,
    "flood": _flood,
    "signals": _signals,
    "joins": _joins,
    "loop": _loop,
    "trouble": _trouble,
}


def _components(graph: Graph) -> dict[str, int]:
    """The number of the connected part that each node is in."""
    part = {id: number for number, id in enumerate(graph.nodes)}
    for _ in graph.nodes:
        for wire in graph.wires.values():
            part[wire.from_node] = part[wire.to_node] = min(part[wire.from_node], part[wire.to_node])
    return part


def _lane(graph: Graph, components: dict[str, int], check: str, source: str, payload: str) -> Lane:
    wires = list(graph.wires.values())
    down = _reached(source, [(wire.from_node, wire.to_node) for wire in wires])
    up = _reached(check, [(wire.to_node, wire.from_node) for wire in wires])
    on_way = down & up
    between = [wire for wire in wires if {wire.from_node, wire.to_node} <= on_way]
    return Lane(
        check=check,
        source=source,
        payload=payload,
        nodes=tuple(sorted(on_way)),
        wires=tuple(wire.key for wire in between),
        hops=tuple(_hop(id, between) for id in sorted(on_way - {source})),
        # A join also ends, and its senders wait, when what it is joined with dies.
        processes=frozenset(graph.node(id).location.process for id in on_way | up),
        component=components[check],
        sieve=int(graph.node(check).parameters.get("sieve", 0)),
    )


def _hop(id: str, between: list[Wire]) -> Hop:
    wires = [wire for wire in between if wire.to_node == id and not wire.feedback]
    ways = tuple((wire.from_node, wire.key) for wire in wires)
    return Hop(id, ways, any(wire.overflow != "block" for wire in wires))


def _reached(start: str, arrows: list[tuple[str, str]]) -> set[str]:
    found = {start}
    todo = [start]
    while todo:
        here = todo.pop()
        for begin, end in arrows:
            if begin == here and end not in found:
                found.add(end)
                todo.append(end)
    return found
