"""Nodes in a system call that does not return, and in C code that holds the interpreter lock again and again."""

from __future__ import annotations

import pytest

from engine import Graph, Node, Run, RunState
from tests.engine.runtime.placements import is_gone, pid_of, until
from tests.faults.faulty_nodes import HoldsInterpreterInTurns, ReadsPipe, WaitsForLock, let_go, let_go_and_join
from tests.nodes_for_tests import Collect, TimedNumbers
from tests.timing import Stopwatch

pytestmark = pytest.mark.timeout(40)


def _blocked(kind: type[Node], location: str) -> Run:
    graph = Graph()
    graph.add(TimedNumbers, id="n", interval=0.01)
    graph.add(kind, id="stuck", location=location)
    graph.connect("n.value", "stuck.x", overflow="drop_oldest")
    graph.add(Collect, id="s")
    graph.connect("n.value", "s.x")
    run = graph.start(on_error="skip")
    until(lambda: run.statistics().nodes["stuck"].late, timeout=5.0, what="late")
    return run


def _is_ended_by_force(run: Run) -> None:
    seen = run.statistics().nodes["s"].received
    until(lambda: run.statistics().nodes["s"].received > seen + 5, what="the neighbours go on")
    watch = Stopwatch()
    run.stop(force=True)
    assert watch.passed_s < 2.0
    assert run.state == RunState.KILLED
    assert run.result("s") == list(range(len(run.result("s"))))


@pytest.mark.parametrize(
    "kind",
    [ReadsPipe, *(pytest.param(kind, marks=pytest.mark.long) for kind in (WaitsForLock, HoldsInterpreterInTurns))],
)
def test_a_call_that_does_not_return_in_a_process_is_late_and_killed_within_2_s(kind: type[Node]) -> None:
    run = _blocked(kind, "p:")
    pid = pid_of(run, "p:")
    assert run.waiting_for()[0].node == "stuck"
    _is_ended_by_force(run)
    assert run.statistics().nodes["stuck"].state == "dead"
    assert is_gone(pid)


@pytest.mark.parametrize("kind", [pytest.param(ReadsPipe, marks=pytest.mark.long), WaitsForLock])
def test_a_call_that_does_not_return_in_a_thread_is_abandoned_with_its_stack_within_2_s(kind: type[Node]) -> None:
    run = _blocked(kind, "t")
    waiting = run.waiting_for()[0]
    assert waiting.node == "stuck" and "in happen" in waiting.stack
    _is_ended_by_force(run)
    assert run.statistics().nodes["stuck"].state == "abandoned"
    failure = run.failures[-1]
    assert failure.node == "stuck" and "cannot kill a thread" in failure.error and "in happen" in failure.traceback
    let_go_and_join("stuck")


@pytest.mark.long
@pytest.mark.parametrize("kind", [ReadsPipe, WaitsForLock])
def test_a_call_that_returns_after_all_lets_the_run_go_on_and_drain(kind: type[Node]) -> None:
    run = _blocked(kind, "t")
    let_go("stuck")
    until(lambda: not run.statistics().nodes["stuck"].late, what="in time again")
    run.stop()
    assert (run.state, run.failures) == (RunState.STOPPED, [])
