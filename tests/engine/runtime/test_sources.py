"""Sources: plain, async and blocking; `sleep`, end, failure, and a call that does not come back on a stop."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from engine import Graph, Out, RunState, Source, param
from tests.engine.runtime.placements import PLACEMENTS, chain, finished, place, until
from tests.nodes_for_tests import BlockingNumbers, Collect, Numbers, TimedNumbers
from tests.timing import Stopwatch, best_of

pytestmark = pytest.mark.timeout(30)


class Scripted(Source):
    """Produces six numbers, then ends, returns or raises."""

    value = Out(int)
    end = param("return", choices=["return", "raise"])

    def produce(self) -> Iterator[int]:
        yield from range(6)
        if self.end == "raise":
            raise RuntimeError("the device is unplugged")


class ScriptedAsync(Source):
    value = Out(int)
    end = param("return", choices=["return", "raise"])

    async def produce(self) -> AsyncIterator[int]:
        for i in range(6):
            yield i
            await self.sleep(0.001)
        if self.end == "raise":
            raise RuntimeError("the device is unplugged")


class ScriptedBlocking(Scripted):
    blocking = True


SCRIPTED = (Scripted, ScriptedAsync, ScriptedBlocking)


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_the_end_of_produce_is_end_of_stream_and_an_exception_in_it_a_failure(placement: str) -> None:
    graph = Graph()
    for kind in SCRIPTED:
        for end in ("return", "raise"):
            id = f"{kind.__name__}-{end}"
            graph.add(kind, id=id, end=end)
            graph.add(Collect, id=f"{id}-sink")
            graph.connect(f"{id}.value", f"{id}-sink.x")
            graph.set_error_policy(id, "skip")  # for a source that raises: the others go on
    run = finished(place(graph, placement), RunState.FAILED)
    for kind in SCRIPTED:
        for end in ("return", "raise"):
            id = f"{kind.__name__}-{end}"
            assert run.result(f"{id}-sink") == [0, 1, 2, 3, 4, 5], id
            assert run.statistics().nodes[id].state == ("ended" if end == "return" else "failed"), id
    assert {failure.node for failure in run.failures} == {f"{kind.__name__}-raise" for kind in SCRIPTED}
    for failure in run.failures:
        assert failure.error == "RuntimeError: the device is unplugged"
        assert "in produce" in failure.traceback


@pytest.mark.parametrize("source", [TimedNumbers, BlockingNumbers])
@pytest.mark.parametrize("location", ["", "p:"])
def test_sleep_ends_early_when_the_run_stops(source: type[Source], location: str) -> None:
    run = chain(("n", source, {"interval": 60.0, "location": location}), ("s", Collect, {})).start()
    until(lambda: run.statistics().nodes["s"].received == 1)
    watch = Stopwatch()
    run.stop()
    assert watch.passed_s < 1.0
    assert (run.state, run.result("s")) == (RunState.STOPPED, [0]), "the next was due in a minute only"


@pytest.mark.parametrize("source", [TimedNumbers, BlockingNumbers])
def test_a_stopped_source_loses_nothing_that_it_has_produced(source: type[Source]) -> None:
    run = chain(("n", source, {"interval": 0.0005}), ("s", Collect, {"location": "t"})).start()
    until(lambda: run.statistics().nodes["s"].received > 50)
    run.stop()
    seen = run.result("s")
    assert seen == list(range(len(seen)))
    assert len(seen) == run.statistics().nodes["n"].emitted


class Stuck(Source):
    """A driver's call that does not come back, unless `on_stop` closes the device."""

    blocking = True
    stop_timeout_s = 0.6

    value = Out(int)
    closes = param(True)
    let_go = threading.Event()  # so that a test leaves no thread behind

    def on_start(self) -> None:
        self.device = threading.Event()

    def produce(self) -> Iterator[int]:
        yield 1
        (self.device if self.closes else self.let_go).wait(60.0)
        yield 2

    def on_stop(self) -> None:
        if self.closes:
            self.device.set()


@pytest.mark.parametrize("location", ["", "p:"])
def test_on_stop_may_end_a_blocking_call_and_the_stop_is_clean(location: str) -> None:
    run = chain(("n", Stuck, {"location": location}), ("s", Collect, {})).start()
    until(lambda: run.statistics().nodes["s"].received == 1)
    watch = Stopwatch()
    run.stop()
    assert watch.passed_s < 1.5
    assert run.state == RunState.STOPPED
    assert run.result("s")[0] == 1


@pytest.mark.parametrize("location", ["", "p:"])
def test_a_blocking_call_that_stays_delays_a_stop_no_longer_than_its_limit_and_is_named(location: str) -> None:
    Stuck.let_go.clear()
    run = chain(("n", Stuck, {"location": location, "closes": False}), ("s", Collect, {})).start()
    until(lambda: run.statistics().nodes["s"].received == 1)
    watch = Stopwatch()
    run.stop()
    assert watch.passed_s < 1.5
    assert run.state in (RunState.FAILED, RunState.KILLED)
    assert run.failures[0].node == "n" and "did not return within 0.6 s" in run.failures[0].error
    assert run.result("s") == [1]
    if not location:
        stuck = [thread for thread in threading.enumerate() if "source-n" in thread.name]
        assert len(stuck) == 1
        Stuck.let_go.set()
        stuck[0].join(10)


def test_a_blocking_source_leaves_its_loop_free() -> None:
    graph = chain(("n", BlockingBySleep, {}), ("s", Collect, {}))
    graph.add(TimedNumbers, id="n2", interval=0.01, count=30)
    graph.add(Collect, id="s2")
    graph.connect("n2.value", "s2.x")
    run = graph.start()
    watch = Stopwatch()
    until(lambda: run.statistics().nodes["s2"].state == "ended")
    assert watch.passed_s < 1.5
    run.stop()


class BlockingBySleep(Source):
    blocking = True
    value = Out(int)

    def produce(self) -> Iterator[int]:
        while True:
            time.sleep(0.3)
            yield 1


class NoGenerator(Source):
    value = Out(int)

    def produce(self) -> Any:
        return 5


class Coroutine(Source):
    value = Out(int)

    async def produce(self) -> Any:
        return 5


@pytest.mark.parametrize("source", [NoGenerator, Coroutine])
def test_a_produce_that_does_not_yield_is_a_failure_that_says_so(source: type[Source]) -> None:
    run = finished(chain(("n", source, {}), ("s", Collect, {})), RunState.FAILED)
    assert "generator" in run.failures[0].error


class EmittingSource(Source):
    """Uses `emit` as well as `yield`, also from a thread of its own in a blocking source."""

    value = Out(int)
    other = Out(int)

    def produce(self) -> Iterator[Any]:
        for i in range(100):
            self.emit("other", i)
            yield {"value": i}


class EmittingBlocking(EmittingSource):
    blocking = True


@pytest.mark.parametrize("source", [EmittingSource, EmittingBlocking])
@pytest.mark.parametrize("location", ["", "p:"])
def test_a_source_may_emit_and_yield(source: type[Source], location: str) -> None:
    graph = Graph()
    graph.add(source, id="n", location=location)
    for port in ("value", "other"):
        graph.add(Collect, id=port)
        graph.connect(f"n.{port}", f"{port}.x")
    run = finished(graph)
    assert run.result("value") == run.result("other") == list(range(100))


@pytest.mark.long
def test_a_playback_source_keeps_its_rate_without_drift() -> None:
    from engine.library.sources import Tone

    graph = Graph()
    graph.add(Tone, id="tone", rate_hz=1000.0, block_size=10, realtime=True, duration_s=3.0)
    graph.add(Collect, id="sink")
    graph.connect(f"tone.{next(iter(Tone.node_outputs))}", "sink.x")
    seconds: list[float] = []

    def drift() -> float:
        watch = Stopwatch()
        run = finished(graph)
        assert len(run.result("sink")) == 300
        seconds.append(watch.wall_s)
        return abs(watch.wall_s - 3.0)

    assert min(best_of(3, drift, 0.15)) < 0.15, seconds


@pytest.mark.parametrize("location", ["", "t", "p:"])
def test_a_sync_source_that_never_ends_can_be_stopped(location: str) -> None:
    run = chain(("n", Endless, {"location": location}), ("s", Collect, {"location": location})).start()
    until(lambda: run.statistics().nodes["s"].received > 100)
    watch = Stopwatch()
    run.stop()
    assert watch.passed_s < 1.0
    assert run.statistics().nodes["s"].received == run.statistics().nodes["n"].emitted


class Endless(Source):
    value = Out(int)

    def produce(self) -> Iterator[int]:
        while True:
            yield 1


def test_a_source_of_nothing_ends_at_once() -> None:
    assert finished(chain(("n", Numbers, {"count": 0}), ("s", Collect, {}))).result("s") == []


def test_what_an_iterator_holds_open_is_closed_when_the_run_stops() -> None:
    run = chain(("n", Closing, {}), ("s", Collect, {})).start()
    until(lambda: run.statistics().nodes["s"].received > 1)
    run.stop()
    assert Closing.closed


class Closing(Source):
    value = Out(int)
    closed = False

    async def produce(self) -> AsyncIterator[int]:
        try:
            while True:
                yield 1
                await self.sleep(0.01)
        finally:
            Closing.closed = True
