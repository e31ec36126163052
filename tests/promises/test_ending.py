"""Ending: per port, with ticks that were filtered out, with sources of unequal length, through cycles; and fairness."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator

import pytest

from engine import Graph, In, Node, Out, RunState, Source, StartError
from tests.engine.runtime.placements import chain, finished, place, until
from tests.nodes_for_tests import Add, Collect, Diary, EveryThird, Numbers, Pair, Square, TimedNumbers, WithOptional
from tests.promises.places import everywhere

pytestmark = pytest.mark.timeout(60)


class Recording(Source):
    """Its channel names, once; then its values, for as long as the run lasts."""

    names = Out(str)
    value = Out(int)

    async def produce(self) -> AsyncIterator[dict[str, int]]:
        for name in "abc":
            self.emit("names", name)
        self.end_output("names")
        number = 0
        while True:
            yield {"value": number}
            number += 1
            await self.sleep(0.001)


class Counts(Node):
    """Says how many came, at the end of its stream."""

    x = In()
    count = Out(int)

    def __init__(self) -> None:
        self.seen = 0

    def process(self, x: object) -> None:
        self.seen += 1

    def on_end(self) -> None:
        self.emit("count", self.seen)


@everywhere("process")
def test_a_port_may_end_early_while_others_go_on(placement: str) -> None:
    graph = Graph()
    graph.add(Recording, id="r")
    graph.add(Counts, id="names")
    graph.add(Collect, id="told")
    graph.add(Collect, id="values")
    graph.connect("r.names", "names.x", capacity=1)
    graph.connect("names.count", "told.x")
    graph.connect("r.value", "values.x")
    run = place(graph, placement).start()
    until(lambda: run.statistics().nodes["told"].state == "ended", what="the end of one port goes its way")
    seen = run.statistics().nodes["values"].received
    until(lambda: run.statistics().nodes["values"].received > seen + 5, what="the other port goes on")
    assert run.state == RunState.RUNNING
    run.stop()
    assert (run.state, run.result("told")) == (RunState.STOPPED, [3])
    assert run.result("values") == list(range(run.statistics().wires["r.value -> values.x"].sent))


@everywhere("process", "mixed")
def test_a_required_input_that_is_not_wired_is_a_problem_found_before_the_start_and_not_a_hang(placement: str) -> None:
    graph = place(chain(("n", Numbers, {}), ("pair", Pair, {}), ("s", Collect, {})), placement)
    before = threading.active_count()
    with pytest.raises(StartError, match=r"pair.*\bb\b"):
        graph.start()
    assert threading.active_count() <= before, "nothing was started"
    assert [problem for problem in graph.problems() if "pair" in str(problem)]


@everywhere("mixed")
def test_when_all_required_inputs_have_ended_on_end_may_still_emit_and_then_the_outputs_close(placement: str) -> None:
    graph = chain(("n", Numbers, {"count": 5}), ("a", Diary, {}), ("b", Diary, {}), ("s", Collect, {}))
    run = finished(place(graph, placement))
    assert run.result("s") == [0, 1, 2, 3, 4, "last words", "last words"]
    for id in ("a", "b"):
        assert run.result(id)[:2] == ["init", "start"] and run.result(id)[-2:] == ["end", "stop"]
    assert {node.state for node in run.statistics().nodes.values()} == {"ended"}


@everywhere("process")
def test_a_node_ends_with_its_required_inputs_and_not_with_its_optional_ones(placement: str) -> None:
    graph = Graph()
    graph.add(Numbers, id="short", count=3)
    graph.add(Numbers, id="long", count=20)
    for id, needed, extra in (("a", "long", "short"), ("b", "short", "long")):
        graph.add(WithOptional, id=id)
        graph.add(Collect, id=f"{id}-sink")
        graph.connect(f"{needed}.value", f"{id}.needed")
        graph.connect(f"{extra}.value", f"{id}.extra")
        graph.connect(f"{id}.both", f"{id}-sink.x")
    run = finished(place(graph, placement))
    assert run.result("a-sink") == [(i, i if i < 3 else None) for i in range(20)]
    assert run.result("b-sink") == [(i, i) for i in range(3)]


@everywhere("mixed")
def test_a_join_ends_though_the_last_ticks_of_a_branch_were_filtered_out(placement: str) -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=100)
    graph.add(EveryThird, id="third", until=50)
    graph.add(Square, id="square")
    graph.add(Pair, id="pair")
    graph.add(Collect, id="s")
    graph.connect("n.value", "third.x")
    graph.connect("third.y", "square.x")
    graph.connect("square.y", "pair.a")
    graph.connect("n.value", "pair.b")
    graph.connect("pair.both", "s.x")
    run = finished(place(graph, placement))
    assert run.result("s") == [(i * i, i) for i in range(0, 50, 3)]


@everywhere("process")
def test_a_join_of_unequal_sources_ends_with_the_shorter_and_what_is_left_over_is_counted(placement: str) -> None:
    graph = Graph()
    graph.add(Numbers, id="long", count=300)
    graph.add(Numbers, id="short", count=7)
    graph.add(Pair, id="pair")
    graph.add(Collect, id="s")
    graph.connect("long.value", "pair.a")
    graph.connect("short.value", "pair.b")
    graph.connect("pair.both", "s.x")
    run = finished(place(graph, placement))
    assert run.result("s") == [(i, i) for i in range(7)], "nothing is invented"
    wire = run.statistics().wires["long.value -> pair.a"]
    assert wire.sent == wire.delivered + wire.discarded
    assert wire.discarded + run.statistics().nodes["pair"].unmatched == wire.sent - 7


@everywhere("mixed")
def test_a_run_with_a_cycle_ends_with_its_sources(placement: str) -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=60)
    graph.add(Add, id="add")
    graph.add(EveryThird, id="some")
    graph.add(Collect, id="s")
    graph.connect("n.value", "add.a")
    graph.connect("add.total", "some.x")
    graph.connect("some.y", "add.b", feedback=True, initial=0)
    graph.connect("add.total", "s.x")
    run = finished(place(graph, placement))
    expected, last = [], 0
    for number in range(60):
        total = number + last
        expected.append(total)
        last = total if total % 3 == 0 else last
    assert run.result("s") == expected


class Greedy(Source):
    """Yields without ever awaiting."""

    value = Out(int)

    def produce(self) -> Iterator[int]:
        number = 0
        while True:
            yield number
            number += 1


@everywhere("process")
def test_many_sources_on_one_loop_share_it_fairly_and_one_that_never_awaits_starves_nobody(placement: str) -> None:
    graph = Graph()
    for index in range(4):
        graph.add(Greedy, id=f"g{index}")
        graph.add(Collect, id=f"s{index}")
        graph.connect(f"g{index}.value", f"s{index}.x")
    graph.add(TimedNumbers, id="timed", interval=0.02)
    graph.add(Collect, id="beside")
    graph.connect("timed.value", "beside.x")
    if placement != "mixed":  # all at one place, which is the hard case
        location = {"main": "", "thread": "t", "process": "p:"}[placement]
        for id in graph.nodes:
            graph.set_location(id, location)
    else:
        place(graph, placement)
    run = graph.start()
    until(lambda: run.statistics().nodes["beside"].received >= 25, timeout=10.0, what="half a second's worth")
    run.stop()
    assert run.state == RunState.STOPPED
    if placement != "mixed":
        counts = [run.statistics().nodes[f"g{index}"].emitted for index in range(4)]
        assert max(counts) < 2 * min(counts), counts
    for index in range(4):
        assert run.statistics().nodes[f"s{index}"].received == run.statistics().nodes[f"g{index}"].emitted
