"""Ending one output early: its stream ends behind its last message, the others go on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from engine import Graph, In, Node, Out, RunState, Source
from tests.nodes_for_tests import Collect, Numbers

pytestmark = pytest.mark.timeout(30)


class Named(Source):
    """Its channel names once, then its values."""

    names = Out(str)
    value = Out(int)

    async def produce(self) -> AsyncIterator[dict[str, int | str]]:
        for name in "abc":
            self.emit("names", name)
        self.end_output("names")
        for number in range(200):
            yield {"value": number}


class FirstOnly(Node):
    """Passes everything on; its other output gives the first message and ends."""

    x = In(int)
    all = Out(int)
    first = Out(int)

    def process(self, x: int) -> dict[str, int]:
        if x == 0:
            self.emit("first", x)
            self.end_output("first")
        return {"all": x}


@pytest.mark.parametrize("location", ["", "t", "p:"])
def test_one_output_may_end_while_the_others_go_on(location: str) -> None:
    graph = Graph()
    graph.add(Named, id="n", location=location)
    graph.add(Collect, id="names")
    graph.add(Collect, id="values")
    graph.connect("n.names", "names.x", capacity=1)
    graph.connect("n.value", "values.x")
    run = graph.start()
    assert run.wait(10)
    assert (run.result("names"), run.result("values")) == (["a", "b", "c"], list(range(200)))
    assert run.state is RunState.FINISHED, run.failures


def test_nothing_can_be_emitted_on_an_output_that_was_ended_and_that_is_told() -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=3)
    graph.add(FirstOnly, id="f")
    graph.add(FirstOnly, id="g")
    graph.add(Collect, id="c")
    graph.connect("n.value", "f.x")
    graph.connect("f.first", "g.x")
    graph.connect("g.all", "c.x")
    run = graph.start()
    assert run.wait(10)
    assert run.result("c") == [0]
    assert run.statistics().nodes["f"].received == 3


class EmitsAgain(Node):
    x = In(int)
    y = Out(int)

    def process(self, x: int) -> int:
        if x == 1:
            self.end_output("y")
        return x


def test_a_value_for_an_output_that_has_ended_is_a_failure_of_the_node() -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=3)
    graph.add(EmitsAgain, id="e")
    graph.add(Collect, id="c")
    graph.connect("n.value", "e.x")
    graph.connect("e.y", "c.x")
    run = graph.start()
    assert run.wait(10)
    assert (run.state, run.result("c")) == (RunState.FAILED, [0])
    assert "has ended" in run.failures[0].error
