"""The document's wires: what may be connected, what is refused, and with which reason."""

from __future__ import annotations

from typing import Any

import pytest

from engine import (
    NO_VALUE,
    ConnectionRefused,
    ConnectionRefusedByType,
    Graph,
    GraphError,
    Overflow,
    Wire,
)
from tests.engine.graph.example import pair
from tests.engine.graph.types import Arrays, Merge, Numbers, Show, Text, Work

WORK = f"{Work.__module__}:Work"


@pytest.mark.parametrize(
    ("output", "input"),
    [
        ("n.number", "w.number"),
        ("n.flag", "w.number"),  # a bool is an int
        ("n.either", "w.number"),  # may be one: looked at as messages come
        ("n.whatever", "w.number"),
        ("a.array", "s.value"),
        ("t.text", "m.text"),
    ],
)
def test_ports_whose_types_fit_are_connected(output: str, input: str) -> None:
    graph = Graph()
    for id, kind in {"n": Numbers, "w": Work, "a": Arrays, "s": Show, "t": Text, "m": Merge}.items():
        graph.add(kind, id=id)
    wire = graph.connect(output, input)
    assert (wire.output, wire.input, wire.key) == (output, input, f"{output} -> {input}")
    assert (wire.capacity, wire.overflow, wire.feedback, wire.initial) == (16, Overflow.BLOCK, False, NO_VALUE)


@pytest.mark.parametrize(
    ("output", "input", "names"),
    [
        ("t.text", "w.number", ("str", "int")),
        ("a.array", "w.number", ("Array(float32, 2-D)", "int")),
        ("a.signal", "m.text", ("Signal", "str")),
        ("n.number", "m.text", ("int", "str")),
    ],
)
def test_types_that_do_not_fit_are_refused_by_both_names(output: str, input: str, names: tuple[str, str]) -> None:
    graph = Graph()
    for id, kind in {"n": Numbers, "w": Work, "a": Arrays, "t": Text, "m": Merge}.items():
        graph.add(kind, id=id)
    with pytest.raises(ConnectionRefusedByType) as caught:
        graph.connect(output, input)
    assert all(name in str(caught.value) for name in (*names, output, input))
    refusal = graph.refusal(Wire.between(output, input))
    assert type(refusal) is ConnectionRefusedByType and str(refusal) == str(caught.value)
    assert not graph.wires


@pytest.mark.parametrize(
    ("output", "input", "words"),
    [
        ("x.number", "w.number", ["no node 'x'"]),
        ("n.number", "x.number", ["no node 'x'"]),
        ("n.nothing", "w.number", ["Numbers", "output 'nothing'", "number, flag, either, whatever"]),
        ("n.number", "w.nothing", ["Work", "input 'nothing'", "number"]),
        ("n.number", "w.factor", ["input 'factor'"]),
        ("w.number", "n.number", ["Work", "output 'number'"]),
        ("n", "w.number", ["'n'", "node.port"]),
        ("n.number", "w.number.x", ["w.number.x", "node.port"]),
        ("n.", "w.number", ["node.port"]),
        ("n.number", "w.a b", ["node.port"]),
        ("n.\x1b[2J", "w.number", ["node.port"]),
        (5, "w.number", ["node.port"]),
        (None, "w.number", ["node.port"]),
    ],
)
def test_a_wire_that_cannot_be_is_refused_with_the_reason(output: Any, input: Any, words: list[str]) -> None:
    graph = pair()
    with pytest.raises(ConnectionRefused) as caught:
        graph.connect(output, input)
    message = str(caught.value)
    assert all(word in message for word in words) and message.isprintable()
    assert not graph.wires


def test_a_duplicate_and_a_second_wire_into_one_input_are_refused() -> None:
    graph = pair()
    graph.add(Numbers, id="n2")
    graph.connect("n.number", "w.number")
    with pytest.raises(ConnectionRefused, match="already"):
        graph.connect("n.number", "w.number", capacity=3)
    with pytest.raises(ConnectionRefused, match=r"takes one wire and has n\.number -> w\.number"):
        graph.connect("n2.number", "w.number")
    assert len(graph.wires) == 1
    graph.disconnect("n.number -> w.number")
    assert graph.connect("n2.number", "w.number") == graph.wires["n2.number -> w.number"]
    graph.disconnect(graph.wires["n2.number -> w.number"])
    assert not graph.wires


def test_an_input_for_many_takes_many_but_each_output_once() -> None:
    graph = Graph()
    graph.add(Merge, id="m")
    for id in "abc":
        graph.add(Numbers, id=id)
        graph.connect(f"{id}.number", "m.numbers")
    graph.connect("a.flag", "m.numbers")
    assert len(graph.wires) == 4
    with pytest.raises(ConnectionRefused, match="already"):
        graph.connect("b.number", "m.numbers")
    assert [wire.from_node for wire in graph.wires_of("m")] == ["a", "b", "c", "a"]


def test_ports_of_an_unknown_type_take_any_wire() -> None:
    graph = pair()
    graph.add("no.such:Thing", id="u")
    graph.connect("n.number", "u.x")
    graph.connect("n.flag", "u.x")
    graph.connect("u.y", "w.number")
    with pytest.raises(ConnectionRefused, match="no output 'nothing'"):
        graph.connect("n.nothing", "u.x")
    with pytest.raises(ConnectionRefused, match="no input 'nothing'"):
        graph.connect("u.y", "w.nothing")


def test_a_cycle_needs_a_feedback_wire() -> None:
    graph = Graph()
    for id in "ab":
        graph.add(Work, id=id)
    graph.connect("a.result", "b.number")
    with pytest.raises(ConnectionRefused, match="feedback=True"):
        graph.connect("b.result", "a.number")
    wire = graph.connect("b.result", "a.number", feedback=True, initial={"x": [1]})
    assert wire.feedback and wire.initial == {"x": [1]}
    with pytest.raises(GraphError, match="must stay a feedback wire"):
        graph.set_wire(wire.key, feedback=False, initial=NO_VALUE)
    assert graph.wires[wire.key].feedback
    graph.add(Work, id="c")
    with pytest.raises(ConnectionRefused, match="cycle"):
        graph.connect("c.result", "c.number")
    assert graph.connect("c.result", "c.number", feedback=True).initial is NO_VALUE
    assert graph.problems() == []


def test_an_initial_value_is_the_wires_own() -> None:
    graph = Graph()
    graph.add(Work, id="c")
    value = [1]
    wire = graph.connect("c.result", "c.number", feedback=True, initial=value)
    value.append(2)
    assert wire.initial == [1]


def test_a_wire_is_changed_in_place() -> None:
    graph = pair()
    graph.add(Show, id="s")
    graph.connect("n.number", "w.number")
    graph.connect("w.result", "s.value")
    changed = graph.set_wire("n.number -> w.number", capacity=1, overflow="latest")
    assert (changed.capacity, changed.overflow) == (1, Overflow.LATEST)
    assert list(graph.wires) == ["n.number -> w.number", "w.result -> s.value"]
    assert graph.wires["n.number -> w.number"] is changed and str(changed) == changed.key


@pytest.mark.parametrize("capacity", [0, -1, 1_000_001, 1.5, True, None, "16", 10**400])
def test_a_capacity_that_is_none_is_refused(capacity: Any) -> None:
    graph = pair()
    with pytest.raises(GraphError, match="capacity"):
        graph.connect("n.number", "w.number", capacity=capacity)
    assert not graph.wires


@pytest.mark.parametrize("policy", ["", "drop", None, 5, []])
def test_an_overflow_policy_that_is_none_is_refused(policy: Any) -> None:
    with pytest.raises(GraphError, match="block, drop_oldest, drop_newest, latest"):
        pair().connect("n.number", "w.number", overflow=policy)


def test_only_a_feedback_wire_has_an_initial_value() -> None:
    with pytest.raises(GraphError, match="only a feedback wire"):
        pair().connect("n.number", "w.number", initial=None)
