"""The warm spare worker that is killed or stopped, before and while a run takes it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from engine import RunState, StartError, give_up_spare_worker, keep_spare_worker
from tests.engine.runtime.placements import chain, finished, until
from tests.nodes_for_tests import Collect, Numbers
from tests.timing import Stopwatch

pytestmark = pytest.mark.timeout(60)


@contextmanager
def kept_spare() -> Iterator[psutil.Process]:
    """The spare, which waits for work. Not a fixture: the environment changes between setup and test."""
    keep_spare_worker()
    try:
        yield until(_spares)[0]
    finally:
        give_up_spare_worker()


def _spares() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children():
        try:
            if "warm" in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE:
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


def _graph() -> object:
    return chain(("n", Numbers, {}), ("s", Collect, {"location": "p:"}))


@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGSEGV, marks=pytest.mark.long)])
def test_a_spare_that_was_killed_is_nothing_to_the_next_run_and_another_takes_its_place(number: signal.Signals) -> None:
    with kept_spare() as spare:
        os.kill(spare.pid, number)
        until(lambda: spare.status() == psutil.STATUS_ZOMBIE, what="its death")
        run = finished(_graph())  # type: ignore[arg-type]
        assert run.result("s") == list(range(10))
        assert run.statistics().computers["p:"].pid != spare.pid
        until(lambda: [one for one in _spares() if one.pid != spare.pid], timeout=5.0, what="another spare")


@pytest.mark.long
def test_a_spare_that_does_not_answer_is_a_start_error_in_time_and_the_next_start_works() -> None:
    with kept_spare() as spare:
        os.kill(spare.pid, signal.SIGSTOP)
        graph = _graph()
        watch = Stopwatch()
        with pytest.raises(StartError, match="p:"):
            graph.start(timeout=1.0)  # type: ignore[attr-defined]
        assert watch.passed_s < 1.0 + 2.0
        assert not spare.is_running() or spare.status() == psutil.STATUS_ZOMBIE
        run = finished(graph, RunState.FINISHED)  # type: ignore[arg-type]
        assert run.result("s") == list(range(10))
