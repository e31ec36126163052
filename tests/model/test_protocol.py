"""The coordinator's protocol, every state of it: start barrier, stops, deaths, restarts, credit and end of stream."""

from __future__ import annotations

from typing import Any

import pytest

from engine.runtime.states import RunState
from tests.model.checker import Graph, Violation, check
from tests.model.protocol import Protocol
from tests.model.protocol_state import Rules

pytestmark = pytest.mark.timeout(240)  # much computing, on a machine that may be busy


def _check(**arguments: Any) -> Graph:
    graph = check(Protocol(**arguments))
    ends = {state.run for state in graph.moves if state.run.is_over}
    print(f"{arguments}: {len(graph.moves)} states, {sum(map(len, graph.moves.values()))} moves, ends {sorted(ends)}")
    return graph


def _outcomes(graph: Graph) -> set[RunState]:
    return {state.run for state in graph.moves if state.run.is_over}


def test_no_state_of_a_run_with_a_death_is_wrong_and_every_stop_ends() -> None:
    graph = _check()
    assert len(graph.moves) > 5000
    assert _outcomes(graph) == {RunState.STOPPED, RunState.FAILED, RunState.KILLED}


def test_no_state_of_a_run_with_a_restart_is_wrong_and_every_stop_ends() -> None:
    graph = _check(on_death="restart")
    assert len(graph.moves) > 8000
    assert any(not s.crashes and all(c.phase == "running" for c in s.computers) for s in graph.moves), "none came back"


def test_a_node_that_never_comes_back_is_ended_by_force() -> None:
    graph = _check(stuck=1, crashes=0)
    assert len(graph.moves) > 1000
    assert RunState.KILLED in _outcomes(graph)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_three_computers_start_together_and_stop_together() -> None:
    graph = _check(n=3, crashes=0)
    assert len(graph.moves) > 5000
    assert RunState.STOPPED in _outcomes(graph)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "arguments",
    [
        {"capacity": 2, "on_death": "stop"},
        {"crashes": 2, "on_death": "restart"},
        {"stuck": 1, "on_death": "restart"},
        {"n": 3, "crashes": 1},
    ],
    ids=str,
)
def test_larger_runs(arguments: dict[str, Any]) -> None:
    assert len(_check(**arguments).moves) > 10_000


BROKEN: dict[str, tuple[dict[str, bool], dict[str, Any], str]] = {
    "a stop is a mere message": ({"latched": False}, {"crashes": 0}, "the stop is lost"),
    "the barrier opens at the first that is ready": ({"barrier_waits_for_all": False}, {}, "not every computer was"),
    "a death before the barrier is not looked at": ({"looks_again_at_deaths": False}, {}, "for ever|deadlock"),
    "the end of the stream is sent first": ({"end_behind_last": False}, {"capacity": 2, "crashes": 0}, "overtaken"),
    "credit is given twice": ({"credit_once": False}, {}, "more is under way"),
    "GONE is not heard": ({"hears_gone": False}, {}, "for ever|deadlock"),
    "the end of a socket is not noticed": ({"notices_peer": False}, {}, "for ever|deadlock"),
    "nothing is ever killed": ({"kills_at_last": False}, {"stuck": 1, "crashes": 0}, "for ever|deadlock"),
    "the outcome is not the worst": ({"outcome_is_worst": False}, {}, "the run says"),
    "processes are not waited for": ({"waits_for_reaping": False}, {}, "are left"),
    "a stop does not cancel a restart": (
        {"stops_cancel_restarts": False},
        {"on_death": "restart"},
        "for ever|deadlock|lost",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_protocol_is_found_and_the_shortest_way_is_told(what: str) -> None:
    broken, arguments, said = BROKEN[what]
    with pytest.raises(Violation, match=said) as found:
        check(Protocol(**arguments, rules=Rules(**broken)))
    print(found.value)
    assert 0 < len(found.value.trace) < 30


@pytest.mark.long
def test_a_source_that_comes_back_must_be_told_that_its_receiver_has_left() -> None:
    with pytest.raises(Violation, match="for ever"):
        check(Protocol(crashes=2, on_death="restart", rules=Rules(says_again=False)))
