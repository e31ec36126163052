"""Edits of a graph while it runs: what is touched is made anew, all else goes on, wherever the nodes are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import EditRefused, Graph, GraphError, Run, RunError, RunState
from tests.engine.runtime.editing_nodes import (
    CannotStart,
    DiesAtStart,
    Hand,
    NeverReady,
    Stubborn,
    Tagged,
    Together,
    Watch,
)
from tests.engine.runtime.placements import until
from tests.nodes_for_tests import Collect, Numbers, Square

pytestmark = pytest.mark.timeout(60)
PLACES = {
    "main": ("", "", ""),
    "thread": ("t1", "t2", "t3"),
    "process": ("p1:", "p2:", "p3:"),
    "mixed": ("", "t1", "p1:"),
    "one process": ("p1:", "p1:io", "p1:"),
}
placed = pytest.mark.parametrize("places", list(PLACES))


class Editing:
    """A graph that runs, and a chain in it that no edit touches."""

    def __init__(self, start: Callable[[Graph], Run]) -> None:
        self.graph = Graph()
        self.graph.add(Tagged, id="calm", name="calm", interval=0.003)
        self.graph.add(Watch, id="witness", location="calm:")
        self.graph.connect("calm.value", "witness.x")
        self._start = start
        self.run: Any = None

    def start(self) -> Run:
        """Start it, and read along at the chain."""
        self.run = self._start(self.graph)
        self._tap = self.run.tap("witness.seen")
        self._first = self._tap.get(timeout=10)
        return self.run

    def edit(self) -> Any:
        """Make the run execute the graph as it is now."""
        return self.run.edit(self.graph)

    def check_the_rest(self) -> None:
        """The chain beside has neither been restarted nor lost anything."""
        until(lambda: self._tap.get(timeout=5)[1] > self._first[1])
        instance, count, faults, gaps = self._tap.get(timeout=5)
        assert instance == self._first[0] and count > self._first[1]
        assert (faults, gaps) == (0, 0)
        statistics = self.run.statistics()
        assert set(statistics.nodes) == set(self.graph.nodes)
        assert set(statistics.wires) == set(self.graph.wires)
        assert {c.location for c in statistics.computers.values()} == {
            str(spec.location) for spec in self.graph.nodes.values()
        }


@pytest.fixture
def editing() -> Iterator[Editing]:
    runs: list[Run] = []

    def start(graph: Graph) -> Run:
        runs.append(graph.start(on_error="skip"))
        return runs[-1]

    yield Editing(start)
    for run in runs:
        run.stop(timeout=5)
        assert run.state in (RunState.STOPPED, RunState.FINISHED), (run.state, run.failures)
        for key, wire in run.statistics().wires.items():
            accounted = wire.delivered + wire.dropped + wire.discarded + wire.lost + wire.queued
            assert wire.sent == accounted and not wire.lost, (key, wire)


def last(run: Run, port: str = "w.seen") -> Any:
    """The newest value at a port."""
    with run.tap(port) as tap:
        return tap.get(timeout=10)


def flows(run: Run, port: str = "w.seen") -> None:
    """Something new comes at a port."""
    with run.tap(port) as tap:
        first = tap.get(timeout=10)
        until(lambda: tap.get(timeout=10) != first)


@placed
def test_nodes_and_wires_come_while_the_graph_runs(editing: Editing, places: str) -> None:
    run, graph = editing.start(), editing.graph
    for id, kind, place in zip("shw", (Tagged, Hand, Watch), PLACES[places], strict=True):
        graph.add(kind, id=id, location=place)
    graph.connect("s.value", "h.x")
    graph.connect("h.y", "w.x")
    done = editing.edit()
    assert set(done.added) == {"s", "h", "w"} and not done.removed
    flows(run)
    assert last(run)[2:] == (0, 0)
    editing.check_the_rest()


@placed
def test_nodes_go_while_the_graph_runs(editing: Editing, places: str, tmp_path: Path) -> None:
    graph = editing.graph
    for id, kind, place in zip("shw", (Tagged, Hand, Watch), PLACES[places], strict=True):
        graph.add(kind, id=id, location=place)
    graph.add(Stubborn, id="last", location=PLACES[places][2], path=str(tmp_path / "said"))
    graph.connect("s.value", "h.x")
    graph.connect("h.y", "w.x")
    graph.connect("h.y", "last.x")
    run = editing.start()
    flows(run)
    graph.remove("last")
    editing.edit()
    until(lambda: (tmp_path / "said").exists())
    before = last(run)
    flows(run)
    assert last(run)[0] == before[0] and last(run)[2:] == (0, 0), "the others have lost nothing"
    for id in "shw":
        graph.remove(id)
    editing.edit()
    editing.check_the_rest()


@placed
def test_a_node_gets_other_wires_and_keeps_its_state(editing: Editing, places: str) -> None:
    graph = editing.graph
    first, second, third = PLACES[places]
    graph.add(Tagged, id="a", name="a", location=first)
    graph.add(Tagged, id="b", name="b", location=second)
    graph.add(Watch, id="w", location=third)
    graph.connect("a.value", "w.x")
    run = editing.start()
    flows(run)
    before = last(run)
    graph.connect("b.value", "w.x")
    editing.edit()
    until(lambda: run.statistics().wires["b.value -> w.x"].delivered > 5)
    graph.disconnect("a.value -> w.x")
    editing.edit()
    taken = run.statistics().wires["b.value -> w.x"].delivered
    until(lambda: run.statistics().wires["b.value -> w.x"].delivered > taken)
    after = last(run)
    assert after[0] == before[0] and after[1] > before[1], "the same instance has gone on counting"
    assert after[2:] == (0, 0)
    editing.check_the_rest()


@placed
def test_a_node_moves_to_another_location(editing: Editing, places: str) -> None:
    graph = editing.graph
    first, second, third = PLACES[places]
    graph.add(Tagged, id="s", location=first)
    graph.add(Hand, id="h", location=second)
    graph.add(Watch, id="w", location=third)
    graph.connect("s.value", "h.x")
    graph.connect("h.y", "w.x")
    run = editing.start()
    flows(run)
    before = last(run)
    for place in ("moved:", "", "t9", "moved:io", second):
        graph.set_location("h", place)
        done = editing.edit()
        assert done.added == done.removed == (() if not done.added else ("h",))
        flows(run)
        assert run.statistics().nodes["h"].location == place
    assert last(run)[0] == before[0] and last(run)[2] == 0, "nothing came twice or out of order"
    editing.check_the_rest()


def test_a_tick_join_gets_an_input_and_loses_it(editing: Editing) -> None:
    graph = editing.graph
    graph.add(Tagged, id="s")
    graph.add(Hand, id="h", location="p1:")
    graph.add(Together, id="j", location="t1")
    graph.connect("s.value", "j.a")
    graph.connect("s.value", "h.x")
    run = editing.start()
    alone = last(run, "j.both")
    graph.connect("h.y", "j.b")
    editing.edit()
    both = until(lambda: found if (found := last(run, "j.both"))[2] is not None else None)
    assert both[1] == both[2], "the two of one tick"
    assert both[0] > alone[0], "its state went on"
    graph.disconnect("h.y -> j.b")
    editing.edit()
    until(lambda: last(run, "j.both")[2] is None)
    editing.check_the_rest()


def test_a_fixed_parameter_makes_a_node_anew_and_a_live_one_does_not(editing: Editing) -> None:
    graph = editing.graph
    graph.add(Tagged, id="s")
    graph.add(Hand, id="h")
    graph.add(Watch, id="w", location="p1:")
    graph.connect("s.value", "h.x")
    graph.connect("h.y", "w.x")
    run = editing.start()
    flows(run)
    graph.set_parameter("s", "fixed", 1)
    graph.set_parameter("h", "live", 7)
    done = editing.edit()
    assert done.added == ("s",) and done.values == (("h", "live", 7),)
    flows(run)
    assert last(run)[2] == 0
    editing.check_the_rest()


def test_a_node_that_has_ended_begins_anew_with_a_new_input(editing: Editing) -> None:
    graph = editing.graph
    graph.add(Numbers, id="n", count=3)
    graph.add(Square, id="sq")
    graph.add(Collect, id="c", location="p1:")
    graph.connect("n.value", "sq.x")
    graph.connect("sq.y", "c.x")
    run = editing.start()
    until(lambda: run.statistics().nodes["c"].state == "ended")
    assert run.result("c") == [0, 1, 4]
    graph.add(Numbers, id="m", count=4, location="p1:")
    graph.disconnect("sq.y -> c.x")
    graph.connect("m.value", "c.x")
    editing.edit()
    until(lambda: run.result("c") == [0, 1, 2, 3])


@pytest.mark.parametrize(
    ("kind", "place", "reason"),
    [
        (CannotStart, "", "no device is connected"),
        (CannotStart, "new:", "no device is connected"),
        (CannotStart, "calm:", "no device is connected"),
        (CannotStart, "t1", "no device is connected"),
        (NeverReady, "", "did not get ready in time"),
        (NeverReady, "new:", "did not get ready in time"),
        (DiesAtStart, "new:", "exit"),
    ],
)
def test_what_cannot_start_leaves_the_run_as_it_was(editing: Editing, kind: Any, place: str, reason: str) -> None:
    run, graph = editing.start(), editing.graph
    before = graph.snapshot()
    graph.add(Hand, id="h", location="other:")
    graph.add(kind, id="bad", location=place)
    graph.connect("calm.value", "h.x")
    graph.connect("h.y", "bad.x")
    with pytest.raises(EditRefused, match=reason):
        run.edit(graph, timeout=1.0 if kind is NeverReady else 10.0)
    graph.restore(before)
    assert run.state == RunState.RUNNING
    editing.check_the_rest()
    graph.add(Hand, id="h", location=place)
    graph.connect("calm.value", "h.x")
    editing.edit()
    flows(run, "h.y")
    editing.check_the_rest()


def test_what_cannot_be_done_live_says_so_beforehand(editing: Editing) -> None:
    graph = editing.graph
    graph.add(Tagged, id="s")
    graph.add(Watch, id="w")
    graph.connect("s.value", "w.x")
    run = editing.start()
    graph.connect("w.seen", "w.x", feedback=True)
    assert "loop" in run.look_at_edit(graph).refusals[0]
    with pytest.raises(EditRefused, match="feedback"):
        editing.edit()
    graph.disconnect("w.seen -> w.x")
    graph.set_computer("calm:", on_death="restart")
    with pytest.raises(EditRefused, match="crash of process calm"):
        editing.edit()
    graph.set_computer("calm:", on_death="")
    graph.add(Hand, id="unwired")
    with pytest.raises(GraphError) as refused:
        editing.edit()
    assert refused.value.problems[0].where == "unwired.x"
    graph.remove("unwired")
    assert not run.look_at_edit(graph).changes_structure
    editing.check_the_rest()


def test_a_wire_gets_another_policy(editing: Editing) -> None:
    graph = editing.graph
    graph.add(Tagged, id="s")
    graph.add(Watch, id="w", location="p1:")
    graph.connect("s.value", "w.x")
    run = editing.start()
    flows(run)
    graph.set_wire("s.value -> w.x", overflow="latest", capacity=4)
    editing.edit()
    flows(run)
    assert last(run)[2] == 0
    editing.check_the_rest()


def test_all_nodes_removed_ends_the_run(editing: Editing) -> None:
    run = editing.start()
    run.edit(Graph())
    assert run.wait(10)
    assert run.state in (RunState.FINISHED, RunState.STOPPED)


def test_a_run_that_is_over_is_not_edited() -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=1)
    run = graph.start()
    assert run.wait(10)
    graph.add(Numbers, id="m", count=1)
    with pytest.raises(RunError, match="only while it runs"):
        run.edit(graph)
