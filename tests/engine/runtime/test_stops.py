"""The three stops: in every state, from any thread, twice, and one after the other. And running again."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
from typing import Any

import psutil
import pytest

from engine import Graph, In, Node, Out, Run, RunError, RunState, StartError, param
from tests.engine.runtime.placements import PLACEMENTS, chain, finished, place, until
from tests.faults.faulty_nodes import ReadsPipe, StuckInC, let_go_and_join
from tests.nodes_for_tests import Collect, Diary, Numbers, Pair, Slow, SlowCollect, Square, TimedNumbers
from tests.timing import Stopwatch, best_of, within

pytestmark = pytest.mark.timeout(40)


def _going(placement: str, interval: float = 0.002) -> tuple[Graph, Run]:
    graph = place(
        chain(("n", TimedNumbers, {"interval": interval}), ("q", Square, {}), ("s", Collect, {})),
        placement,
    )
    run = graph.start()
    until(lambda: run.statistics().nodes["s"].received > 3)
    return graph, run


@pytest.mark.parametrize("placement", ["main", "thread", "mixed"])
def test_a_graceful_stop_finishes_what_is_under_way(placement: str) -> None:
    _, run = _going(placement)
    run.stop()
    assert run.state == RunState.STOPPED
    emitted = run.statistics().nodes["n"].emitted
    assert run.result("s") == [i * i for i in range(emitted)]
    assert not run.failures
    assert {node.state for node in run.statistics().nodes.values()} <= {"stopped", "ended"}


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_stop_by_force_is_quick_and_calls_on_stop_and_counts_what_was_thrown_away(placement: str) -> None:
    graph = chain(("n", TimedNumbers, {"interval": 0.0}), ("d", Diary, {}), ("s", SlowCollect, {"delay": 0.05}))
    run = place(graph, placement).start()
    until(lambda: run.statistics().nodes["s"].received > 1)
    watch = Stopwatch()
    run.stop(force=True)
    assert watch.passed_s < 2.0
    assert run.state == RunState.STOPPED
    assert run.result("d")[-1] == "stop"
    for wire in run.statistics().wires.values():
        assert wire.sent == wire.delivered + wire.discarded + wire.dropped + wire.lost
    assert run.statistics().wires["d.y -> s.x"].discarded > 0


@pytest.mark.parametrize("force", [False, True])
def test_a_stop_is_idempotent_and_a_stop_of_what_has_ended_does_nothing(force: bool) -> None:
    _, run = _going("mixed")
    run.stop(force=force)
    state = run.state
    run.stop()
    run.stop(force=True)
    assert run.state == state == RunState.STOPPED
    run = finished(chain(("n", Numbers, {}), ("s", Collect, {})))
    run.stop(force=force)
    assert run.state == RunState.FINISHED
    assert run.wait(0)


@pytest.mark.parametrize("placement", ["main", "process"])
def test_stops_from_several_threads_all_return_when_all_is_down(placement: str) -> None:
    _, run = _going(placement)
    states: list[Any] = []

    def stop(force: bool) -> None:
        run.stop(force=force)
        states.append(run.state)

    threads = [threading.Thread(target=stop, args=(index == 5,)) for index in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert states == [RunState.STOPPED] * 6


class Patient(Node):
    """Waits for a long time, in its own way."""

    x = In()
    y = Out()

    async def process(self, x: Any) -> Any:
        await asyncio.sleep(60)
        return x


@pytest.mark.parametrize("location", ["", "t", "p:"])
def test_force_during_a_graceful_stop_ends_it(location: str) -> None:
    graph = chain(("n", TimedNumbers, {}), ("p", Patient, {"location": location}), ("s", Collect, {}))
    run = graph.start()
    until(lambda: run.statistics().wires["n.value -> p.x"].sent > 2)
    stopping = threading.Thread(target=run.stop)
    stopping.start()
    until(lambda: run.state == RunState.DRAINING)
    assert [waiting.node for waiting in run.waiting_for()][:1] in (["p"], ["n"], ["s"])
    watch = Stopwatch()
    run.stop(force=True)
    assert watch.passed_s < 2.0
    stopping.join(5)
    assert not stopping.is_alive()
    assert run.state == RunState.STOPPED
    assert run.result("s") == []


def test_a_graceful_stop_with_a_timeout_becomes_one_by_force() -> None:
    graph = chain(("n", TimedNumbers, {}), ("p", Patient, {"location": "p:"}), ("s", Collect, {}))
    run = graph.start()
    until(lambda: run.statistics().wires["n.value -> p.x"].sent > 2)
    watch = Stopwatch()
    run.stop(timeout=0.3)
    assert watch.wall_s >= 0.3 and watch.passed_s < 0.3 + 2.0
    assert run.state == RunState.STOPPED


@pytest.mark.parametrize(
    ("placement", "force"), [("main", False), ("thread", False), ("mixed", False), ("main", True), ("process", True)]
)
def test_a_stop_directly_after_the_start_works(placement: str, force: bool) -> None:
    run = place(chain(("n", TimedNumbers, {}), ("q", Square, {}), ("s", Collect, {})), placement).start()
    run.stop(force=force)
    assert run.state in (RunState.STOPPED, RunState.FINISHED)
    if not force:
        assert run.result("s") == [i * i for i in range(run.statistics().nodes["n"].emitted)]


class SlowStart(Node):
    x = In()

    async def on_start(self) -> None:
        await asyncio.sleep(20)

    def process(self, x: Any) -> None:
        pass


class SlowSyncStart(SlowStart):
    delay = param(1.4)

    def on_start(self) -> None:  # type: ignore[override]
        time.sleep(self.delay)


@pytest.mark.parametrize("location", ["", "p:"])
def test_a_start_that_is_cancelled_leaves_nothing(location: str) -> None:
    graph = chain(("n", Numbers, {"location": location}), ("s", SlowStart, {"location": "t"}))

    async def main() -> float:
        starting = asyncio.create_task(graph.astart())
        await asyncio.sleep(0.5)
        starting.cancel()
        watch = Stopwatch()
        with pytest.raises(asyncio.CancelledError):
            await starting
        return watch.passed_s

    assert asyncio.run(main()) < 2.0


@pytest.mark.parametrize(
    ("kind", "location"),
    [(SlowStart, ""), (SlowStart, "t"), (SlowStart, "p:"), (SlowSyncStart, "t"), (SlowSyncStart, "p:")],
)
def test_a_start_that_takes_too_long_is_taken_down_and_names_the_node_and_place(
    location: str, kind: type[Node]
) -> None:
    graph = chain(("n", Numbers, {"location": "q:"}), ("late", kind, {"location": location}))
    graph.add(Collect, id="s")
    graph.connect("n.value", "s.x")
    if location == "":
        graph.set_location("s", "t2")
    watch = Stopwatch()
    with pytest.raises(StartError) as caught:
        graph.start(timeout=0.6)
    assert watch.passed_s < 0.6 + 2.0
    assert "late" in str(caught.value) and (location or "main") in str(caught.value)


def test_starting_what_runs_is_refused_and_the_run_goes_on() -> None:
    graph, run = _going("main")
    with pytest.raises(StartError, match="running"):
        graph.start()
    assert run.state == RunState.RUNNING
    run.stop()
    assert finished(_short(graph)).state == RunState.FINISHED


def _short(graph: Graph) -> Graph:
    graph.set_parameter("n", "count", 5)
    return graph


@pytest.mark.long
def test_two_graphs_run_at_once_without_knowing_of_each_other() -> None:
    first_graph, first = _going("process")
    _, second = _going("process")
    first.stop(force=True)
    seen = second.statistics().nodes["s"].received
    until(lambda: second.statistics().nodes["s"].received > seen + 10)
    assert second.state == RunState.RUNNING
    second.stop()
    assert (first.state, second.state) == (RunState.STOPPED, RunState.STOPPED)
    assert first_graph.nodes


@pytest.mark.parametrize(
    ("far", "rounds"),
    [
        ("t", 5),
        pytest.param("t", 20, marks=pytest.mark.long),
        ("p:", 3),
        pytest.param("p:", 20, marks=[pytest.mark.long, pytest.mark.timeout(120)]),
    ],
)
def test_running_again_gives_the_same_results_and_nothing_grows(far: str, rounds: int) -> None:
    graph = place(chain(("n", Numbers, {"count": 50}), ("q", Square, {}), ("s", Collect, {})), "thread")
    graph.add(Collect, id="far", location=far)
    graph.connect("q.y", "far.x")

    def once() -> tuple[int, int, int]:
        run = finished(graph)
        assert run.result("s") == run.result("far") == [i * i for i in range(50)]
        del run
        gc.collect()
        me = psutil.Process()
        return (threading.active_count(), len(os.listdir("/proc/self/fd")), me.memory_info().rss)

    once()
    once()
    before = once()
    for _ in range(max(1, rounds - 3)):
        after = once()
    assert after[:2] == before[:2], "threads and descriptors grow"
    assert after[2] - before[2] < 4_000_000, "memory grows"


def test_a_stopped_run_can_be_started_again_with_nothing_of_the_old_one() -> None:
    graph = place(chain(("n", TimedNumbers, {"interval": 0.001}), ("q", Square, {}), ("s", Collect, {})), "mixed")
    for _ in range(2):
        run = graph.start()
        until(lambda run=run: run.statistics().nodes["s"].received > 3)  # type: ignore[misc]
        run.stop()
        assert run.result("s")[:4] == [0, 1, 4, 9]


@pytest.mark.parametrize("placement", ["main", "process"])
def test_the_with_statement_leaves_nothing_behind(placement: str) -> None:
    graph = place(chain(("n", TimedNumbers, {}), ("q", Square, {}), ("s", Collect, {})), placement)
    with graph.start() as run:
        until(lambda: run.statistics().nodes["s"].received > 3)
    assert run.state == RunState.STOPPED
    with pytest.raises(ZeroDivisionError), graph.start() as run:
        raise ZeroDivisionError
    assert run.state.is_over


def test_waiting_is_bounded_by_its_timeout_and_says_whether_the_run_has_ended() -> None:
    _, run = _going("main")
    watch = Stopwatch()
    assert run.wait(0.2) is False
    assert watch.wall_s >= 0.2 and watch.passed_s < 1.0
    run.stop()
    assert run.wait() is True


def test_a_stop_from_a_subscriber_is_refused_rather_than_a_deadlock() -> None:
    graph = chain(("n", TimedNumbers, {}), ("s", Collect, {}))
    run = graph.start()
    refused = threading.Event()

    def on_event(event: Any) -> None:
        try:
            run.stop()
        except RunError:
            refused.set()

    unsubscribe = run.subscribe(on_event)
    run.stop()
    assert refused.wait(1)
    unsubscribe()


def test_a_blocked_node_on_one_computer_does_not_delay_the_stop_of_another() -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="n", location="a:")
    graph.add(Patient, id="p", location="b:")
    graph.add(TimedNumbers, id="n2", location="c:")
    graph.add(Collect, id="s2", location="c:")
    graph.connect("n.value", "p.x")
    graph.connect("n2.value", "s2.x")
    run = graph.start()
    until(lambda: run.statistics().nodes["s2"].received > 3 and run.statistics().wires["n.value -> p.x"].sent > 2)
    stopping = threading.Thread(target=run.stop)
    stopping.start()
    until(lambda: run.statistics().nodes["s2"].state.is_over, what="the other is down")
    run.stop(force=True)
    stopping.join(5)


@pytest.mark.parametrize(("kind", "blocked"), [pytest.param(StuckInC, "b:", marks=pytest.mark.long), (ReadsPipe, "b")])
def test_a_node_that_blocks_its_loop_delays_neither_the_work_nor_the_stop_of_another_computer(
    kind: type[Node], blocked: str
) -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="n")
    graph.add(kind, id="blocks", location=blocked)
    graph.connect("n.value", "blocks.x")
    for index, location in enumerate(("c:", "c")):
        graph.add(TimedNumbers, id=f"n{index}", interval=0.005, location=location)
        graph.add(Collect, id=f"s{index}", location=location)
        graph.connect(f"n{index}.value", f"s{index}.x")
    run = graph.start()
    until(lambda: run.statistics().nodes["blocks"].late, what="it blocks")

    def seconds_for_fifty() -> float:
        seen, watch = [run.statistics().nodes[id].received for id in ("s0", "s1")], Stopwatch()
        until(lambda: all(run.statistics().nodes[f"s{i}"].received >= seen[i] + 50 for i in (0, 1)))
        return watch.passed_s

    times = best_of(3, seconds_for_fifty, 0.6)
    assert min(times) < 0.6, f"0.25 s is their own pace, and counts are up to 0.1 s old: {times}"
    stopping = threading.Thread(target=run.stop)
    stopping.start()
    within(1.0, lambda: all(run.statistics().nodes[id].state.is_over for id in ("s0", "s1")), "the others are down")
    watch = Stopwatch()
    run.stop(force=True)
    assert watch.passed_s < 2.0
    stopping.join(5)
    assert not stopping.is_alive() and run.state == RunState.KILLED
    for id in ("0", "1"):
        assert run.result(f"s{id}") == list(range(run.statistics().nodes[f"n{id}"].emitted))
    let_go_and_join("blocks")


def test_a_diamond_with_a_slow_branch_drains_to_the_last_pair() -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="n", interval=0.002)
    graph.add(Slow, id="slow", delay=0.01, location="p:")
    graph.add(Pair, id="pair")
    graph.add(Collect, id="s")
    graph.connect("n.value", "slow.x")
    graph.connect("n.value", "pair.a")
    graph.connect("slow.y", "pair.b")
    graph.connect("pair.both", "s.x")
    run = graph.start()
    until(lambda: run.statistics().nodes["s"].received > 5)
    run.stop()
    assert run.result("s") == [(i, i) for i in range(run.statistics().nodes["n"].emitted)]
