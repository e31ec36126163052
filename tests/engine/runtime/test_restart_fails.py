"""Restarts that fail, and stops in the middle of one."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from engine import RunState
from engine.bridges.stream import socket_pair
from engine.computers import process as process_module
from engine.runtime import peers
from tests.engine.runtime.placements import chain, is_gone, pid_of, until
from tests.engine.runtime.restarting import BACK_S, check_balance, is_back, kill, kill_and_wait, lives_chain, moves_on
from tests.engine.runtime.restarting_nodes import (
    FailsToStart,
)
from tests.nodes_for_tests import Collect, Square, TimedNumbers
from tests.timing import Stopwatch

pytestmark = pytest.mark.timeout(60)


# -- restarts that fail


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("constructor", "node f could not start: RuntimeError: not today"),
        pytest.param("on_start", "node f could not start: SystemExit: not today", marks=pytest.mark.long),
        pytest.param("dies", "process p died: killed by SIGKILL", marks=pytest.mark.long),
        pytest.param("hangs", "process p was not ready within 3 s", marks=pytest.mark.long),
    ],
)
def test_a_process_that_cannot_get_ready_is_tried_again_later(how: str, words: str, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    graph = chain(
        ("n", TimedNumbers, {"interval": 0.002}),
        ("q", Square, {"location": "p:"}),
        ("f", FailsToStart, {"location": "p:", "how": how, "marker": str(marker)}),
        ("s", Collect, {}),
    )
    graph.set_computer("p:", on_death="restart")
    run = graph.start(on_error="stop", timeout=3.0 if how == "hangs" else 10.0)
    moves_on(run, "s")
    marker.touch()
    kill(run, "p:")
    message = until(
        lambda: (text := run.statistics().nodes["q"].message).endswith("(restart 2)") and text,
        timeout=BACK_S,
        what=words,
    )
    marker.unlink()
    assert message.startswith(words) and "starts again in 0.2 s" in message
    until(lambda: is_back(run, "p:", 2), timeout=BACK_S)
    moves_on(run, "s")
    run.stop()
    assert run.state == RunState.STOPPED, run.failures
    numbers = run.result("s")
    assert numbers == sorted(set(numbers))
    assert any(words in failure.error for failure in run.failures)
    check_balance(run)


@pytest.mark.parametrize("what", ["process", pytest.param("socket", marks=pytest.mark.long)])
def test_a_system_without_descriptors_or_processes_is_tried_again_later(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [2]

    def exhausted(*arguments: Any, **options: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise OSError(24, "Too many open files")
        return real(*arguments, **options)

    graph = chain(("n", TimedNumbers, {"interval": 0.002}), ("q", Square, {"location": "p:"}), ("s", Collect, {}))
    graph.set_computer("p:", on_death="restart")
    run = graph.start(on_error="stop")
    moves_on(run, "s")
    real: Any
    if what == "process":
        real = process_module.start_child
        monkeypatch.setattr(process_module, "start_child", exhausted)
    else:
        real = socket_pair
        monkeypatch.setattr(peers, "socket_pair", exhausted)
    kill(run, "p:")
    until(lambda: "could not be started again" in run.statistics().nodes["q"].message, timeout=BACK_S)
    until(lambda: is_back(run, "p:", 3), timeout=BACK_S)
    moves_on(run, "s")
    run.stop()
    assert run.state == RunState.STOPPED
    assert any("Too many open files" in failure.error for failure in run.failures)


# -- stops


@pytest.mark.parametrize(
    ("phase", "force"),
    [
        ("restarting", False),
        ("restarting", True),
        ("preparing", False),
        ("preparing", True),
        pytest.param("ready", False, marks=pytest.mark.long),
        ("ready", True),
    ],
)
def test_a_stop_in_any_phase_of_a_restart_cancels_it_and_leaves_nothing(
    phase: str, force: bool, tmp_path: Path
) -> None:
    marker = tmp_path / "marker"
    graph = lives_chain(restart=("middle", "source"))
    graph.add(FailsToStart, id="f", how="hangs", marker=str(marker), location="middle:t")
    graph.connect("n.value", "f.x")
    run = graph.start(on_error="skip")
    moves_on(run, "sink")
    if phase != "ready":
        marker.touch()
    kill(run, "middle:")
    if phase == "ready":
        until(lambda: is_back(run, "middle:", 1), timeout=BACK_S)
    until(lambda: run.statistics().computers["middle:"].state == phase, timeout=BACK_S)
    new = pid_of(run, "middle:")
    watch = Stopwatch()
    run.stop(force=force)
    assert watch.passed_s < 2.0
    assert is_gone(new)
    statistics = run.statistics()
    if phase == "ready":
        assert run.state == RunState.STOPPED
    else:
        assert run.state == RunState.FAILED
        assert statistics.nodes["middle"].state == "dead"
        assert "not started again" in statistics.nodes["middle"].message
        assert statistics.computers["middle:"].state == "dead"
    assert not force or statistics.nodes["sink"].state in ("stopped", "ended")
    check_balance(run)


def test_peers_of_a_process_that_is_given_up_see_their_streams_end_broken() -> None:
    run = lives_chain(restart=("middle",)).start(on_error="skip")
    moves_on(run, "sink")
    tap = run.tap("middle.y")
    kill_and_wait(run, "middle:")
    kill(run, "middle:")
    until(lambda: run.statistics().nodes["middle"].state == "restarting")
    run.stop()
    assert run.state == RunState.FAILED
    assert run.statistics().nodes["sink"].message == "its sender went away without end of stream"
    assert tap.ended
    check_balance(run)


def test_a_process_that_dies_while_the_run_drains_does_not_come_back() -> None:
    graph = chain(
        ("n", TimedNumbers, {"interval": 0.002}),
        ("q", Square, {"location": "p:"}),
        ("slow", FailsToStart, {"location": "q:"}),
        ("s", Collect, {}),
    )
    graph.add(FailsToStart, id="stuck", location="p:")
    graph.connect("n.value", "stuck.x")
    graph.set_computer("p:", on_death="restart")
    run = graph.start(on_error="skip")
    moves_on(run, "s")
    os.kill(pid_of(run, "p:"), signal.SIGSTOP)
    stopping = threading.Thread(target=run.stop)
    stopping.start()
    until(lambda: run.state == RunState.DRAINING)
    kill(run, "p:")
    stopping.join(BACK_S)
    assert not stopping.is_alive()
    assert run.state == RunState.FAILED
    assert run.statistics().computers["p:"].restarts == 0
    check_balance(run)


@pytest.mark.long
def test_start_stop_and_start_again_gives_a_run_without_the_restarts_of_the_old_one() -> None:
    graph = lives_chain(restart=("middle",))
    for _ in range(2):
        run = graph.start(on_error="skip")
        moves_on(run, "sink")
        assert run.statistics().computers["middle:"].restarts == 0 and run.failures == []
        kill_and_wait(run, "middle:")
        run.stop()
        assert run.state == RunState.STOPPED
