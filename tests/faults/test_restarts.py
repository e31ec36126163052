"""Processes that die again and again and are started again: what goes on, what is counted, and how it ends."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest

from engine import RunState
from tests.engine.runtime.placements import is_gone, pid_of, until
from tests.faults.megabytes import CHAIN, chain_of_megabytes
from tests.timing import Stopwatch

pytestmark = pytest.mark.timeout(120)


def _play(victim: str, signals: list[signal.Signals], number: int) -> None:
    moments = random.Random(number)
    graph = chain_of_megabytes()
    graph.set_computer(f"{victim}:", on_death="restart")
    run = graph.start(on_error="skip")
    until(lambda: run.statistics().nodes["sink"].received > 3, timeout=10.0)
    pids = []
    computer, wire = f"{victim}:", "middle.y -> sink.x"
    for count, name in enumerate(signals, start=1):
        pid = pid_of(run, f"{victim}:")
        pids.append(pid)
        struck, watch = time.time(), Stopwatch()
        os.kill(pid, name)
        until(lambda count=count: len(run.failures) == count, timeout=5.0, what="the death is told")  # type: ignore[misc]
        failure = run.failures[-1]
        assert failure.time - struck - watch.not_given_s < 1.0
        assert (failure.node, failure.location) == (victim, f"{victim}:") and name.name in failure.error
        healthy = run.statistics().nodes["s"].received
        until(
            lambda count=count: (
                run.statistics().computers[computer].restarts == count  # type: ignore[misc]
                and run.statistics().nodes[victim].state == "running"
            ),
            timeout=15.0,
            what="it runs again",
        )
        delivered = run.statistics().wires[wire].delivered
        until(lambda delivered=delivered: run.statistics().wires[wire].delivered > delivered + 5, timeout=10.0)  # type: ignore[misc]
        until(lambda healthy=healthy: run.statistics().nodes["s"].received > healthy, what="the rest went on")  # type: ignore[misc]
        assert run.state == RunState.RUNNING
        moment = time.monotonic() + moments.uniform(0.0, 0.2)
        until(lambda moment=moment: time.monotonic() >= moment)  # type: ignore[misc]
    pids += [one.pid for one in run.statistics().computers.values() if one.kind == "process"]
    run.stop()
    assert run.state == RunState.STOPPED, "all that died came back"
    assert run.result("s") == [i * i for i in range(run.statistics().nodes["n"].emitted)]
    for key, wire_ in run.statistics().wires.items():
        assert wire_.sent == wire_.delivered + wire_.dropped + wire_.discarded + wire_.lost, (key, wire_)
        assert wire_.queued == 0, key
    assert all(is_gone(pid) for pid in pids)


@pytest.mark.parametrize(
    ("victim", "signals"),
    [
        ("middle", [signal.SIGKILL]),
        *(pytest.param(victim, [signal.SIGKILL, signal.SIGSEGV], marks=pytest.mark.long) for victim in CHAIN),
    ],
)
def test_a_process_that_dies_and_is_to_be_restarted_comes_back_each_time(
    victim: str, signals: list[signal.Signals], seed: int
) -> None:
    try:
        _play(victim, signals, seed)
    except BaseException as error:
        raise AssertionError(f"{victim}, TIDEWIRE_FAULT_SEED={seed}: {error}") from error


@pytest.mark.parametrize("force", [True, pytest.param(False, marks=pytest.mark.long)])
def test_a_stop_while_a_process_is_away_does_not_wait_for_it(force: bool) -> None:
    graph = chain_of_megabytes()
    graph.set_computer("middle:", on_death="restart")
    run = graph.start(on_error="skip")
    until(lambda: run.statistics().nodes["sink"].received > 3, timeout=10.0)
    os.kill(pid_of(run, "middle:"), signal.SIGKILL)
    until(lambda: run.statistics().nodes["middle"].state == "restarting", timeout=2.0)
    watch = Stopwatch()
    run.stop(force=force)
    assert watch.passed_s < 2.0
    assert run.state in (RunState.FAILED, RunState.KILLED), "it had died: that is no good end"
    assert run.statistics().nodes["middle"].state == "dead"
    for key, wire in run.statistics().wires.items():
        assert wire.sent == wire.delivered + wire.dropped + wire.discarded + wire.lost, (key, wire)
