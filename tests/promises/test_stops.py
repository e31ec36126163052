"""The three stops: drain, abort and kill, their time budgets, in any state and from any thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine import Graph, In, Node, Out, Run, RunState, Source
from tests.engine.runtime.placements import chain, finished, is_gone, place, until
from tests.faults.faulty_nodes import ReadsPipe, let_go_and_join
from tests.nodes_for_tests import Collect, Diary, Numbers, Slow, SlowCollect, Square, TimedNumbers
from tests.promises.places import everywhere
from tests.timing import Stopwatch

pytestmark = pytest.mark.timeout(60)


def _waits(run: Run, seconds: float) -> None:
    assert not run.wait(seconds)


@everywhere("mixed")
def test_drain_processes_everything_in_flight_and_calls_on_end_and_on_stop(placement: str) -> None:
    graph = chain(
        ("n", TimedNumbers, {"interval": 0.0005}),
        ("slow", Slow, {"delay": 0.002}),
        ("q", Square, {}),
        ("d", Diary, {}),
        ("s", Collect, {}),
    )
    run = place(graph, placement).start()
    until(lambda: run.statistics().nodes["s"].received > 5)
    run.stop()
    assert (run.state, run.failures) == (RunState.STOPPED, [])
    emitted = run.statistics().nodes["n"].emitted
    assert run.result("s") == [*(i * i for i in range(emitted)), "last words"]
    assert run.result("d")[-2:] == ["end", "stop"]
    for key, wire in run.statistics().wires.items():
        assert (wire.sent, wire.discarded, wire.lost, wire.dropped) == (wire.delivered, 0, 0, 0), key


@everywhere("process")
def test_abort_lets_the_current_process_call_return_discards_the_rest_and_calls_on_stop(placement: str) -> None:
    graph = chain(("n", TimedNumbers, {"interval": 0.0}), ("d", Diary, {}), ("s", SlowCollect, {"delay": 0.05}))
    run = place(graph, placement).start()
    until(lambda: run.statistics().nodes["s"].received > 1)
    watch = Stopwatch()
    run.stop(force=True)
    assert watch.passed_s < 2.0
    assert (run.state, run.failures) == (RunState.STOPPED, [])
    assert run.result("d")[-1] == "stop" and "end" not in run.result("d")
    seen = run.result("s")
    assert seen == list(range(len(seen))) and len(seen) == run.statistics().nodes["s"].received
    statistics = run.statistics()
    for key, wire in statistics.wires.items():
        assert (wire.sent, wire.lost, wire.dropped) == (wire.delivered + wire.discarded, 0, 0), key
    assert statistics.wires["d.y -> s.x"].discarded > 0


@pytest.mark.parametrize(
    "placement", ["process", *(pytest.param(one, marks=pytest.mark.long) for one in ("main", "thread", "mixed"))]
)
def test_kill_ends_what_does_not_return_within_2_s_in_all_and_tells_the_truth(placement: str) -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="n", interval=0.01)
    for index in range(2):
        graph.add(ReadsPipe, id=f"stuck{index}", at=0)
        graph.connect("n.value", f"stuck{index}.x", overflow="drop_oldest")
    place(graph, placement).set_location("n", "feed:")
    run = graph.start()
    pids = {computer.pid for computer in run.statistics().computers.values() if computer.kind == "process"}
    places = {str(graph.nodes[id].location) for id in ("stuck0", "stuck1")}

    def held() -> set[str]:
        return {node.location for node in run.statistics().nodes.values() if node.late}

    until(lambda: held() >= places, timeout=5.0)
    watch = Stopwatch()
    run.stop(force=True)
    assert watch.passed_s < 2.0
    assert run.state == RunState.KILLED
    for id, node in run.statistics().nodes.items():
        in_process = bool(graph.nodes[id].location.process)
        if id != "n":
            assert node.state == ("dead" if in_process else "abandoned"), id
    assert all(is_gone(pid) for pid in pids)
    let_go_and_join("stuck0", "stuck1")


@everywhere("mixed")
def test_stops_are_idempotent_escalate_and_may_come_from_any_thread(placement: str) -> None:
    run = place(chain(("n", TimedNumbers, {}), ("p", Slow, {"delay": 60.0}), ("s", Collect, {})), placement).start()
    until(lambda: run.statistics().wires["n.value -> p.x"].sent > 2)
    draining = [threading.Thread(target=run.stop) for _ in range(3)]
    for thread in draining:
        thread.start()
    until(lambda: run.state == RunState.DRAINING)
    _waits(run, 0.1)
    watch = Stopwatch()
    forcing = [threading.Thread(target=run.stop, kwargs={"force": True}) for _ in range(3)]
    for thread in forcing:
        thread.start()
    for thread in (*draining, *forcing):
        thread.join(5.0)
        assert not thread.is_alive()
    assert watch.passed_s < 2.0
    assert (run.state, run.failures) == (RunState.STOPPED, [])
    run.stop()
    run.stop(force=True)
    assert run.state == RunState.STOPPED


@everywhere("process")
def test_a_stop_of_what_has_ended_changes_nothing(placement: str) -> None:
    run = finished(place(chain(("n", Numbers, {}), ("s", Collect, {})), placement))
    run.stop()
    run.stop(force=True)
    assert (run.state, run.result("s")) == (RunState.FINISHED, list(range(10)))


class Polls(Source):
    """Looks again and again for a value that never comes."""

    value = Out(int)

    async def produce(self) -> AsyncIterator[int]:
        yield 1
        found = None
        while found is None:
            await self.sleep(0.005)
        yield found


class PollsInProcess(Node):
    x = In()
    y = Out()

    async def process(self, x: Any) -> Any:
        while x is not None:
            await self.sleep(0.005)


@everywhere("mixed")
def test_a_source_that_polls_with_its_own_sleep_can_be_drained(placement: str) -> None:
    run = place(chain(("n", Polls, {}), ("s", Collect, {})), placement).start()
    until(lambda: run.statistics().nodes["s"].received == 1)
    watch = Stopwatch()
    run.stop()
    assert watch.passed_s < 1.0
    assert (run.state, run.failures, run.result("s")) == (RunState.STOPPED, [], [1])


@everywhere()
def test_a_node_that_polls_with_its_own_sleep_can_be_aborted(placement: str) -> None:
    run = place(chain(("n", Numbers, {}), ("p", PollsInProcess, {}), ("s", Collect, {})), placement).start()
    until(lambda: run.statistics().nodes["p"].received == 1)
    watch = Stopwatch()
    run.stop(force=True)
    assert watch.passed_s < 2.0
    assert (run.state, run.failures) == (RunState.STOPPED, [])


class HangsAtStart(Node):
    x = In()

    async def on_start(self) -> None:
        await asyncio.sleep(3600)

    def process(self, x: Any) -> None:
        pass


@everywhere("process")
def test_a_stop_during_the_start_takes_all_down_within_2_s(placement: str) -> None:
    graph = place(chain(("n", Numbers, {}), ("h", HangsAtStart, {})), placement)
    run, started = Run.begin(graph, 30.0, "stop")
    until(lambda: "n" in run.statistics().nodes and run.statistics().nodes["n"].state == "ready")
    watch = Stopwatch()
    run.stop()
    assert watch.passed_s < 2.0
    assert run.state == RunState.STOPPED
    assert {node.state for node in run.statistics().nodes.values()} == {"stopped"}
    assert started.cancelled() or started.exception(5) is not None


@pytest.mark.parametrize(
    "placement", ["thread", "mixed", *(pytest.param(one, marks=pytest.mark.long) for one in ("main", "process"))]
)
def test_start_stop_and_start_again_is_a_fresh_run_that_sees_nothing_of_the_old_one(placement: str) -> None:
    graph = place(chain(("n", TimedNumbers, {"interval": 0.001}), ("d", Diary, {}), ("s", Collect, {})), placement)
    for force in (True, False):
        run = graph.start()
        until(lambda run=run: run.statistics().nodes["s"].received > 3)  # type: ignore[misc]
        run.stop(force=force)
        assert run.result("d")[:4] == ["init", "start", 0, 1]
        assert run.result("s")[:3] == [0, 1, 2]
        assert run.failures == []
