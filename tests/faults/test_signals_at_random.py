"""SIGKILL, SIGSEGV, a real segmentation fault and SIGSTOP, at any moment of the transfer of 1 MB arrays."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time

import pytest

from engine import Run, RunState, TidewireError
from tests.engine.runtime.placements import is_gone, pid_of, until
from tests.faults.megabytes import CHAIN, chain_of_megabytes
from tests.timing import Stopwatch, within

pytestmark = pytest.mark.timeout(60)
TOLD = {"SIGKILL": ("SIGKILL", -9), "SIGSEGV": ("SIGSEGV", -11), "address 0": ("SIGSEGV", -11)}


def _strike(run: Run, victim: str, how: str) -> None:
    if how == "address 0":
        with contextlib.suppress(TidewireError):  # nobody answers
            run.set(f"{victim}.crash", True, timeout=1.0)
    else:
        os.kill(pid_of(run, f"{victim}:"), signal.Signals[how])


def _started(moments: random.Random) -> Run:
    """The chain, at a random moment within its first 0.3 s."""
    run = chain_of_megabytes().start(on_error="skip")
    until(lambda: run.statistics().nodes["s"].received > 1)
    moment = time.monotonic() + moments.uniform(0.0, 0.3)
    until(lambda: time.monotonic() >= moment)
    return run


def _rest_goes_on(run: Run) -> None:
    seen = run.statistics().nodes["s"].received
    until(lambda: run.statistics().nodes["s"].received > seen + 10, timeout=5.0, what="the rest goes on")
    assert run.state == RunState.RUNNING


def _all_is_accounted_for(run: Run, pids: list[int]) -> None:
    assert run.result("s") == [i * i for i in range(run.statistics().nodes["n"].emitted)]
    for key, wire in run.statistics().wires.items():
        assert wire.sent == wire.delivered + wire.dropped + wire.discarded + wire.lost, (key, wire)
        assert wire.queued == 0, key
    assert all(is_gone(pid) for pid in pids)


def _dies(victim: str, how: str, moments: random.Random) -> None:
    run = _started(moments)
    pids = [computer.pid for computer in run.statistics().computers.values() if computer.kind == "process"]
    words, code = TOLD[how]
    struck, watch = time.time(), Stopwatch()
    _strike(run, victim, how)
    (failure,) = until(lambda: run.failures, timeout=5.0, what="the death is noticed")
    assert failure.time - struck - watch.not_given_s < 1.0, "noticed within 1 s"
    assert (failure.node, failure.location) == (victim, f"{victim}:") and words in failure.error
    statistics = run.statistics()
    assert statistics.nodes[victim].state == "dead" and words in statistics.nodes[victim].message
    assert statistics.computers[f"{victim}:"].exit_code == code
    _rest_goes_on(run)
    force = moments.random() < 0.3
    watch = Stopwatch()
    run.stop(force=force)
    assert not force or watch.passed_s < 2.0
    assert run.state == RunState.FAILED
    if not force:
        assert victim == "sink" or run.result("sink")[1] == 0, "a torn or misplaced array arrived"
        _all_is_accounted_for(run, pids)
    assert all(is_gone(pid) for pid in pids)


def _is_stopped(victim: str, moments: random.Random) -> None:
    run = _started(moments)
    pids = [computer.pid for computer in run.statistics().computers.values() if computer.kind == "process"]
    watch = Stopwatch()
    _strike(run, victim, "SIGSTOP")
    within(1.0, lambda: run.statistics().nodes[victim].late, "late", watch)
    _rest_goes_on(run)
    assert not run.failures, "who is late may come back"
    if moments.random() < 0.5:
        _strike(run, victim, "SIGCONT")
        seen = run.statistics().nodes["sink"].received
        until(lambda: run.statistics().nodes["sink"].received > seen + 5, what="the chain goes on")
        until(lambda: not run.statistics().nodes[victim].late, timeout=3.0, what="in time again")
        run.stop()
        assert (run.state, run.failures) == (RunState.STOPPED, [])
        assert run.result("sink") == (run.statistics().nodes["source"].emitted, 0), "nothing was lost"
        _all_is_accounted_for(run, pids)
    else:
        watch = Stopwatch()
        run.stop(force=True)
        assert watch.passed_s < 2.0
        assert run.state == RunState.KILLED
        assert run.statistics().nodes[victim].state == "dead"
    assert all(is_gone(pid) for pid in pids)


def _play(victim: str, how: str, number: int) -> None:
    moments = random.Random(number)
    try:
        if how == "SIGSTOP":
            _is_stopped(victim, moments)
        else:
            _dies(victim, how, moments)
    except BaseException as error:
        raise AssertionError(f"{how} to the {victim}, TIDEWIRE_FAULT_SEED={number}: {error}") from error


QUICK = {("middle", "address 0"), ("sink", "SIGSTOP")}


@pytest.mark.parametrize(
    ("victim", "how"),
    [
        pytest.param(victim, how, marks=[] if (victim, how) in QUICK else [pytest.mark.long])
        for victim in CHAIN
        for how in (*TOLD, "SIGSTOP")
    ],
)
def test_a_process_that_is_struck_at_any_moment_is_told_of_contained_and_accounted_for(
    victim: str, how: str, seed: int
) -> None:
    _play(victim, how, seed)


@pytest.mark.minutes
@pytest.mark.long
@pytest.mark.timeout(300)
def test_processes_that_are_struck_at_many_moments(seed: int) -> None:
    for round_ in range(12):
        _play(CHAIN[round_ % 3], (*TOLD, "SIGSTOP")[round_ % 4], 1000 * seed + round_)
