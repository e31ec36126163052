"""Runs inside a running asyncio loop: nodes at main share it, and nothing of the engine ever blocks it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from engine import Graph, RunError, RunState, StartError
from tests.engine.runtime.placements import PLACEMENTS, chain, place, until
from tests.engine.runtime.test_stops import Patient, SlowSyncStart
from tests.nodes_for_tests import Collect, Numbers, SlowCollect, Square, TimedNumbers, Where
from tests.timing import Stopwatch, waited_for_processor

pytestmark = pytest.mark.timeout(30)


async def _until(condition: Callable[[], bool], timeout: float = 20.0) -> None:
    """Look from another thread, so that the loop under test is left alone."""
    await asyncio.to_thread(until, condition, timeout)


class Gaps:
    """Measures the longest time for which the loop did not come round, other programs' turns left out."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def __aenter__(self) -> Gaps:
        self._task = asyncio.create_task(self._measure())
        return self

    async def __aexit__(self, *exception: object) -> None:
        self._task.cancel()

    async def _measure(self) -> None:
        while True:
            began, waited = time.perf_counter(), waited_for_processor(threading.get_native_id())
            await asyncio.sleep(0.001)
            others_turns = waited_for_processor(threading.get_native_id()) - waited
            self.longest = max(self.longest, time.perf_counter() - began - others_turns)


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_run_on_the_callers_loop_gives_the_same_results(placement: str) -> None:
    async def main() -> None:
        graph = place(chain(("n", Numbers, {"count": 30}), ("q", Square, {}), ("s", Collect, {})), placement)
        run = await graph.astart()
        await run.await_end()
        assert run.state == RunState.FINISHED
        assert run.result("s") == [i * i for i in range(30)]
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, f"tasks left on the caller's loop: {left}"

    asyncio.run(main())


def test_nodes_at_main_run_in_the_callers_thread() -> None:
    async def main() -> str:
        run = await chain(("n", Numbers, {"count": 1}), ("w", Where, {})).astart()
        await run.await_end()
        return run.result("w")[1]

    assert asyncio.run(main()) == threading.current_thread().name


def test_from_a_plain_script_they_run_in_a_thread_of_the_same_process_and_the_start_returns() -> None:
    run = chain(("n", TimedNumbers, {"count": 3}), ("w", Where, {})).start()
    assert run.wait(5)
    assert run.result("w")[1] != threading.current_thread().name


@pytest.mark.parametrize("force", [False, True])
def test_an_awaited_stop_never_blocks_the_loop(force: bool) -> None:
    async def main() -> None:
        graph = chain(("n", TimedNumbers, {}), ("q", Square, {"location": "p:"}), ("s", Collect, {}))
        async with Gaps() as gaps:
            run = await graph.astart()
            await _until(lambda: run.statistics().nodes["s"].received > 3)
            await run.astop(force=force)
        assert run.state == RunState.STOPPED
        assert gaps.longest < 0.15, f"the loop was held for {gaps.longest * 1000:.0f} ms"

    asyncio.run(main())


def test_a_force_stop_of_a_stuck_process_never_blocks_the_loop() -> None:
    async def main() -> None:
        graph = chain(("n", TimedNumbers, {}), ("h", SlowCollect, {"delay": 60.0, "location": "p:"}))
        async with Gaps() as gaps:
            run = await graph.astart()
            await _until(lambda: run.statistics().wires["n.value -> h.x"].sent > 2)
            watch = Stopwatch()
            await run.astop(force=True)
            assert watch.passed_s < 2.0
        assert run.state == RunState.KILLED
        assert gaps.longest < 0.15, f"the loop was held for {gaps.longest * 1000:.0f} ms"

    asyncio.run(main())


def test_calls_that_would_wait_for_themselves_are_refused_and_say_what_to_use() -> None:
    async def main() -> None:
        run = await chain(("n", TimedNumbers, {}), ("s", Collect, {})).astart()
        for call, instead in (
            (lambda: run.wait(), "await_end"),
            (lambda: run.stop(), "astop"),
            (lambda: run.set("n.interval", 1.0), "aset"),
        ):
            with pytest.raises(RunError, match=instead):
                call()
        await run.astop()
        run.stop()
        assert run.wait()

    asyncio.run(main())


@pytest.mark.long
def test_a_start_that_fails_on_the_callers_loop_leaves_no_task() -> None:
    async def main() -> None:
        graph = chain(("n", Numbers, {}), ("late", SlowSyncStart, {"delay": 2.0, "location": "p:"}))
        with pytest.raises(StartError):
            await graph.astart(timeout=0.7)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_a_task_that_waits_for_the_end_may_be_cancelled_and_the_run_goes_on() -> None:
    async def main() -> None:
        run = await chain(("n", TimedNumbers, {}), ("s", Collect, {})).astart()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await run.await_end()
        assert run.state == RunState.RUNNING
        await run.astop()

    asyncio.run(main())


def test_an_async_with_leaves_nothing() -> None:
    async def main() -> None:
        async with await chain(("n", TimedNumbers, {}), ("s", Collect, {})).astart() as run:
            await _until(lambda: run.statistics().nodes["s"].received > 2)
        assert run.state == RunState.STOPPED

    asyncio.run(main())


def test_force_ends_a_node_on_the_callers_loop_that_awaits_for_ever() -> None:
    async def main() -> None:
        run = await chain(("n", TimedNumbers, {}), ("p", Patient, {})).astart()
        await _until(lambda: run.statistics().wires["n.value -> p.x"].sent > 2)
        watch = Stopwatch()
        await run.astop(force=True)
        assert watch.passed_s < 2.0
        assert run.state == RunState.STOPPED

    asyncio.run(main())


def test_a_flooding_source_on_the_callers_loop_leaves_it_responsive() -> None:
    async def main() -> None:
        graph = Graph()
        graph.add(Numbers, id="n", count=100_000_000)
        graph.add(Square, id="q")
        graph.connect("n.value", "q.x")
        run = await graph.astart()
        async with Gaps() as gaps:
            await _until(lambda: run.statistics().nodes["q"].received > 5_000)
        await run.astop()
        assert gaps.longest < 0.1, f"the loop was held for {gaps.longest * 1000:.0f} ms"

    asyncio.run(main())


def test_a_run_may_be_stopped_from_another_thread_while_its_loop_goes_on() -> None:
    async def main() -> None:
        run = await chain(("n", TimedNumbers, {}), ("s", Collect, {})).astart()
        await asyncio.to_thread(run.stop)
        assert run.state == RunState.STOPPED

    asyncio.run(main())
