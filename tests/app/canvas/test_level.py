"""What is seen on one level, as plain values."""

from __future__ import annotations

import pytest

from app.canvas.level import FROM_OUTSIDE, TO_OUTSIDE, Level, level_of
from app.document.grouping import collapse
from engine import Graph
from tests.app.canvas.stage import Double, Number


@pytest.fixture
def graph() -> Graph:
    """a -> b -> c -> d, with b and c in a group, and c in a group inside that."""
    made = Graph()
    made.add(Number, id="a")
    for before, id in (("a", "b"), ("b", "c"), ("c", "d")):
        made.add(Double, id=id)
        made.connect(f"{before}.{'value' if before == 'a' else 'doubled'}", f"{id}.value")
    assert collapse(made, ["b", "c"], [], "") == "@group1"
    assert collapse(made, ["c"], [], "@group1") == "@group2"
    return made


AB, BC, CD = "a.value -> b.value", "b.doubled -> c.value", "c.doubled -> d.value"


def test_without_groups_all_is_seen_as_it_is() -> None:
    graph = Graph()
    graph.add(Number, id="a")
    graph.add(Double, id="b")
    graph.connect("a.value", "b.value")
    assert level_of(graph, "") == Level("", ("a", "b"), {}, {"a": "a", "b": "b"}, {AB: ("a", "b")})


def test_the_wires_of_a_group_end_at_its_card_and_those_inside_are_not_seen(graph: Graph) -> None:
    level = level_of(graph, "")
    assert level.nodes == ("a", "d")
    assert level.groups == {"@group1": ("b", "c")}
    assert level.wires == {AB: ("a", "@group1"), CD: ("@group1", "d")}
    assert (level.coming, level.going) == ((), ())
    assert level.cards == ["a", "d", "@group1"]


def test_inside_a_group_what_is_outside_is_seen_as_two_cards(graph: Graph) -> None:
    level = level_of(graph, "@group1")
    assert level.nodes == ("b",)
    assert level.groups == {"@group2": ("c",)}
    assert level.wires == {AB: (FROM_OUTSIDE, "b"), BC: ("b", "@group2"), CD: ("@group2", TO_OUTSIDE)}
    assert (level.coming, level.going) == (("a.value",), ("d.value",))
    assert level.cards == ["b", "@group2", FROM_OUTSIDE, TO_OUTSIDE]


def test_inside_a_group_of_a_group_the_other_nodes_of_that_are_outside_too(graph: Graph) -> None:
    level = level_of(graph, "@group2")
    assert level.wires == {BC: (FROM_OUTSIDE, "c"), CD: ("c", TO_OUTSIDE)}
    assert level.card_of == {"c": "c"}


def test_an_output_with_several_wires_comes_in_once(graph: Graph) -> None:
    graph.add(Double, id="e")
    graph.extra["groups"] = [{"id": "@group1", "name": "", "nodes": ["b", "e"]}]
    graph.connect("a.value", "e.value")
    assert level_of(graph, "@group1").coming == ("a.value",)


def test_a_wire_from_a_node_to_itself_is_seen(graph: Graph) -> None:
    graph.add(Double, id="e")
    graph.connect("e.doubled", "e.value", feedback=True)
    assert level_of(graph, "").wires["e.doubled -> e.value"] == ("e", "e")
