"""Processes that die: noticed within a second, losses counted, the rest goes on, and nothing is left."""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest

from engine import Run, RunState, StartError
from tests.engine.runtime.placements import chain, is_gone, pid_of, until
from tests.faults.faulty_nodes import Crash, LeavesThread, Spawns
from tests.faults.megabytes import CHAIN, chain_of_megabytes
from tests.nodes_for_tests import Collect, Numbers, Square, TimedNumbers
from tests.timing import Stopwatch, within

pytestmark = pytest.mark.timeout(40)


def _check_after_death(run: Run, victim: str, died: Stopwatch) -> None:
    within(1.0, lambda: run.failures, "the death is noticed", died)
    statistics = run.statistics()
    assert statistics.nodes[victim].state == "dead"
    assert "SIGKILL" in statistics.nodes[victim].message
    assert statistics.computers[f"{victim}:"].exit_code == -9
    assert run.failures[0].location == f"{victim}:"
    seen = statistics.nodes["s"].received
    until(lambda: run.statistics().nodes["s"].received > seen + 10, timeout=10.0, what="the rest goes on")
    assert run.state == RunState.RUNNING
    run.stop()
    assert run.state == RunState.FAILED
    assert run.result("s") == [i * i for i in range(run.statistics().nodes["n"].emitted)]
    for key, wire in run.statistics().wires.items():
        assert wire.sent == wire.delivered + wire.dropped + wire.discarded + wire.lost, key
    if victim != "sink":
        assert run.result("sink")[1] == 0, "a torn or misplaced array arrived"


@pytest.mark.parametrize("victim", CHAIN)
def test_a_killed_process_of_a_chain_of_1_mb_arrays_is_noticed_counted_and_contained(victim: str) -> None:
    run = chain_of_megabytes().start(on_error="skip")
    until(lambda: run.statistics().nodes["sink"].received > 10 and run.statistics().nodes["s"].received > 3)
    pids = [computer.pid for computer in run.statistics().computers.values() if computer.kind == "process"]
    died = Stopwatch()
    os.kill(pid_of(run, f"{victim}:"), signal.SIGKILL)
    _check_after_death(run, victim, died)
    assert all(is_gone(pid) for pid in pids)


def test_all_processes_killed_at_once_end_the_run() -> None:
    run = chain_of_megabytes().start()
    until(lambda: run.statistics().nodes["sink"].received > 3)
    for label, computer in run.statistics().computers.items():
        if computer.kind == "process":
            os.kill(pid_of(run, label), signal.SIGKILL)
    assert run.wait(10), "by the policy stop the run ends by itself"
    assert run.state == RunState.FAILED
    assert len(run.failures) == 4


def test_by_the_policy_stop_a_death_ends_the_run_and_what_is_under_way_elsewhere_is_finished() -> None:
    run = chain_of_megabytes().start()
    until(lambda: run.statistics().nodes["s"].received > 3 and run.statistics().nodes["sink"].received > 3)
    os.kill(pid_of(run, "middle:"), signal.SIGKILL)
    assert run.wait(10)
    assert run.state == RunState.FAILED
    assert run.result("s") == [i * i for i in range(run.statistics().nodes["n"].emitted)]


@pytest.mark.parametrize(
    ("how", "code", "words"),
    [("segfault", -11, "SIGSEGV"), ("exit", 7, "exit code 7"), ("SIGABRT", -6, "SIGABRT"), ("SIGTERM", -15, "SIGTERM")],
)
def test_however_a_process_ends_its_exit_code_is_told(how: str, code: int, words: str) -> None:
    graph = chain(
        ("n", TimedNumbers, {}),
        ("c", Crash, {"how": how, "location": "p:"}),
        ("s", Collect, {}),
    )
    run = graph.start()
    assert run.wait(10)
    assert run.state == RunState.FAILED
    assert run.statistics().computers["p:"].exit_code == code
    assert words in run.failures[0].error and run.failures[0].location == "p:"
    assert run.result("s") == [0, 1, 2], "what was sent before the end arrives"


def test_losses_are_counted_by_message() -> None:
    graph = chain(("n", Numbers, {"count": 1000}), ("c", Crash, {"at": 200, "location": "p:"}), ("s", Collect, {}))
    run = graph.start(on_error="skip")
    assert run.wait(10)
    before, after = (run.statistics().wires[key] for key in ("n.value -> c.x", "c.y -> s.x"))
    assert before.sent == before.delivered + before.lost == 1000
    assert after.delivered == len(run.result("s")) <= 200
    assert after.delivered <= before.delivered <= 201, "what was processed is not counted as lost"


def test_a_process_that_dies_while_it_starts_is_a_start_error_at_once() -> None:
    graph = chain(("n", Numbers, {}), ("c", DiesAtStart, {"location": "p:"}), ("s", Collect, {"location": "q:"}))
    watch = Stopwatch()
    with pytest.raises(StartError, match="p"):
        graph.start()
    assert watch.passed_s < 5.0, "it is not waited for until the time for the start is up"


class DiesAtStart(Crash):
    def on_start(self) -> None:
        os._exit(3)


def test_what_a_worker_has_spawned_dies_with_it() -> None:
    marker = f"tidewire-test-{os.getpid()}-{time.monotonic_ns()}"

    def spawned() -> list[int]:
        found = []
        for process in psutil.process_iter(["cmdline"]):
            if marker in (process.info["cmdline"] or []):
                found.append(process.pid)
        return found

    for end in ("kill", "stop", "force"):
        graph = chain(("n", TimedNumbers, {}), ("c", Spawns, {"marker": marker, "location": "p:"}))
        run = graph.start(on_error="skip")
        until(spawned, timeout=10.0)
        if end == "kill":
            os.kill(pid_of(run, "p:"), signal.SIGKILL)
            until(lambda run=run: run.failures)  # type: ignore[misc]
        run.stop(force=end == "force")
        within(2.0, lambda: not spawned(), f"gone after {end}")


def test_a_thread_that_a_node_leaves_behind_does_not_keep_its_process() -> None:
    run = chain(("n", Numbers, {}), ("c", LeavesThread, {"location": "p:"}), ("s", Collect, {})).start()
    pid = pid_of(run, "p:")
    assert run.wait(10)
    assert (run.state, run.result("s")) == (RunState.FINISHED, list(range(10)))
    assert is_gone(pid)


def test_after_a_death_the_same_graph_starts_again() -> None:
    graph = chain(("n", TimedNumbers, {}), ("q", Square, {"location": "p:"}), ("s", Collect, {}))
    for _ in range(2):
        run = graph.start(on_error="skip")
        until(lambda run=run: run.statistics().nodes["s"].received > 3)  # type: ignore[misc]
        os.kill(pid_of(run, "p:"), signal.SIGKILL)
        until(lambda run=run: run.failures)  # type: ignore[misc]
        run.stop()
        assert run.state == RunState.FAILED


def test_a_peer_of_a_dead_process_sees_its_stream_end_as_a_failure_and_not_as_an_end() -> None:
    run = chain(("n", TimedNumbers, {"location": "p:"}), ("s", Collect, {})).start(on_error="skip")
    until(lambda: run.statistics().nodes["s"].received > 3)
    os.kill(pid_of(run, "p:"), signal.SIGKILL)
    assert run.wait(10)
    node = run.statistics().nodes["s"]
    assert node.message, "the node says why its stream ended"
    assert run.state == RunState.FAILED


def test_stop_while_a_process_dies_works() -> None:
    for delay in (0.0, 0.002):
        run = chain_of_megabytes().start(on_error="skip")
        until(lambda run=run: run.statistics().nodes["sink"].received > 1)  # type: ignore[misc]
        os.kill(pid_of(run, "middle:"), signal.SIGKILL)
        time.sleep(delay)
        run.stop()
        assert run.state == RunState.FAILED
