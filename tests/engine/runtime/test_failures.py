"""Failures: exceptions wherever a node can raise one. The same at every kind of place."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from engine import Graph, In, Node, Out, Run, RunState, StartError, param
from tests.engine.runtime.failing_nodes import Raising
from tests.engine.runtime.placements import chain, finished, until
from tests.nodes_for_tests import Collect, Numbers, Pair, Ports, TimedNumbers

pytestmark = pytest.mark.timeout(30)
LOCATIONS = ["", "t", "p:"]


class RaisingAsync(Raising):
    async def process(self, x: int) -> int:  # type: ignore[override]
        import asyncio

        await asyncio.sleep(0.001)
        return super().process(x)


class RaisingGenerator(Raising):
    def process(self, x: int) -> Iterator[int]:  # type: ignore[override]
        yield -x
        if x in self.at:
            self.fail(x)


class RaisingCheck(Raising):
    def should_process(self, x: int) -> bool:
        if x in self.at:
            self.fail(x)
        return True

    def process(self, x: int) -> int:
        return x


# -- where a node can raise


@pytest.mark.parametrize("location", LOCATIONS)
def test_an_exception_in_process_is_told_with_node_place_and_traceback_and_what_came_before_it_arrives(
    location: str,
) -> None:
    graph = chain(("n", Numbers, {"count": 20}), ("r", Raising, {"at": [6], "location": location}), ("s", Collect, {}))
    run = finished(graph, RunState.FAILED)
    assert run.result("s") == [0, 1, 2, 3, 4, 5]
    (failure,) = run.failures
    assert (failure.node, failure.location, failure.error) == ("r", location, "ValueError: number 6")
    assert failure.traceback.startswith("Traceback") and "in fail" in failure.traceback
    node = run.statistics().nodes["r"]
    assert (node.state, node.errors, node.message) == ("failed", 1, "ValueError: number 6")


def _skipping(location: str) -> Run:
    graph = Graph()
    graph.add(Numbers, id="n", count=20)
    for id, node_type, at in (
        ("first", Raising, [0]),
        ("middle", Raising, [9, 10]),
        ("last", Raising, [19]),
        ("all", Raising, list(range(20))),
        ("awaiting", RaisingAsync, [3]),
        ("check", RaisingCheck, [4, 5]),
        ("generator", RaisingGenerator, [5]),
    ):
        graph.add(node_type, id=id, at=at, location=location)
        graph.add(Pair, id=f"{id}-pair")
        graph.add(Collect, id=f"{id}-sink")
        graph.connect("n.value", f"{id}.x")
        graph.connect(f"{id}.y", f"{id}-pair.a")
        graph.connect("n.value", f"{id}-pair.b")
        graph.connect(f"{id}-pair.both", f"{id}-sink.x")
    return finished(graph, on_error="skip")


@pytest.mark.parametrize("location", LOCATIONS)
def test_skip_leaves_out_the_tick_that_failed_counts_it_and_joins_downstream_go_on(location: str) -> None:
    run = _skipping(location)

    def expected(*without: int) -> list[tuple[int, int]]:
        return [(i, i) for i in range(20) if i not in without]

    assert run.result("first-sink") == expected(0)
    assert run.result("middle-sink") == expected(9, 10)
    assert run.result("last-sink") == expected(19)
    assert run.result("all-sink") == []
    assert run.result("awaiting-sink") == expected(3)
    assert run.result("check-sink") == expected(4, 5)
    assert run.result("generator-sink") == [(-i, i) for i in range(20)], "what was yielded before the exception counts"
    errors = {id: run.statistics().nodes[id].errors for id in ("first", "middle", "all", "check", "generator")}
    assert errors == {"first": 1, "middle": 2, "all": 20, "check": 2, "generator": 1}
    assert run.state == RunState.FINISHED


@pytest.mark.parametrize("kind", ["SystemExit", "KeyboardInterrupt", "Unpicklable", "GeneratorExit", "CancelledError"])
@pytest.mark.parametrize("location", LOCATIONS)
def test_exits_interrupts_and_what_does_not_pickle_are_failures_like_any_other(kind: str, location: str) -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=5)
    for policy in ("stop", "skip"):
        graph.add(Raising, id=policy, at=[2], kind=kind, location=location)
        graph.add(RaisingAsync, id=f"async-{policy}", at=[2], kind=kind, location=location)
        for id in (policy, f"async-{policy}"):
            graph.set_error_policy(id, policy)
            graph.add(Collect, id=f"{id}-sink")
            graph.connect("n.value", f"{id}.x")
            graph.connect(f"{id}.y", f"{id}-sink.x")
    run = finished(graph, RunState.FAILED)
    for id in ("skip", "async-skip"):
        assert run.result(f"{id}-sink") == [0, 1, 3, 4], id
    for id in ("stop", "async-stop"):
        assert run.result(f"{id}-sink") == [0, 1], id
        assert run.statistics().nodes[id].state == "failed"
    assert {failure.node for failure in run.failures} == {"skip", "stop", "async-skip", "async-stop"}
    for failure in run.failures:
        assert f"{kind}: number 2" in failure.error


class RaisingHook(Node):
    x = In(int)
    y = Out(int)
    where = param("")

    def __init__(self) -> None:
        self._in("constructor")

    def on_start(self) -> None:
        self._in("on_start")

    def process(self, x: int) -> int:
        return x

    def on_end(self) -> None:
        self._in("on_end")

    def on_stop(self) -> None:
        self._in("on_stop")

    def result(self) -> int:
        self._in("result")
        return 1

    def _in(self, place: str) -> None:
        if self.where == place:
            raise ValueError(f"in {place}")


class RaisingAsyncHook(RaisingHook):
    async def on_start(self) -> None:  # type: ignore[override]
        super().on_start()

    async def on_end(self) -> None:  # type: ignore[override]
        super().on_end()

    async def on_stop(self) -> None:  # type: ignore[override]
        super().on_stop()


@pytest.mark.parametrize(
    ("where", "kind"), [("constructor", RaisingHook), ("on_start", RaisingHook), ("on_start", RaisingAsyncHook)]
)
@pytest.mark.parametrize("location", LOCATIONS)
def test_an_exception_before_the_start_is_a_start_error_that_names_node_place_and_cause(
    where: str, location: str, kind: type[Node]
) -> None:
    graph = chain(("n", Numbers, {}), ("r", kind, {"where": where, "location": location}), ("s", Collect, {}))
    with pytest.raises(StartError) as caught:
        graph.start()
    text = str(caught.value)
    assert "node r" in text and (location or "main") in text and f"ValueError: in {where}" in text


@pytest.mark.parametrize("location", LOCATIONS)
def test_an_exception_in_on_end_or_on_stop_or_result_is_a_failure_though_all_data_arrived(location: str) -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=5)
    ids = []
    for kind in (RaisingHook, RaisingAsyncHook):
        for where in ("on_end", "on_stop", "result"):
            id = f"{kind.__name__}-{where}"
            ids.append(id)
            graph.add(kind, id=id, where=where, location=location)
            graph.add(Collect, id=f"{id}-sink")
            graph.connect("n.value", f"{id}.x")
            graph.connect(f"{id}.y", f"{id}-sink.x")
    run = finished(graph, RunState.FAILED, on_error="skip")
    assert {failure.node for failure in run.failures} == set(ids)
    for failure in run.failures:
        where = failure.node.rpartition("-")[2]
        assert failure.error == f"ValueError: in {where}" and f"in {where}" in failure.traceback
    for id in ids:
        assert run.result(f"{id}-sink") == [0, 1, 2, 3, 4]
        if not id.endswith("result"):
            assert run.statistics().nodes[id].state == "failed", id


class Wrong(Node):
    """Breaks a rule with every message."""

    x = In(int)
    y = Out(int)
    how = param("type")

    def process(self, x: int) -> Any:
        if self.how == "type":
            return str(x)
        if self.how == "port":
            self.emit("nowhere", x)
        if self.how == "emit type":
            self.emit("y", str(x))
        return x


class WrongDict(Node):
    x = In(int)
    y = Out(int)
    z = Out(int)
    how = param("plain")

    def process(self, x: int) -> Any:
        return {"plain": x, "port": {"y": x, "nowhere": x}}[self.how]


class Unsendable(Node):
    """Emits what cannot leave its process."""

    x = In(int)
    y = Out()

    def process(self, x: int) -> Any:
        return (lambda: x) if x == 2 else x


def test_a_payload_that_does_not_pickle_is_a_failure_of_the_node_that_emits_it() -> None:
    graph = chain(("n", Numbers, {"count": 5}), ("u", Unsendable, {}), ("s", Collect, {"location": "p:"}))
    run = finished(graph, on_error="skip")
    assert run.result("s") == [0, 1, 3, 4]
    assert [failure.node for failure in run.failures] == ["u"]
    wire = run.statistics().wires["u.y -> s.x"]
    assert (wire.sent, wire.delivered) == (4, 4)


class Mine:
    """Unpickles only where it was made."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def __reduce__(self) -> Any:
        return (_only_at_home, (self.pid,))


def _only_at_home(pid: int) -> Mine:
    import os

    if os.getpid() != pid:
        raise ImportError("no such class here")
    return Mine(pid)


class Exotic(Node):
    x = In(int)
    y = Out()

    def process(self, x: int) -> Any:
        import os

        return Mine(os.getpid()) if x == 2 else x


# -- neighbours


def test_a_failing_neighbour_at_the_same_place_disturbs_nobody() -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="n", count=100, interval=0.002)
    graph.add(Raising, id="r", at=list(range(100)), location="p:")
    graph.add(Collect, id="s", location="p:")
    graph.connect("n.value", "r.x")
    graph.connect("n.value", "s.x")
    run = finished(graph, on_error="skip")
    assert run.result("s") == list(range(100))
    assert run.statistics().nodes["r"].errors == 100


@pytest.mark.parametrize("location", ["", "p:"])
def test_a_failure_is_shown_within_a_second(location: str) -> None:
    graph = chain(("n", TimedNumbers, {"interval": 0.01}), ("r", Raising, {"at": [5], "location": location}))
    with graph.start(on_error="skip") as run:
        until(lambda: run.statistics().nodes["n"].emitted > 5)
        until(lambda: run.failures, timeout=1.0)
        assert abs(time.time() - run.failures[0].time) < 1.0


def test_ports_that_failed_do_not_hold_up_those_that_wait_for_them() -> None:
    graph = Graph()
    graph.add(Ports, id="n", count=50)
    graph.add(Raising, id="r", at=[3], location="p:")
    graph.add(Pair, id="pair")
    graph.add(Collect, id="s")
    graph.connect("n.left", "r.x")
    graph.connect("r.y", "pair.a")
    graph.connect("n.right", "pair.b")
    graph.connect("pair.both", "s.x")
    run = finished(graph, RunState.FAILED)
    assert run.result("s") == [(0, "0"), (1, "1"), (2, "2")]


@pytest.mark.parametrize("location", LOCATIONS)
def test_a_wrong_type_or_port_is_told_once_and_is_not_fatal_to_others(location: str) -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=50)
    graph.add(Collect, id="healthy")
    graph.connect("n.value", "healthy.x")
    expected = {}
    for node_type, hows in ((Wrong, ("type", "port", "emit type")), (WrongDict, ("plain", "port"))):
        for how in hows:
            id = f"{node_type.__name__}-{how.replace(' ', '_')}"
            graph.add(node_type, id=id, how=how, location=location)
            graph.connect("n.value", f"{id}.x")
            expected[id] = "nowhere" if how == "port" else "not str" if "type" in how else "dict"
    run = finished(graph, on_error="skip")
    assert run.result("healthy") == list(range(50))
    assert sorted(failure.node for failure in run.failures) == sorted(expected), "each is told once"
    for failure in run.failures:
        assert expected[failure.node] in failure.error
        assert run.statistics().nodes[failure.node].errors == 50


@pytest.mark.parametrize(("policy", "state"), [("skip", RunState.FINISHED), ("stop", RunState.FAILED)])
def test_a_payload_that_does_not_unpickle_is_a_failure_of_the_node_that_gets_it(policy: str, state: RunState) -> None:
    graph = chain(("n", Numbers, {"count": 5}), ("u", Exotic, {}), ("s", Collect, {"location": "p:"}))
    run = finished(graph, state, on_error=policy)
    assert run.result("s") == ([0, 1, 3, 4] if policy == "skip" else [0, 1])
    assert [(failure.node, failure.error) for failure in run.failures] == [("s", "ImportError: no such class here")]


def test_failures_of_a_node_that_fails_all_the_time_do_not_grow_without_bound() -> None:
    graph = chain(("n", Numbers, {"count": 5000}), ("r", Raising, {"at": list(range(5000))}))
    run = finished(graph, on_error="skip")
    assert run.statistics().nodes["r"].errors == 5000
    assert len(run.failures) <= 1000


def test_an_exception_in_result_makes_the_node_failed() -> None:
    graph = chain(("n", Numbers, {"count": 5}), ("r", RaisingHook, {"where": "result"}), ("s", Collect, {}))
    run = finished(graph, RunState.FAILED)
    assert run.statistics().nodes["r"].state == "failed"
