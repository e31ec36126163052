"""What keeps a graph from starting: each thing at its place, with what to do about it, and nothing that is none."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Graph, GraphError, Problem, Severity
from engine.graph.check import problems_of
from engine.graph.file import parse_graph
from tests.engine.graph.types import HERE, Merge, Numbers, Show, Work


def graph_of(*lines: str) -> Graph:
    """A graph read from wires and nodes as a file may hold them, however wrong."""
    nodes = ", ".join(line for line in lines if '"id"' in line)
    wires = ", ".join(line for line in lines if '"from"' in line)
    return parse_graph(f'{{"tidewire": 1, "nodes": [{nodes}], "wires": [{wires}]}}', Graph)


def node(id: str, kind: str, more: str = "") -> str:
    return f'{{"id": "{id}", "type": "{HERE}:{kind}"{more}}}'


def wire(output: str, input: str, more: str = "") -> str:
    return f'{{"from": "{output}", "to": "{input}"{more}}}'


def test_a_graph_that_can_start_has_none() -> None:
    graph = Graph()
    graph.add(Numbers, id="n")
    graph.add(Work, id="w", factor=2)
    graph.add(Merge, id="m", location="ml:io")
    graph.add(Show, id="s")
    graph.connect("n.number", "w.number")
    graph.connect("n.number", "m.numbers")
    graph.connect("w.result", "m.numbers")
    graph.connect("m.result", "s.value")
    assert graph.problems() == []


@pytest.mark.parametrize(
    ("lines", "where", "words"),
    [
        ([], "graph", ["no nodes"]),
        ([node("w", "Work")], "w.number", ["required", "connect"]),
        ([node("m", "Merge")], "m.numbers", ["required"]),
        ([node("t", "Text", ', "location": "lab:ml:"')], "t", ["host", "lab:ml:"]),
        ([node("t", "Gone")], "t", ["Gone", "no such class"]),
        (['{"id": "t", "type": "no.such.package:Thing"}'], "t", ["no.such.package:Thing", "install"]),
        (['{"id": "t", "type": "rubbish"}'], "t", ["'rubbish'", "package.module:Class"]),
        (['{"id": "t", "type": "engine:Graph"}'], "t", ["is no node type"]),
        (['{"id": "t", "type": "engine:Source"}'], "t", ["is no node type"]),
        ([node("t", "Text", ', "parameters": {"speed": 1}')], "t.speed", ["Text", "no parameter 'speed'"]),
        ([node("t", "Text", ', "parameters": {"count": 11}')], "t.count", ["at most 10", "11"]),
        ([node("t", "Text", ', "parameters": {"count": "x"}')], "t.count", ["int", "'x'"]),
        ([node("t", "Text", ', "parameters": {"count": true}')], "t.count", ["int", "True"]),
        ([node("t", "Text", ', "parameters": {"count": null}')], "t.count", ["int", "None"]),
        ([node("t", "Text"), node("w", "Work"), wire("t.text", "w.number")], "t.text -> w.number", ["str", "int"]),
        ([node("t", "Text"), node("s", "Show"), wire("t.x", "s.value")], "t.x -> s.value", ["no output 'x'"]),
        (
            [node("t", "Text"), node("s", "Show"), wire("t.text", "s.y"), wire("t.text", "s.value")],
            "t.text -> s.y",
            ["no input 'y'"],
        ),
        (
            [
                node("a", "Text"),
                node("b", "Text"),
                node("s", "Show"),
                wire("a.text", "s.value"),
                wire("b.text", "s.value"),
            ],
            "s.value",
            ["takes one wire and has 2"],
        ),
    ],
)
def test_each_thing_that_is_wrong_is_one_problem_at_its_place(lines: list[str], where: str, words: list[str]) -> None:
    problems = graph_of(*lines).problems()
    assert [problem.where for problem in problems] == [where]
    assert all(word in str(problems[0]) for word in words), str(problems[0])
    assert problems[0].severity is Severity.ERROR and problems[0].remedy
    assert str(problems[0]).startswith(f"error: {where}: ")


def test_all_that_is_wrong_is_told_at_once() -> None:
    graph = graph_of(node("w", "Work", ', "parameters": {"factor": 99, "x": 1}'), node("g", "Gone"))
    assert [problem.where for problem in graph.problems()] == ["w.factor", "w.x", "g", "w.number"]
    with pytest.raises(GraphError) as caught:
        graph.start()
    assert [problem.where for problem in caught.value.problems] == ["w.factor", "w.x", "g", "w.number"]


def test_a_type_whose_module_does_not_import_is_a_problem_that_names_the_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "breaks_on_import.py").write_text("raise SystemExit('no licence')")
    monkeypatch.syspath_prepend(tmp_path)
    graph = graph_of('{"id": "b", "type": "breaks_on_import:Thing"}')
    (problem,) = graph.problems()
    assert problem.where == "b" and "no licence" in problem.message


# -- cycles


def test_each_wire_of_a_cycle_is_named_and_none_beside_it() -> None:
    graph = graph_of(
        *(node(id, "Merge") for id in ("in", "a", "b", "between", "c", "d", "out")),
        wire("in.result", "a.numbers"),
        wire("a.result", "b.numbers"),
        wire("b.result", "a.numbers"),
        wire("b.result", "between.numbers"),
        wire("between.result", "c.numbers"),
        wire("c.result", "d.numbers"),
        wire("d.result", "c.numbers"),
        wire("d.result", "out.numbers"),
        wire("out.result", "in.numbers", ', "feedback": true'),
    )
    assert [problem.where for problem in graph.problems()] == [
        "a.result -> b.numbers",
        "b.result -> a.numbers",
        "c.result -> d.numbers",
        "d.result -> c.numbers",
    ]


def test_a_wire_from_a_node_to_itself_is_a_cycle() -> None:
    graph = graph_of(node("a", "Merge"), wire("a.result", "a.numbers"))
    assert [problem.where for problem in graph.problems()] == ["a.result -> a.numbers"]
    graph.set_wire("a.result -> a.numbers", feedback=True)
    assert graph.problems() == []


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), unique=True, max_size=14))
def test_a_wire_is_named_just_when_a_way_leads_back_to_its_beginning(wires: list[tuple[int, int]]) -> None:
    graph = graph_of(
        *(node(f"n{number}", "Merge") for number in range(7)),
        *(wire(f"n{start}.result", f"n{end}.numbers") for start, end in wires),
    )
    named = {problem.where for problem in graph.problems() if "cycle" in problem.message}

    def leads_back(start: int, end: int) -> bool:
        seen, todo = set(), [end]
        while todo:
            at = todo.pop()
            if at not in seen:
                seen.add(at)
                todo += [after for before, after in wires if before == at]
        return start in seen

    assert named == {f"n{start}.result -> n{end}.numbers" for start, end in wires if leads_back(start, end)}


def test_a_long_chain_behind_a_cycle_takes_no_longer_than_any() -> None:
    """It took time that grew with the square of the length."""
    count = 20_000
    nodes = ", ".join(node(f"n{number}", "Merge") for number in range(count))
    wires = ", ".join(wire(f"n{number}.result", f"n{number + 1}.numbers") for number in range(count - 1))
    back = wire("n1.result", "n0.numbers")
    graph = parse_graph(f'{{"tidewire": 1, "nodes": [{nodes}], "wires": [{wires}, {back}]}}', Graph)
    began = time.process_time()
    problems = [problem for problem in problems_of(graph) if "cycle" in problem.message]
    assert [problem.where for problem in problems] == ["n0.result -> n1.numbers", "n1.result -> n0.numbers"]
    assert time.process_time() - began < 10


def test_a_problem_without_remedy_says_what_is_wrong_alone() -> None:
    assert str(Problem(Severity.WARNING, "a", "is odd")) == "warning: a: is odd"


@pytest.mark.parametrize(("place", "most", "kind"), [("p{}:", 256, "processes"), ("p:t{}", 1024, "threads")])
def test_a_graph_does_not_ask_for_more_computers_than_a_machine_has(place: str, most: int, kind: str) -> None:
    graph = Graph()
    for number in range(most):
        graph.add(Numbers, location=place.format(number))
    assert graph.problems() == []
    graph.add(Numbers, location=place.format(most))
    (problem,) = graph.problems()
    assert problem.where == "graph" and f"{most + 1} {kind}" in problem.message
    with pytest.raises(GraphError, match=kind):
        graph.start()


def test_each_type_that_cannot_be_found_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = graph_of(
        *(f'{{"id": "n{number}", "type": "no.such{number % 3}:T"}}' for number in range(60)),
        *(wire(f"n{number}.x", f"n{number + 1}.y") for number in range(59)),
    )
    asked: list[str] = []
    resolve = Graph.types.resolve
    monkeypatch.setattr(Graph.types, "resolve", lambda path, folder: asked.append(path) or resolve(path, folder))
    assert len(graph.problems()) == 60
    assert sorted(asked) == ["no.such0:T", "no.such1:T", "no.such2:T"]
