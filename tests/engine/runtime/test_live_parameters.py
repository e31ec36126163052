"""Parameters that change while a graph runs: in effect when `set` returns, or refused with the reason."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from engine import In, Node, Out, RunError, TidewireError, param
from tests.engine.runtime.placements import chain, finished, until
from tests.nodes_for_tests import AsyncDiary, Collect, Diary, Numbers, Scale, SlowCollect, TimedNumbers
from tests.timing import Stopwatch

pytestmark = pytest.mark.timeout(30)
LOCATIONS = ["", "t", "p:", "p:io"]


class Echo(Node):
    """Gives its parameters for each message."""

    x = In(int)
    y = Out(tuple)
    number = param(1, minimum=0, maximum=10)
    mode = param("a", choices=["a", "b"])
    items = param([1], type=list)
    ratio = param(0.5)
    fixed = param(1, live=False)

    def process(self, x: int) -> tuple[Any, ...]:
        return (x, self.number, self.mode, list(self.items), self.ratio)

    def on_param(self, name: str, value: Any) -> None:
        if value == 7:
            raise ValueError("not seven, please")


@pytest.mark.parametrize("location", LOCATIONS)
def test_a_change_is_in_effect_when_set_returns_and_refusals_leave_the_old_value(location: str) -> None:
    graph = chain(("n", TimedNumbers, {"interval": 0.002}), ("e", Echo, {"location": location}), ("s", Collect, {}))
    with graph.start() as run:
        tap = run.tap("e.y", policy="drop_oldest", capacity=10_000)
        tap.get(timeout=3)
        for name, value in (("number", 4), ("mode", "b"), ("items", [1, "two", 3.0]), ("ratio", 2)):
            run.set(f"e.{name}", value)
        produced = run.statistics().nodes["n"].emitted
        later = next(x for x in tap if x[0] > produced + 20)
        assert later[1:] == (4, "b", [1, "two", 3.0], 2.0)
        assert type(later[4]) is float, "validated as ever"
        for name, value, reason in (
            ("number", 11, "at most 10"),
            ("number", 7, "not seven"),
            ("number", "x", "int"),
            ("mode", "c", "one of"),
            ("fixed", 2, "before the start"),
            ("nothing", 1, "no parameter"),
        ):
            with pytest.raises(TidewireError, match=reason):
                run.set(f"e.{name}", value)
        with pytest.raises(RunError, match="nobody"):
            run.set("nobody.x", 1)
        produced = run.statistics().nodes["n"].emitted
        assert next(x for x in tap if x[0] > produced + 20)[1:] == later[1:]
        with pytest.raises(RunError, match="not seven"):
            run.set("e.number", 7)
        assert run.state == "running", "a change that a node refuses does not end it"
    assert run.state == "stopped"


@pytest.mark.parametrize("diary", [Diary, AsyncDiary])
@pytest.mark.parametrize("location", ["", "p:"])
def test_on_param_hears_of_each_change_once_and_between_two_messages(location: str, diary: type[Node]) -> None:
    graph = chain(("n", TimedNumbers, {"interval": 0.002}), ("d", diary, {"location": location}), ("s", Collect, {}))
    with graph.start() as run:
        until(lambda: run.statistics().nodes["s"].received > 1)
        for value in range(10):
            run.set("d.gain", value)
        run.stop()
        lines = run.result("d")
    assert [line for line in lines if isinstance(line, tuple)] == [("gain", value) for value in range(10)]


@pytest.mark.parametrize("location", ["", "p:"])
def test_changes_from_many_threads_all_take_effect(location: str) -> None:
    graph = chain(("n", TimedNumbers, {}), ("d", Diary, {"location": location}), ("s", Collect, {}))
    with graph.start() as run:
        threads = [threading.Thread(target=run.set, args=("d.gain", value)) for value in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)
        run.stop()
        changes = [line[1] for line in run.result("d") if isinstance(line, tuple)]
    assert sorted(changes) == list(range(20))


def test_an_awaited_change_does_not_block_the_callers_loop() -> None:
    async def main() -> None:
        graph = chain(("n", TimedNumbers, {}), ("k", Scale, {}), ("far", Scale, {"location": "p:"}), ("s", Collect, {}))
        run = await graph.astart()
        await run.aset("k.factor", 3)
        await run.aset("far.factor", 5)
        with pytest.raises(TidewireError, match="at most 100"):
            await run.aset("far.factor", 101)
        emitted = run.statistics().nodes["n"].emitted
        await asyncio.to_thread(until, lambda: run.statistics().nodes["n"].emitted > emitted + 5)
        await run.astop()
        seen = run.result("s")
        assert seen[-1] == 15 * (len(seen) - 1)

    asyncio.run(main())


def test_a_change_of_the_run_does_not_change_the_document() -> None:
    graph = chain(("n", TimedNumbers, {}), ("k", Scale, {"factor": 2}), ("s", Collect, {}))
    with graph.start() as run:
        run.set("k.factor", 9)
    assert graph.nodes["k"].parameters == {"factor": 2}


@pytest.mark.parametrize("location", ["", "p:"])
def test_a_change_of_a_source_that_sleeps_takes_effect_at_once(location: str) -> None:
    graph = chain(("n", TimedNumbers, {"interval": 0.05, "location": location}), ("s", Collect, {}))
    with graph.start() as run:
        until(lambda: run.statistics().nodes["s"].received > 1)
        run.set("n.interval", 0.001)
        seen = run.statistics().nodes["s"].received
        watch = Stopwatch()
        until(lambda: run.statistics().nodes["s"].received > seen + 100)
        assert watch.passed_s < 2.0


@pytest.mark.long
def test_a_change_at_a_busy_node_is_bounded_by_its_timeout_and_says_so() -> None:
    graph = chain(("n", TimedNumbers, {}), ("s", SlowCollect, {"delay": 3.0, "location": "p:"}))
    with graph.start() as run:
        until(lambda: run.statistics().nodes["s"].late)
        watch = Stopwatch()
        with pytest.raises(RunError, match="busy"):
            run.set("s.delay", 1.0, timeout=0.3)
        assert watch.passed_s < 1.0
        run.stop(force=True)


def test_a_change_after_the_end_is_refused_clearly() -> None:
    run = finished(chain(("n", Numbers, {}), ("k", Scale, {}), ("s", Collect, {})))
    with pytest.raises(RunError, match="ended"):
        run.set("k.factor", 2)
    graph = chain(("n", Numbers, {}), ("k", Scale, {}), ("s", Collect, {}))
    graph.add(TimedNumbers, id="other")
    with graph.start() as run:
        until(lambda: run.statistics().nodes["k"].state == "ended")
        with pytest.raises(RunError, match="ended"):
            run.set("k.factor", 2)
