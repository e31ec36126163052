"""A loop that is held is named within a second, with its node and stack, whatever holds it and wherever it is."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest

from engine import Graph, Run, RunState
from engine.runtime.events import Event
from tests.engine.runtime.holding_nodes import Hold, HoldingDriver, TakesTheSignal
from tests.engine.runtime.placements import pid_of, until
from tests.nodes_for_tests import Collect, TimedNumbers
from tests.timing import Stopwatch

pytestmark = pytest.mark.timeout(60)
NAMED_WITHIN_S = 1.0


class Holding:
    """A run in which nodes hold their loops, beside a healthy pair, and what it tells of them."""

    def __init__(self, folder: Path, *holds: tuple[str, str], beside: str = "", seconds: float = 0.0) -> None:
        self.folder = folder
        self.events: list[Event] = []
        graph = Graph()
        graph.add(TimedNumbers, id="n", interval=0.01, location=beside)
        for id, location in holds:
            graph.add(
                Hold, id=id, location=location, how=id.rstrip("0123456789"), seconds=seconds, mark=str(folder / id)
            )
            graph.connect("n.value", f"{id}.x", overflow="drop_oldest")
            os.mkfifo(folder / f"{id}.gate")
        graph.add(Collect, id="s", location=beside)
        graph.connect("n.value", "s.x")
        self.graph = graph

    def start(self) -> Run:
        self.run = self.graph.start(on_error="skip")
        self.watch = Stopwatch()
        self.run.subscribe(self.events.append)
        return self.run

    def let_go(self, id: str) -> None:
        """Open the gate for a node that holds its loop."""
        gate = os.open(self.folder / f"{id}.gate", os.O_WRONLY | os.O_NONBLOCK)
        os.write(gate, b"x")
        os.close(gate)

    def told(self, entity: str, what: str) -> Event:
        """The event, as soon as it is there."""
        try:
            found = until(
                lambda: [event for event in self.events if (event.entity, event.new) == (entity, what)], timeout=10.0
            )
        except AssertionError as error:
            raise AssertionError(f"no {entity} {what} among {self.events}; {self.run.statistics().nodes}") from error
        first: Event = found[0]
        return first

    def named_after_s(self, id: str) -> float:
        """Seconds from when the node began to hold its loop until it was named with its stack."""
        event = self.told(f"node:{id}", "late")
        assert "in hold_now" in event.reason or "in produce" in event.reason, event.reason
        assert event.reason.index("asyncio" if "hold_now" in event.reason else "_bootstrap") < event.reason.rindex(
            "in "
        )
        return event.time - self.watch.not_given_s - float((self.folder / id).read_text().split()[0])

    def is_late(self, id: str) -> bool:
        return self.run.statistics().nodes[id].late


@pytest.mark.parametrize(
    "holds",
    [
        pytest.param(
            [("lock", "p1:"), ("bytecode", "p2:"), ("call", "p3:"), ("sleep", "p4:")],
            id="process",
            marks=pytest.mark.long,
        ),
        pytest.param([("bytecode", "t1"), ("call", "t2"), ("sleep", "t3")], id="thread", marks=pytest.mark.long),
        pytest.param([("call", "")], id="main", marks=pytest.mark.long),
        pytest.param([("sleep1", "t"), ("sleep2", "p1:io"), ("bytecode", "p1:"), ("lock", "p2:io")], id="mixed"),
    ],
)
def test_a_held_loop_is_named_with_its_node_and_stack_within_1_s_and_in_time_again(
    tmp_path: Path, holds: list[tuple[str, str]]
) -> None:
    holding = Holding(tmp_path, *holds, beside="beside:")
    run = holding.start()
    for id, location in holds:
        assert holding.named_after_s(id) < NAMED_WITHIN_S, id
        waiting = next(one for one in run.waiting_for() if one.node == id)
        assert (waiting.location, waiting.reason.split(":")[0]) == (location, "holds its loop")
        assert "in hold_now" in waiting.stack
    for id, _ in holds:
        assert "in hold_now" in holding.told(f"node:{id}", "stuck").reason
        until(lambda id=id: "stuck for " in run.statistics().nodes[id].message)  # type: ignore[misc]
    let_go_at = time.time()
    for id, _ in holds:
        holding.let_go(id)
    for id, _ in holds:
        holding.told(f"node:{id}", "in time")
        node = run.statistics().nodes[id]
        assert not node.late and node.message == ""
    assert not holding.is_late("s") and not holding.is_late("n")
    run.stop()
    assert run.state == RunState.STOPPED and not run.failures
    for id, _ in holds:  # the signal that asks for a stack cuts nothing short
        assert float((tmp_path / id).read_text().split()[1]) >= let_go_at


def test_the_neighbours_of_code_that_keeps_the_lock_say_by_which_node_they_are_held_up(tmp_path: Path) -> None:
    holding = Holding(tmp_path, ("lock", "p:io"))
    holding.graph.add(TimedNumbers, id="near", location="p:")
    run = holding.start()
    assert holding.named_after_s("lock") < NAMED_WITHIN_S
    assert "in hold_now" in holding.told("computer:p:", "late").reason
    message = run.statistics().nodes["near"].message
    assert message == "held up by node lock, which keeps the interpreter lock of its process"
    until(lambda: run.statistics().nodes["lock"].message.startswith("holds its loop: stuck for "))
    assert not holding.is_late("s")
    run.stop(force=True)
    assert run.state == RunState.KILLED


def test_a_blocking_source_whose_driver_keeps_the_lock_is_named_with_the_stack_of_its_thread(tmp_path: Path) -> None:
    holding = Holding(tmp_path)
    holding.graph.add(HoldingDriver, id="driver", location="p:", mark=str(tmp_path / "driver"))
    run = holding.start()
    assert holding.named_after_s("driver") < NAMED_WITHIN_S
    run.stop(force=True)


def test_a_stopped_process_is_named_as_such_within_1_s_and_goes_on_when_it_is_continued(tmp_path: Path) -> None:
    holding = Holding(tmp_path)
    for id, location in (("far", "work:"), ("farther", "work:io")):
        holding.graph.add(Collect, id=id, location=location)
        holding.graph.connect("n.value", f"{id}.x", overflow="drop_oldest")
    run = holding.start()
    until(lambda: run.statistics().nodes["farther"].received > 3)
    pid = pid_of(run, "work:")
    stopped_at, watch = time.time(), Stopwatch()
    os.kill(pid, signal.SIGSTOP)
    try:
        event = holding.told("process:work", "suspended")
        assert event.time - stopped_at - watch.not_given_s < NAMED_WITHIN_S
        assert event.reason == f"process work is stopped (SIGSTOP); `kill -CONT {pid}` lets it go on"
        for id in ("far", "farther"):
            node = until(lambda id=id: (n := run.statistics().nodes[id]).late and n)  # type: ignore[misc]
            assert node.message == event.reason
        seen = run.statistics().nodes["s"].received
        until(lambda: run.statistics().nodes["s"].received > seen + 5, what="the rest goes on")
    finally:
        os.kill(pid, signal.SIGCONT)
    holding.told("process:work", "in time")
    until(lambda: not holding.is_late("far") and not holding.is_late("farther"))
    seen = run.statistics().nodes["far"].received
    until(lambda: run.statistics().nodes["far"].received > seen)
    run.stop()
    assert run.state == RunState.STOPPED and not run.failures


def test_code_in_the_main_process_that_keeps_the_lock_is_told_of_afterwards_and_no_one_else_is_blamed(
    tmp_path: Path,
) -> None:
    holding = Holding(tmp_path, ("lock", "t"), seconds=1.5)
    holding.graph.add(Collect, id="far", location="p:")
    holding.graph.connect("n.value", "far.x", overflow="drop_oldest")
    run = holding.start()
    note = until(lambda: [event for event in holding.events if "kept the interpreter lock" in event.reason])[0]
    assert note.entity.startswith("computer:")
    assert re.search(r"nothing ran in the main process for [1-9]\d*\.", note.reason), note.reason
    seen = run.statistics().nodes["far"].received
    until(lambda: run.statistics().nodes["far"].received > seen + 5)
    assert not [event for event in holding.events if event.new == "late"]
    run.stop()
    assert run.state == RunState.STOPPED


@pytest.mark.long
def test_a_node_that_has_put_the_signal_away_is_not_killed_by_being_asked_for_its_stack(tmp_path: Path) -> None:
    holding = Holding(tmp_path)
    os.mkfifo(tmp_path / "held.gate")
    holding.graph.add(TakesTheSignal, id="held", location="p:", how="lock", mark=str(tmp_path / "held"))
    holding.graph.connect("n.value", "held.x", overflow="drop_oldest")
    run = holding.start()
    assert holding.told("node:held", "late").reason == "(no stack)\n"
    holding.let_go("held")
    holding.told("node:held", "in time")
    run.stop()
    assert run.state == RunState.STOPPED and not run.failures
