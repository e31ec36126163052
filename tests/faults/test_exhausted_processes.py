"""Processes that get no more memory, large files or descriptors: what travels finds another way, or a node fails."""

from __future__ import annotations

import pytest

from engine import Graph, RunState
from tests.engine.runtime.placements import chain, finished, until
from tests.faults.faulty_nodes import CountInNeed, CountWhole, Crash, Grows, Megabytes, PassArray, PassInNeed
from tests.nodes_for_tests import Arrays, CheckArrays, Collect, Numbers, TimedNumbers
from tests.timing import within

pytestmark = pytest.mark.timeout(60)


@pytest.mark.parametrize("overflow", ["block", pytest.param("drop_oldest", marks=pytest.mark.long)])
@pytest.mark.parametrize("what", ["file size", pytest.param("descriptors", marks=pytest.mark.long)])
def test_a_sender_for_which_there_is_no_shared_memory_sends_through_the_socket(what: str, overflow: str) -> None:
    graph = Graph()
    graph.add(Megabytes, id="m", interval=0.002)
    graph.add(PassInNeed, id="pass", location="p:", what=what)
    graph.add(CountWhole, id="c", location="q:")
    graph.connect("m.array", "pass.x")
    graph.connect("pass.y", "c.x", overflow=overflow)
    run = graph.start()
    until(lambda: run.statistics().nodes["c"].received > 40, timeout=15.0)
    run.stop()
    assert (run.state, run.failures) == (RunState.STOPPED, [])
    wire = run.statistics().wires["pass.y -> c.x"]
    assert wire.sent == wire.delivered + wire.dropped == run.statistics().nodes["m"].emitted
    if overflow == "block":
        assert run.result("c") == (wire.sent, 0)


@pytest.mark.parametrize(
    ("what", "policy"),
    [
        ("memory", "skip"),
        pytest.param("memory", "stop", marks=pytest.mark.long),
        pytest.param("descriptors", "stop", marks=pytest.mark.long),
        pytest.param("descriptors", "skip", marks=pytest.mark.long),
    ],
)
def test_a_receiver_that_cannot_map_what_is_sent_has_failed_and_the_rest_goes_on(what: str, policy: str) -> None:
    graph = Graph()
    graph.add(Megabytes, id="m", interval=0.002, location="q:")
    graph.add(CountInNeed, id="c", location="p:", what=what)
    graph.connect("m.array", "c.x")
    graph.add(TimedNumbers, id="n", interval=0.005, count=300 if policy == "skip" else 0)
    graph.add(Collect, id="s")
    graph.connect("n.value", "s.x")
    run = graph.start(on_error=policy)
    (failure,) = until(lambda: run.failures, timeout=5.0)
    assert (failure.node, failure.location) == ("c", "p:")
    assert "cannot be mapped" in failure.error
    if policy == "skip":
        until(lambda: run.statistics().nodes["s"].received > 100, what="the rest goes on")
        assert run.state == RunState.RUNNING
        run.stop()
    else:
        assert run.wait(5.0), "by the policy stop the run ends"
    assert run.state == RunState.FAILED, "nothing arrived there: that is no good end"
    assert run.statistics().nodes["c"].state == "failed"
    assert run.result("s") == list(range(run.statistics().nodes["n"].emitted))


@pytest.mark.parametrize("policy", ["skip", pytest.param("stop", marks=pytest.mark.long)])
def test_a_node_that_reaches_the_memory_limit_of_its_process_fails_by_its_policy(policy: str) -> None:
    graph = chain(("n", Numbers, {"count": 30}), ("g", Grows, {"location": "p:"}), ("s", Collect, {}))
    run = finished(graph, RunState.FINISHED if policy == "skip" else RunState.FAILED, on_error=policy)
    node = run.statistics().nodes["g"]
    assert all(failure.node == "g" and "Unable to allocate" in failure.error for failure in run.failures)
    assert node.errors + len(run.result("s")) == (30 if policy == "skip" else len(run.result("s")) + 1)
    assert 1 <= len(run.result("s")) <= 4, "64 MB hold three or four of 16"
    assert run.result("s") == list(range(len(run.result("s"))))


def test_a_process_that_the_system_kills_for_want_of_memory_is_dead_with_its_exit_code_within_a_second() -> None:
    run = chain(("n", TimedNumbers, {}), ("c", Crash, {"location": "p:"}), ("s", Collect, {})).start(on_error="skip")
    until(lambda: run.statistics().nodes["n"].emitted > 3)
    within(1.0, lambda: run.failures, "the death is told")
    assert "SIGKILL" in run.failures[0].error
    assert run.statistics().computers["p:"].exit_code == -9
    run.stop()
    assert run.state == RunState.FAILED


@pytest.mark.long
def test_arrays_of_many_sizes_arrive_whole_though_memory_comes_and_goes() -> None:
    """Some payloads travel in the socket and some in shared memory, in one stream: the order stays."""
    graph = Graph()
    graph.add(Arrays, id="a", count=200, size=20_000)
    graph.add(PassInNeed, id="pass", location="p:", what="file size")
    graph.add(Arrays, id="b", count=200, size=40_000)
    graph.add(PassArray, id="free", location="p:")
    for source, middle in (("a", "pass"), ("b", "free")):
        graph.add(CheckArrays, id=f"{middle}-sink", location="q:")
        graph.connect(f"{source}.array", f"{middle}.x")
        graph.connect(f"{middle}.y", f"{middle}-sink.x")
    run = finished(graph)
    assert run.result("pass-sink") == run.result("free-sink") == (200, 0)
