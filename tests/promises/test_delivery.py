"""Delivery: every message once and in order, bounded wires, policies that drop what they count, results alike."""

from __future__ import annotations

import psutil
import pytest

from engine import Graph, RunState
from tests.engine.runtime.placements import chain, finished, place, until
from tests.faults.faulty_nodes import Crash
from tests.faults.test_backlog import Gate
from tests.nodes_for_tests import Arrays, CheckArrays, Collect, Numbers, Slow
from tests.promises.places import everywhere

pytestmark = pytest.mark.timeout(60)


@everywhere("process")
@pytest.mark.parametrize("capacity", [16, pytest.param(1, marks=pytest.mark.long)])
def test_on_a_wire_that_blocks_every_message_is_got_exactly_once_and_in_order(placement: str, capacity: int) -> None:
    graph = Graph()
    sizes = {"small": (1000, 64), "middle": (300, 50_000), "large": (30, 1 << 20)}
    for name, (count, size) in sizes.items():
        graph.add(Arrays, id=f"{name}-a", count=count, size=size)
        graph.add(CheckArrays, id=f"{name}-c")
        graph.connect(f"{name}-a.array", f"{name}-c.x", capacity=capacity)
    run = finished(place(graph, placement))
    for name, (count, _) in sizes.items():
        assert run.result(f"{name}-c") == (count, 0), name
        wire = run.statistics().wires[f"{name}-a.array -> {name}-c.x"]
        assert (wire.sent, wire.delivered, wire.queued) == (count, count, 0), name


@everywhere("process")
def test_at_the_end_of_a_stream_nothing_is_lost_however_much_is_under_way(placement: str) -> None:
    """The sources are over at once; their streams may close only behind the last of what waits at slow consumers."""
    graph = Graph()
    for name, kind, options in (("n", Numbers, {"count": 200}), ("a", Arrays, {"count": 40, "size": 200_000})):
        graph.add(kind, id=name, **options)
        graph.add(Slow, id=f"{name}-slow", delay=0.002)
        graph.add(Collect if name == "n" else CheckArrays, id=f"{name}-sink")
        port = next(iter(kind.node_outputs))
        graph.connect(f"{name}.{port}", f"{name}-slow.x", capacity=500)
        graph.connect(f"{name}-slow.y", f"{name}-sink.x", capacity=500)
    run = finished(place(graph, placement))
    assert run.result("n-sink") == list(range(200))
    assert run.result("a-sink") == (40, 0)


@everywhere("process")
def test_a_wire_holds_16_messages_unless_told_otherwise_and_then_its_producer_waits(placement: str) -> None:
    graph = chain(("n", Numbers, {"count": 1000}), ("gate", Gate, {}), ("s", Collect, {}))
    run = place(graph, placement).start()
    wire = "n.value -> gate.x"
    until(lambda: run.statistics().wires[wire].queued == 16, what="the wire is full")
    until(lambda: any(waiting.node == "n" and "room" in waiting.reason for waiting in run.waiting_for()))
    assert run.statistics().wires[wire].sent - run.statistics().wires[wire].delivered == 16
    assert run.statistics().nodes["n"].emitted <= 16 + 2, "one is at the gate, one waits for room"
    run.set("gate.open", True)
    assert run.wait(15.0), run.waiting_for()
    assert run.result("s") == list(range(1000))


@everywhere("process")
def test_a_slow_consumer_slows_its_producer_and_memory_does_not_grow(placement: str) -> None:
    graph = Graph()
    graph.add(Arrays, id="a", count=0, size=100_000)
    graph.add(Slow, id="slow", delay=0.002)
    graph.add(CheckArrays, id="c")
    graph.connect("a.array", "slow.x")
    graph.connect("slow.y", "c.x")
    with place(graph, placement).start() as run:
        wire = "a.array -> slow.x"

        def memory() -> int:
            pids = {computer.pid for computer in run.statistics().computers.values()}
            return sum(psutil.Process(pid).memory_info().rss for pid in pids)

        until(lambda: run.statistics().wires[wire].delivered > 60)
        before = memory()
        until(lambda: run.statistics().wires[wire].delivered > 260)
        assert memory() - before < 8_000_000, "200 messages have 20 MB"
        statistics = run.statistics().wires[wire]
        assert statistics.sent - statistics.delivered <= 16 + 60, "counts of two sides are at most 0.1 s apart"
        run.stop()
        assert run.result("c") == (run.statistics().nodes["a"].emitted, 0)


@everywhere("mixed")
def test_policies_that_drop_keep_order_drop_only_what_they_count_and_never_slow_the_source(placement: str) -> None:
    """The readers take nothing before the source has ended: whatever waited for them would never end."""
    graph = Graph()
    graph.add(Numbers, id="n", count=200)
    policies = ("drop_oldest", "drop_newest", "latest")
    for policy in policies:
        graph.add(Gate, id=policy)
        graph.add(Collect, id=f"{policy}-sink")
        graph.connect("n.value", f"{policy}.x", capacity=4, overflow=policy)
        graph.connect(f"{policy}.y", f"{policy}-sink.x")
    graph.add(Collect, id="all")
    graph.connect("n.value", "all.x")
    run = place(graph, placement).start()
    until(lambda: run.statistics().nodes["n"].state == "ended", timeout=15.0, what="the source is not held up")
    until(lambda: run.statistics().nodes["all"].state == "ended", timeout=15.0, what="nor who reads beside")
    for policy in policies:
        run.set(f"{policy}.open", True)
    assert run.wait(15.0), run.waiting_for()
    assert (run.state, run.failures, run.result("all")) == (RunState.FINISHED, [], list(range(200)))
    for policy in policies:
        seen = run.result(f"{policy}-sink")
        wire = run.statistics().wires[f"n.value -> {policy}.x"]
        assert seen == sorted(set(seen)), policy
        assert (wire.sent, wire.lost, wire.discarded) == (200, 0, 0), policy
        assert wire.delivered == len(seen) and wire.delivered + wire.dropped == 200 and wire.dropped > 0, policy
        if policy == "drop_newest":
            assert seen[:3] == [0, 1, 2]
        else:
            assert seen[-1] == 199, f"{policy}: the newest survives"


@pytest.mark.parametrize("placement", [pytest.param("process", marks=pytest.mark.long), "mixed"])
def test_after_a_crash_the_messages_lost_are_counted_and_reported_with_the_crash(placement: str) -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=1000)
    graph.add(Crash, id="c", at=200)
    graph.add(Collect, id="s")
    graph.connect("n.value", "c.x")
    graph.connect("c.y", "s.x")
    place(graph, placement)
    if placement == "process":
        graph.set_location("s", "p3:")
        graph.set_location("n", "p4:")
    run = graph.start(on_error="skip")
    assert run.wait(10)
    assert run.state == RunState.FAILED
    assert "c" in {failure.node for failure in run.failures} and "SIGKILL" in run.failures[0].error
    before, after = (run.statistics().wires[key] for key in ("n.value -> c.x", "c.y -> s.x"))
    assert before.sent == before.delivered + before.lost
    assert before.lost >= 800 - 16 or before.sent < 1000
    assert after.delivered == len(run.result("s")) <= 200
    assert run.result("s") == list(range(after.delivered))
