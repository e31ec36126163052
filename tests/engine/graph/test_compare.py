"""Comparing two graphs: nothing is missed, nothing is told that is not so, and both directions say the same."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine import Graph, GraphError
from engine.graph.compare import ABSENT, Change, Kind, Subject, compare, without_moves
from engine.graph.file import format_graph, parse_graph
from tests.engine.graph.test_delta import EDITS, do

REVERSED = {Kind.ADDED: Kind.REMOVED, Kind.REMOVED: Kind.ADDED, Kind.CHANGED: Kind.CHANGED, Kind.MOVED: Kind.MOVED}


def edited(edits: list[tuple[Any, ...]]) -> Graph:
    graph = Graph()
    for edit in edits:
        before = graph.snapshot()
        try:
            do(graph, edit)
        except GraphError:
            graph.restore(before)
    return graph


def copied(graph: Graph) -> Graph:
    return parse_graph(format_graph(graph), Graph)


def lines_of(graph: Graph) -> list[str]:
    """The file, its order left out."""
    return sorted(line.rstrip(",") for line in format_graph(graph).splitlines())


def told(change: Change) -> tuple[Any, ...]:
    return change.subject, change.key, tuple(sorted(field.name for field in change.fields))


graphs = st.lists(EDITS, max_size=20).map(edited)


@given(graphs)
def test_a_graph_differs_in_nothing_from_itself_as_it_is_saved(graph: Graph) -> None:
    assert compare(graph, copied(graph)) == []


@given(graphs, graphs)
def test_what_differs_in_the_files_is_told_and_nothing_else(before: Graph, after: Graph) -> None:
    assert (compare(before, after) == []) == (lines_of(before) == lines_of(after))


@given(graphs, graphs)
def test_the_other_way_round_says_the_same(before: Graph, after: Graph) -> None:
    there, back = compare(before, after), compare(after, before)
    assert sorted((REVERSED[change.kind], *told(change)) for change in there) == sorted(
        (change.kind, *told(change)) for change in back
    )


@given(graphs, EDITS)
def test_one_edit_is_told_by_what_it_touched(graph: Graph, edit: tuple[Any, ...]) -> None:
    before = copied(graph)
    try:
        do(graph, edit)
    except GraphError:
        return
    changes = compare(before, graph)
    match edit:
        case ("add", id, _):
            assert [(change.kind, change.subject, change.key) for change in changes] == [(Kind.ADDED, Subject.NODE, id)]
        case ("move", id, *_):
            assert without_moves(changes) == [] and {change.key for change in changes} <= {id}
        case ("remove", id):
            assert (Kind.REMOVED, id) in {(change.kind, change.key) for change in changes}
        case ("set_parameter", id, name, _):
            assert all(told(change) == (Subject.NODE, id, (f"parameter {name}",)) for change in changes)


def test_the_words() -> None:
    before, after = Graph(), Graph()
    for graph in (before, after):
        graph.add("nowhere:Thing", id="a", level=1)
        graph.add("nowhere:Thing", id="b")
        graph.connect("a.x", "b.y")
    before.add("nowhere:Old", id="old")
    after.set_parameter("a", "level", 1.0)
    after.set_location("a", "work:")
    after.rename("b", "B")
    after.move("b", 1, 2)
    after.set_wire("a.x -> b.y", capacity=3)
    after.add_plot("a.x", "scope")
    after.set_computer("work:", on_death="restart")
    after.extra["frames"] = [1]
    assert [str(change) for change in compare(before, after)] == [
        "− node old: nowhere:Old",
        '~ node a: parameter level 1 → 1.0; location (default) → "work:"',
        '~ node b: name (default) → "B"',
        "↔ node b: position (default) → [1, 2]",
        "~ wire a.x -> b.y: capacity (default) → 3",
        "+ plot plot1: scope of a.x",
        "+ process work:",
        "+ section frames",
    ]
    assert repr(ABSENT) == "ABSENT"


def test_long_values_are_cut() -> None:
    before, after = Graph(), Graph()
    before.add("nowhere:Thing", id="a", text="x" * 500)
    after.add("nowhere:Thing", id="a", text="y" * 500)
    (change,) = compare(before, after)
    assert len(str(change)) < 200 and "…" in str(change)
