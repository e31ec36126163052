"""A machine that does to a graph whatever a person can do, against a model: the list of its steps (`graphs.py`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine import Graph, GraphNotReady, Run
from engine.graph.file import format_graph, parse_graph
from tests.properties.graphs import FAILS_AT, Feed, Step, add, build

# Where the nodes of one example may be: processes are what takes time, and most examples do with one.
PLACES = (("", "t"), ("t", "u", ""), ("", "p:"), ("p:", "p:io", ""), ("", "t", "p:", "p:io"), ("p:", "q:", "u", "q:io"))
KINDS = ("Mangle", "Grow", "Thin", "Running", "Repeat", "Both", "Perhaps", "All", "Fold", "Fragile")
EDITS = (
    "add_node", "add_node", "add_node", "add_source", "remove", "move", "move", "change_capacity", "change_count",
    "keep", "go_back", "save_and_load", "say_what_follows_a_death", "say_what_follows_an_error",
)  # fmt: skip
SMALL = [0, 16, 5_000, 70_000]
ENDLESS = 10**6

places = st.integers(0, 11)  # which of the places of the example
picks = st.integers(0, 999)


class Editing(RuleBasedStateMachine):
    """`steps` is what the document holds. A mortal machine has processes that are killed and come back."""

    is_mortal: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.graph = Graph()
        self.steps: dict[str, Step] = {}
        self.loose: set[str] = set()
        self.kept: list[tuple[Any, dict[str, Step], set[str]]] = []
        self.made = 0
        self.run: Run | None = None

    @property
    def streams(self) -> list[str]:
        return [id for id, step in self.steps.items() if not step.is_sink]

    def _place(self, number: int) -> str:
        return self.places[number % len(self.places)]

    def _pick(self, among: list[str], number: int) -> str:
        return among[number % len(among)]

    def _put(self, step: Step, sink_at: int) -> None:
        """Add a step, and a sink that keeps what it sends."""
        sink = Step(f"{step.id}-sink", "Record", {}, {"x": (Feed(step.id, 4),)}, self._place(sink_at))
        for one in (step, sink):
            add(self.graph, one)
            self.steps[one.id] = one

    @initialize(
        of=st.sampled_from(PLACES),
        policy=st.sampled_from(("restart", "leave", "restart", "stop", "")),
        nodes=st.lists(st.tuples(picks, picks, places, places), min_size=3, max_size=6),
    )
    def begin(self, of: tuple[str, ...], policy: str, nodes: list[tuple[int, int, int, int]]) -> None:
        self.places = PLACES[-1] if self.is_mortal else of
        for process in ("p:", "q:"):
            self.graph.set_computer(process, on_death="restart" if self.is_mortal else policy)
        self._add_source(*nodes[0])
        for node in nodes[1:]:
            self._add_node(*node)

    @rule(edit=st.sampled_from(EDITS), first=picks, second=picks, place=places, sink_at=places)
    def edit(self, edit: str, first: int, second: int, place: int, sink_at: int) -> None:
        """One of the edits; which parameters it takes is up to it."""
        getattr(self, f"_{edit}")(first, second, place, sink_at)

    def _add_source(self, first: int, second: int, place: int, sink_at: int) -> None:
        if sum(1 for step in self.steps.values() if not step.inputs) >= 3:
            return
        self.made += 1
        endless, count = self.is_mortal or second % 5 == 0, (30, 5, 1, 0, 200)[first % 5]
        parameters = {"count": ENDLESS, "interval": 0.001} if endless else {"count": count}
        kind = "Count" if endless or self.made % 2 else "Packets"
        if kind == "Packets":
            parameters["sizes"] = SMALL
        self._put(Step(f"s{self.made}", kind, parameters, {}, self._place(place)), sink_at)

    def _add_node(self, first: int, second: int, place: int, sink_at: int) -> None:
        if not self.streams or len(self.steps) > 16:
            return
        self.made += 1
        kind = KINDS[(first // 7 + second // 11) % len(KINDS)]
        id, among = f"n{self.made}", self.streams
        if kind in ("Both", "Perhaps", "All", "Fold"):
            among = [source for source in among if source not in self.loose]
            if not among:
                return
        a, b = Feed(self._pick(among, first), 1 + first % 5), Feed(self._pick(among, second), 1 + second % 5)
        inputs: dict[str, tuple[Feed, ...]] = {"x": (a,)}
        if kind == "All":
            inputs = {"x": (a, b) if a.source != b.source else (a,)}
        elif kind in ("Both", "Perhaps"):
            inputs = {"a": (a,), "b": (b,)}
        elif kind == "Fold":
            inputs = {"a": (a,)}
        parameters: dict[str, Any] = {"Grow": {"sizes": SMALL}, "Thin": {"modulus": 2}}.get(kind, {})
        parameters = {"at": [*FAILS_AT]} if kind == "Fragile" else parameters
        on_error = ("restart", "skip")[first % 2] if kind == "Fragile" else ""
        loop = (2, 3)[: first % 3] if kind == "Fold" else ()
        self._put(Step(id, kind, parameters, inputs, self._place(place), loop, 7, on_error), sink_at)
        if kind == "Repeat" or a.source in self.loose:
            self.loose.add(id)

    def _remove(self, first: int, *_: Any) -> None:
        """A node goes, and all that cannot do without it."""
        if not self.streams:
            return
        gone = [self._pick(self.streams, first)]
        for id in gone:
            gone += [other for other, step in self.steps.items() if other not in gone and _reads(step, id)]
        removed = self.steps[gone[0]]
        for id in [removed.id, *removed.loop_ids]:
            self.graph.remove(id)
        assert {problem.where.partition(".")[0] for problem in self.graph.problems()} >= {f"{removed.id}-sink"}
        if self.run is None or self.run.state.is_over:
            with pytest.raises(GraphNotReady):
                self.graph.start()
        for id in gone:
            step = self.steps.pop(id)
            self.loose.discard(id)
            for one in [id, *step.loop_ids] if id != removed.id else []:
                self.graph.remove(one)

    def _move(self, first: int, second: int, number: int, _: int) -> None:
        if not self.steps:
            return
        id, place = self._pick(list(self.steps), first), self._place(number)
        self.graph.set_location(id, place)
        for other in self.steps[id].loop_ids:
            self.graph.set_location(other, place)
        self.steps[id] = replace(self.steps[id], location=place)

    def _change_capacity(self, first: int, second: int, *_: Any) -> None:
        if self.graph.wires:
            self.graph.set_wire(self._pick(list(self.graph.wires), first), capacity=(1, 2, 64)[second % 3])

    def _change_count(self, first: int, second: int, *_: Any) -> None:
        sources = [id for id, step in self.steps.items() if not step.inputs]
        if sources:
            id, count = self._pick(sources, first), (0, 3, 60, ENDLESS)[second % 4]
            self.graph.set_parameter(id, "count", count)
            self.steps[id] = replace(self.steps[id], parameters={**self.steps[id].parameters, "count": count})

    def _keep(self, *_: Any) -> None:
        self.kept.append((self.graph.snapshot(), dict(self.steps), set(self.loose)))

    def _go_back(self, *_: Any) -> None:
        if self.kept:
            snapshot, steps, loose = self.kept.pop()
            self.graph.restore(snapshot)
            self.steps, self.loose = dict(steps), set(loose)

    def _save_and_load(self, *_: Any) -> None:
        text = format_graph(self.graph)
        loaded = parse_graph(text, Graph)
        assert format_graph(loaded) == text
        if self.run is None:
            self.graph = loaded

    def _say_what_follows_a_death(self, first: int, second: int, *_: Any) -> None:
        policy = "restart" if self.is_mortal else ("restart", "leave", "stop", "")[second % 4]
        self.graph.set_computer(("p:", "q:")[first % 2], on_death=policy)

    def _say_what_follows_an_error(self, first: int, second: int, *_: Any) -> None:
        fragile = [id for id, step in self.steps.items() if step.kind == "Fragile"]
        if fragile:
            id, policy = self._pick(fragile, first), ("restart", "skip")[second % 2]
            self.graph.set_error_policy(id, policy)
            self.steps[id] = replace(self.steps[id], on_error=policy)

    @invariant()
    def the_document_is_what_the_model_says(self) -> None:
        assert set(self.graph.nodes) == {id for step in self.steps.values() for id in [step.id, *step.loop_ids]}
        expected = build(self.steps.values())
        assert set(self.graph.wires) == set(expected.wires)
        for id, spec in expected.nodes.items():
            own = self.graph.nodes[id]
            assert (own.location, own.parameters) == (spec.location, spec.parameters)
            assert own.on_error == spec.on_error


def _reads(step: Step, id: str) -> bool:
    return any(feed.source == id for feeds in step.inputs.values() for feed in feeds)
