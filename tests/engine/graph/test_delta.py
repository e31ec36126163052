"""Deltas: what leads from one content of a graph to another, as JSON, gives the same bytes of a file."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import FileFormatError, Graph, GraphError
from engine.graph.delta import EMPTY, applied, delta_of
from engine.graph.file import format_graph

IDS = st.sampled_from(["a", "b", "c", "d", "e"])
VALUES = st.one_of(st.integers(), st.booleans(), st.text(max_size=5), st.lists(st.integers(), max_size=2), st.none())
EDITS = st.one_of(
    st.tuples(st.just("add"), IDS, IDS),
    st.tuples(st.just("remove"), IDS),
    st.tuples(st.just("connect"), IDS, IDS),
    st.tuples(st.just("disconnect"), IDS, IDS),
    st.tuples(st.just("set_parameter"), IDS, st.sampled_from("xy"), VALUES),
    st.tuples(st.just("move"), IDS, st.integers(-99, 99), st.integers(-99, 99)),
    st.tuples(st.just("rename"), IDS, st.text(max_size=5)),
    st.tuples(st.just("plot"), IDS),
    st.tuples(st.just("close_plot"), st.integers(1, 3)),
    st.tuples(st.just("set_computer"), IDS, st.sampled_from(["restart", ""])),
    st.tuples(st.just("extra"), IDS, VALUES),
    st.tuples(st.just("version"), st.sampled_from([1, 2])),
)


def do(graph: Graph, edit: tuple[Any, ...]) -> None:
    match edit:
        case ("add", id, place):
            graph.add("nowhere:Nothing", id=id, location=f"{place}:")
        case ("connect", start, end):
            loop = {"feedback": True, "initial": 1} if start == end else {}
            graph.connect(f"{start}.out", f"{end}.in", capacity=3, **loop)
        case ("disconnect", start, end):
            graph.disconnect(f"{start}.out -> {end}.in")
        case ("plot", id):
            graph.add_plot(f"{id}.out", "scope", {"window_s": 2.0})
        case ("close_plot", number):
            graph.remove_plot(f"plot{number}")
        case ("set_computer", process, policy):
            graph.set_computer(f"{process}:", on_death=policy)
        case ("extra", key, value):
            graph.extra[key] = value
        case ("version", number):
            graph.version = number
        case (name, *arguments):
            getattr(graph, name)(*arguments)


def text_of(content: Any) -> str:
    graph = Graph()
    graph.restore(content)
    return format_graph(graph)


@given(st.lists(EDITS, max_size=25))
def test_deltas_lead_through_any_edits_and_back_to_the_same_bytes(edits: list[tuple[Any, ...]]) -> None:
    graph = Graph()
    contents = [graph.snapshot()]
    for edit in edits:
        try:
            do(graph, edit)
        except GraphError:
            graph.restore(contents[-1])
            continue
        contents.append(graph.snapshot())
    way = [*contents, *reversed(contents), contents[len(contents) // 2]]
    read = applied(EMPTY, json.loads(json.dumps(delta_of(EMPTY, way[0]))))
    for before, after in itertools.pairwise(way):
        read = applied(read, json.loads(json.dumps(delta_of(before, after))))
        assert text_of(read) == text_of(after)


def test_a_delta_holds_only_what_is_new() -> None:
    graph = Graph()
    for number in range(50):
        graph.add("nowhere:Nothing", id=f"n{number}")
    before = graph.snapshot()
    assert delta_of(before, graph.snapshot()) == {}
    graph.move("n7", 1, 2)
    assert delta_of(before, graph.snapshot()) == {"positions": {"put": {"n7": [1.0, 2.0]}}}
    graph.remove("n7")
    assert delta_of(before, graph.snapshot()) == {"nodes": {"gone": ["n7"]}}


@pytest.mark.parametrize(
    "delta",
    [
        {"nodes": {"put": {"a": {"id": 7}}}},
        {"nodes": {"put": {"a": {"id": "?", "type": "x:Y"}}}},
        {"nodes": {"gone": ["a"]}},
        {"nodes": 3},
        {"wires": {"put": {"a.x -> b.y": {"from": "a.x", "to": "b.y"}}}},
        {"positions": {"put": {"a": [1]}}},
        {"positions": {"put": {"a": ["left", 1]}}},
        {"plots": {"order": ["a"]}},
        {"version": "one"},
    ],
)
def test_what_is_no_delta_is_refused(delta: dict[str, Any]) -> None:
    with pytest.raises(FileFormatError):
        applied(EMPTY, delta)
