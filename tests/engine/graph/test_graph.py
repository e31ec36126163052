"""The document's edits: each leaves a whole graph, or says why not and changes nothing."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    Graph,
    GraphError,
    Location,
    LocationError,
    Node,
    ParameterError,
    Source,
    UnknownNodeType,
)
from engine.graph.file import format_graph, parse_graph
from tests.engine.graph.example import pair
from tests.engine.graph.types import Merge, Numbers, Show, Work, content

WORK = f"{Work.__module__}:Work"


# -- nodes


def test_a_node_is_added_by_class_or_by_import_path() -> None:
    graph = Graph()
    by_class = graph.add(Work, id="a", factor=2, location="ml:io")
    by_path = graph.add(WORK, id="b")
    assert by_class.type == by_path.type == WORK
    assert graph.type_of("a") is graph.type_of(by_path) is Work
    assert by_class.location == Location.parse("ml:io")
    assert by_class.parameters == {"factor": 2.0} and type(by_class.parameters["factor"]) is float
    assert list(graph.nodes) == ["a", "b"]


def test_ids_are_made_from_the_type_and_are_unique() -> None:
    class HTTPSource2(Source):
        """A class of a function."""

    graph = Graph()
    made = [graph.add(Work).id for _ in range(3)] + [graph.add(HTTPSource2).id for _ in range(2)]
    assert made == ["work", "work2", "work3", "http_source2", "http_source3"]
    assert graph.add("no.such:Thing.Inner").id == "inner"
    assert graph.add("???").id == "___"
    assert graph.unused_id("x" * 500) == "x" * 90
    assert graph.unused_id("") == "node"


@given(st.lists(st.text("ab1_-é/ ", max_size=100), max_size=12))
def test_an_unused_id_is_an_id_and_unused_whatever_is_wished(wishes: list[str]) -> None:
    graph = Graph()
    for wish in wishes:
        id = graph.unused_id(wish)
        assert id not in graph.nodes
        graph.add(Show, id=id)


@pytest.mark.parametrize("wrong", ["", "a b", "a.b", "a\n", "naïve", "x" * 101, "a->b", "\x00", 5])
def test_what_is_no_id_is_refused(wrong: Any) -> None:
    graph = Graph()
    with pytest.raises(GraphError) as caught:
        graph.add(Work, id=wrong)
    assert repr(wrong) in str(caught.value) and not graph.nodes


def test_an_id_that_is_taken_is_refused() -> None:
    graph = pair()
    with pytest.raises(GraphError, match="'n' already"):
        graph.add(Work, id="n")
    assert graph.type_of("n") is Numbers


@pytest.mark.parametrize("wrong", [int, 5, None, Node, Source, Work(), object()])
def test_what_is_no_node_type_is_refused(wrong: Any) -> None:
    with pytest.raises(GraphError, match="node type"):
        Graph().add(wrong)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"factr": 1.0}, ["Work", "factr", "factor, mode, names"]),
        ({"factor": 99}, ["factor", "at most 10.0", "99"]),
        ({"mode": "loud"}, ["mode", "'fast', 'slow'", "'loud'"]),
        ({"factor": "1"}, ["factor", "float", "'1'"]),
    ],
)
def test_a_parameter_that_is_refused_adds_no_node(parameters: dict[str, Any], words: list[str]) -> None:
    graph = Graph()
    with pytest.raises(ParameterError) as caught:
        graph.add(Work, **parameters)
    assert all(word in str(caught.value) for word in words)
    with pytest.raises(LocationError):
        graph.add(Work, location="a b")
    assert not graph.nodes


def test_a_node_of_unknown_type_is_kept_as_it_is() -> None:
    graph = Graph()
    spec = graph.add("no.such.package:Thing", anything=[1, {"a": None}])
    assert spec.parameters == {"anything": [1, {"a": None}]}
    graph.set_parameter(spec.id, "more", 5)
    with pytest.raises(UnknownNodeType, match=r"no\.such\.package:Thing"):
        graph.type_of(spec.id)


def test_parameters_are_set_and_unset() -> None:
    graph = pair()
    graph.set_parameter("w", "factor", np.int64(3))
    assert graph.node("w").parameters == {"factor": 3.0}
    with pytest.raises(ParameterError):
        graph.set_parameter("w", "factor", True)
    assert graph.node("w").parameters == {"factor": 3.0}
    graph.unset_parameter("w", "factor")
    graph.unset_parameter("w", "never set")
    assert graph.node("w").parameters == {}


@pytest.mark.parametrize("type_path", [WORK, "no.such:Thing"])
def test_the_document_keeps_values_of_its_own(type_path: str) -> None:
    graph = Graph()
    names = ["a"]
    graph.add(type_path, id="w", names=names)
    before = graph.snapshot()
    names.append("b")
    assert graph.node("w").parameters["names"] == ["a"]
    graph.set_parameter("w", "names", names)
    names.append("c")
    assert graph.node("w").parameters["names"] == ["a", "b"]
    graph.restore(before)
    assert graph.node("w").parameters["names"] == ["a"]


def test_a_node_is_renamed_moved_placed_and_given_a_policy() -> None:
    graph = pair()
    graph.connect("n.number", "w.number")
    graph.rename("w", "My\nname ☃")
    graph.move("w", 3, 4.5)
    graph.set_location("w", "ml:")
    graph.set_error_policy("w", "skip")
    spec = graph.node("w")
    assert (spec.label, spec.on_error, str(spec.location), str(spec)) == ("My\nname ☃", "skip", "ml:", "w")
    assert graph.positions == {"w": (3.0, 4.5)}
    assert list(graph.wires) == ["n.number -> w.number"]
    graph.rename("w", "")
    graph.set_error_policy("w", "")
    assert graph.node("w").label == "w" and graph.node("w").on_error == ""


@pytest.mark.parametrize(
    ("edit", "error"),
    [
        (lambda g: g.rename("w", 5), GraphError),
        (lambda g: g.move("w", math.nan, 0), GraphError),
        (lambda g: g.move("w", 0, math.inf), GraphError),
        (lambda g: g.set_error_policy("w", "explode"), GraphError),
        (lambda g: g.set_location("w", "a b c"), LocationError),
        (lambda g: g.set_parameter("w", "nope", 1), ParameterError),
        (lambda g: g.disconnect("w.result -> n.number"), GraphError),
        (lambda g: g.set_wire("a.b -> c.d", capacity=1), GraphError),
        (lambda g: g.set_wire("n.number -> w.number", capacity=0), GraphError),
        (lambda g: g.set_wire("n.number -> w.number", colour="red"), GraphError),
        (lambda g: g.set_wire("n.number -> w.number", initial=3), GraphError),
        (lambda g: g.remove_plot("plot1"), GraphError),
        (lambda g: g.set_plot("plot1", kind="scope"), GraphError),
        (lambda g: g.add_plot("w", "scope"), GraphError),
        (lambda g: g.add_plot("w.nothing", "scope"), GraphError),
        (lambda g: g.add_plot("nobody.result", "scope"), GraphError),
        *[
            (call, GraphError)
            for call in (
                lambda g: g.node("nobody"),
                lambda g: g.remove("nobody"),
                lambda g: g.rename("nobody", "x"),
                lambda g: g.move("nobody", 0, 0),
                lambda g: g.set_location("nobody", ""),
                lambda g: g.set_error_policy("nobody", ""),
                lambda g: g.set_parameter("nobody", "a", 1),
                lambda g: g.unset_parameter("nobody", "a"),
            )
        ],
    ],
)
def test_an_edit_that_is_refused_changes_nothing(edit: Any, error: type[Exception]) -> None:
    graph = pair()
    graph.connect("n.number", "w.number")
    before = content(graph)
    with pytest.raises(error) as caught:
        edit(graph)
    assert str(caught.value).isprintable()
    assert content(graph) == before


def test_removing_a_node_takes_its_wires_position_and_plots_along() -> None:
    graph = pair()
    graph.add(Show, id="s")
    graph.connect("n.number", "w.number")
    graph.connect("w.result", "s.value")
    graph.move("w", 1, 2)
    graph.move("n", 3, 4)
    kept = graph.add_plot("n.number", "number")
    graph.add_plot("w.result", "scope")
    graph.remove("w")
    assert list(graph.nodes) == ["n", "s"] and not graph.wires
    assert graph.positions == {"n": (3.0, 4.0)} and list(graph.plots) == [kept]
    assert graph.wires_of("n") == []


# -- plots


def test_a_plot_of_several_ports_goes_on_with_those_whose_nodes_are_left() -> None:
    graph = Graph()
    ids = [graph.add(Numbers).id for _ in range(3)]
    plot = graph.add_plot(f"{ids[0]}.number", "scope")
    graph.set_plot(plot, ports=[f"{id}.number" for id in [*ids, ids[0]]])
    assert graph.plots[plot].ports == tuple(f"{id}.number" for id in ids)
    graph.remove(ids[0])
    assert (graph.plots[plot].port, graph.plots[plot].also) == (f"{ids[1]}.number", (f"{ids[2]}.number",))
    again = parse_graph(format_graph(graph), Graph)
    assert again.plots == graph.plots
    for ports, words in (([], "at least one port"), (["nobody.number"], "nobody"), ([f"{ids[1]}.nothing"], "nothing")):
        with pytest.raises(GraphError, match=words):
            graph.set_plot(plot, ports=ports)
    graph.remove(ids[1])
    graph.remove(ids[2])
    assert not graph.plots


def test_plots_are_added_changed_and_removed() -> None:
    graph = pair()
    options = {"channels": ["a"]}
    first, second = graph.add_plot("n.number", "number"), graph.add_plot("w.result", "scope", options)
    options["channels"].append("b")
    assert (first, second) == ("plot1", "plot2")
    assert graph.plots[second].options == {"channels": ["a"]}
    graph.set_plot(second, kind="spectrum")
    assert (graph.plots[second].kind, graph.plots[second].options) == ("spectrum", {"channels": ["a"]})
    graph.set_plot(second, options={})
    assert (graph.plots[second].kind, graph.plots[second].options) == ("spectrum", {})
    graph.remove_plot(first)
    assert graph.add_plot("n.flag", "number") == "plot1"


# -- the whole


Edit = tuple[str, list[Any]]
_some_id = st.sampled_from(["a", "b", "c", "d", "gone"])
_some_end = st.tuples(_some_id, st.sampled_from(["number", "result", "text", "value"])).map(".".join)
edits: st.SearchStrategy[Edit] = st.one_of(
    st.tuples(st.just("add"), st.tuples(st.sampled_from([Numbers, Work, Merge, Show, "no.such:Thing"]), _some_id)),
    st.tuples(st.just("remove"), st.tuples(_some_id)),
    st.tuples(st.just("connect"), st.tuples(_some_end, _some_end, st.booleans())),
    st.tuples(st.just("disconnect"), st.tuples(_some_end, _some_end)),
    st.tuples(st.just("set_wire"), st.tuples(_some_end, _some_end, st.integers(0, 3), st.booleans())),
    st.tuples(st.just("set_parameter"), st.tuples(_some_id, st.sampled_from(["factor", "mode"]), st.just(1))),
    st.tuples(st.just("move"), st.tuples(_some_id, st.floats(), st.floats())),
    st.tuples(st.just("rename"), st.tuples(_some_id, st.text(max_size=3))),
    st.tuples(st.just("set_location"), st.tuples(_some_id, st.sampled_from(["", "dsp", "a b"]))),
    st.tuples(st.just("add_plot"), st.tuples(_some_end, st.just("scope"))),
)  # type: ignore[assignment]


def apply(graph: Graph, edit: Edit) -> None:
    kind, values = edit
    if kind == "add":
        graph.add(values[0], id=values[1])
    elif kind == "connect":
        graph.connect(values[0], values[1], feedback=values[2])
    elif kind == "disconnect":
        graph.disconnect(f"{values[0]} -> {values[1]}")
    elif kind == "set_wire":
        graph.set_wire(f"{values[0]} -> {values[1]}", capacity=values[2], feedback=values[3])
    else:
        getattr(graph, kind)(*values)


@settings(max_examples=150)
@given(st.lists(edits, max_size=30))
def test_whatever_the_edits_the_graph_stays_whole_and_every_step_can_be_undone(steps: list[Edit]) -> None:
    graph = Graph()
    before = []
    for step in steps:
        snapshot, held = graph.snapshot(), copy.deepcopy(content(graph))
        try:
            apply(graph, step)
        except (GraphError, LocationError, ParameterError):
            assert content(graph) == held
            continue
        before.append((snapshot, held))
        for wire in graph.wires.values():
            assert wire.from_node in graph.nodes and wire.to_node in graph.nodes
        assert set(graph.positions) <= set(graph.nodes)
        assert {plot.port.partition(".")[0] for plot in graph.plots.values()} <= set(graph.nodes)
        assert not [problem for problem in graph.problems() if "cycle" in problem.message]
    for snapshot, held in reversed(before):
        graph.restore(snapshot)
        assert content(graph) == held
    assert format_graph(graph) == format_graph(Graph())


def test_a_snapshot_does_not_change_when_the_graph_does() -> None:
    graph = pair()
    graph.connect("n.number", "w.number")
    snapshot = graph.snapshot()
    graph.restore(snapshot)
    graph.remove("n")
    graph.move("w", 1, 1)
    assert list(snapshot.nodes) == ["n", "w"] and len(snapshot.wires) == 1 and not snapshot.positions
