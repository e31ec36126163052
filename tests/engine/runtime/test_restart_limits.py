"""Restarts that cannot succeed are given up, and what hangs or is stopped in one is named."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine import In, Node, NodeState, Out, Run, RunState, Source, param
from engine.runtime import policy, restarts
from engine.runtime.graph import START_TIMEOUT_S
from tests.engine.cli.command import chain_file, report_of, tidewire
from tests.engine.runtime.placements import chain, pid_of, until
from tests.engine.runtime.restarting import kill, kill_and_wait, moves_on
from tests.engine.runtime.restarting_nodes import Mortal
from tests.nodes_for_tests import Collect, Numbers, TimedNumbers
from tests.timing import Stopwatch

pytestmark = pytest.mark.timeout(60)


class Ending(Node):
    """Hands on what it gets, and ends its process in a hook."""

    x = In()
    y = Out()
    hook = param("on_end")

    def process(self, x: Any) -> Any:
        return x

    def on_end(self) -> None:
        if self.hook == "on_end":
            os._exit(4)

    def on_stop(self) -> None:
        if self.hook == "on_stop":
            os._exit(5)


class Once(Node):
    """Hands on what it gets, fails at the first message, and cannot be started again."""

    x = In()
    y = Out()
    marker = param("")

    def on_start(self) -> None:
        if Path(self.marker).exists():
            raise ValueError("never again")

    def process(self, x: Any) -> Any:
        once = Path(f"{self.marker}-once")
        if once.exists():
            return x
        once.touch()
        Path(self.marker).touch()
        raise ValueError("once")


class Sleepy(Node):
    """Hands on what it gets; where a file `marker` is, a new instance holds its loop in `on_start`."""

    x = In()
    y = Out()
    marker = param("")

    def on_start(self) -> None:
        if Path(self.marker).exists():
            Path(f"{self.marker}-since").write_text(str(time.time()))
        while Path(self.marker).exists():
            time.sleep(0.01)

    def process(self, x: Any) -> Any:
        return x


class UntilBack(Source):
    """Counts until `DiesOnce` has come back, and twenty more."""

    value = Out(int)
    marker = param("")

    async def produce(self) -> AsyncIterator[int]:
        number = left = 0
        while left < 20:
            yield number
            number += 1
            left += self.is_back()
            await self.sleep(0.005)

    def is_back(self) -> bool:
        return Path(f"{self.marker}-back").exists()


class DiesOnce(Node):
    """Hands on what it gets, and ends its process once, at the message of number 3."""

    x = In()
    y = Out()
    marker = param("")

    def on_start(self) -> None:
        if Path(self.marker).exists():
            Path(f"{self.marker}-back").touch()

    def process(self, x: Any) -> Any:
        if x == 3 and not Path(self.marker).exists():
            Path(self.marker).touch()
            os._exit(4)
        return x


def test_the_limits_and_pauses_are_those_that_the_page_of_promises_names() -> None:
    assert (restarts.FIRST_PAUSE_S, restarts.LONGEST_PAUSE_S, restarts.LIVED_S) == (0.1, 5.0, 10.0)
    assert (restarts.MOST_DEATHS, restarts.MOST_DEATHS_UNFED) == (10, 2)
    assert (policy.RESTART_FIRST_S, policy.RESTART_MOST_S, policy.LIVED_S, policy.MOST_STARTS) == (0.1, 5.0, 10.0, 10)
    assert START_TIMEOUT_S == 10.0


@pytest.mark.long
def test_a_process_that_dies_at_ten_starts_in_a_row_is_given_up_and_waits_no_longer_than_the_longest_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(restarts, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(restarts, "LONGEST_PAUSE_S", 0.04)
    graph = chain(("n", TimedNumbers, {}), ("m", Mortal, {"at": 0, "location": "p:"}), ("s", Collect, {}))
    graph.add(Collect, id="beside")
    graph.connect("n.value", "beside.x")
    graph.set_computer("p:", on_death="restart")
    with graph.start(on_error="skip") as run:
        until(lambda: run.statistics().nodes["m"].state == NodeState.DEAD, timeout=50.0)
        assert "not started again: it died 10 times in a row" in run.statistics().nodes["m"].message
        assert run.statistics().computers["p:"].restarts == 9
        moves_on(run, "beside")
        assert run.state == RunState.RUNNING
    assert run.state == RunState.FAILED
    assert len(run.failures) == 10


@pytest.mark.long
def test_the_pause_is_longer_each_time_and_begins_anew_after_a_long_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restarts, "LONGEST_PAUSE_S", 0.2)
    reasons: list[str] = []
    graph = chain(("n", TimedNumbers, {}), ("e", Ending, {"location": "p:"}), ("s", Collect, {}))
    graph.set_computer("p:", on_death="restart")
    with graph.start(on_error="skip") as run:
        run.subscribe(
            lambda event: (
                reasons.append(event.reason) if (event.entity, event.new) == ("node:e", "restarting") else None
            )
        )
        for _ in range(3):
            moves_on(run, "s")
            kill_and_wait(run, "p:")
        monkeypatch.setattr(restarts, "LIVED_S", 0.0)  # it has lived for so long by now
        moves_on(run, "s")
        kill_and_wait(run, "p:")
    pauses = [re.search(r"starts again in ([0-9.]+) s \(restart (\d)\)", reason) for reason in reasons]
    assert [found and found.groups() for found in pauses] == [("0.1", "1"), ("0.2", "2"), ("0.2", "3"), ("0.1", "4")]


@pytest.mark.parametrize("hook", ["on_end", "on_stop"])
def test_a_process_that_dies_at_its_end_twice_is_given_up_for_nothing_more_can_come_to_it(hook: str) -> None:
    graph = chain(("n", Numbers, {}), ("e", Ending, {"location": "p:", "hook": hook}), ("s", Collect, {}))
    graph.set_computer("p:", on_death="restart")
    run = graph.start(on_error="skip")
    assert run.wait(20.0), run.waiting_for()
    assert run.state == RunState.FAILED
    statistics = run.statistics()
    assert statistics.nodes["e"].state == NodeState.DEAD
    assert "not started again: it died 2 times in a row" in statistics.nodes["e"].message
    assert statistics.computers["p:"].restarts == 1


def test_a_process_that_dies_again_and_again_is_given_up_and_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(restarts, "MOST_DEATHS", 3)
    graph = chain(("n", TimedNumbers, {}), ("e", Ending, {"location": "p:"}), ("s", Collect, {}))
    graph.add(Collect, id="beside")
    graph.connect("n.value", "beside.x")
    graph.set_computer("p:", on_death="restart")
    with graph.start(on_error="skip") as run:
        for _ in range(2):
            moves_on(run, "s")
            kill_and_wait(run, "p:")
        moves_on(run, "s")
        kill(run, "p:")
        until(lambda: run.statistics().nodes["e"].state == NodeState.DEAD, timeout=10.0)
        assert "it died 3 times in a row" in run.statistics().nodes["e"].message
        moves_on(run, "beside")
        assert run.state == RunState.RUNNING
    assert run.state == RunState.FAILED


@pytest.mark.parametrize("place", ["", "t", "p:"])
def test_a_node_that_waits_for_its_restart_says_so(place: str, tmp_path: Path) -> None:
    marker = str(tmp_path / "marker")
    graph = chain(
        ("n", TimedNumbers, {}),
        ("o", Once, {"location": place, "marker": marker}),
        ("s", Collect, {}),
    )
    with graph.start(on_error="restart") as run:
        until(lambda: run.statistics().nodes["o"].state == NodeState.RESTARTING)
        until(lambda: "never again; starts again in" in run.statistics().nodes["o"].message)
        until(lambda: any(w.node == "o" and w.reason == "waits to be started again" for w in run.waiting_for()))
        Path(marker).unlink()
        until(lambda: run.statistics().nodes["o"].state == NodeState.RUNNING, timeout=10.0)


@pytest.mark.parametrize("place", ["", "t"])
def test_a_node_that_cannot_be_started_again_ten_times_in_a_row_has_failed(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "RESTART_FIRST_S", 0.01)
    monkeypatch.setattr(policy, "RESTART_MOST_S", 0.04)
    graph = chain(
        ("n", Numbers, {}),
        ("o", Once, {"location": place, "marker": str(tmp_path / "marker")}),
        ("s", Collect, {}),
    )
    run = graph.start(on_error="restart")
    assert run.wait(20.0), run.waiting_for()
    assert (run.state, run.statistics().nodes["o"].state) == (RunState.FAILED, NodeState.FAILED)
    assert run.failures[-1].error == "ValueError: never again"
    assert run.statistics().nodes["o"].errors == 1 + 10


def _hanging_restart(marker: Path, timeout: float) -> Run:
    """A run whose process died, and hangs in `on_start` as it starts again, for as long as the marker is there."""
    graph = chain(
        ("n", TimedNumbers, {}),
        ("h", Sleepy, {"location": "p:", "marker": str(marker)}),
        ("s", Collect, {}),
    )
    graph.set_computer("p:", on_death="restart")
    run = graph.start(on_error="skip", timeout=timeout)
    moves_on(run, "s")
    marker.touch()
    kill(run, "p:")
    return run


def _goes_on_and_stops(run: Run) -> None:
    until(lambda: run.statistics().nodes["h"].state == NodeState.RUNNING, timeout=20.0)
    moves_on(run, "s")
    run.stop()
    assert run.state == RunState.STOPPED


def test_a_node_that_hangs_while_its_process_starts_again_is_named_within_a_second_and_with_its_stack(
    tmp_path: Path,
) -> None:
    marker = tmp_path / "marker"
    run = _hanging_restart(marker, timeout=30.0)
    watch = Stopwatch()
    node = until(lambda: (n := run.statistics().nodes["h"]).late and n, timeout=20.0, what="named")
    since = float((tmp_path / "marker-since").read_text())
    assert time.time() - since - watch.not_given_s < 1.0
    assert node.message.startswith("holds its loop")
    until(lambda: any("in on_start" in waiting.stack for waiting in run.waiting_for()))
    marker.unlink()
    _goes_on_and_stops(run)


@pytest.mark.long
def test_a_node_that_hangs_for_longer_than_a_start_may_take_is_the_cause_of_the_next_death(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    run = _hanging_restart(marker, timeout=4.0)
    late = "process p was not ready within 4 s: node h at p:"
    until(lambda: any(f.error == late and "in on_start" in f.traceback for f in run.failures), timeout=40.0, what=late)
    marker.unlink()
    _goes_on_and_stops(run)


def test_a_process_that_is_stopped_while_it_starts_again_is_named_as_such() -> None:
    graph = chain(("n", TimedNumbers, {}), ("e", Ending, {"location": "p:"}), ("s", Collect, {}))
    graph.set_computer("p:", on_death="restart")
    run = graph.start(on_error="skip")
    moves_on(run, "s")
    first = pid_of(run, "p:")
    kill(run, "p:")
    again = until(lambda: (pid := pid_of(run, "p:")) != first and psutil.pid_exists(pid) and pid, timeout=10.0)
    os.kill(again, signal.SIGSTOP)
    try:
        words = f"process p is stopped (SIGSTOP); `kill -CONT {again}` lets it go on"
        until(lambda: run.statistics().nodes["e"].message == words, timeout=5.0, what=words)
    finally:
        os.kill(again, signal.SIGCONT)
    moves_on(run, "s")
    run.stop(force=True)


def test_the_command_tells_of_a_process_that_was_given_up(tmp_path: Path) -> None:
    file = chain_file(tmp_path, ("n", Numbers, {}), ("e", Ending, {}), ("s", Collect, {}), e="p:")
    text = file.read_text()
    assert '"wires"' in text
    file.write_text(text.rstrip().removesuffix("}") + ',"computers":[{"location":"p:","on_death":"restart"}]}')
    done = tidewire("run", file, "--json")
    assert done.returncode == 1
    assert report_of(done)["nodes"]["e"]["state"] == "dead"


def test_the_command_ends_with_code_1_when_a_process_died_though_it_came_back_and_all_ended_well(
    tmp_path: Path,
) -> None:
    marker = {"marker": str(tmp_path / "m")}
    nodes = [("n", UntilBack, marker), ("d", DiesOnce, marker), ("s", Collect, {})]
    file = chain_file(tmp_path, *nodes, d="p:")
    text = file.read_text()
    file.write_text(text.rstrip().removesuffix("}") + ',"computers":[{"location":"p:","on_death":"restart"}]}')
    done = tidewire("run", file, "--json")
    report = report_of(done)
    assert (report["state"], report["nodes"]["d"]["state"]) == ("finished", "ended")
    assert report["nodes"]["s"]["received"] > 3 and (tmp_path / "m-back").exists(), "it came back"
    assert done.returncode == 1
