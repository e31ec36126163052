"""Nodes whose data come from threads of their own: drivers that call back."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine import Graph, In, Node, NodeError, Out, RunState, Source, param
from tests.engine.runtime.placements import chain, finished, until
from tests.nodes_for_tests import Collect, Numbers, SlowCollect, TimedNumbers
from tests.timing import Stopwatch

pytestmark = pytest.mark.timeout(20)


class Driver(Source):
    """A driver that calls back from its own thread."""

    value = Out(int)
    count = param(0)

    def on_start(self) -> None:
        self.ended = False
        self.thread = threading.Thread(target=self._drive)

    def _drive(self) -> None:
        number = 0
        while not self.ended and (not self.count or number < self.count):
            self.emit("value", number)
            number += 1
        self.ended = True

    async def produce(self) -> AsyncIterator[int]:
        self.thread.start()
        while not self.ended and not self.stopping:
            await self.sleep(0.02)
        return
        yield 0

    def on_stop(self) -> None:
        self.ended = True
        if self.thread.ident is not None:
            self.thread.join(5)


@pytest.mark.parametrize("location", ["", "t", "p:"])
def test_emit_from_a_thread_of_the_node_delivers_all_in_order_and_waits_for_room(location: str) -> None:
    graph = chain(("d", Driver, {"count": 300, "location": location}), ("s", Collect, {}))
    graph.set_wire("d.value -> s.x", capacity=4)
    assert finished(graph).result("s") == list(range(300))


@pytest.mark.parametrize("force", [False, True])
def test_a_stop_ends_a_driver_that_floods(force: bool) -> None:
    run = chain(("d", Driver, {}), ("s", SlowCollect, {"delay": 0.002})).start()
    until(lambda: run.statistics().nodes["s"].received > 10)
    watch = Stopwatch()
    run.stop(force=force, timeout=4)
    assert watch.passed_s < 3.0
    assert run.state == RunState.STOPPED
    seen = run.result("s")
    assert seen == list(range(len(seen)))


class CallsBack(Node):
    """Hands each number to a thread that emits it, and waits for that at its end."""

    x = In(int)
    y = Out(int)

    def on_start(self) -> None:
        self.threads: list[threading.Thread] = []
        self.errors: list[str] = []

    def process(self, x: int) -> None:
        thread = threading.Thread(target=self._emit, args=(x,))
        thread.start()
        self.threads.append(thread)

    def _emit(self, x: int) -> None:
        try:
            self.emit("y", x if x < 5 else str(x))
        except NodeError as error:
            self.errors.append(str(error))

    async def on_end(self) -> None:
        while any(thread.is_alive() for thread in self.threads):
            await self.sleep(0.01)

    def result(self) -> Any:
        return self.errors


def test_a_rule_broken_in_such_a_thread_is_raised_there() -> None:
    run = finished(chain(("n", Numbers, {"count": 8}), ("c", CallsBack, {}), ("s", Collect, {})))
    assert sorted(run.result("s")) == [0, 1, 2, 3, 4]
    assert len(run.result("c")) == 3


def test_emit_outside_of_a_run_is_refused_clearly() -> None:
    with pytest.raises(NodeError, match="not running"):
        CallsBack().emit("y", 1)


def test_many_nodes_and_wires_run_together() -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=20)
    last = "n.value"
    for index in range(150):
        graph.add(Hand, id=f"h{index}", location=["", "t1", "t2"][index // 50])
        graph.connect(last, f"h{index}.x")
        last = f"h{index}.y"
    for index in range(50):
        graph.add(Collect, id=f"s{index}")
        graph.connect(last, f"s{index}.x")
    run = finished(graph)
    assert all(run.result(f"s{index}") == list(range(20)) for index in range(50))


class Hand(Node):
    x = In()
    y = Out()

    def process(self, x: Any) -> Any:
        return x


@pytest.mark.long
def test_a_dozen_processes_run_together_and_stop_together() -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="n", interval=0.01)
    for index in range(12):
        graph.add(Hand, id=f"h{index}", location=f"p{index}:")
        graph.add(Collect, id=f"s{index}", location=f"p{(index + 1) % 12}:io")
        graph.connect("n.value", f"h{index}.x")
        graph.connect(f"h{index}.y", f"s{index}.x")
    run = graph.start(timeout=20)
    until(lambda: all(run.statistics().nodes[f"s{index}"].received > 3 for index in range(12)))
    run.stop()
    emitted = run.statistics().nodes["n"].emitted
    assert all(run.result(f"s{index}") == list(range(emitted)) for index in range(12))
