"""A process that the system does not end, even by SIGKILL, is told of and not waited for."""

from __future__ import annotations

import os
import signal

import pytest

from engine import NodeState, RunState
from engine.computers.process import ProcessComputer
from tests.engine.runtime.placements import chain, is_gone, pid_of, until
from tests.faults.faulty_nodes import StuckInC
from tests.nodes_for_tests import TimedNumbers
from tests.timing import Stopwatch


def test_a_process_that_sigkill_does_not_end_is_told_of_as_abandoned_within_2_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = chain(("n", TimedNumbers, {}), ("c", StuckInC, {"location": "p:"})).start(on_error="skip")
    pid = pid_of(run, "p:")
    try:
        until(lambda: run.statistics().nodes["c"].late)
        # Stands for a wait in the kernel that no signal ends.
        monkeypatch.setattr(ProcessComputer, "_signal", lambda self, number: None)
        watch = Stopwatch()
        run.stop(force=True)
        assert watch.passed_s < 2.0
        node = run.statistics().nodes["c"]
        assert run.state == RunState.KILLED, "the outcome is not better than the truth"
        assert node.state == NodeState.ABANDONED
        assert "process p does not end though it was killed" in node.message
        assert any(failure.node == "c" and "process p" in failure.error for failure in run.failures)
        assert run.statistics().computers["p:"].state == "abandoned"
    finally:
        os.killpg(pid, signal.SIGKILL)
        until(lambda: is_gone(pid))
