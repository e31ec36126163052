"""Failure, of nodes: every way in which one can fail, everywhere, by each policy.

A failure is told within a second with node, location and traceback; what came before it arrives; the outcome of the
run is never better than the truth.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from engine import Graph, Node, ParameterRefused, Run, RunState, StartError
from tests.engine.runtime.placements import PLACEMENTS, chain, finished, place, until
from tests.nodes_for_tests import Collect, Numbers, SlowCollect, TimedNumbers
from tests.promises.nodes import (
    COUNT,
    FIRST,
    LAST,
    MIDDLE,
    Fails,
    FailsAwaiting,
    FailsNow,
    FailsOften,
    FailsToProduce,
    FailsToProduceAwaiting,
    FailsToProduceBlocking,
    FailsToRestart,
    RefusesParameter,
    Unsendable,
)
from tests.promises.not_in_workers import OnlyAtHome
from tests.promises.places import everywhere

pytestmark = pytest.mark.timeout(60)
AT_A_MESSAGE = [
    *((where, "ValueError", at) for where in ("process", "should_process") for at in (FIRST, MIDDLE, LAST)),
    ("wrong type", "NodeError", MIDDLE),
    ("emit of a wrong type", "NodeError", LAST),
    ("emit to an unknown port", "NodeError", FIRST),
    *(("process", kind, MIDDLE) for kind in ("SystemExit", "KeyboardInterrupt", "Unpicklable", "NoText")),
]
AT_THE_END = [
    *((where, "ValueError", -1) for where in ("on_end", "on_stop", "result")),
    ("result", "SystemExit", -1),
    ("on_stop", "NoText", -1),
    ("on_end", "Unpicklable", -1),
]


def _id(case: tuple[str, str, int]) -> str:
    where, kind, at = case
    return "_".join(f"{where} {kind} {at if at >= 0 else ''}".split())


def _check(run: Run, id: str, case: tuple[str, str, int], times: int = 1) -> None:
    """The failures of a node say what it is, where it is, and what was raised."""
    where, kind, _ = case
    failures = [failure for failure in run.failures if failure.node == id]
    assert len(failures) == times, (id, failures)
    node = run.statistics().nodes[id]
    assert node.errors == times, (id, node)
    for failure in failures:
        assert failure.location == node.location, id
        assert failure.traceback.startswith("Traceback"), id
        told = {
            "wrong type": "carries tuple, not str",
            "emit of a wrong type": "carries tuple, not str",
            "emit to an unknown port": "no output 'nowhere'",
        }.get(where, kind)
        assert told in failure.error, (id, failure.error)
        if told == kind:
            assert f"in {where}" in failure.traceback, (id, failure.traceback)
        assert node.message == failure.error, id


def _numbers(run: Run, sink: str) -> list[int]:
    return [number for number, _ in run.result(sink)]


# -- before the start


def _start_cases() -> list[Any]:
    quick = {("constructor", "ValueError", "process"), ("on_start", "NoText", "mixed")}
    cases = [
        *((where, kind) for where in ("constructor", "on_start") for kind in ("ValueError", "SystemExit", "NoText")),
        ("on_start", "KeyboardInterrupt"),
        ("constructor", "Unpicklable"),
    ]
    return [
        pytest.param(
            where,
            kind,
            placement,
            marks=[] if placement in ("main", "thread") or (where, kind, placement) in quick else [pytest.mark.long],
        )
        for where, kind in cases
        for placement in PLACEMENTS
    ]


@pytest.mark.parametrize(("where", "kind", "placement"), _start_cases())
def test_an_exception_in_a_constructor_or_on_start_is_a_start_error_that_names_node_place_and_cause(
    where: str, kind: str, placement: str
) -> None:
    graph = place(
        chain(("n", Numbers, {}), ("r", Fails, {"where": where, "kind": kind}), ("s", Collect, {})), placement
    )
    began = time.monotonic()
    with pytest.raises(StartError) as caught:
        graph.start()
    assert time.monotonic() - began < 5.0
    text = str(caught.value)
    assert f"node r at {graph.nodes['r'].location.label} could not start: {kind}" in text
    assert "Traceback" in text and "in _fail_in" in text


@pytest.mark.parametrize("placement", ["process", pytest.param("mixed", marks=pytest.mark.long)])
def test_a_class_that_does_not_import_in_its_process_is_a_start_error_that_names_node_place_and_cause(
    placement: str,
) -> None:
    graph = place(chain(("n", Numbers, {}), ("r", OnlyAtHome, {})), placement)
    with pytest.raises(StartError) as caught:
        graph.start()
    text = str(caught.value)
    assert f"node r at {graph.nodes['r'].location}" in text
    assert "installed for the main process only" in text


# -- the policies


def _by_stop(case: tuple[str, str, int], placement: str) -> None:
    where, kind, at = case
    graph = chain(
        ("n", Numbers, {"count": COUNT}), ("r", Fails, {"where": where, "kind": kind, "at": at}), ("s", Collect, {})
    )
    graph.add(Collect, id="beside")
    graph.connect("n.value", "beside.x")
    run = finished(place(graph, placement), RunState.FAILED, on_error="stop")
    _check(run, "r", case)
    nodes = run.statistics().nodes
    assert nodes["r"].state == "failed"
    assert {nodes[id].state for id in ("n", "s", "beside")} <= {"ended", "stopped"}
    assert _numbers(run, "s") == list(range(at if at >= 0 else COUNT)), "what came before it arrives"
    assert run.result("beside") == list(range(nodes["n"].emitted)), "what is under way is finished"
    for key, wire in run.statistics().wires.items():
        assert wire.sent == wire.delivered + wire.discarded, key


def _stop_cases() -> list[Any]:
    quick = {(("process", "ValueError", MIDDLE), "process"), (("on_end", "ValueError", -1), "mixed")}
    return [
        pytest.param(
            case,
            placement,
            id=f"{_id(case)}-{placement}",
            marks=[] if placement in ("main", "thread") or (case, placement) in quick else [pytest.mark.long],
        )
        for case in (*AT_A_MESSAGE, *AT_THE_END)
        for placement in PLACEMENTS
    ]


@pytest.mark.parametrize(("case", "placement"), _stop_cases())
def test_by_the_policy_stop_a_failure_ends_the_graph_and_what_is_under_way_is_finished(
    case: tuple[str, str, int], placement: str
) -> None:
    _by_stop(case, placement)


def _all_at_once(placement: str, policy: str, kinds: tuple[type[Node], ...]) -> Run:
    """One run in which a node for each way to fail does so; a sink behind each."""
    graph = Graph()
    graph.add(Numbers, id="n", count=COUNT)
    for kind in kinds:
        for case in (*AT_A_MESSAGE, *AT_THE_END):
            where, raised, at = case
            id = f"{kind.__name__}_{_id(case)}"
            graph.add(kind, id=id, where=where, kind=raised, at=at)
            graph.add(Collect, id=f"{id}-sink")
            graph.connect("n.value", f"{id}.x")
            graph.connect(f"{id}.y", f"{id}-sink.x")
    graph.add(Collect, id="beside")
    graph.connect("n.value", "beside.x")
    return finished(place(graph, placement), RunState.FAILED, on_error=policy)


def _check_all(run: Run, kinds: tuple[type[Node], ...], *, is_fresh: bool) -> None:
    nodes = run.statistics().nodes
    for kind in kinds:
        for case in (*AT_A_MESSAGE, *AT_THE_END):
            at = case[2]
            id = f"{kind.__name__}_{_id(case)}"
            _check(run, id, case)
            assert nodes[id].state == ("ended" if at >= 0 else "failed"), id
            expected = [i for i in range(COUNT) if i != at]
            seen = run.result(f"{id}-sink")
            assert [number for number, _ in seen] == expected, id
            ages = list(range(1, COUNT + (at < 0)))
            if is_fresh and at >= 0:
                ages = [*range(1, at + 1), *range(1, COUNT - at)]
            assert [age for _, age in seen] == ages, f"{id}: a fresh instance begins anew, another goes on"
            assert nodes[f"{id}-sink"].state == "ended"
    assert run.result("beside") == list(range(COUNT))
    assert len(run.failures) == len(kinds) * len([*AT_A_MESSAGE, *AT_THE_END])


@everywhere("process")
def test_by_the_policy_skip_only_the_tick_that_failed_is_left_out_and_counted(placement: str) -> None:
    kinds = (Fails, FailsAwaiting)
    _check_all(_all_at_once(placement, "skip", kinds), kinds, is_fresh=False)


@everywhere("mixed")
def test_by_the_policy_restart_a_fresh_instance_goes_on_with_the_next_message(placement: str) -> None:
    kinds = (Fails,)
    _check_all(_all_at_once(placement, "restart", kinds), kinds, is_fresh=True)


@everywhere("mixed")
def test_restarts_wait_longer_each_time(placement: str) -> None:
    run = finished(
        place(chain(("n", Numbers, {"count": 9}), ("f", FailsOften, {}), ("s", Collect, {})), placement),
        on_error="restart",
    )
    assert run.result("s") == [(0, 1), (1, 2), (2, 3), (4, 1), (7, 1), (8, 2)]
    assert run.statistics().nodes["f"].state == "ended"
    first, second, third = (failure.time for failure in run.failures)
    assert second - first > 0.09 and third - second > 0.18


@everywhere("process")
def test_a_restart_that_fails_is_told_and_tried_again(placement: str) -> None:
    FailsToRestart.lives.clear()
    run = finished(
        place(chain(("n", Numbers, {"count": COUNT}), ("f", FailsToRestart, {}), ("s", Collect, {})), placement),
        on_error="restart",
    )
    assert run.result("s") == [i for i in range(COUNT) if i != MIDDLE]
    assert [failure.error for failure in run.failures] == [
        "ValueError: broken",
        "ValueError: cannot stop",
        "SystemExit: not yet",
    ]
    assert run.statistics().nodes["f"].errors == 3


# -- how soon, and how truly


@everywhere("process")
def test_an_exception_in_process_is_shown_within_a_second_with_its_traceback(placement: str) -> None:
    graph = place(chain(("n", TimedNumbers, {"interval": 0.01}), ("r", FailsNow, {})), placement)
    with graph.start(on_error="skip") as run:
        (failure,) = until(lambda: run.failures, timeout=10.0)
        seen = time.time()
        raised = float(failure.error.removeprefix("ValueError: "))
        assert seen - raised < 1.0
        until(lambda: run.statistics().nodes["r"].message == failure.error, timeout=1.0)
        assert (failure.node, failure.location) == ("r", str(graph.nodes["r"].location))
        assert failure.traceback.startswith("Traceback") and "in process" in failure.traceback
        assert run.state == RunState.RUNNING


@everywhere()
@pytest.mark.parametrize("source", [FailsToProduce, FailsToProduceAwaiting, FailsToProduceBlocking])
def test_a_source_that_fails_ends_its_stream_as_a_failure_and_all_it_produced_arrives(
    source: type[Node], placement: str
) -> None:
    graph = Graph()
    for policy in ("stop", "skip"):
        for kind in ("ValueError", "SystemExit", "NoText"):
            id = f"{policy}-{kind}"
            graph.add(source, id=id, kind=kind)
            graph.add(Collect, id=f"{id}-sink")
            graph.connect(f"{id}.value", f"{id}-sink.x")
            graph.set_error_policy(id, "skip")
    graph.add(Numbers, id="healthy", count=50)
    graph.add(Collect, id="s")
    graph.connect("healthy.value", "s.x")
    run = finished(place(graph, placement), RunState.FAILED)
    for id in graph.nodes:
        if id.endswith("-sink"):
            assert run.result(id) == [0, 1, 2], id
            failing = id.removesuffix("-sink")
            assert run.statistics().nodes[failing].state == "failed"
            (failure,) = (failure for failure in run.failures if failure.node == failing)
            assert failing.partition("-")[2] in failure.error and "in produce" in failure.traceback
    assert run.result("s") == list(range(50))


@pytest.mark.parametrize(
    ("policy", "capacity"),
    [
        ("skip", 1),
        *(
            pytest.param(policy, capacity, marks=pytest.mark.long)
            for policy, capacity in (("skip", 16), ("stop", 1), ("stop", 16), ("restart", 1), ("restart", 16))
        ),
    ],
)
def test_a_value_that_cannot_travel_is_a_failure_by_the_policy_whether_its_wire_is_full_or_not(
    policy: str, capacity: int
) -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=10)
    graph.add(Unsendable, id="u")
    graph.add(SlowCollect, id="s", location="p:", delay=0.005)
    graph.connect("n.value", "u.x")
    graph.connect("u.y", "s.x", capacity=capacity)
    run = finished(graph, RunState.FAILED if policy == "stop" else RunState.FINISHED, on_error=policy)
    assert run.result("s") == ([0, 1, 2, 3] if policy == "stop" else [0, 1, 2, 3, 5, 6, 7, 8])
    node = run.statistics().nodes["u"]
    assert (node.state, node.errors) == (("failed", 1) if policy == "stop" else ("ended", 2))
    assert all("pickle" in failure.error and failure.node == "u" for failure in run.failures)


REFUSALS = ("SystemExit", "KeyboardInterrupt", "NoText", "CancelledError")


@everywhere("process")
def test_an_exit_or_an_exception_in_on_param_refuses_the_change_and_the_run_goes_on(placement: str) -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="n", interval=0.005)
    for kind in REFUSALS:
        graph.add(RefusesParameter, id=kind, kind=kind)
        graph.connect("n.value", f"{kind}.x")
    graph.add(Collect, id="s")
    graph.connect("SystemExit.y", "s.x")
    with place(graph, placement).start() as run:
        for kind in REFUSALS:
            with pytest.raises(ParameterRefused):
                run.set(f"{kind}.factor", 2)
        seen = run.statistics().nodes["s"].received
        until(lambda: run.statistics().nodes["s"].received > seen + 5)
        run.stop()
        assert run.state == RunState.STOPPED
