"""What a node type may be made of: kinds of `process`, outputs, emit, hooks. The same at every kind of place.

One run for each placement holds all the parts; each test looks at its own.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from engine import Any as AnyType
from engine import Graph, In, Node, Out, Run, RunState, Source, param
from tests.engine.runtime.placements import PLACEMENTS, chain, finished, place, until
from tests.nodes_for_tests import (
    AsyncDiary,
    Collect,
    Diary,
    EveryThird,
    Numbers,
    Pair,
    Ports,
    Square,
    TimedNumbers,
    Where,
)

pytestmark = pytest.mark.timeout(30)


class Plain(Node):
    x = In(int)
    y = Out(AnyType)

    def process(self, x: int) -> Any:
        return x + 100 if x % 2 else None


class Awaiting(Plain):
    async def process(self, x: int) -> Any:
        await asyncio.sleep(0.001 * (x % 3))
        return x + 100 if x % 2 else None


class Generating(Plain):
    def process(self, x: int) -> Iterator[Any]:
        if x % 2:
            yield x + 100
            yield None


class AsyncGenerating(Plain):
    async def process(self, x: int) -> AsyncIterator[Any]:
        if x % 2:
            yield x + 100
            await asyncio.sleep(0.001)
            yield None


class Emitting(Plain):
    def process(self, x: int) -> None:
        if x % 2:
            self.emit("y", x + 100)


class AwaitingEmit(Plain):
    async def process(self, x: int) -> None:
        if x % 2:
            await self.emit("y", x + 100)


class Countdown(Node):
    x = In(int)
    y = Out(int)

    def process(self, x: int) -> Iterator[int]:
        yield from range(x, 0, -1)


class Split(Node):
    x = In(int)
    even = Out(int)
    odd = Out(int)
    half = Out(float)

    def process(self, x: int) -> dict[str, Any]:
        return {"even" if x % 2 == 0 else "odd": x, "half": x / 2 if x > 5 else None}


class Greeter(Node):
    x = In(int)
    y = Out(AnyType)

    def on_start(self) -> None:
        self.emit("y", "hello")

    def process(self, x: int) -> int:
        return x


class Early(Source):
    names = Out(str)
    value = Out(int)

    def produce(self) -> Iterator[dict[str, Any]]:
        yield {"names": "a, b"}
        for number in range(5):
            yield {"value": number}


class Defaults(Node):
    x = In(int)
    y = Out(list)
    number = param(3, minimum=0)
    text = param("a")
    items = param([1])

    def __init__(self) -> None:
        self.at_init = [self.number, self.text]

    def process(self, x: int) -> list[Any]:
        self.items.append(x)
        return [*self.at_init, len(self.items)]


KINDS = (Plain, Awaiting, Generating, AsyncGenerating, Emitting, AwaitingEmit)


def _graph_of_all() -> Graph:
    graph = Graph()
    graph.add(Numbers, id="numbers", count=20)

    def add(node_type: type[Node], id: str, feed: str = "numbers.value", **parameters: Any) -> None:
        graph.add(node_type, id=id, **parameters)
        if feed:
            graph.connect(feed, f"{id}.{next(iter(node_type.node_inputs))}")
        for port in node_type.node_outputs:
            graph.add(Collect, id=f"{id}-{port}")
            graph.connect(f"{id}.{port}", f"{id}-{port}.x")

    for kind in (*KINDS, Countdown, Split, Greeter, EveryThird, Diary, AsyncDiary, Defaults):
        add(kind, kind.__name__)
    add(Defaults, "Defaults2", number=7, text="b", items=[1, 2, 3])
    add(Ports, "Ports", feed="", count=50)
    add(Pair, "Pair", feed="Ports.left")
    graph.connect("Ports.right", "Pair.b")
    add(Early, "Early", feed="")
    return graph


@pytest.fixture(scope="module", params=PLACEMENTS)
def run(request: pytest.FixtureRequest) -> Run:
    return finished(place(_graph_of_all(), request.param))


@pytest.mark.parametrize("kind", KINDS)
def test_process_may_be_of_any_kind_and_none_emits_nothing(run: Run, kind: type[Node]) -> None:
    assert run.result(f"{kind.__name__}-y") == list(range(101, 120, 2))
    assert run.statistics().nodes[kind.__name__].emitted == 10


def test_a_generator_emits_any_number_of_messages_for_one(run: Run) -> None:
    assert run.result("Countdown-y") == [y for x in range(20) for y in range(x, 0, -1)]


def test_several_outputs_are_given_by_a_dict_and_absent_ones_emit_nothing(run: Run) -> None:
    assert run.result("Split-even") == list(range(0, 20, 2))
    assert run.result("Split-odd") == list(range(1, 20, 2))
    assert run.result("Split-half") == [x / 2 for x in range(6, 20)]


def test_ports_emitted_in_one_step_carry_one_tick_downstream(run: Run) -> None:
    assert run.result("Pair-both") == [(i, str(i)) for i in range(50)]


def test_should_process_filters_and_what_it_refuses_is_counted(run: Run) -> None:
    assert run.result("EveryThird-y") == [0, 3, 6, 9, 12, 15, 18]
    assert run.statistics().nodes["EveryThird"].skipped == 13


@pytest.mark.parametrize("diary", [Diary, AsyncDiary])
def test_hooks_are_called_once_each_in_their_order_and_on_end_may_emit(run: Run, diary: type[Node]) -> None:
    assert run.result(diary.__name__) == ["init", "start", *range(20), "end", "stop"]
    assert run.result(f"{diary.__name__}-y") == [*range(20), "last words"]


def test_on_start_may_emit_and_it_comes_first(run: Run) -> None:
    assert run.result("Greeter-y") == ["hello", *range(20)]


def test_a_port_may_send_once_while_the_other_goes_on(run: Run) -> None:
    assert run.result("Early-names") == ["a, b"]
    assert run.result("Early-value") == [0, 1, 2, 3, 4]


def test_parameters_are_plain_attributes_from_the_constructor_on_and_no_two_nodes_share_one(run: Run) -> None:
    assert run.result("Defaults-y") == [[3, "a", 2 + i] for i in range(20)]
    assert run.result("Defaults2-y") == [[7, "b", 4 + i] for i in range(20)]


@pytest.mark.parametrize("location", ["", "p:"])
def test_a_node_that_changes_its_list_parameter_changes_neither_the_document_nor_the_next_run(location: str) -> None:
    graph = chain(("n", Numbers, {"count": 2}), ("d", Defaults, {"items": [1, 2, 3]}), ("s", Collect, {}))
    graph.set_location("d", location)
    for _ in range(2):
        assert finished(graph).result("s") == [[3, "a", 4], [3, "a", 5]]
    assert graph.nodes["d"].parameters["items"] == [1, 2, 3]


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_on_end_and_on_stop_are_called_by_a_graceful_stop_too(placement: str) -> None:
    graph = place(chain(("n", TimedNumbers, {}), ("d", AsyncDiary, {}), ("s", Collect, {})), placement)
    run = graph.start()
    until(lambda: run.statistics().nodes["s"].received > 3)
    run.stop()
    assert run.state == RunState.STOPPED
    lines = run.result("d")
    assert lines[:2] == ["init", "start"] and lines[-2:] == ["end", "stop"]
    assert run.result("s") == [*lines[2:-2], "last words"], "a message was lost by the stop"


class Chatty(Node):
    x = In(int)
    y = Out(int)

    async def process(self, x: int) -> None:
        for i in range(200):
            await self.emit("y", i)


def test_awaiting_emit_waits_for_room_downstream() -> None:
    graph = chain(("n", Numbers, {"count": 3}), ("c", Chatty, {}), ("s", Collect, {}))
    graph.set_wire("c.y -> s.x", capacity=2)
    assert finished(graph).result("s") == list(range(200)) * 3


def test_every_node_runs_where_its_location_says() -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=2)
    for id, location in (("main", ""), ("dsp", "dsp"), ("dsp2", "dsp"), ("ml", "ml:"), ("io", "ml:io"), ("b", "b:")):
        graph.add(Where, id=id, location=location)
        graph.connect("n.value", f"{id}.x")
    run = finished(graph)
    places = {id: run.result(id) for id in graph.nodes if id != "n"}
    assert places["main"][0] == places["dsp"][0] == os.getpid()
    assert places["dsp"] == places["dsp2"] != places["main"]
    assert places["ml"][0] == places["io"][0] != os.getpid()
    assert places["ml"][1] == "MainThread" != places["io"][1]
    assert places["b"][0] not in (os.getpid(), places["ml"][0])


def test_nodes_without_wires_and_separate_parts_run_too() -> None:
    graph = chain(("n1", Numbers, {"count": 3}), ("s1", Collect, {}))
    graph.add(Numbers, id="n2", count=4)
    graph.add(Square, id="q2")
    graph.add(Collect, id="s2")
    graph.connect("n2.value", "q2.x")
    graph.connect("q2.y", "s2.x")
    graph.add(Numbers, id="alone", count=5)
    run = finished(graph)
    assert (run.result("s1"), run.result("s2")) == ([0, 1, 2], [0, 1, 4, 9])
    assert run.statistics().nodes["alone"].emitted == 5


def test_two_nodes_of_one_display_name_both_get_all_their_data() -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=5)
    for id in ("a", "b"):
        graph.add(Collect, id=id)
        graph.rename(id, "sink")
        graph.connect("n.value", f"{id}.x")
    run = finished(graph)
    assert run.result("a") == run.result("b") == [0, 1, 2, 3, 4]
