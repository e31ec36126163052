"""A deadlock that growing wires frees, whatever goes on beside it, and one that it may not free: told with the wires,
and the end of a run that stops at failures.
"""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest

from engine import Graph, In, Node, Out, RunState, param
from engine.bridges.choose import BridgeKind
from engine.overflow import Overflow
from engine.runtime import deadlock
from engine.runtime.control import Counts, NodeActivity, NodeCounts, WireCounts
from engine.runtime.deadlock import LAG_NS, ROUNDS, DeadlockWatch
from engine.runtime.orders import NodeOrder, Order, WireOrder
from tests.engine.runtime.placements import PLACEMENTS, finished, pid_of, place, until
from tests.nodes_for_tests import Collect, Numbers, PairLatest, TimedNumbers

pytestmark = pytest.mark.timeout(30)


@pytest.fixture
def no_room_to_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlock, "MOST_BYTES", 0)


class Eighth(Node):
    """Every eighth message."""

    x = In(int)
    y = Out(int)

    def process(self, x: int) -> int | None:
        number = self.__dict__["number"] = self.__dict__.get("number", 0) + 1
        return x if number % 8 == 0 else None


class Holding(Node):
    """Hands on what it gets, and holds its loop for a while."""

    x = In()
    y = Out()
    seconds = param(0.55, minimum=0.0, unit="s")

    def process(self, x: Any) -> Any:
        time.sleep(self.seconds)
        return x


def _locked(placement: str, capacity: int = 1) -> Graph:
    """A fork and join of which one branch needs eight messages before it gives the first."""
    graph = Graph()
    graph.add(Numbers, id="n", count=40)
    graph.add(Eighth, id="batch")
    graph.add(PairLatest, id="join")
    graph.add(Collect, id="s")
    graph.connect("n.value", "batch.x", capacity=1)
    graph.connect("n.value", "join.a", capacity=capacity)
    graph.connect("batch.y", "join.b", capacity=1)
    graph.connect("join.both", "s.x")
    return place(graph, placement)


@pytest.mark.usefixtures("no_room_to_grow")
@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_deadlock_at_the_cap_ends_a_run_whose_policy_is_stop_as_failed(placement: str) -> None:
    run = _locked(placement).start(on_error="stop")
    assert run.wait(10)
    assert run.state == RunState.FAILED
    assert [failure.error.split(":")[0] for failure in run.failures] == ["deadlock"]
    assert "n.value -> join.a" in run.failures[0].error


@pytest.mark.usefixtures("no_room_to_grow")
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


def _beside(graph: Graph, location: str, **parameters: Any) -> Graph:
    graph.add(TimedNumbers, id="x", location=location, **parameters)
    graph.add(Collect, id="y", location=location)
    graph.connect("x.value", "y.x")
    graph.set_error_policy("x", "skip")
    graph.set_error_policy("y", "skip")
    return graph


@pytest.mark.parametrize("location", ["t1", pytest.param("w:", marks=pytest.mark.long)])
def test_a_deadlock_is_freed_though_another_location_has_ended(location: str) -> None:
    run = finished(_beside(_locked("main", 4), location, count=2, interval=0.0))
    assert [a for a, _ in run.result("s")] == list(range(40))
    assert run.statistics().wires["n.value -> join.a"].capacity > 4


def test_a_deadlock_is_freed_though_another_process_has_died() -> None:
    run = _beside(_locked("main", 4), "w:", interval=0.05).start()
    os.kill(pid_of(run, "w:"), signal.SIGKILL)
    until(lambda: run.state is not RunState.RUNNING, what="the run ends")
    assert run.wait(10)
    assert [a for a, _ in run.result("s")] == list(range(40))


@pytest.mark.parametrize("location", ["", "w:"])
def test_a_deadlock_is_freed_beside_a_source_that_never_ends(location: str) -> None:
    graph = _beside(_locked("main", 4), location, interval=0.02)
    run = graph.start()
    until(lambda: run.statistics().nodes["s"].received == 40, what="the fork and join is done")
    wires = run.statistics().wires
    assert wires["n.value -> join.a"].capacity > 4
    assert wires["x.value -> y.x"].capacity == graph.wires["x.value -> y.x"].capacity
    run.stop()


@pytest.mark.usefixtures("no_room_to_grow")
def test_a_deadlock_at_the_cap_ends_no_run_for_the_policy_of_nodes_beside_it() -> None:
    graph = _beside(_locked("main"), "", interval=0.02)
    graph.set_error_policy("x", "stop")
    run = graph.start(on_error="skip")
    until(lambda: run.failures, what="the deadlock is told")
    assert "a part of the run stands still" in run.failures[0].error
    seen = run.statistics().nodes["y"].received
    until(lambda: run.statistics().nodes["y"].received > seen + 10, what="what is beside it goes on")
    assert run.state == RunState.RUNNING and len(run.failures) == 1
    run.stop(force=True)


def test_wires_of_a_run_that_is_merely_slow_are_not_grown() -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=3)
    graph.add(Holding, id="slow", location="t1")
    graph.add(PairLatest, id="join")
    graph.connect("n.value", "slow.x", capacity=1)
    graph.connect("n.value", "join.a", capacity=1)
    graph.connect("slow.y", "join.b", capacity=1)
    events: list[str] = []
    run = graph.start()
    run.subscribe(lambda event: events.append(event.new))
    assert run.wait(10) and run.state == RunState.FINISHED
    assert "grown" not in events


# -- the watch alone: node a at location A sends to b at B; c at C is joined to nothing


def _watch() -> DeadlockWatch:
    wire = WireOrder(
        key="w",
        from_node="a",
        from_port="out",
        to_node="b",
        to_port="in",
        capacity=4,
        overflow=Overflow.BLOCK,
        feedback=False,
        has_initial=False,
        initial=None,
        kind=BridgeKind.THREAD,
        sends_empty_ticks=False,
    )
    ends: dict[str, tuple[list[WireOrder], list[WireOrder]]] = {"A": ([wire], []), "B": ([], [wire]), "C": ([], [])}
    return DeadlockWatch(
        Order(
            location=location,
            nodes=[NodeOrder(id=location.lower(), type_path="", folder="", parameters={}, on_error="stop")],
            outgoing=outgoing,
            incoming=incoming,
        )
        for location, (outgoing, incoming) in ends.items()
    )


def _counts(location: str, moved: int = 0, activity: int = NodeActivity.WAITING, lag_ns: int = 0) -> Counts:
    full = ["w"] if location == "A" else []
    node = NodeCounts(location.lower(), moved, moved, 0, 0, 0, 0, False, activity, full)
    wires = {"A": [WireCounts("w", put=moved)], "B": [WireCounts("w", delivered=moved)]}.get(location, [])
    return Counts(location, 0, 0, lag_ns, [node], wires)


def _rounds(watch: DeadlockWatch, locations: str, rounds: int, **now: int) -> list[int]:
    return [growth.capacity for _ in range(rounds) for at in locations for growth in watch.take(_counts(at, **now))]


def test_a_part_stands_still_after_some_rounds_without_a_change_whatever_is_beside_it() -> None:
    watch = _watch()
    for moved in range(ROUNDS):
        assert not _rounds(watch, "AB", 1) and not _rounds(watch, "C", 1, moved=moved)
    assert _rounds(watch, "AB", 1) == [8]
    assert _rounds(watch, "ABC", ROUNDS) == [16]


def test_a_worker_that_has_ended_is_not_waited_for_and_one_that_comes_back_is() -> None:
    watch = _watch()
    _rounds(watch, "A", 10)
    watch.forget("B")
    assert not _rounds(watch, "A", 10)
    watch.leave("B")
    assert not _rounds(watch, "A", ROUNDS - 1)
    assert _rounds(watch, "A", 1) == [8]
    assert not watch.take(_counts("B"))


def test_a_worker_that_gives_no_counts_since_another_moved_does_not_stand_still() -> None:
    watch = _watch()
    _rounds(watch, "B", 10)
    assert not _rounds(watch, "A", 10, moved=1), "B may have been holding its loop since it got the message"
    assert not _rounds(watch, "B", 10, activity=NodeActivity.WORKING)
    assert not _rounds(watch, "A", 10, moved=1)


def test_rounds_of_a_loop_that_is_late_count_half() -> None:
    watch = _watch()
    _rounds(watch, "AB", 1)
    assert not _rounds(watch, "AB", 2 * ROUNDS - 1, lag_ns=LAG_NS + 1)
    assert _rounds(watch, "AB", 1, lag_ns=LAG_NS + 1) == [8]
