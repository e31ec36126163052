"""A join one side of which is 10,000 messages ahead: all wait, none is lost, and all find their partner."""

from __future__ import annotations

from typing import Any

import pytest

from engine import Graph, In, Node, Out, RunState, param
from tests.engine.runtime.placements import place, until
from tests.nodes_for_tests import Collect, Numbers, Pair
from tests.promises.places import everywhere

pytestmark = pytest.mark.timeout(60)
COUNT = 10_000


class Gate(Node):
    """Lets nothing through before it is open; its loop is free meanwhile."""

    x = In(int)
    y = Out(int)
    open = param(False)

    async def process(self, x: int) -> int:
        while not self.open:
            await self.sleep(0.01)
        return x


def _lagging(join: Any = Pair) -> Graph:
    graph = Graph()
    graph.add(Numbers, id="n", count=COUNT)
    graph.add(Gate, id="gate")
    graph.add(join, id="pair")
    graph.add(Collect, id="s")
    graph.connect("n.value", "pair.a", capacity=COUNT + 100)
    graph.connect("n.value", "gate.x", capacity=COUNT + 100)
    graph.connect("gate.y", "pair.b")
    graph.connect("pair.both", "s.x")
    return graph


@everywhere("process")
def test_a_backlog_of_10_000_on_one_side_of_a_join_finds_its_partners_in_order(placement: str) -> None:
    run = place(_lagging(), placement).start()
    wire = "n.value -> pair.a"
    until(lambda: run.statistics().nodes["n"].state == "ended", timeout=15.0, what="all of one side is under way")
    until(lambda: run.statistics().wires[wire].queued >= COUNT - 1, what="counted")
    assert run.statistics().nodes["s"].received == 0
    run.set("gate.open", True)
    assert run.wait(30.0), run.waiting_for()
    assert (run.state, run.failures) == (RunState.FINISHED, [])
    assert run.result("s") == [(i, i) for i in range(COUNT)]
    assert run.statistics().wires[wire].delivered == COUNT
    assert run.statistics().nodes["pair"].unmatched == 0


@pytest.mark.parametrize("placement", ["thread", pytest.param("process", marks=pytest.mark.long)])
def test_a_backlog_of_10_000_is_thrown_away_and_counted_by_a_stop_by_force(placement: str) -> None:
    run = place(_lagging(), placement).start()
    until(lambda: run.statistics().nodes["n"].state == "ended", timeout=15.0)
    run.stop(force=True)
    assert run.state == RunState.STOPPED
    statistics = run.statistics()
    for key, wire in statistics.wires.items():
        assert wire.sent == wire.delivered + wire.discarded, key
    left = statistics.wires["n.value -> pair.a"].discarded + statistics.nodes["pair"].unmatched
    assert left == COUNT
