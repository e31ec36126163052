"""Hooks and coroutines that do not come back, or do not let themselves be cancelled: force ends them in its time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from engine import Graph, In, Node, Out, Run, RunState, Source, param
from tests.engine.runtime.placements import chain, until
from tests.nodes_for_tests import Collect, TimedNumbers
from tests.timing import Stopwatch

pytestmark = pytest.mark.timeout(40)
LOCATIONS = ["t", "p:", ""]
LET_GO = threading.Event()  # what hangs in this process ends when a test sets it; in another it is killed


@pytest.fixture(autouse=True)
def let_go() -> Iterator[None]:
    LET_GO.clear()
    yield
    LET_GO.set()


def _join(name: str) -> None:
    """Wait until a thread that was abandoned has ended."""
    LET_GO.set()
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(10)
            assert not thread.is_alive()


class Hangs(Node):
    """Hangs in a hook: awaiting, blocking its loop, or awaiting and refusing to be cancelled."""

    x = In()
    y = Out()
    where = param("on_end")
    how = param("awaits")

    def process(self, x: Any) -> Any:
        return self._in("process", x)

    def on_end(self) -> Any:
        return self._in("on_end")

    def on_stop(self) -> Any:
        return self._in("on_stop")

    def _in(self, place: str, value: Any = None) -> Any:
        if place != self.where:
            return value
        if self.how == "blocks":
            LET_GO.wait(600)  # a call of C code, which nothing interrupts
            return value
        return self._wait(place, stubborn=self.how == "refuses")

    async def _wait(self, place: str, *, stubborn: bool) -> None:
        while not LET_GO.is_set():
            try:
                await asyncio.sleep(0.02 if stubborn else 600.0)
            except asyncio.CancelledError:
                if not stubborn:
                    raise


def _run_into_it(where: str, how: str, location: str) -> tuple[Run, threading.Thread]:
    graph = chain(
        ("n", TimedNumbers, {}),
        ("h", Hangs, {"where": where, "how": how, "location": location}),
        ("s", Collect, {}),
    )
    graph.add(Collect, id="beside")
    graph.connect("n.value", "beside.x")
    run = graph.start()
    until(lambda: run.statistics().wires["n.value -> h.x"].sent > 2)
    stopping = threading.Thread(target=run.stop)
    stopping.start()
    until(lambda: run.statistics().nodes["n"].state.is_over or location == "")
    return run, stopping


@pytest.mark.parametrize(
    ("how", "where", "location"),
    [
        ("awaits", "process", "t"),
        ("awaits", "on_end", "p:"),
        pytest.param("awaits", "on_stop", "t", marks=pytest.mark.long),
        pytest.param("awaits", "on_stop", "p:", marks=pytest.mark.long),
        pytest.param("blocks", "on_end", "t", marks=pytest.mark.long),
        pytest.param("blocks", "on_stop", "p:", marks=pytest.mark.long),
        ("refuses", "process", "t"),
        pytest.param("refuses", "on_stop", "t", marks=pytest.mark.long),
        pytest.param("refuses", "on_end", "p:", marks=pytest.mark.long),
    ],
)
def test_a_hook_that_hangs_is_ended_by_force_within_2_s(where: str, how: str, location: str) -> None:
    run, stopping = _run_into_it(where, how, location)
    assert not run.wait(0.3)
    assert any(waiting.node == "h" for waiting in run.waiting_for())
    watch = Stopwatch()
    run.stop(force=True)
    assert watch.passed_s < 2.0
    stopping.join(5)
    assert not stopping.is_alive()
    node = run.statistics().nodes["h"]
    if how == "awaits":
        assert run.state == RunState.STOPPED, run.failures
    else:
        assert run.state == RunState.KILLED
        assert node.state in ("dead", "abandoned")
    _join("tidewire-t")


class Stubborn(Source):
    """Awaits other things than `self.sleep`, or yields for ever in its process, or refuses to be cancelled."""

    value = Out(int)
    refuses = param(False)

    async def produce(self) -> AsyncIterator[int]:
        yield 1
        while not LET_GO.is_set():
            try:
                await asyncio.sleep(60.0 if not self.refuses else 0.02)
            except asyncio.CancelledError:
                if not self.refuses:
                    raise


@pytest.mark.parametrize("location", LOCATIONS)
def test_a_source_that_awaits_something_else_than_its_own_sleep_is_stopped_gracefully(location: str) -> None:
    run = chain(("n", Stubborn, {"location": location}), ("s", Collect, {})).start()
    until(lambda: run.statistics().nodes["s"].received == 1)
    watch = Stopwatch()
    run.stop()
    assert watch.passed_s < 1.5
    assert (run.state, run.result("s")) == (RunState.STOPPED, [1])


@pytest.mark.parametrize("location", ["t", "p:"])
@pytest.mark.long
def test_a_source_that_refuses_to_be_cancelled_is_ended_by_force_within_2_s(location: str) -> None:
    run = chain(("n", Stubborn, {"location": location, "refuses": True}), ("s", Collect, {})).start()
    until(lambda: run.statistics().nodes["s"].received == 1)
    watch = Stopwatch()
    run.stop(force=True)
    assert watch.passed_s < 2.0
    assert run.state == RunState.KILLED
    _join("tidewire-t")


class Endless(Node):
    x = In()
    y = Out(int)

    def process(self, x: Any) -> Iterator[int]:
        while True:
            yield 1


@pytest.mark.parametrize("location", LOCATIONS)
def test_a_process_that_yields_for_ever_leaves_the_others_their_turn_and_ends_by_force(location: str) -> None:
    graph = chain(("n", TimedNumbers, {}), ("e", Endless, {"location": location}), ("s", Collect, {}))
    graph.add(TimedNumbers, id="n2", location=location)
    graph.add(Collect, id="s2", location=location)
    graph.connect("n2.value", "s2.x")
    run = graph.start()
    until(lambda: run.statistics().nodes["s"].received > 1000)
    until(lambda: run.statistics().nodes["s2"].received > 20)
    watch = Stopwatch()
    run.stop(force=True)
    assert watch.passed_s < 1.5
    # It comes back at its next turn; a busy machine may not give it one in time.
    assert run.state in (RunState.STOPPED, RunState.KILLED)


def test_a_loop_that_ends_under_a_run_ends_the_run_and_later_stops_return() -> None:
    def graph() -> Graph:
        graph = chain(("n", TimedNumbers, {}), ("far", Collect, {"location": "p:"}))
        graph.add(Collect, id="s")
        graph.connect("n.value", "s.x")
        return graph

    async def leave_it_running() -> Run:
        run = await graph().astart()
        await asyncio.to_thread(until, lambda: run.statistics().nodes["s"].received > 2)
        return run

    run = asyncio.run(leave_it_running())
    watch = Stopwatch()
    run.stop(force=True)
    assert watch.passed_s < 2.0
    assert run.state.is_over


@pytest.mark.long
def test_a_node_on_the_callers_loop_that_refuses_to_be_cancelled_is_abandoned_within_2_s() -> None:
    async def main() -> Run:
        graph = chain(("n", TimedNumbers, {}), ("h", Hangs, {"where": "process", "how": "refuses"}), ("s", Collect, {}))
        run = await graph.astart()
        await asyncio.to_thread(until, lambda: run.statistics().wires["n.value -> h.x"].sent > 2)
        watch = Stopwatch()
        await run.astop(force=True)
        assert watch.passed_s < 2.0
        LET_GO.set()
        while any("Worker" in repr(task) for task in asyncio.all_tasks()):
            await asyncio.wait([task for task in asyncio.all_tasks() if "Worker" in repr(task)], timeout=1)
        return run

    run = asyncio.run(main())
    assert run.state == RunState.KILLED
    assert run.statistics().nodes["h"].state == "abandoned"
