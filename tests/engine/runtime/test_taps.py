"""Taps: extra readers of an output port, attached and detached while a graph runs, that never slow it."""

from __future__ import annotations

import gc
import os
import statistics
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from engine import Graph, In, Node, Out, Run, RunError, RunState, Source, Tap, TapClosed
from tests.engine.runtime.placements import chain, finished, until
from tests.nodes_for_tests import Arrays, CheckArrays, Collect, Numbers, Payloads, Square, TimedNumbers
from tests.timing import Stopwatch, best_of

pytestmark = pytest.mark.timeout(30)
LOCATIONS = ["", "t", "p:", "p:io"]


def _everywhere(interval: float = 0.002) -> Graph:
    """One source with a square at each kind of place."""
    graph = Graph()
    graph.add(TimedNumbers, id="n", interval=interval)
    for location in LOCATIONS:
        id = "at-" + (location.replace(":", "_") or "main")
        graph.add(Square, id=id, location=location)
        graph.connect("n.value", f"{id}.x")
    return graph


IDS = ["at-main", "at-t", "at-p_", "at-p_io"]


@pytest.fixture(scope="module")
def run() -> Run:
    run = _everywhere().start()
    yield run
    run.stop()


@pytest.mark.parametrize("id", IDS)
def test_get_gives_newer_and_newer_values(run: Run, id: str) -> None:
    with run.tap(f"{id}.y") as tap:
        values = [tap.get(timeout=3) for _ in range(20)]
    assert values == sorted(set(values))
    assert all(round(value**0.5) ** 2 == value for value in values)


@pytest.mark.parametrize("id", IDS)
def test_a_latest_tap_keeps_only_the_newest(run: Run, id: str) -> None:
    with run.tap(f"{id}.y") as tap:
        first = tap.get(timeout=3)
        emitted = run.statistics().nodes[id].emitted
        until(lambda: run.statistics().nodes[id].emitted > emitted + 100)
        assert len(tap.take_all()) == 1
        emitted = run.statistics().nodes[id].emitted
        newest = tap.get(timeout=3)
        assert newest > first
        age = emitted - newest**0.5
        assert age < 200, f"the picture is {age} messages old"


@pytest.mark.parametrize("id", IDS)
def test_a_tap_that_keeps_several_gives_every_message_once_and_in_order(run: Run, id: str) -> None:
    with run.tap(f"{id}.y", policy="drop_oldest", capacity=500) as tap:
        messages = []
        while len(messages) < 60:
            messages += tap.take_all()
            messages.append(tap.get_message(timeout=3))
    roots = [round(message.payload**0.5) for message in messages]
    assert roots == list(range(roots[0], roots[0] + len(roots)))
    assert [message.tick for message in messages] == roots
    assert tap.dropped == 0


@pytest.mark.parametrize("id", IDS)
def test_iterating_ends_when_the_tap_is_closed_from_another_thread(run: Run, id: str) -> None:
    tap = run.tap(f"{id}.y")
    threading.Timer(0.1, tap.close).start()
    values = list(tap)
    assert values == sorted(set(values))
    assert tap.ended
    tap.close()
    with pytest.raises(TapClosed):
        tap.get(timeout=1)


def test_taps_attached_and_detached_all_the_time_leave_nothing_and_disturb_nobody(run: Run) -> None:
    for _ in range(40):
        taps = [run.tap(f"{id}.y", policy=policy) for id in IDS for policy in ("latest", "drop_oldest")]
        for tap in taps[::3]:
            tap.get(timeout=3)
        for tap in taps:
            tap.close()
    seen = run.statistics().nodes["at-p_"].emitted
    until(lambda: run.statistics().nodes["at-p_"].emitted > seen + 5)
    assert not run.failures


def test_get_raises_when_nothing_comes_in_time() -> None:
    with chain(("n", TimedNumbers, {"interval": 30.0}), ("s", Collect, {})).start() as run:
        until(lambda: run.statistics().nodes["n"].emitted == 1)
        tap = run.tap("n.value")
        watch = Stopwatch()
        with pytest.raises(TimeoutError, match=r"n\.value"):
            tap.get(timeout=0.1)
        assert watch.passed_s < 1.0


@pytest.mark.parametrize("location", LOCATIONS)
def test_what_came_before_the_end_can_still_be_read_after_it(location: str) -> None:
    run = chain(("n", TimedNumbers, {"interval": 0.01, "count": 40, "location": location}), ("s", Collect, {})).start()
    tap = run.tap("n.value", policy="drop_oldest", capacity=1000)
    latest = run.tap("n.value")
    assert run.wait(10)
    values = list(tap)
    assert values == list(range(values[0], 40)) and len(values) > 5
    assert latest.get(timeout=1) == 39
    with pytest.raises(TapClosed):
        latest.get(timeout=1)


@pytest.mark.parametrize("location", ["", "p:"])
def test_a_tap_on_what_has_ended_is_closed_at_once(location: str) -> None:
    graph = chain(("n", Numbers, {"count": 1, "location": location}), ("s", Collect, {}))
    graph.add(TimedNumbers, id="other", location=location)
    with graph.start() as run:
        until(lambda: run.statistics().nodes["n"].state == "ended")
        with pytest.raises(TapClosed):
            run.tap("n.value").get(timeout=5)
    with pytest.raises(TapClosed):
        run.tap("n.value").get(timeout=5)


@pytest.mark.parametrize(
    ("location", "policy"),
    [("", "latest"), ("", "drop_oldest"), ("t", "drop_oldest"), ("p:", "latest"), ("p:", "drop_oldest")],
)
def test_a_tap_that_nobody_reads_never_slows_the_graph(location: str, policy: str) -> None:
    graph = Graph()
    graph.add(Arrays, id="a", count=400, size=100_000, location=location)
    graph.add(CheckArrays, id="c", location=location)
    graph.connect("a.array", "c.x")
    run = graph.start()
    tap = run.tap("a.array", policy=policy, capacity=4)
    assert run.wait(15)
    assert run.result("c") == (400, 0)
    left = tap.take_all()
    assert len(left) <= (1 if policy == "latest" else 4)
    tap.close()


@pytest.mark.parametrize("location", ["", "p:"])
def test_payloads_of_8_mb_come_through_and_are_read_only(location: str) -> None:
    graph = Graph()
    graph.add(Arrays, id="a", count=0, size=8 << 20, interval=0.01, location=location)
    graph.add(CheckArrays, id="c", location=location)
    graph.connect("a.array", "c.x")
    with graph.start() as run, run.tap("a.array") as tap:
        kept = [tap.get(timeout=5) for _ in range(8)]
        numbers = [int(array[:8].view(np.int64)[0]) for array in kept]
        assert numbers == sorted(set(numbers))
        for number, array in zip(numbers, kept, strict=True):
            assert (array[8:] == number % 251).all(), "an array that was kept has changed"
            assert not array.flags.writeable


def test_a_view_at_30_frames_a_second_of_a_1_khz_source_is_fresh() -> None:
    graph = chain(("n", TimedNumbers, {"interval": 0.001, "location": "p:"}), ("s", Collect, {"location": "q:"}))
    with graph.start() as run, run.tap("n.value") as tap:
        tap.get(timeout=5)
        ages = []
        for _ in range(15):
            time.sleep(1 / 30)  # the frame of a view, not a wait for something
            message = tap.get_message(timeout=5)
            ages.append((time.time_ns() - message.time_ns) / 1e9)
        assert statistics.median(ages) < 0.1, ages


@pytest.mark.parametrize(("tapped", "alone"), [("", "t"), ("t1", "t2"), ("p:", "q:"), ("p:io", "q:io")])
@pytest.mark.parametrize("policy", ["latest", pytest.param("drop_oldest", marks=pytest.mark.long)])
def test_a_source_with_a_tap_that_nobody_reads_keeps_the_rate_of_one_without(
    tapped: str, alone: str, policy: str
) -> None:
    graph = Graph()
    for id, location in (("tapped", tapped), ("alone", alone)):
        graph.add(Arrays, id=id, count=0, size=100_000, interval=0.001, location=location)
        graph.add(CheckArrays, id=f"{id}-sink", location=location)
        graph.connect(f"{id}.array", f"{id}-sink.x")
    with graph.start() as run:
        tap = run.tap("tapped.array", policy=policy, capacity=4)
        until(lambda: tap.has_room is False, what="the tap is attached and full")

        def counts() -> dict[str, int]:
            return {id: run.statistics().nodes[id].received for id in ("tapped-sink", "alone-sink")}

        def loss() -> float:
            """By how much less the source with the tap has made, while the other made 300."""
            before = counts()
            until(lambda: counts()["alone-sink"] >= before["alone-sink"] + 300, timeout=10.0)
            made = {id: count - before[id] for id, count in counts().items()}
            return 1.0 - made["tapped-sink"] / made["alone-sink"]

        losses = best_of(4, loss, 0.2)
        assert min(losses) < 0.2, losses


def test_a_tap_outlives_its_run_and_keeps_its_last_picture() -> None:
    run = chain(("p", Payloads, {"names": ["large"], "location": "p:"}), ("s", Collect, {})).start()
    tap = run.tap("p.value")
    assert run.wait(5)
    if not tap.ended or tap.has_room is False:
        assert tap.get(timeout=1).shape == (300, 1000)


def test_an_unknown_port_or_a_policy_that_would_slow_the_graph_is_refused(run: Run) -> None:
    for port in ("at-main.nothing", "nobody.y", "at-main", "at-main.x"):
        with pytest.raises(RunError, match="output"):
            run.tap(port)
    with pytest.raises(RunError, match="slow"):
        run.tap("at-main.y", policy="block")
    with pytest.raises((RunError, ValueError)):
        run.tap("at-main.y", policy="whatever")


def test_a_tap_of_a_process_that_dies_ends() -> None:
    import os
    import signal

    run = _everywhere().start(on_error="skip")
    taps: list[Tap] = [run.tap("at-p_.y"), run.tap("at-main.y")]
    for tap in taps:
        tap.get(timeout=3)
    os.kill(run.statistics().computers["p:"].pid, signal.SIGKILL)
    until(lambda: taps[0].ended, timeout=2.0)
    assert not taps[1].ended
    run.stop()
    assert taps[1].ended


def test_a_tap_on_the_callers_own_loop_does_not_wait_for_it() -> None:
    import asyncio

    async def main() -> int:
        run = await chain(("n", TimedNumbers, {"interval": 0.001}), ("s", Collect, {})).astart()
        tap = run.tap("n.value", policy="drop_oldest", capacity=100)
        value = await asyncio.to_thread(tap.get, 3)
        tap.close()
        await run.astop()
        return value

    assert asyncio.run(main()) >= 0


def test_two_taps_on_one_port_do_not_share_what_they_read() -> None:
    run = chain(("n", TimedNumbers, {"interval": 0.005, "count": 60}), ("s", Collect, {})).start()
    first, second = (run.tap("n.value", policy="drop_oldest", capacity=1000) for _ in range(2))
    assert run.wait(5)
    one, other = list(first), list(second)
    assert one[-40:] == other[-40:] == list(range(20, 60))


def test_finished_runs_refuse_taps_kindly() -> None:
    run = finished(chain(("n", Numbers, {}), ("s", Collect, {})))
    with pytest.raises(TapClosed):
        run.tap("n.value").get()


@pytest.mark.parametrize(
    ("policy", "capacity"), [("drop_oldest", 0), ("drop_oldest", -3), ("drop_oldest", "x"), ("zz", 4), ("block", 4)]
)
def test_a_tap_that_cannot_be_is_refused_and_the_run_goes_on(policy: str, capacity: Any) -> None:
    run = chain(("n", Numbers, {"count": 20, "location": "p:"}), ("s", Collect, {})).start()
    with pytest.raises(RunError):
        run.tap("n.value", policy=policy, capacity=capacity)
    assert run.wait(10)
    assert run.result("s") == list(range(20))


class Unsendable(Source):
    value = Out(Any)

    def produce(self) -> Iterator[Any]:
        for number in range(50):
            yield lambda number=number: number


def test_a_value_that_cannot_travel_ends_the_tap_and_not_the_node() -> None:
    graph = Graph()
    graph.add(Unsendable, id="u", location="p:")
    graph.add(Count, id="c", location="p:")
    graph.connect("u.value", "c.x", capacity=1)
    run = graph.start()
    tap = run.tap("u.value")
    assert run.wait(10)
    tap.close()
    assert (run.state, run.statistics().nodes["c"].received) == (RunState.FINISHED, 50)


class Count(Node):
    x = In(Any)

    def process(self, x: Any) -> None:
        return None


def in_memory_files() -> int:
    """How many anonymous files this process holds."""
    return sum("/memfd:" in os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd") if _is_open(n))


def _is_open(number: str) -> bool:
    return os.path.lexists(f"/proc/self/fd/{number}")


def test_a_tap_that_was_closed_and_forgotten_gives_its_shared_memory_back_at_once() -> None:
    graph = Graph()
    graph.add(Arrays, id="a", count=0, size=1 << 20, interval=0.005, location="p:")
    graph.add(CheckArrays, id="c", location="p:")
    graph.connect("a.array", "c.x")
    with graph.start() as run:
        gc.collect()
        before = in_memory_files()
        gc.disable()
        try:
            taps = [run.tap("a.array", policy="drop_oldest", capacity=4)]
            until(lambda: not taps[0].has_room)
            assert in_memory_files() > before
            taps.pop().close()
            until(lambda: in_memory_files() == before, what="the memory is given back without the garbage collector")
        finally:
            gc.enable()


class HandOn(Count):
    y = Out()

    def process(self, x: Any) -> Any:
        return x


@pytest.mark.parametrize("location", ["", "t"])
def test_a_run_that_is_over_holds_nothing_of_a_tap_that_nobody_has_read(location: str) -> None:
    graph = Graph()
    graph.add(Arrays, id="a", count=0, size=1 << 20, interval=0.005, location="p:")
    graph.add(HandOn, id="h", location=location)
    graph.connect("a.array", "h.x")
    gc.collect()
    before = in_memory_files()
    run = graph.start()
    taps = [run.tap("h.y")]
    until(lambda: not taps[0].has_room)
    run.stop()
    taps.pop().close()
    gc.collect()
    assert in_memory_files() == before
    assert run.state is RunState.STOPPED
