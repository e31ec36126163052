"""Random graphs as plain data: what hypothesis draws, what the engine is given, what the reference interprets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from engine import NO_VALUE, Graph
from tests.properties import ops

SOURCES = ("Count", "Packets", "Blocking")
PLAIN = ("Mangle", "Grow", "Thin", "Running", "Fragile")  # one input, at most one message for each
LOOSE = ("Repeat", "Last")  # one input, and what they send cannot be joined by tick any more
JOINS = ("Both", "Perhaps", "All", "Fold")
SINKS = ("Record", "RecordAny", "RecordLatest")
# Where the nodes of one graph may be: a process costs a quarter of a second, and few graphs need two.
PLACES = (("",), ("", "t"), ("t", "u"), ("", "p:"), ("p:", "p:io", ""), ("", "t", "p:", "p:io"), ("p:", "q:", "u"))
CAPACITIES = (1, 1, 2, 3, 7, 16, 64)
SIZES = (0, 1, 16, 100, 4_000, 60_000, 65_536, 70_000, 300_000)
LARGE = (1_000_000, 2_000_000)
FAILS_AT = (1, 6)  # numbers; a node that starts again pauses 0.1 s the first time, 0.2 s the second
DROPPING = ("drop_oldest", "drop_newest", "latest")


@dataclass(frozen=True)
class Feed:
    """What a wire brings to an input: the output of another step."""

    source: str
    capacity: int = 16
    overflow: str = "block"


@dataclass(frozen=True)
class Step:
    """One node and the wires that end at it. A `Fold` brings the nodes of its loop with it, one for each factor."""

    id: str
    kind: str
    parameters: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, tuple[Feed, ...]] = field(default_factory=dict)
    location: str = ""
    loop: tuple[int, ...] = ()
    initial: Any = NO_VALUE
    on_error: str = ""

    @property
    def is_sink(self) -> bool:
        return self.kind in SINKS

    @property
    def loop_ids(self) -> list[str]:
        return [f"{self.id}-loop{number}" for number in range(len(self.loop))]


def build(steps: Iterable[Step]) -> Graph:
    """The graph of these steps."""
    graph = Graph()
    for step in steps:
        add(graph, step)
    return graph


def add(graph: Graph, step: Step) -> None:
    """Add a step to a graph that has what feeds it."""
    graph.add(getattr(ops, step.kind), id=step.id, location=step.location, **step.parameters)
    graph.set_error_policy(step.id, step.on_error)
    for port, feeds in step.inputs.items():
        for feed in feeds:
            graph.connect(f"{feed.source}.y", f"{step.id}.{port}", capacity=feed.capacity, overflow=feed.overflow)
    if step.kind == "Fold":
        before = step.id
        for id, factor in zip(step.loop_ids, step.loop, strict=True):
            graph.add(ops.Mangle, id=id, location=step.location, factor=factor)
            graph.connect(f"{before}.y", f"{id}.x", capacity=1)
            before = id
        graph.connect(f"{before}.y", f"{step.id}.b", feedback=True, capacity=1, initial=step.initial)


# -- what hypothesis draws

sizes = st.lists(st.sampled_from(SIZES), min_size=1, max_size=4)
capacities = st.sampled_from(CAPACITIES)
counts = st.sampled_from((5, 17, 2, 40, 120, 1, 0))


@st.composite
def source_steps(draw: Any, id: str, places: tuple[str, ...]) -> Step:
    kind = draw(st.sampled_from(SOURCES))
    parameters: dict[str, Any] = {"count": draw(counts)}
    if kind == "Count":
        parameters["interval"] = draw(st.sampled_from((0.0, 0.0, 0.001)))
    if kind == "Packets":
        parameters["sizes"] = draw(sizes) + draw(st.lists(st.sampled_from(LARGE), max_size=1))
        parameters["count"] = min(parameters["count"], 40)
    return Step(id, kind, parameters, {}, draw(st.sampled_from(places)))


@st.composite
def inner_steps(draw: Any, id: str, places: tuple[str, ...], strict: list[str], loose: list[str]) -> Step:
    """A step behind others: `strict` streams may be joined by tick, `loose` ones may not."""
    kind = draw(st.sampled_from(PLAIN + LOOSE + JOINS * 2))

    def feed(among: list[str]) -> Feed:
        return Feed(draw(st.sampled_from(among)), draw(capacities))

    if kind in PLAIN + LOOSE or not strict:
        kind = kind if kind in PLAIN + LOOSE else "Mangle"
        parameters = {"Grow": {"sizes": draw(sizes)}, "Thin": {"modulus": draw(st.integers(1, 4))}}.get(kind, {})
        on_error = ""
        if kind == "Fragile":
            parameters, on_error = {"at": [*FAILS_AT]}, draw(st.sampled_from(("restart", "skip")))
        inputs = {"x": (feed(strict + loose),)}
        return Step(id, kind, parameters, inputs, draw(st.sampled_from(places)), on_error=on_error)
    if kind == "All":
        among = draw(st.lists(st.sampled_from(strict), min_size=1, max_size=3, unique=True))
        feeds = tuple(Feed(source, draw(capacities)) for source in among)
        return Step(id, kind, {}, {"x": feeds}, draw(st.sampled_from(places)))
    if kind == "Fold":
        loop = tuple(draw(st.lists(st.integers(1, 9), max_size=2)))
        initial = draw(st.sampled_from((NO_VALUE, 0, 5)))
        return Step(id, kind, {}, {"a": (feed(strict),)}, draw(st.sampled_from(places)), loop, initial)
    inputs = {"a": (feed(strict),), "b": (feed(strict),)}
    return Step(id, kind, {}, inputs, draw(st.sampled_from(places)))


@st.composite
def sink_steps(draw: Any, id: str, places: tuple[str, ...], source: str, others: list[str]) -> Step:
    kind = draw(st.sampled_from(("Record", "Record", *SINKS)))
    if kind == "Record":
        if draw(st.integers(0, 3)):
            return Step(id, kind, {}, {"x": (Feed(source, draw(capacities)),)}, draw(st.sampled_from(places)))
        feed = Feed(source, draw(capacities), draw(st.sampled_from(DROPPING)))
        return Step(
            id, kind, {"delay": draw(st.sampled_from((0.0, 0.002)))}, {"x": (feed,)}, draw(st.sampled_from(places))
        )
    other = draw(st.sampled_from(others))
    inputs = {"a": (Feed(source, draw(capacities)),), "b": (Feed(other, draw(capacities)),)}
    return Step(id, kind, {}, inputs, draw(st.sampled_from(places)))


@st.composite
def graphs(draw: Any) -> list[Step]:
    """A graph in which every stream ends in a sink."""
    places = draw(st.sampled_from(PLACES))
    steps: list[Step] = [draw(source_steps(f"s{number}", places)) for number in range(draw(st.integers(1, 2)))]
    strict, loose = [step.id for step in steps], list[str]()
    for number in range(draw(st.integers(0, 5))):
        step = draw(inner_steps(f"n{number}", places, strict, loose))
        steps.append(step)
        feeds = [feed.source for feeds in step.inputs.values() for feed in feeds]
        (loose if step.kind in LOOSE or any(source in loose for source in feeds) else strict).append(step.id)
    read = {feed.source for step in steps for feeds in step.inputs.values() for feed in feeds}
    streams = strict + loose
    for source in streams:
        if source not in read or draw(st.integers(0, 3)) == 0:
            steps.append(draw(sink_steps(f"{source}-sink", places, source, streams)))
    return steps
