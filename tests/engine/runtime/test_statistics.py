"""What a run tells of itself: counts that agree, rates, loads, computers, and one ordered stream of events."""

from __future__ import annotations

import itertools
import os
import threading
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine import Event, Graph, RunState
from engine.runtime.control import Counts, NodeCounts
from engine.runtime.plan import make_plan
from engine.runtime.rates import Spread
from engine.runtime.statistics import Ledger, RateMeter
from tests.engine.runtime.placements import PLACEMENTS, chain, finished, place, until
from tests.nodes_for_tests import Arrays, CheckArrays, Collect, Numbers, SlowCollect, Square, TimedNumbers
from tests.timing import Stopwatch

pytestmark = pytest.mark.timeout(30)


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_every_node_wire_and_computer_is_told_with_its_place_and_counts(placement: str) -> None:
    graph = place(chain(("n", TimedNumbers, {"interval": 0.005}), ("q", Square, {}), ("s", Collect, {})), placement)
    with graph.start() as run:
        until(lambda: run.statistics().nodes["s"].received > 30)
        statistics = run.statistics()
        for id, node in statistics.nodes.items():
            assert node.type == f"tests.nodes_for_tests:{graph.nodes[id].type.rpartition(':')[2]}"
            assert node.location == str(graph.nodes[id].location)
            assert node.state == "running" and node.errors == node.skipped == node.unmatched == 0
        assert statistics.wires.keys() == graph.wires.keys()
        for wire in statistics.wires.values():
            assert wire.sent >= wire.delivered > 15 and wire.bridge in ("loop", "thread", "stream")
            assert wire.latency_ms < 500
        until(lambda: all(wire.rate_hz > 20 for wire in run.statistics().wires.values()))
        assert set(statistics.computers) == {spec.location.label for spec in graph.nodes.values()}
        for computer in statistics.computers.values():
            assert computer.state in ("ready", "running")
            assert (computer.pid == os.getpid()) == (computer.kind != "process" and ":" not in computer.location)
            assert 0 <= computer.cpu <= 1
            assert 0 < computer.startup_s < 30
        until(lambda: all(computer.memory_bytes > 1e6 for computer in run.statistics().computers.values()))
        until(lambda: all(wire.latency_p50_ms > 0 for wire in run.statistics().wires.values()))
        for wire in run.statistics().wires.values():
            assert wire.latency_p50_ms <= wire.latency_p99_ms < 500 and wire.queued <= wire.queued_most
        assert all(0 < node.busy_s < run.elapsed_s for node in run.statistics().nodes.values())
        before = run.statistics().nodes["s"].received
    statistics = run.statistics()
    assert statistics.nodes["s"].received >= before
    assert statistics.nodes["s"].received == statistics.nodes["n"].emitted
    assert all(node.rate_hz == 0 for node in statistics.nodes.values()), "rates of what has ended are zero"


def test_rates_and_bytes_come_near_the_truth() -> None:
    graph = Graph()
    graph.add(Arrays, id="a", count=0, size=10_000, interval=0.02)
    graph.add(CheckArrays, id="c", location="p:")
    graph.connect("a.array", "c.x")
    with graph.start() as run:
        until(lambda: run.elapsed_s > 1.3)
        wire = run.statistics().wires["a.array -> c.x"]
        assert 25 < wire.rate_hz < 60
        assert 0.5 < wire.bytes_per_s / (wire.rate_hz * 10_000) < 1.5
        assert 25 < run.statistics().nodes["c"].rate_hz < 60


@pytest.mark.long
def test_load_tells_who_holds_the_loop() -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="n", interval=0.02)
    graph.add(SlowCollect, id="busy", delay=0.015, location="t")
    graph.add(Collect, id="idle", location="t")
    graph.connect("n.value", "busy.x")
    graph.connect("n.value", "idle.x")
    with graph.start() as run:
        until(lambda: run.elapsed_s > 1.5)
        nodes = run.statistics().nodes
        assert nodes["busy"].load > 0.3
        assert nodes["idle"].load < 0.1


def test_a_full_wire_shows_what_is_queued_in_it() -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=10_000)
    graph.add(SlowCollect, id="s", delay=0.05, location="p:")
    graph.connect("n.value", "s.x", capacity=8)
    with graph.start() as run:
        until(lambda: run.statistics().wires["n.value -> s.x"].queued >= 6)
        wire = run.statistics().wires["n.value -> s.x"]
        assert wire.capacity == 8 and wire.queued <= 16
        assert any("room" in waiting.reason for waiting in run.waiting_for() if waiting.node == "n")
        run.stop(force=True)


def test_a_snapshot_never_waits_and_never_changes() -> None:
    graph = chain(("n", TimedNumbers, {"interval": 0.001}), ("s", Collect, {"location": "p:"}))
    with graph.start() as run:
        old = run.statistics()
        count = old.nodes["n"].emitted
        watch = Stopwatch()
        for _ in range(1000):
            run.statistics()
        assert watch.passed_s < 0.5
        until(lambda: run.statistics().nodes["n"].emitted > count)
        assert old.nodes["n"].emitted == count


@pytest.mark.parametrize("placement", ["main", "mixed"])
def test_events_come_in_order_and_tell_each_transition_once(placement: str) -> None:
    graph = place(chain(("n", TimedNumbers, {}), ("q", Square, {}), ("s", Collect, {})), placement)
    events: list[Event] = []
    over = threading.Event()

    def on_event(event: Event) -> None:
        events.append(event)
        if event.entity == "run" and event.new == "stopped":
            over.set()

    run = graph.start()
    unsubscribe = run.subscribe(on_event)
    until(lambda: run.statistics().nodes["s"].received > 2)
    run.stop()
    assert over.wait(2)
    unsubscribe()
    numbers = [event.seq for event in events]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len({event.run for event in events}) == 1
    moves = [(event.old, event.new) for event in events if event.entity == "run"]
    assert moves == [("running", "draining"), ("draining", "stopped")]
    for id in graph.nodes:
        states = [event.new for event in events if event.entity == f"node:{id}" and event.new not in ("note",)]
        assert states[-1] in ("stopped", "ended"), (id, states)
        assert states.count(states[-1]) == 1
    assert {event.entity for event in events} >= {f"computer:{spec.location.label}" for spec in graph.nodes.values()}


def test_a_subscriber_that_raises_harms_nobody() -> None:
    graph = chain(("n", TimedNumbers, {"count": 5}), ("s", Collect, {}))

    def bad(event: Any) -> None:
        raise RuntimeError("my own fault")

    run = graph.start()
    run.subscribe(bad)
    assert run.wait(5)
    assert run.state == RunState.FINISHED


def test_notes_of_a_node_reach_the_subscribers() -> None:
    from engine import In, Node

    class Talks(Node):
        x = In()

        def process(self, x: Any) -> None:
            self.log(f"saw {x}")

    for location in ("", "p:"):
        notes: list[str] = []
        run = chain(("n", TimedNumbers, {"count": 5}), ("t", Talks, {"location": location})).start()
        run.subscribe(lambda event, notes=notes: notes.append(event.reason) if event.new == "note" else None)  # type: ignore[misc]
        assert run.wait(5)
        until(lambda notes=notes: "saw 4" in notes)  # type: ignore[misc]


def test_the_outcome_is_never_better_than_the_worst_of_the_nodes() -> None:
    run = finished(chain(("n", Numbers, {}), ("s", Collect, {})))
    assert run.state == RunState.FINISHED and run.state.is_over
    assert {node.state for node in run.statistics().nodes.values()} == {"ended"}


def test_the_rate_of_a_slow_stream_is_steady_and_that_of_a_stream_that_stops_is_zero_soon() -> None:
    slow, fast = RateMeter(), RateMeter()
    rates = [slow.rate(tick * 100_000_000, tick // 10) for tick in range(100)]
    assert all(0.7 <= rate <= 1.3 for rate in rates[50:]), rates
    rates = [fast.rate(tick * 100_000_000, tick * 5) for tick in range(50)]
    assert all(35 < rate < 65 for rate in rates[5:]), rates
    after = [fast.rate((49 + tick) * 100_000_000, 245) for tick in range(1, 6)]
    assert after[-1] == 0.0


@given(grown=st.lists(st.sampled_from([0, 0, 0, 0, 0, 1, 1, 2, 9, 10, 500]), min_size=1, max_size=120))
@example(grown=[0] * 6 + [10] + [0] * 60)
def test_a_rate_is_that_of_the_last_half_second_or_as_far_back_as_ten_came(grown: list[int]) -> None:
    meter, step = RateMeter(), 100_000_000
    counts = list(itertools.accumulate(grown))
    for now, count in enumerate(counts):
        spans = [min(back, now, 50) for back in (5, 10, 20, 50)]
        span = next((span for span in spans if count - counts[now - span] >= 10), spans[-1])
        expected = (count - counts[now - span]) / (span * 0.1) if span else 0.0
        rate = meter.rate(now * step, count)
        assert rate in (pytest.approx(expected), 0.0)
        if now == 0 or grown[now]:
            assert rate == pytest.approx(expected), "something came just now"


def test_counts_change_nothing_else_of_a_node_and_its_load_and_rate_go_back_to_nothing() -> None:
    graph = chain(("n", Numbers, {}), ("s", Collect, {}))
    ledger = Ledger()
    ledger.open(make_plan(graph, "stop"))
    ledger.update_node("s", late=True, message="holds its loop")
    before = ledger.nodes["s"]
    loads = []
    for tick in range(80):
        moved = min(tick, 20)
        node = NodeCounts("s", 7 * moved, 0, 1, 2, 3, moved * 50_000_000)
        ledger.take("main", Counts("", tick * 100_000_000, 0, 0, [node], []))
        now = ledger.nodes["s"]
        assert (now.type, now.location, now.state) == (before.type, before.location, before.state)
        assert now.late and now.message == "holds its loop"
        assert (now.received, now.errors, now.skipped, now.unmatched) == (7 * moved, 1, 2, 3)
        loads.append(now.load)
        if 10 <= tick <= 20:
            assert now.load == pytest.approx(0.5, abs=0.01) and now.rate_hz == pytest.approx(70)
    assert loads[-1] == ledger.nodes["s"].rate_hz == 0.0


@given(st.lists(st.integers(0, 100), min_size=1, max_size=50), st.integers(1, 20), st.floats(0, 1))
def test_a_spread_knows_the_quantiles_of_the_latest_figures(figures: list[int], size: int, share: float) -> None:
    spread = Spread(size)
    for figure in figures:
        spread.add(figure)
    latest = sorted(figures[-size:])
    assert spread.quantile(share) == latest[min(len(latest) - 1, int(share * len(latest)))]


def test_a_spread_of_nothing_is_zero() -> None:
    assert Spread(10).quantile(0.5) == 0
