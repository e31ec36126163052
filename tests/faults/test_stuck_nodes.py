"""Nodes that hold their loop: shown as late with their stack, ended by force within 2 s, and told honestly."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from engine import Graph, Node, Run, RunState
from tests.engine.runtime.placements import is_gone, pid_of, until
from tests.faults.faulty_nodes import (
    BusyLoop,
    EatsSignals,
    HoldsInterpreter,
    HoldsUntil,
    ReadsPipe,
    StubbornLoop,
    StuckInC,
    let_go_and_join,
)
from tests.nodes_for_tests import Collect, TimedNumbers
from tests.timing import Stopwatch

pytestmark = pytest.mark.timeout(40)


def _with_neighbours(kind: type[Node], location: str, **parameters: object) -> Run:
    """The node that gets stuck, and a healthy pair on main."""
    graph = Graph()
    graph.add(TimedNumbers, id="n", interval=0.01)
    graph.add(kind, id="stuck", location=location, **parameters)
    graph.connect("n.value", "stuck.x", overflow="drop_oldest")
    graph.add(Collect, id="s")
    graph.connect("n.value", "s.x")
    run = graph.start(on_error="skip")
    until(lambda: run.statistics().nodes["s"].received > 5)
    return run


def _force_stop(run: Run) -> None:
    seen = run.statistics().nodes["s"].received
    until(lambda: run.statistics().nodes["s"].received > seen + 5, what="the neighbours go on")
    watch = Stopwatch()
    run.stop(force=True)
    assert watch.passed_s < 2.0
    assert run.state == RunState.KILLED


@pytest.mark.parametrize(
    ("kind", "location"),
    [(BusyLoop, "p:"), pytest.param(BusyLoop, "p:io", marks=pytest.mark.long), (StuckInC, "p:"), (ReadsPipe, "t")],
)
def test_a_node_that_holds_its_loop_is_shown_as_late_with_its_stack(kind: type[Node], location: str) -> None:
    run = _with_neighbours(kind, location)
    until(lambda: run.statistics().nodes["stuck"].late, what="late")
    waiting = run.waiting_for()[0]
    assert (waiting.node, waiting.location) == ("stuck", location)
    assert "faulty_nodes" in waiting.stack and "in happen" in waiting.stack
    assert not run.statistics().nodes["s"].late
    _force_stop(run)
    if location != "t":
        assert run.statistics().nodes["stuck"].state == "dead"
    else:
        _the_thread_was_abandoned_honestly(run)


def _the_thread_was_abandoned_honestly(run: Run) -> None:
    assert run.statistics().nodes["stuck"].state == "abandoned"
    failure = run.failures[-1]
    assert "cannot kill a thread" in failure.error and "in happen" in failure.traceback
    let_go_and_join("stuck")


def test_a_busy_loop_in_a_thread_is_ended_by_an_exception_in_it_and_its_thread_is_gone() -> None:
    run = _with_neighbours(BusyLoop, "t")
    until(lambda: run.statistics().nodes["stuck"].late)
    _force_stop(run)
    assert run.statistics().nodes["stuck"].state == "dead"
    assert "tidewire-t" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.long
def test_a_thread_that_swallows_the_exception_is_abandoned_and_named_with_its_stack() -> None:
    run = _with_neighbours(StubbornLoop, "t")
    until(lambda: run.statistics().nodes["stuck"].late)
    _force_stop(run)
    _the_thread_was_abandoned_honestly(run)


def test_code_that_keeps_the_interpreter_lock_of_its_process_is_late_too_and_killed() -> None:
    run = _with_neighbours(HoldsInterpreter, "p:")
    pid = pid_of(run, "p:")
    until(lambda: run.statistics().nodes["stuck"].late, what="late")
    _force_stop(run)
    assert is_gone(pid)


@pytest.mark.long
def test_a_process_that_ignores_sigterm_is_killed_within_the_budget() -> None:
    run = _with_neighbours(EatsSignals, "p:")
    pid = pid_of(run, "p:")
    until(lambda: run.statistics().nodes["stuck"].late)
    _force_stop(run)
    assert is_gone(pid)


def test_a_stopped_process_is_late_and_goes_on_when_it_is_continued() -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="n", interval=0.01)
    graph.add(Collect, id="far", location="p:")
    graph.add(Collect, id="s")
    graph.connect("n.value", "far.x", overflow="drop_oldest")
    graph.connect("n.value", "s.x")
    run = graph.start(on_error="skip")
    until(lambda: run.statistics().nodes["far"].received > 3)
    pid = pid_of(run, "p:")
    os.kill(pid, signal.SIGSTOP)
    try:
        until(lambda: run.statistics().nodes["far"].late, what="late")
        seen = run.statistics().nodes["s"].received
        until(lambda: run.statistics().nodes["s"].received > seen + 5, what="the rest goes on")
    finally:
        os.kill(pid, signal.SIGCONT)
    until(lambda: not run.statistics().nodes["far"].late, what="in time again")
    seen = run.statistics().nodes["far"].received
    until(lambda: run.statistics().nodes["far"].received > seen)
    run.stop()
    assert run.state == RunState.STOPPED
    assert not run.failures


@pytest.mark.long
def test_a_stopped_process_can_be_ended_by_force() -> None:
    run = _with_neighbours(BusyLoop, "p:", at=10**9)
    pid = pid_of(run, "p:")
    os.kill(pid, signal.SIGSTOP)
    _force_stop(run)
    assert is_gone(pid)


@pytest.mark.long
def test_many_stuck_computers_are_ended_within_the_same_2_s() -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="n", interval=0.01)
    for index, location in enumerate(("p1:", "p2:", "p3:", "p1:io", "t1", "t2")):
        graph.add(BusyLoop if ":" in location else ReadsPipe, id=f"stuck{index}", location=location)
        graph.connect("n.value", f"stuck{index}.x", overflow="drop_oldest")
    run = graph.start()
    until(lambda: all(node.late for id, node in run.statistics().nodes.items() if id != "n"), timeout=15.0)
    watch = Stopwatch()
    run.stop(force=True)
    assert watch.passed_s < 2.0
    assert run.state == RunState.KILLED
    let_go_and_join("stuck4", "stuck5")


@pytest.mark.parametrize("location", ["p:", "t"])
def test_a_graceful_stop_says_what_it_waits_for_and_force_ends_it(location: str) -> None:
    run = _with_neighbours(BusyLoop, location)
    stopping = threading.Thread(target=run.stop)
    stopping.start()
    until(lambda: run.state == RunState.DRAINING and run.statistics().nodes["s"].state.is_over)
    waiting = until(lambda: [one for one in run.waiting_for() if one.stack])
    assert waiting[0].node == "stuck"
    assert [one.node for one in run.waiting_for()] == ["stuck"]
    watch = Stopwatch()
    run.stop(force=True)
    assert watch.passed_s < 2.0
    stopping.join(5)
    assert not stopping.is_alive()


@pytest.mark.long
def test_a_node_that_is_late_for_a_while_is_in_time_again(tmp_path: Path) -> None:
    run = _with_neighbours(HoldsUntil, "p:", until=str(tmp_path / "over"))
    until(lambda: run.statistics().nodes["stuck"].late)
    (tmp_path / "over").touch()
    until(lambda: not run.statistics().nodes["stuck"].late)
    run.stop()
    assert run.state == RunState.STOPPED
