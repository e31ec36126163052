"""Every message once and in order, or counted: payloads, fan-out, slow consumers, overflow policies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import Graph, In, Node, Out, Run, Signal
from tests.engine.runtime.placements import PLACEMENTS, chain, finished, pid_of, place, until
from tests.nodes_for_tests import (
    PAYLOADS,
    Arrays,
    CheckArrays,
    Collect,
    Numbers,
    Payloads,
    SlowCollect,
    Square,
    TimedNumbers,
)
from tests.timing import Stopwatch, best_of

pytestmark = pytest.mark.timeout(60)
STREAMS = {"2,000 x 1 KB": (2000, 1024), "100 x 64 KB": (100, 65536), "20 x 1 MB": (20, 1 << 20)}


def deliver_all_between_processes() -> None:
    """All three streams at once, each from a process to another, with nothing lost."""
    graph = Graph()
    for index, (count, size) in enumerate(STREAMS.values()):
        graph.add(Arrays, id=f"a{index}", count=count, size=size, location="p1:")
        graph.add(CheckArrays, id=f"c{index}", location="p2:")
        graph.connect(f"a{index}.array", f"c{index}.x")
    run = finished(graph)
    for index, (count, _) in enumerate(STREAMS.values()):
        assert run.result(f"c{index}") == (count, 0)
        wire = run.statistics().wires[f"a{index}.array -> c{index}.x"]
        assert (wire.sent, wire.delivered, wire.lost, wire.dropped, wire.discarded) == (count, count, 0, 0, 0)


@pytest.mark.parametrize("round_", range(2))
def test_all_messages_of_a_source_in_a_process_reach_a_sink_in_another(round_: int) -> None:
    deliver_all_between_processes()


@pytest.mark.long
@pytest.mark.timeout(300)
def test_all_messages_of_a_source_in_a_process_reach_a_sink_in_another_100_times() -> None:
    for _ in range(100):
        deliver_all_between_processes()


@pytest.mark.parametrize("capacity", [1, 2, 16, 1000])
def test_the_capacity_of_a_wire_changes_nothing_of_what_arrives(capacity: int) -> None:
    graph = Graph()
    for name, (source, sink) in {"loop": ("", ""), "thread": ("", "t"), "stream": ("", "p:")}.items():
        graph.add(Arrays, id=f"{name}-a", count=200, size=5000, location=source)
        graph.add(CheckArrays, id=f"{name}-c", location=sink)
        wire = graph.connect(f"{name}-a.array", f"{name}-c.x", capacity=capacity)
    run = finished(graph)
    for name in ("loop", "thread", "stream"):
        assert run.result(f"{name}-c") == (200, 0)
        wire = run.statistics().wires[f"{name}-a.array -> {name}-c.x"]
        assert (wire.bridge, wire.capacity) == (name, capacity)


@pytest.fixture(scope="module", params=PLACEMENTS)
def payload_run(request: pytest.FixtureRequest) -> Run:
    return finished(place(chain(("p", Payloads, {"names": list(PAYLOADS)}), ("s", Collect, {})), request.param))


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return type(b) is np.ndarray and a.dtype == b.dtype and a.shape == b.shape and bool((a == b).all())
    if isinstance(a, list):
        return type(b) is list and len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, tuple):
        return type(b) is tuple and _same(list(a), list(b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    return type(a) is type(b) and bool(a == b)


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_payload_arrives_as_it_was_sent(payload_run: Run, name: str) -> None:
    arrived = payload_run.result("s")[list(PAYLOADS).index(name)]
    assert _same(PAYLOADS[name](), arrived)


class Vandal(Node):
    """Tries to write into what it gets; says which attempts were refused."""

    x = In()

    def on_start(self) -> None:
        self.refused: list[bool] = []

    def process(self, x: Any) -> None:
        try:
            if isinstance(x, Signal):
                x.samples[0, 0] = -1
            elif isinstance(x, np.ndarray):
                x[...] = -1
            elif isinstance(x, list):
                x[0][...] = -1
            self.refused.append(False)
        except ValueError:
            self.refused.append(True)

    def result(self) -> list[bool]:
        return self.refused


class Grumbler(Node):
    """Changes the containers it gets, which it may: they are its own."""

    x = In()

    def process(self, x: Any) -> None:
        if isinstance(x, dict):
            x["a"].append("changed")
            x.clear()
        if isinstance(x, list):
            x.clear()


@pytest.mark.parametrize("source", ["", "p:"])
def test_a_consumer_cannot_change_what_another_sees(source: str) -> None:
    graph = Graph()
    names = ["2-D", "signal", "list of arrays", "large", "strided"]
    graph.add(Payloads, id="p", names=names, location=source)
    graph.add(Payloads, id="q", names=["nested", "list of arrays"], location=source)
    for location in ("", "t", "p:", "q:"):
        label = location.strip(":") or "main"
        graph.add(Vandal, id=f"vandal-{label}", location=location)
        graph.add(Collect, id=f"after-{label}", location=location)
        graph.add(Grumbler, id=f"grumbler-{label}", location=location)
        graph.add(Collect, id=f"behind-{label}", location=location)
        graph.connect("p.value", f"vandal-{label}.x")
        graph.connect("p.value", f"after-{label}.x")
        graph.connect("q.value", f"grumbler-{label}.x")
        graph.connect("q.value", f"behind-{label}.x")
    run = finished(graph)
    for label in ("main", "t", "p", "q"):
        assert run.result(f"vandal-{label}") == [True] * len(names), label
        assert _same(run.result(f"after-{label}"), [PAYLOADS[name]() for name in names]), label
        assert _same(run.result(f"behind-{label}"), [PAYLOADS["nested"](), PAYLOADS["list of arrays"]()]), label


def test_fan_out_reaches_every_sink_wherever_it_is() -> None:
    graph = Graph()
    graph.add(Arrays, id="a", count=100, size=20_000)
    for location in ("", "t", "p:", "q:", "p:io"):
        id = "sink" + location.replace(":", "_")
        graph.add(CheckArrays, id=id, location=location)
        graph.connect("a.array", f"{id}.x")
    run = finished(graph)
    assert [run.result(id) for id in graph.nodes if id != "a"] == [(100, 0)] * 5


class Own(Node):
    """Emits one array of its own over and over, changing it in between."""

    x = In(int)
    y = Out(np.ndarray)

    def on_start(self) -> None:
        self.buffer = np.zeros(1000)

    def process(self, x: int) -> np.ndarray:
        self.buffer = self.buffer.copy() if not self.buffer.flags.writeable else self.buffer
        self.buffer[:] = x
        return self.buffer[:500]


@pytest.mark.parametrize("location", ["", "t", "p:"])
def test_an_array_that_its_node_writes_to_again_arrives_as_it_was_when_emitted(location: str) -> None:
    run = finished(chain(("n", Numbers, {"count": 20}), ("o", Own, {}), ("s", Collect, {"location": location})))
    assert [set(array) for array in run.result("s")] == [{float(i)} for i in range(20)]


# -- slow consumers


def test_a_dropping_wire_beside_a_blocking_one_drops_by_itself() -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="n", count=200, interval=0.001)
    graph.add(Collect, id="all", location="p:")
    graph.add(SlowCollect, id="some", delay=0.02, location="q:")
    graph.connect("n.value", "all.x")
    graph.connect("n.value", "some.x", overflow="latest")
    run = finished(graph)
    assert run.result("all") == list(range(200))
    assert run.statistics().wires["n.value -> all.x"].dropped == 0
    assert run.statistics().wires["n.value -> some.x"].dropped > 50


def test_a_flooding_source_on_main_does_not_starve_its_neighbours() -> None:
    graph = Graph()
    graph.add(Arrays, id="flood", count=0, size=64)
    graph.add(CheckArrays, id="drain")
    graph.add(TimedNumbers, id="slow", interval=0.1)
    graph.add(Square, id="square")
    graph.add(Collect, id="sink")
    graph.connect("flood.array", "drain.x")
    graph.connect("slow.value", "square.x")
    graph.connect("square.y", "sink.x")
    with graph.start() as run:
        until(lambda: run.statistics().nodes["sink"].received)
        times = best_of(3, lambda: _time_for_ten(run, "sink"), 1.25)
        assert min(times) < 1.25, times
        assert run.statistics().nodes["drain"].received > 1000
        until(lambda: run.statistics().computers["main"].lag_ms < 50)


def _time_for_ten(run: Run, node: str) -> float:
    """Seconds in which a node receives ten messages more."""
    watch, first = Stopwatch(), run.statistics().nodes[node].received
    until(lambda: run.statistics().nodes[node].received >= first + 10, 10.0)
    return watch.passed_s


def test_a_slow_node_in_a_shared_thread_leaves_a_10_hz_pair_its_ticks() -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="fast", interval=0.005)
    graph.add(SlowCollect, id="slow", delay=0.05, location="t")
    graph.connect("fast.value", "slow.x")
    graph.add(TimedNumbers, id="n", interval=0.1, location="t")
    graph.add(Collect, id="sink", location="t")
    graph.connect("n.value", "sink.x")
    with graph.start() as run:
        until(lambda: run.statistics().nodes["sink"].received)
        times = best_of(3, lambda: _time_for_ten(run, "sink"), 1.75)
        assert min(times) < 1.75, times
        run.stop(force=True)


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_counts_of_nodes_and_wires_agree_at_the_end(placement: str) -> None:
    graph = chain(("n", Numbers, {"count": 500}), ("q", Square, {}), ("s", Collect, {}))
    run = finished(place(graph, placement))
    statistics = run.statistics()
    assert statistics.nodes["n"].emitted == statistics.nodes["q"].received == 500
    assert statistics.nodes["q"].emitted == statistics.nodes["s"].received == 500
    for wire in statistics.wires.values():
        assert (wire.sent, wire.delivered, wire.queued, wire.lost, wire.discarded, wire.dropped) == (
            500,
            500,
            0,
            0,
            0,
            0,
        )


def test_worker_processes_map_no_named_shared_memory() -> None:
    graph = Graph()
    graph.add(Arrays, id="a", count=0, size=1 << 20, interval=0.005, location="p:")
    graph.add(CheckArrays, id="c", location="q:")
    graph.connect("a.array", "c.x")
    with graph.start() as run:
        until(lambda: run.statistics().nodes["c"].received > 5)
        for label in ("p:", "q:"):
            with open(f"/proc/{pid_of(run, label)}/maps") as maps:
                assert "/dev/shm/" not in maps.read()
