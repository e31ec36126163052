"""A deadlock that growing wires may not free: told with the wires, and the end of a run that stops at failures."""

from __future__ import annotations

import pytest

from engine import Graph, In, Node, Out, RunState
from engine.runtime import deadlock
from tests.engine.runtime.placements import PLACEMENTS, place, until
from tests.nodes_for_tests import Collect, Numbers, PairLatest

pytestmark = pytest.mark.timeout(30)


@pytest.fixture(autouse=True)
def no_room_to_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlock, "MOST_BYTES", 0)


class Eighth(Node):
    """Every eighth message."""

    x = In(int)
    y = Out(int)

    def process(self, x: int) -> int | None:
        number = self.__dict__["number"] = self.__dict__.get("number", 0) + 1
        return x if number % 8 == 0 else None


def _locked(placement: str) -> Graph:
    """A fork and join of which one branch needs eight messages before it gives the first."""
    graph = Graph()
    graph.add(Numbers, id="n", count=40)
    graph.add(Eighth, id="batch")
    graph.add(PairLatest, id="join")
    graph.add(Collect, id="s")
    graph.connect("n.value", "batch.x", capacity=1)
    graph.connect("n.value", "join.a", capacity=1)
    graph.connect("batch.y", "join.b", capacity=1)
    graph.connect("join.both", "s.x")
    return place(graph, placement)


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_deadlock_at_the_cap_ends_a_run_whose_policy_is_stop_as_failed(placement: str) -> None:
    run = _locked(placement).start(on_error="stop")
    assert run.wait(10)
    assert run.state == RunState.FAILED
    assert [failure.error.split(":")[0] for failure in run.failures] == ["deadlock"]
    assert "n.value -> join.a" in run.failures[0].error


def test_a_deadlock_at_the_cap_is_shown_and_stays_where_nodes_do_not_stop_the_run() -> None:
    run = _locked("main").start(on_error="skip")
    events: list[str] = []
    run.subscribe(lambda event: events.append(event.new))
    until(lambda: run.failures, what="the deadlock is told")
    seen = run.statistics().nodes["n"].emitted
    assert "deadlock" in events and "deadlock" in run.failures[0].error
    assert run.state == RunState.RUNNING and run.statistics().nodes["n"].emitted == seen
    run.stop(force=True)
    assert run.state == RunState.STOPPED and len(run.failures) == 1
