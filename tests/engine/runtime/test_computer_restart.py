"""Processes that die and are started again: the graph goes on, in order, and every message is accounted for."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from engine import Event, Run, RunState
from engine.runtime.restarts import FIRST_PAUSE_S
from tests.engine.runtime.placements import chain, is_gone, pid_of, until
from tests.engine.runtime.restarting import (
    BACK_S,
    CHAIN,
    check_balance,
    is_back,
    kill,
    kill_and_wait,
    lives_chain,
    moves_on,
    received,
)
from tests.engine.runtime.restarting_nodes import (
    Mortal,
    WritesDown,
)
from tests.faults.test_backlog import Gate
from tests.nodes_for_tests import Collect, TimedNumbers

pytestmark = pytest.mark.timeout(60)


def kill_in_a_row(run: Run, victim: str, times: int, seed: int) -> None:
    """Kill a process again and again, at random moments, and look that the graph goes on each time."""
    moments = random.Random(seed)
    pids = set()
    for _ in range(times):
        before = received(run, "sink" if victim != "sink" else "middle")
        until(lambda: received(run, "middle") > before + moments.randrange(40), timeout=BACK_S)  # noqa: B023
        pids.add(pid_of(run, f"{victim}:"))
        kill_and_wait(run, f"{victim}:")
        moves_on(run, "sink")
    pids.add(pid_of(run, f"{victim}:"))
    assert len(pids) == times + 1
    run.stop()
    assert run.state == RunState.STOPPED, run.failures
    assert all(is_gone(pid) for pid in pids)


def check_after_kills(run: Run, victim: str, times: int) -> None:
    statistics = run.statistics()
    assert {node.errors for node in statistics.nodes.values()} == {0}, run.failures
    assert [(f.node, f.location) for f in run.failures] == [(victim, f"{victim}:")] * times
    assert all("SIGKILL" in failure.error for failure in run.failures)
    assert statistics.computers[f"{victim}:"].restarts == times
    assert run.result("s") == [i * i for i in range(statistics.nodes["n"].emitted)]
    check_balance(run)
    into, out_of = statistics.wires["source.array -> middle.x"], statistics.wires["middle.y -> sink.x"]
    if victim == "source":
        assert len({life for life, _, _ in run.result("sink")}) == times + 1
        assert out_of.lost == 0
    elif victim == "middle":
        assert into.lost > 0, "the source went on while it was away"
        assert len(run.result("sink")) == out_of.delivered
    else:
        assert into.lost == 0 and out_of.lost > 0


@pytest.mark.parametrize(("victim", "size"), [("source", 1 << 20), ("middle", 1 << 20), ("sink", 1024)])
def test_a_killed_process_comes_back_and_the_graph_goes_on_in_order_without_duplicates(victim: str, size: int) -> None:
    run = lives_chain(size, 0.001 if size < 1 << 20 else 0.004).start(on_error="skip")
    kill_in_a_row(run, victim, 1, size)
    check_after_kills(run, victim, 1)


@pytest.mark.long
@pytest.mark.parametrize("size", [1024, 1 << 20])
@pytest.mark.parametrize("victim", CHAIN)
def test_a_process_that_is_killed_five_times_in_a_row_comes_back_five_times(victim: str, size: int) -> None:
    run = lives_chain(size, 0.0 if size < 1 << 20 else 0.002).start(on_error="skip")
    kill_in_a_row(run, victim, 5, size + 1)
    check_after_kills(run, victim, 5)


@pytest.mark.parametrize("times", [2, pytest.param(5, marks=pytest.mark.long)])
def test_over_restarts_the_counts_of_every_wire_are_those_of_its_messages(times: int, tmp_path: Path) -> None:
    """The truth is kept apart from the counts: the source's own, a file that outlives its process, and the sink's."""
    book = tmp_path / "book"
    graph = chain(
        ("n", TimedNumbers, {"interval": 0.001}),
        ("w", WritesDown, {"location": "p:", "path": str(book)}),
        ("s", Collect, {}),
    )
    graph.set_computer("p:", on_death="restart")
    run = graph.start(on_error="skip")
    for _ in range(times):
        moves_on(run, "s", 30)
        kill_and_wait(run, "p:")
    moves_on(run, "s", 30)
    run.stop()
    assert run.state == RunState.STOPPED
    statistics = run.statistics()
    into, out_of = (statistics.wires[key] for key in ("n.value -> w.x", "w.y -> s.x"))
    taken, arrived = [int(line) for line in book.read_text().split()], run.result("s")
    assert arrived == sorted(set(arrived)) and taken == sorted(set(taken)) and set(arrived) <= set(taken)
    assert into.sent == statistics.nodes["n"].emitted
    assert out_of.delivered == len(arrived)
    # At each death one may have been taken and not yet written down, and what was taken may not yet have been told.
    assert -times * into.capacity <= into.delivered - len(taken) <= times
    assert into.lost == into.sent - into.delivered > 0
    assert len(taken) - times * (out_of.capacity + 1) <= len(arrived), "what was inside is bounded"
    check_balance(run)


# -- how processes die


@pytest.mark.parametrize(
    ("how", "words"), [("SIGSEGV", "SIGSEGV"), pytest.param("exit", "exit code 3", marks=pytest.mark.long)]
)
def test_a_process_that_ends_itself_is_started_again_and_each_death_is_told(how: str, words: str) -> None:
    graph = chain(
        ("n", TimedNumbers, {"interval": 0.002}),
        ("m", Mortal, {"how": how, "location": "p:"}),
        ("s", Collect, {}),
    )
    graph.set_computer("p:", on_death="restart")
    run = graph.start()
    until(lambda: run.statistics().computers["p:"].restarts >= 2, timeout=BACK_S)
    assert run.state == RunState.RUNNING
    until(lambda: received(run, "s") >= 5)
    run.stop()
    assert words in run.failures[0].error and run.failures[0].node == "m"
    numbers = run.result("s")
    assert numbers == sorted(set(numbers)), "in order, each once"
    check_balance(run)


def test_while_it_is_away_a_process_says_how_it_died_and_when_it_starts_again() -> None:
    events: list[Event] = []
    run = lives_chain(restart=("middle",)).start(on_error="skip")
    run.subscribe(events.append)
    moves_on(run, "sink")
    kill(run, "middle:")
    until(lambda: run.statistics().nodes["middle"].state == "restarting")
    node, computer = run.statistics().nodes["middle"], run.statistics().computers["middle:"]
    expected = "process middle died: killed by SIGKILL, exit code -9; starts again in 0.1 s (restart 1)"
    assert node.message == expected and not node.state.is_over
    assert computer.state in ("restarting", "preparing") and computer.exit_code == -9
    until(lambda: is_back(run, "middle:", 1), timeout=BACK_S)
    statistics = run.statistics()
    assert statistics.nodes["middle"].message == ""
    assert (statistics.computers["middle:"].state, statistics.computers["middle:"].exit_code) == ("ready", None)
    run.stop()
    told = [(event.new, event.reason) for event in events if event.entity == "node:middle"]
    told = told[[new for new, _ in told].index("restarting") :]
    assert [new for new, _ in told][:4] == ["restarting", "preparing", "ready", "running"]
    assert told[0][1] == expected
    told = [(event.new, event.reason) for event in events if event.entity == "computer:middle:"]
    assert [new for new, _ in told][-4:-1] == ["restarting", "preparing", "ready"]


def test_a_process_in_a_crash_loop_waits_longer_each_time_and_the_rest_keeps_its_rate() -> None:
    events: list[Event] = []
    graph = chain(
        ("n", TimedNumbers, {"interval": 0.005}),
        ("gate", Gate, {}),
        ("m", Mortal, {"at": 0, "how": "SIGKILL", "location": "p:"}),
        ("s", Collect, {}),
    )
    graph.add(Collect, id="beside")
    graph.connect("n.value", "beside.x")
    graph.set_computer("p:", on_death="restart")
    run = graph.start()
    run.subscribe(events.append)
    run.set("gate.open", True)  # it dies as soon as it gets a message, and who listens too late hears nothing of it
    until(lambda: run.statistics().computers["p:"].restarts >= 3, timeout=20)
    run.stop()
    deaths = [event for event in events if event.entity == "computer:p:" and event.new == "restarting"]
    starts = [event for event in events if event.entity == "computer:p:" and event.old == "restarting"]
    assert [f"in {FIRST_PAUSE_S * 2**n:g} s (restart {n + 1})" in deaths[n].reason for n in range(3)] == [True] * 3
    for number, (death, start) in enumerate(zip(deaths, starts, strict=False)):
        assert start.time - death.time >= FIRST_PAUSE_S * 2**number - 0.01
    statistics = run.statistics()
    assert statistics.nodes["n"].emitted > 0.5 * run.elapsed_s / 0.005, "the source is not held up"
    assert run.result("beside") == list(range(statistics.nodes["n"].emitted))
    assert statistics.wires["m.y -> s.x"].delivered == 0
    assert statistics.wires["gate.y -> m.x"].lost > 0
    check_balance(run)
