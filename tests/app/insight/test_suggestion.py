"""Where nodes should run: heavy ones apart, chatty ones together, no more processes than cores, and never worse."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.insight.costs import BridgeCost, BridgeCosts
from app.insight.suggestion import LABEL, Suggestion, _Judge, suggest
from engine import Graph
from tests.app.insight.figures import chain, measured

COSTS = BridgeCosts({"stream": BridgeCost((64,), (10.0,), 100.0)}, "a machine", True)


def places(graph: Graph, suggestion: Suggestion) -> dict[str, str]:
    suggestion.remedy.apply_to(graph)
    return {id: str(spec.location) for id, spec in graph.nodes.items()}


def test_a_heavy_node_gets_a_process_of_its_own_and_its_reason_has_the_figure() -> None:
    graph = chain("", "", "")
    suggestion = suggest(graph, measured(graph, {"b": 0.9, "a": 0.02, "c": 0.02}), COSTS, 4)
    assert suggestion.remedy.label == LABEL
    assert "90 % of a loop: it gets a process of its own" in suggestion.reasons["b"]
    found = places(graph, suggestion)
    assert found["b"] not in (found["a"], found["c"], "")


def test_nodes_that_say_much_to_each_other_are_put_together() -> None:
    graph = chain("p:", "q:", "r:")
    flows = {"b": {"rate_hz": 20_000.0}, "c": {"rate_hz": 20_000.0}}
    suggestion = suggest(graph, measured(graph, {"a": 0.1, "b": 0.1, "c": 0.1}, wires=flows), COSTS, 4)
    assert len(set(places(graph, suggestion).values())) == 1
    assert any("20k/s pass between them" in reason for reason in suggestion.reasons.values())


def test_what_is_well_placed_stays() -> None:
    graph = chain("p:", "p:", "p:")
    suggestion = suggest(graph, measured(graph, {"a": 0.1, "b": 0.2, "c": 0.1}), COSTS, 4)
    assert suggestion.moves == {}
    assert suggestion.summary == "The nodes are well placed as they are, as measured."
    assert all("stays" in reason for reason in suggestion.reasons.values())


def test_there_are_no_more_processes_than_cores() -> None:
    graph = chain(*[""] * 8)
    for cores in (1, 2, 4):
        suggestion = suggest(graph, measured(graph, dict.fromkeys(graph.nodes, 0.5)), COSTS, cores)
        copy = Graph()
        copy.restore(graph.snapshot())
        assert len(set(places(copy, suggestion).values())) <= cores


def test_what_is_on_a_host_or_wants_to_be_somewhere_stays() -> None:
    graph = chain("", "lab::", "")
    suggestion = suggest(graph, measured(graph, {"b": 0.9, "a": 0.7}), COSTS, 4)
    assert "b" not in suggestion.moves
    assert suggestion.reasons["b"] == "Stays on its host."


def test_unknown_node_types_stay() -> None:
    graph = Graph()
    graph.add("somewhere.else:Node", id="x")
    suggestion = suggest(graph, None, COSTS, 4)
    assert suggestion.moves == {} and "unknown" in suggestion.reasons["x"]


def test_without_a_run_it_says_that_it_guesses() -> None:
    graph = chain("", "p:", "q:", "r:")
    suggestion = suggest(graph, None, COSTS, 4)
    assert "guesses" in suggestion.summary
    assert all("Not measured" in reason for reason in suggestion.reasons.values())


def test_heavy_threads_of_the_app_become_processes() -> None:
    graph = chain("", "one", "two")
    suggestion = suggest(graph, measured(graph, {"b": 0.5, "c": 0.5}), COSTS, 4)
    assert {place for id, place in places(graph, suggestion).items() if id in "bc"} == {"process1:", "process2:"}


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.sampled_from(["", "t", "p:", "q:", "p:x", "lab::"]), st.floats(0, 20_000)),
        min_size=1,
        max_size=8,
    ),
    st.integers(1, 8),
)
def test_it_is_never_worse_and_every_node_has_a_reason(nodes, cores) -> None:
    graph = chain(*(place for _, place, _ in nodes))
    by_id = dict(zip(graph.nodes, nodes, strict=True))
    statistics = measured(
        graph,
        {id: load for id, (load, _, _) in by_id.items()},
        wires={id: {"rate_hz": rate} for id, (_, _, rate) in by_id.items()},
    )
    suggestion = suggest(graph, statistics, COSTS, cores)
    judge = _Judge(graph, statistics, COSTS, cores)
    before = {id: spec.location for id, spec in graph.nodes.items()}
    assert suggestion.reasons.keys() == graph.nodes.keys()
    assert all(reason.endswith(".") for reason in suggestion.reasons.values())
    suggestion.remedy.apply_to(graph)
    after = {id: spec.location for id, spec in graph.nodes.items()}
    assert judge.badness(after) <= judge.badness(before)
    assert {id for id in after if after[id] != before[id]} == suggestion.moves.keys()
