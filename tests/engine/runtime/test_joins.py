"""How the messages of several inputs are matched: by tick, by the latest, each alone; optional and many."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from engine import Graph, In, Join, Node, Out, Run, RunState, Source, param
from tests.engine.runtime.placements import PLACEMENTS, chain, finished, place, until
from tests.nodes_for_tests import (
    Add,
    Collect,
    EveryThird,
    Numbers,
    Pair,
    PairAny,
    PairLatest,
    Slow,
    Sum,
    TimedNumbers,
    WithOptional,
)

pytestmark = pytest.mark.timeout(30)


class Wave(Source):
    value = Out(float)
    function = param("sin", choices=["sin", "cos"])
    count = param(200)

    def produce(self) -> Iterator[float]:
        for i in range(self.count):
            yield getattr(math, self.function)(i / 10)


class Subtract(Node):
    a = In(float)
    b = In(float)
    difference = Out(float)

    def process(self, a: float, b: float) -> float:
        return a - b


class Three(Node):
    """A window of three: one message out for three in."""

    x = In(int)
    y = Out(int)

    def on_start(self) -> None:
        self.kept: list[int] = []

    def process(self, x: int) -> int | None:
        self.kept.append(x)
        if len(self.kept) < 3:
            return None
        total, self.kept = sum(self.kept), []
        return total


class FirstOf(Node):
    """A node without a driving port that joins by the latest: its first input drives."""

    join = Join.LATEST
    a = In(int)
    b = In(int, optional=True)
    both = Out(tuple)

    def process(self, a: int, b: int | None) -> tuple[int, int | None]:
        return (a, b)


def _parts() -> Graph:
    graph = Graph()

    def sink(id: str, port: str) -> None:
        graph.add(Collect, id=id)
        graph.connect(port, f"{id}.x")

    graph.add(Wave, id="sin")
    graph.add(Wave, id="cos", function="cos")
    graph.add(Subtract, id="subtract")
    graph.connect("sin.value", "subtract.a")
    graph.connect("cos.value", "subtract.b")
    sink("differences", "subtract.difference")

    graph.add(Numbers, id="n", count=30)
    graph.add(Slow, id="slow", delay=0.002)
    graph.add(Pair, id="diamond")
    graph.connect("n.value", "slow.x")
    graph.connect("n.value", "diamond.a")
    graph.connect("slow.y", "diamond.b")
    sink("diamonds", "diamond.both")

    for id, until_ in (("filtered", 1_000_000), ("silent", 0), ("early", 5)):
        graph.add(EveryThird, id=f"{id}-third", until=until_)
        graph.add(Pair, id=id)
        graph.connect("n.value", f"{id}-third.x")
        graph.connect(f"{id}-third.y", f"{id}.a")
        graph.connect("n.value", f"{id}.b")
        sink(f"{id}-sink", f"{id}.both")

    graph.add(Three, id="three")
    graph.add(Pair, id="windowed")
    graph.connect("n.value", "three.x")
    graph.connect("three.y", "windowed.a")
    graph.connect("n.value", "windowed.b")
    sink("windowed-sink", "windowed.both")

    graph.add(Numbers, id="ten", count=10)
    graph.add(Numbers, id="six", count=6)
    graph.add(Pair, id="unequal")
    graph.connect("ten.value", "unequal.a")
    graph.connect("six.value", "unequal.b")
    sink("unequal-sink", "unequal.both")

    graph.add(PairAny, id="any")
    graph.connect("ten.value", "any.a")
    graph.connect("six.value", "any.b")
    sink("any-sink", "any.both")

    graph.add(PairLatest, id="latest")
    graph.connect("ten.value", "latest.a")
    graph.connect("six.value", "latest.b")
    sink("latest-sink", "latest.both")

    graph.add(FirstOf, id="first-of")
    graph.connect("ten.value", "first-of.a")
    sink("first-of-sink", "first-of.both")

    graph.add(WithOptional, id="alone")
    graph.connect("six.value", "alone.needed")
    sink("alone-sink", "alone.both")

    graph.add(WithOptional, id="both")
    graph.add(EveryThird, id="both-third")
    graph.connect("ten.value", "both.needed")
    graph.connect("ten.value", "both-third.x")
    graph.connect("both-third.y", "both.extra")
    sink("both-sink", "both.both")

    graph.add(WithOptional, id="shorter")
    graph.connect("ten.value", "shorter.needed")
    graph.connect("six.value", "shorter.extra")
    sink("shorter-sink", "shorter.both")

    graph.add(Sum, id="sum")
    for feed in ("ten.value", "both-third.y", "any-sink-feed.value"):
        if feed == "any-sink-feed.value":
            graph.add(Numbers, id="any-sink-feed", count=10)
        graph.connect(feed, "sum.values")
    sink("sums", "sum.total")

    graph.add(Sum, id="sum-of-one")
    graph.connect("six.value", "sum-of-one.values")
    sink("sums-of-one", "sum-of-one.total")
    return graph


@pytest.fixture(scope="module", params=PLACEMENTS)
def run(request: pytest.FixtureRequest) -> Run:
    return finished(place(_parts(), request.param))


def test_a_join_by_tick_pairs_every_message_though_wires_differ_in_delay(run: Run) -> None:
    assert run.result("differences") == [math.sin(i / 10) - math.cos(i / 10) for i in range(200)]


def test_the_branches_of_a_diamond_meet_again_in_order(run: Run) -> None:
    assert run.result("diamonds") == [(i, i) for i in range(30)]


def test_a_branch_that_filters_ticks_lets_the_join_downstream_go_on(run: Run) -> None:
    assert run.result("filtered-sink") == [(i, i) for i in range(0, 30, 3)]
    assert run.statistics().nodes["filtered"].unmatched == 20


def test_a_branch_that_filters_everything_lets_the_run_end(run: Run) -> None:
    assert run.result("silent-sink") == []


def test_a_join_ends_though_the_last_ticks_were_filtered_out(run: Run) -> None:
    assert run.result("early-sink") == [(0, 0), (3, 3)]


def test_a_node_that_returns_nothing_for_most_ticks_joins_at_the_ticks_at_which_it_gave(run: Run) -> None:
    assert run.result("windowed-sink") == [(i + i - 1 + i - 2, i) for i in range(2, 30, 3)]


def test_a_join_of_unequal_sources_ends_with_the_shorter_and_counts_what_is_left(run: Run) -> None:
    assert run.result("unequal-sink") == [(i, i) for i in range(6)]
    wire = run.statistics().wires["ten.value -> unequal.a"]
    assert wire.sent == 10
    assert wire.discarded + run.statistics().nodes["unequal"].unmatched == 4


def test_a_join_by_any_gets_every_message_alone(run: Run) -> None:
    seen = run.result("any-sink")
    assert [a for a, b in seen if b is None] == list(range(10))
    assert [b for a, b in seen if a is None] == list(range(6))
    assert len(seen) == 16


def test_a_join_by_the_latest_runs_for_each_message_of_the_driving_port_with_a_partner_that_never_goes_back(
    run: Run,
) -> None:
    seen = run.result("latest-sink")
    assert [a for a, _ in seen] == list(range(10))
    partners = [b for _, b in seen]
    assert partners == sorted(partners) and set(partners) <= set(range(6))


def test_the_first_input_drives_when_none_is_declared_to(run: Run) -> None:
    assert run.result("first-of-sink") == [(i, None) for i in range(10)]


def test_an_optional_input_without_a_wire_is_none(run: Run) -> None:
    assert run.result("alone-sink") == [(i, None) for i in range(6)]


def test_an_optional_input_with_a_wire_is_waited_for_and_none_at_ticks_without_a_message(run: Run) -> None:
    assert run.result("both-sink") == [(i, i if i % 3 == 0 else None) for i in range(10)]


def test_an_optional_input_that_ends_early_is_none_from_then_on(run: Run) -> None:
    assert run.result("shorter-sink") == [(i, i if i < 6 else None) for i in range(10)]


def test_an_input_that_takes_many_wires_gets_a_list_in_the_order_of_the_wires(run: Run) -> None:
    assert run.result("sums") == [3 * i for i in range(10) if i % 3 == 0]
    assert run.result("sums-of-one") == list(range(6))


@pytest.mark.parametrize("placement", ["main", "process"])
def test_a_join_by_the_latest_holds_the_newest_of_a_slower_clock(placement: str) -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="fast", interval=0.005, count=60)
    graph.add(TimedNumbers, id="slow", interval=0.05)
    graph.add(PairLatest, id="pair")
    graph.add(Collect, id="sink")
    graph.connect("fast.value", "pair.a")
    graph.connect("slow.value", "pair.b")
    graph.connect("pair.both", "sink.x")
    with place(graph, placement).start() as run:
        until(lambda: run.statistics().nodes["pair"].state == "ended")
        run.stop()
        seen = run.result("sink")
    assert [a for a, _ in seen] == list(range(60))
    assert seen[-1][1] >= 3


class Batch(Node):
    """Needs eight messages before it gives the first."""

    x = In(int)
    y = Out(int)

    def on_start(self) -> None:
        self.kept: list[int] = []

    def process(self, x: int) -> Iterator[int]:
        self.kept.append(x)
        if len(self.kept) == 8:
            yield from self.kept
            self.kept = []


def _fork_and_join(join: type[Node], capacity: int) -> Graph:
    graph = Graph()
    graph.add(Numbers, id="n", count=64)
    graph.add(Batch, id="batch")
    graph.add(join, id="pair")
    graph.add(Collect, id="sink")
    graph.connect("n.value", "batch.x", capacity=capacity)
    graph.connect("n.value", "pair.a", capacity=capacity)
    graph.connect("batch.y", "pair.b", capacity=capacity)
    graph.connect("pair.both", "sink.x")
    return graph


@pytest.mark.parametrize(
    ("placement", "capacity"), [("main", 1), ("main", 2), ("thread", 4), ("process", 1), ("mixed", 2)]
)
def test_a_fork_and_join_of_unequal_needs_does_not_deadlock_with_small_wires(placement: str, capacity: int) -> None:
    run = finished(place(_fork_and_join(Pair, capacity), placement))
    assert run.result("sink") == [(i + 7, i) for i in range(0, 64, 8)], "the first of a batch has the tick of the last"
    statistics = run.statistics()
    left = [
        statistics.wires[f"{output} -> pair.{port}"].discarded for output, port in (("n.value", "a"), ("batch.y", "b"))
    ]
    assert statistics.nodes["pair"].unmatched + sum(left) == 64 + 64 - 16


def test_on_end_of_a_join_may_emit() -> None:
    graph = chain(("n", Numbers, {"count": 5}), ("three", Three, {}), ("s", Collect, {}))
    assert finished(graph).result("s") == [3]


def test_a_stop_in_the_middle_of_a_join_loses_no_pair() -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="n", interval=0.001)
    graph.add(Slow, id="slow", delay=0.003, location="p:")
    graph.add(Add, id="add", location="t")
    graph.add(Collect, id="sink")
    graph.connect("n.value", "slow.x")
    graph.connect("n.value", "add.a")
    graph.connect("slow.y", "add.b")
    graph.connect("add.total", "sink.x")
    run = graph.start()
    until(lambda: run.statistics().nodes["add"].received > 20)
    run.stop()
    assert run.state == RunState.STOPPED
    produced = run.statistics().nodes["n"].emitted
    assert run.result("sink") == [2 * i for i in range(produced)]


@pytest.mark.parametrize(("placement", "capacity"), [("main", 1), ("thread", 4), ("process", 2), ("mixed", 1)])
def test_a_deadlock_by_small_wires_is_resolved_by_growing_the_smallest_full_wire(placement: str, capacity: int) -> None:
    run = finished(place(_fork_and_join(PairLatest, capacity), placement))
    assert [a for a, _ in run.result("sink")] == list(range(64))
    assert run.statistics().wires["n.value -> pair.a"].capacity > capacity, "the growth is shown"
