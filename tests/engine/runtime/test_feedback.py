"""Cycles: a feedback wire delivers each message one tick later, and a run with a cycle still ends."""

from __future__ import annotations

import pytest

from engine import ConnectionRefused, Graph, In, Join, Node, Out, RunState
from tests.engine.runtime.placements import PLACEMENTS, finished, place, until
from tests.nodes_for_tests import Add, Collect, EveryThird, Numbers, TimedNumbers

pytestmark = pytest.mark.timeout(20)


def _loop(source: type = Numbers, **options: object) -> Graph:
    graph = Graph()
    graph.add(source, id="n", **options)
    graph.add(Add, id="add")
    graph.add(Hand, id="hand")
    graph.add(Collect, id="sink")
    graph.connect("n.value", "add.a")
    graph.connect("add.total", "hand.x")
    graph.connect("hand.y", "add.b", feedback=True, initial=1000)
    graph.connect("hand.y", "sink.x")
    return graph


class Hand(Node):
    x = In(int)
    y = Out(int)

    def process(self, x: int) -> int:
        return x


class Accumulate(Node):
    """Adds what comes to its own last sum, which is absent at first."""

    x = In(int)
    last = In(int, optional=True)
    total = Out(int)

    def process(self, x: int, last: int | None) -> int:
        return x + (last or 0)


class Either(Node):
    """Takes a message from outside or its own, halved each time round, until nothing is left of it."""

    join = Join.ANY
    x = In(int)
    again = In(int, optional=True)
    y = Out(int)

    def process(self, x: int | None, again: int | None) -> int | None:
        value = x if x is not None else again
        return value // 2 if value else None


class LatestSum(Node):
    join = Join.LATEST
    x = In(int, driving=True)
    last = In(int)
    total = Out(int)

    def process(self, x: int, last: int) -> int:
        return x + last


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_feedback_loop_runs_from_its_initial_value_and_ends_with_its_source(placement: str) -> None:
    run = finished(place(_loop(count=100), placement))
    assert run.result("sink")[:9] == [1000, 1001, 1003, 1006, 1010, 1015, 1021, 1028, 1036]
    assert run.result("sink") == [1000 + i * (i + 1) // 2 for i in range(100)]


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_graceful_stop_ends_a_feedback_loop(placement: str) -> None:
    run = place(_loop(TimedNumbers, interval=0.001), placement).start()
    until(lambda: run.statistics().nodes["sink"].received > 5)
    run.stop(timeout=5)
    assert run.state == RunState.STOPPED
    seen = run.result("sink")
    assert seen == [1000 + i * (i + 1) // 2 for i in range(len(seen))]
    assert len(seen) == run.statistics().nodes["n"].emitted


@pytest.mark.parametrize("location", ["", "p:"])
def test_a_feedback_wire_without_an_initial_value_starts_empty(location: str) -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=10)
    graph.add(Accumulate, id="sum", location=location)
    graph.add(Collect, id="sink")
    graph.connect("n.value", "sum.x")
    graph.connect("sum.total", "sum.last", feedback=True)
    graph.connect("sum.total", "sink.x")
    assert finished(graph).result("sink") == [i * (i + 1) // 2 for i in range(10)]


@pytest.mark.parametrize("placement", ["main", "mixed"])
def test_a_cycle_that_joins_by_any_ends_when_its_source_has_ended_and_it_has_run_empty(placement: str) -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=20)
    graph.add(Either, id="either")
    graph.add(Collect, id="sink")
    graph.connect("n.value", "either.x")
    graph.connect("either.y", "either.again", feedback=True)
    graph.connect("either.y", "sink.x")
    run = finished(place(graph, placement))
    expected = []
    for number in range(20):
        while number:
            number //= 2
            expected.append(number)
    assert sorted(run.result("sink")) == sorted(expected)


@pytest.mark.parametrize("placement", ["main", "process"])
def test_a_cycle_that_joins_by_the_latest_ends(placement: str) -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=20)
    graph.add(LatestSum, id="sum")
    graph.add(Collect, id="sink")
    graph.connect("n.value", "sum.x")
    graph.connect("sum.total", "sum.last", feedback=True, initial=0)
    graph.connect("sum.total", "sink.x")
    assert len(finished(place(graph, placement)).result("sink")) == 20


def test_a_cycle_without_a_feedback_wire_is_refused() -> None:
    graph = Graph()
    graph.add(Numbers, id="n")
    graph.add(Add, id="add")
    graph.add(Hand, id="hand")
    graph.connect("n.value", "add.a")
    graph.connect("add.total", "hand.x")
    with pytest.raises(ConnectionRefused, match="cycle"):
        graph.connect("hand.y", "add.b")


def test_two_feedback_loops_through_one_node_both_run() -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=10)
    graph.add(Add, id="inner")
    graph.add(Add, id="outer", location="p:")
    graph.add(Collect, id="sink")
    graph.connect("n.value", "inner.a")
    graph.connect("outer.total", "inner.b", feedback=True, initial=0)
    graph.connect("inner.total", "outer.a")
    graph.connect("outer.total", "outer.b", feedback=True, initial=0)
    graph.connect("outer.total", "sink.x")
    expected, last = [], 0
    for i in range(10):
        last = (i + last) + last
        expected.append(last)
    assert finished(graph).result("sink") == expected


def _gaps() -> Graph:
    graph = Graph()
    graph.add(Numbers, id="n", count=300)
    graph.add(EveryThird, id="third")
    graph.add(Add, id="add")
    graph.add(Collect, id="s")
    graph.connect("n.value", "third.x")
    graph.connect("third.y", "add.a")
    graph.connect("add.total", "add.b", feedback=True, initial=0)
    graph.connect("add.total", "s.x")
    return graph


@pytest.mark.parametrize("placement", ["main", "process"])
def test_a_feedback_loop_goes_on_over_ticks_that_were_filtered_out(placement: str) -> None:
    expected, total = [], 0
    for i in range(0, 300, 3):
        total += i
        expected.append(total)
    assert finished(place(_gaps(), placement)).result("s") == expected


class FailsAtFive(Add):
    def process(self, a: int, b: int) -> int:
        if a == 5:
            raise ValueError("five")
        return a + b


def test_a_feedback_loop_goes_on_after_a_tick_that_was_skipped() -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=10)
    graph.add(FailsAtFive, id="add")
    graph.add(Collect, id="s")
    graph.connect("n.value", "add.a")
    graph.connect("add.total", "add.b", feedback=True, initial=0)
    graph.connect("add.total", "s.x")
    assert finished(graph, on_error="skip").result("s") == [0, 1, 3, 6, 10, 16, 23, 31, 40]
