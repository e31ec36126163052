"""Stops in every state and from several threads at once: during the start, during a stop, twice, and by force."""

from __future__ import annotations

import concurrent.futures
import random
import threading

import pytest

from engine import Graph, Run, RunState, StartError
from tests.engine.runtime.placements import PLACEMENTS, chain, is_gone, place, until
from tests.nodes_for_tests import Collect, Slow, Square, TimedNumbers
from tests.timing import Stopwatch

pytestmark = pytest.mark.timeout(60)
FORCE_S = 2.0


def _graph(placement: str) -> Graph:
    graph = chain(
        ("n", TimedNumbers, {"interval": 0.001}),
        ("slow", Slow, {"delay": 0.002}),
        ("q", Square, {}),
        ("s", Collect, {}),
    )
    return place(graph, placement)


def _wait_about(seconds: float) -> None:
    threading.Event().wait(seconds)  # a moment is what is chosen here, there is nothing to wait for


def _check_end(run: Run, pids: set[int]) -> None:
    assert run.state.is_over
    for key, wire in run.statistics().wires.items():
        assert wire.sent == wire.delivered + wire.dropped + wire.discarded + wire.lost, (key, wire)
        assert wire.queued == 0, key
    assert all(node.state.is_over for node in run.statistics().nodes.values())
    assert all(is_gone(pid) for pid in pids)


def _stop_from_everywhere(run: Run, moments: random.Random) -> float:
    """Several threads stop a run, gracefully and by force, at about the same time; how long that took by force."""
    taken: list[float] = []

    def stop(force: bool, pause: float) -> None:
        _wait_about(pause)
        watch = Stopwatch()
        run.stop(force=force)
        assert run.state.is_over, "a stop returns when all is down"
        if force:
            taken.append(watch.passed_s)

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        for one in [pool.submit(stop, index == 3, moments.uniform(0.0, 0.05)) for index in range(6)]:
            one.result(20)
    return taken[0]


def _stop_during_start(placement: str, moments: random.Random) -> None:
    graph = _graph(placement)
    run, started = Run.begin(graph, 10.0, "stop")
    _wait_about(moments.uniform(0.0, 0.5))
    pids = {c.pid for c in run.statistics().computers.values() if c.kind == "process"} - {0}
    assert _stop_from_everywhere(run, moments) < FORCE_S
    assert run.state in (RunState.STOPPED, RunState.KILLED), run.failures
    assert run.failures == [] or run.state == RunState.KILLED
    _check_end(run, pids)
    assert started.cancelled() or isinstance(started.exception(5), StartError | None)


def _stop_during_stop(placement: str, moments: random.Random) -> None:
    run = _graph(placement).start()
    pids = {c.pid for c in run.statistics().computers.values() if c.kind == "process"}
    until(lambda: run.statistics().nodes["s"].received > 3)
    draining = threading.Thread(target=run.stop)
    draining.start()
    _wait_about(moments.uniform(0.0, 0.02))
    assert _stop_from_everywhere(run, moments) < FORCE_S
    draining.join(5.0)
    assert not draining.is_alive()
    assert (run.state, run.failures) == (RunState.STOPPED, [])
    assert run.result("s") == [i * i for i in range(len(run.result("s")))]
    _check_end(run, pids)


def _start_during_stop(placement: str, moments: random.Random) -> None:
    graph = _graph(placement)
    first = graph.start()
    until(lambda: first.statistics().nodes["s"].received > 3)
    stopping = threading.Thread(target=first.stop, kwargs={"force": moments.random() < 0.5})
    stopping.start()
    _wait_about(moments.uniform(0.0, 0.01))
    refused = 0
    while True:
        try:
            second = graph.start()
            break
        except StartError as error:
            assert "running already" in str(error)
            refused += 1
            _wait_about(0.001)
    assert first.state.is_over, "one run of a graph at a time"
    stopping.join(5.0)
    until(lambda: second.statistics().nodes["s"].received > 3)
    second.stop()
    assert (second.state, second.failures) == (RunState.STOPPED, [])
    assert second.result("s") == [i * i for i in range(second.statistics().nodes["n"].emitted)], "nothing of the first"
    _check_end(second, set())


ROUNDS = {
    "stop during start": _stop_during_start,
    "stop during stop": _stop_during_stop,
    "start during stop": _start_during_stop,
}

QUICK = {*((what, "thread") for what in ROUNDS), ("stop during start", "mixed")}


@pytest.mark.parametrize(
    ("what", "placement"),
    [
        pytest.param(what, placement, marks=[] if (what, placement) in QUICK else [pytest.mark.long])
        for what in ROUNDS
        for placement in PLACEMENTS
    ],
)
def test_stops_and_starts_at_once_all_return_in_time_and_leave_nothing(what: str, placement: str, seed: int) -> None:
    for number in range(seed, seed + (3 if placement in ("main", "thread") else 1)):
        try:
            ROUNDS[what](placement, random.Random(number))
        except BaseException as error:
            raise AssertionError(f"TIDEWIRE_FAULT_SEED={number}: {error}") from error
