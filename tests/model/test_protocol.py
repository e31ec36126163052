"""The coordinator's protocol, every state of it: start barrier, stops, deaths, restarts, giving up, and the wire."""

from __future__ import annotations

from typing import Any

import pytest

from engine.runtime.states import RunState
from tests.model.checker import Graph, Violation, check
from tests.model.protocol import Protocol
from tests.model.protocol_state import Rules, Setting

pytestmark = pytest.mark.timeout(240)  # much computing, on a machine that may be busy


def _check(**arguments: Any) -> Graph:
    graph = check(Protocol(Setting(**arguments)))
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


def test_every_run_whose_sources_end_is_over_and_no_message_is_lost() -> None:
    graph = _check(length=2, crashes=0)
    assert len(graph.moves) > 5000
    assert _outcomes(graph) == {RunState.FINISHED, RunState.STOPPED, RunState.KILLED}
    unasked = _check(length=3, capacity=2, crashes=0, has_stops=False)
    assert _outcomes(unasked) == {RunState.FINISHED}


def test_a_run_whose_sources_end_is_over_though_a_process_died_and_came_back() -> None:
    graph = _check(length=2, on_death="restart", has_stops=False)
    came_back = [s for s in graph.moves if any(c.deaths for c in s.computers)]
    assert {s.run for s in came_back if s.run.is_over} == {RunState.FINISHED}
    assert RunState.FAILED in _outcomes(_check(length=2, has_stops=False)), "nobody died"


@pytest.mark.parametrize("dies_when", ["start", "runs"])
@pytest.mark.parametrize("doomed", [0, 1], ids=["source", "sink"])
def test_a_run_whose_restart_can_never_succeed_is_over_as_failed(doomed: int, dies_when: str) -> None:
    graph = _check(
        length=1, on_death="restart", doomed=doomed, dies_when=dies_when, crashes=dies_when == "start", has_stops=False
    )
    ends = [s for s in graph.moves if s.run.is_over and (s.computers[doomed].deaths or dies_when == "runs")]
    assert {s.run for s in ends} == {RunState.FAILED}
    assert {s.computers[doomed].given_up for s in ends} == {True}
    most = {(c.deaths, c.unfed) for s in ends for c in [s.computers[doomed]]}
    assert most == {(3, 0)} if doomed == 0 else most >= {(3, 0), (2, 2)}


def test_a_source_that_is_given_up_ends_the_run_and_a_sink_leaves_the_source_alone() -> None:
    graph = _check(on_death="restart", doomed=0, dies_when="runs", crashes=0, has_stops=False)
    assert _outcomes(graph) == {RunState.FAILED}
    graph = _check(on_death="restart", doomed=1, dies_when="runs", crashes=0, has_stops=False)
    assert not _outcomes(graph), "the endless source went down with its sink"
    assert any(s.computers[1].given_up and s.computers[0].phase == "running" for s in graph.moves)


def test_a_stop_in_any_phase_of_a_crash_loop_ends() -> None:
    graph = _check(on_death="restart", doomed=0, dies_when="runs", crashes=0, most_deaths=2, lives=1)
    assert {RunState.FAILED, RunState.KILLED} <= _outcomes(graph)
    assert RunState.FINISHED not in _outcomes(graph)
    stopped = {c.known for s in graph.moves if s.run is RunState.RUNNING for c in s.computers}
    assert stopped >= {"away", "returning", "dead"}, "no stop came in every phase"


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "arguments",
    [
        {"length": 2},
        {"length": 1, "crashes": 0, "stuck": 1},
        {"length": 2, "on_death": "restart"},
        {"length": 1, "on_death": "restart", "doomed": 1, "most_deaths": 2},
        {"length": 1, "on_death": "restart", "doomed": 0, "lives": 1, "has_stops": False},
        {"length": 1, "on_death": "restart", "doomed": 1, "dies_when": "runs", "crashes": 0, "lives": 1},
        {"length": 1, "on_death": "restart", "crashes": 2, "has_stops": False},
        {"length": 1, "n": 3, "has_stops": False},
    ],
    ids=str,
)
def test_runs_that_end_by_themselves_with_deaths_and_stops(arguments: dict[str, Any]) -> None:
    assert len(_check(**arguments).moves) > 1_000


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
    "nobody is ever given up": (
        {"gives_up": False},
        {"length": 1, "on_death": "restart", "doomed": 1, "has_stops": False},
        "may take for ever, in a loop",
    ),
    "a process is given up one death too early": (
        {"gives_up_in_time": False},
        {"length": 1, "on_death": "restart", "doomed": 1, "has_stops": False},
        "was given up after 2 deaths",
    ),
    "a process that was given up is forgotten": (
        {"given_up_counts": False},
        {"length": 1, "on_death": "restart", "doomed": 1, "has_stops": False},
        "says finished, but processes .1. were given up",
    ),
    "a process that comes back is not told of the end": (
        {"says_end_again": False},
        {"length": 1, "on_death": "restart", "has_stops": False},
        "for ever|deadlock",
    ),
    "a source that came back does not tell its end": (
        {"ends_after_restart": False},
        {"length": 1, "on_death": "restart", "has_stops": False},
        "for ever|deadlock",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_protocol_is_found_and_the_shortest_way_is_told(what: str) -> None:
    broken, arguments, said = BROKEN[what]
    with pytest.raises(Violation, match=said) as found:
        check(Protocol(Setting(**arguments, rules=Rules(**broken))))
    print(found.value)
    assert 0 < len(found.value.trace) < 40


@pytest.mark.long
def test_a_source_that_comes_back_must_be_told_that_its_receiver_has_left() -> None:
    with pytest.raises(Violation, match="for ever"):
        check(Protocol(Setting(crashes=2, on_death="restart", rules=Rules(says_again=False))))
