"""Processes that die and are started again: the graph goes on, in order, and every message is accounted for."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from engine import Event, Graph, ParameterRefused, Run, RunState
from engine.bridges.stream import socket_pair
from engine.computers import process as process_module
from engine.runtime import peers, restarts
from engine.runtime.restarts import FIRST_PAUSE_S
from tests.engine.runtime.placements import chain, is_gone, pid_of, until
from tests.engine.runtime.restarting_nodes import (
    Either,
    FailsToStart,
    Fragile,
    Lives,
    Mortal,
    Orderly,
    PassOn,
    Remembers,
    Signs,
    Ticked,
)
from tests.nodes_for_tests import Add, Collect, EveryThird, Numbers, Pair, Square, TimedNumbers

pytestmark = pytest.mark.timeout(60)
CHAIN = ("source", "middle", "sink")
BACK_S = 10.0


def lives_chain(size: int = 1024, interval: float = 0.001, restart: tuple[str, ...] = CHAIN) -> Graph:
    """Source, middle and sink in a process each, and a healthy pair beside them."""
    graph = chain(
        ("source", Lives, {"size": size, "interval": interval, "location": "source:"}),
        ("middle", PassOn, {"location": "middle:"}),
        ("sink", Orderly, {"location": "sink:"}),
    )
    graph.add(TimedNumbers, id="n", interval=0.01)
    graph.add(Square, id="q", location="healthy:")
    graph.add(Collect, id="s")
    graph.connect("n.value", "q.x")
    graph.connect("q.y", "s.x")
    for name in restart:
        graph.set_computer(f"{name}:", on_death="restart")
    return graph


def received(run: Run, id: str) -> int:
    return run.statistics().nodes[id].received


def moves_on(run: Run, id: str, by: int = 10) -> None:
    """Wait until a node has got more messages."""
    before = received(run, id)
    until(lambda: received(run, id) > before + by, timeout=BACK_S, what=f"{id} gets more")


def kill(run: Run, label: str, how: signal.Signals = signal.SIGKILL) -> None:
    os.kill(pid_of(run, label), how)


def is_back(run: Run, label: str, times: int) -> bool:
    """Has a process been started again so often, and do all of its nodes run?"""
    statistics = run.statistics()
    nodes = [node for node in statistics.nodes.values() if node.location == statistics.computers[label].location]
    return statistics.computers[label].restarts >= times and all(
        node.state == "running" or node.state.is_over for node in nodes
    )


def kill_and_wait(run: Run, label: str, how: signal.Signals = signal.SIGKILL) -> None:
    times = run.statistics().computers[label].restarts + 1
    kill(run, label, how)
    until(lambda: is_back(run, label, times), timeout=BACK_S, what=f"{label} is back")


def check_balance(run: Run) -> None:
    for key, wire in run.statistics().wires.items():
        assert wire.sent == wire.delivered + wire.dropped + wire.discarded + wire.lost, (key, wire)
        assert wire.queued == 0
        assert min(wire.sent, wire.delivered, wire.dropped, wire.discarded, wire.lost) >= 0, (key, wire)


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
        ("m", Mortal, {"at": 0, "how": "SIGKILL", "location": "p:"}),
        ("s", Collect, {}),
    )
    graph.add(Collect, id="beside")
    graph.connect("n.value", "beside.x")
    graph.set_computer("p:", on_death="restart")
    run = graph.start()
    run.subscribe(events.append)
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
    assert statistics.wires["n.value -> m.x"].lost > 0
    check_balance(run)


# -- wires and ticks


def test_a_join_by_tick_behind_a_branch_that_was_restarted_pairs_equal_ticks_and_does_not_hang() -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="n", interval=0.001)
    graph.add(Square, id="q", location="p:")
    graph.add(Pair, id="join")
    graph.add(Ticked, id="s")
    graph.connect("n.value", "q.x")
    graph.connect("q.y", "join.a")
    graph.connect("n.value", "join.b", capacity=4)
    graph.connect("join.both", "s.x")
    graph.set_computer("p:", on_death="restart")
    run = graph.start(on_error="skip")
    for _ in range(2):
        moves_on(run, "s")
        kill_and_wait(run, "p:")
    moves_on(run, "s", 50)
    run.stop()
    assert run.state == RunState.STOPPED
    pairs = run.result("s")
    assert all(a == b * b and b == tick for tick, (a, b) in pairs)
    assert [tick for tick, _ in pairs] == sorted({tick for tick, _ in pairs})
    check_balance(run)


def test_a_restarted_source_goes_on_behind_the_last_tick_and_a_join_pairs_it_with_the_source_that_went_on() -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="a", interval=0.001, location="p:")
    graph.add(Square, id="q", location="p2:")
    graph.add(TimedNumbers, id="b", interval=0.001)
    graph.add(Pair, id="join")
    graph.add(Ticked, id="s")
    graph.connect("a.value", "q.x")
    graph.connect("q.y", "join.a")
    graph.connect("b.value", "join.b")
    graph.connect("join.both", "s.x")
    graph.set_computer("p:", on_death="restart")
    run = graph.start(on_error="skip")
    moves_on(run, "s", 30)
    kill_and_wait(run, "p:")
    moves_on(run, "s", 30)
    run.stop()
    pairs = run.result("s")
    assert [tick for tick, _ in pairs] == sorted({tick for tick, _ in pairs})
    assert all(b == tick for tick, (_, b) in pairs)
    again = next(i for i, (_, (a, _)) in enumerate(pairs) if i and a == 0)
    assert [a for _, (a, _) in pairs[again:]] == [i * i for i in range(len(pairs) - again)]
    assert pairs[again][0] > pairs[again - 1][0]


def test_a_node_that_counts_its_own_ticks_goes_on_counting_where_it_was() -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="a", interval=0.002)
    graph.add(TimedNumbers, id="b", interval=0.003)
    graph.add(Either, id="either", location="p:")
    graph.add(Ticked, id="s")
    graph.connect("a.value", "either.a")
    graph.connect("b.value", "either.b")
    graph.connect("either.y", "s.x")
    graph.set_computer("p:", on_death="restart")
    run = graph.start(on_error="skip")
    moves_on(run, "s", 20)
    kill_and_wait(run, "p:")
    moves_on(run, "s", 20)
    run.stop()
    ticks = [tick for tick, _ in run.result("s")]
    assert ticks == sorted(set(ticks))
    assert ticks[-1] < len(ticks) + 200, "it counts on, it does not jump"


@pytest.mark.parametrize("staggered", [False, pytest.param(True, marks=pytest.mark.long)])
def test_two_processes_wired_to_each_other_come_back_when_both_die(staggered: bool) -> None:
    graph = Graph()
    graph.add(Lives, id="source", location="p:")
    graph.add(PassOn, id="middle", location="q:")
    graph.add(PassOn, id="again", location="p:t")
    graph.add(Orderly, id="sink", location="q:t")
    graph.add(Orderly, id="here")
    graph.connect("source.array", "middle.x")
    graph.connect("middle.y", "again.x")
    graph.connect("again.y", "sink.x")
    graph.connect("again.y", "here.x")
    for process in ("p:", "q:"):
        graph.set_computer(process, on_death="restart")
    run = graph.start(on_error="skip")
    for round_ in range(1, 3):
        moves_on(run, "here")
        kill(run, "p:")
        if staggered:
            until(lambda: run.statistics().computers["p:"].state == "preparing")
        kill(run, "q:")
        until(
            lambda: is_back(run, "p:", round_) and is_back(run, "q:", round_),  # noqa: B023
            timeout=BACK_S,
        )
        moves_on(run, "here")
        moves_on(run, "sink")
    run.stop()
    assert run.state == RunState.STOPPED
    statistics = run.statistics()
    assert {node.errors for node in statistics.nodes.values()} == {0}, run.failures
    assert len(run.result("here")) == statistics.wires["again.y -> here.x"].delivered
    check_balance(run)


@pytest.mark.long
def test_processes_that_die_at_random_all_the_time_leave_order_ticks_and_accounts_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(restarts, "LONGEST_PAUSE_S", 0.4)
    chance = random.Random(7)
    graph = Graph()
    graph.add(Lives, id="source", location="p:", interval=0.003)
    graph.add(PassOn, id="m1", location="q:")
    graph.add(PassOn, id="m2", location="r:t")
    graph.add(PassOn, id="m3", location="p:t")
    graph.add(Orderly, id="here")
    graph.add(Orderly, id="there", location="q:t")
    graph.add(TimedNumbers, id="n", interval=0.002)
    graph.add(Square, id="q", location="r:")
    graph.add(Pair, id="join")
    graph.add(Ticked, id="s")
    for ends in ("source.array m1.x", "m1.y m2.x", "m2.y m3.x", "m3.y here.x", "m2.y there.x", "n.value q.x"):
        graph.connect(*ends.split())
    graph.connect("q.y", "join.a")
    graph.connect("n.value", "join.b", capacity=4)
    graph.connect("join.both", "s.x")
    for name in "pqr":
        graph.set_computer(f"{name}:", on_death="restart")
    run = graph.start(on_error="skip")
    for _ in range(30):
        victim = chance.choice("pqr")
        spared = run.statistics().wires["n.value -> q.x"].sent + chance.randrange(200)
        until(lambda: run.statistics().wires["n.value -> q.x"].sent >= spared, timeout=BACK_S)  # noqa: B023
        with contextlib.suppress(ProcessLookupError):
            kill(run, f"{victim}:")
    until(lambda: all(is_back(run, f"{name}:", 1) for name in "pqr"), timeout=2 * BACK_S)
    for id in ("here", "there", "s"):
        moves_on(run, id)
    run.stop(timeout=BACK_S)
    assert run.state == RunState.STOPPED
    assert {node.errors for node in run.statistics().nodes.values()} == {0}, run.failures
    assert all(a == b * b and b == tick for tick, (a, b) in run.result("s"))
    check_balance(run)


def test_a_peer_that_does_not_answer_keeps_no_process_from_coming_back_and_goes_on_with_it_later() -> None:
    run = lives_chain(interval=0.002, restart=("source", "middle")).start(on_error="skip")
    moves_on(run, "sink")
    stuck = pid_of(run, "middle:")
    os.kill(stuck, signal.SIGSTOP)
    try:
        kill_and_wait(run, "source:")
    finally:
        os.kill(stuck, signal.SIGCONT)
    moves_on(run, "sink", 30)
    run.stop()
    assert run.state == RunState.STOPPED
    assert {node.errors for node in run.statistics().nodes.values()} == {0}, run.failures
    assert len({life for life, _, _ in run.result("sink")}) == 2
    check_balance(run)


def test_threads_in_a_process_come_back_with_it_and_the_wires_between_them() -> None:
    graph = chain(
        ("source", Lives, {"location": "p:"}),
        ("one", PassOn, {"location": "p:t1"}),
        ("two", PassOn, {"location": "p:t2"}),
        ("same", PassOn, {"location": "p:t2"}),
        ("sink", Orderly, {}),
    )
    graph.set_computer("p:", on_death="restart")
    run = graph.start(on_error="skip")
    for _ in range(2):
        moves_on(run, "sink")
        kill_and_wait(run, "p:")
    moves_on(run, "sink")
    run.stop()
    assert run.state == RunState.STOPPED
    assert {node.errors for node in run.statistics().nodes.values()} == {0}, run.failures
    assert len({life for life, _, _ in run.result("sink")}) == 3
    assert [c.restarts for c in run.statistics().computers.values()] == [2, 2, 2, 0]
    check_balance(run)


def test_nodes_that_had_ended_stay_ended_and_a_stream_that_ended_meanwhile_is_ended_for_the_new_process() -> None:
    graph = Graph()
    graph.add(Numbers, id="short", count=20, location="p:")
    graph.add(Collect, id="got")
    graph.add(TimedNumbers, id="long", count=120, interval=0.002)
    graph.add(Square, id="q", location="p:")
    graph.add(Collect, id="s")
    graph.add(Mortal, id="inside", location="p:", at=1_000_000)
    graph.add(Collect, id="end", location="p:")
    graph.connect("short.value", "got.x")
    graph.connect("long.value", "q.x")
    graph.connect("q.y", "s.x")
    graph.connect("short.value", "inside.x")
    graph.connect("inside.y", "end.x")
    graph.set_computer("p:", on_death="restart")
    run = graph.start(on_error="skip")
    until(lambda: run.statistics().nodes["end"].state == "ended" and received(run, "s") > 20)
    kill(run, "p:")
    until(lambda: run.statistics().nodes["long"].state == "ended", timeout=BACK_S)
    assert run.wait(BACK_S), run.statistics()
    assert run.state == RunState.FINISHED
    assert run.result("got") == list(range(20)), "nothing comes twice"
    assert run.result("end") == list(range(20))
    assert run.result("s") == sorted(set(run.result("s")))
    assert [f.node for f in run.failures] == ["q"]
    check_balance(run)


def test_the_end_of_a_receiver_that_came_while_the_sender_was_away_is_heard() -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="n", count=30, interval=0.005)
    graph.add(TimedNumbers, id="m", interval=0.002, location="p:")
    graph.add(Pair, id="join")
    graph.add(Collect, id="s")
    graph.connect("n.value", "join.a")
    graph.connect("m.value", "join.b")
    graph.connect("join.both", "s.x")
    graph.set_computer("p:", on_death="restart")
    run = graph.start(on_error="skip")
    moves_on(run, "s", 5)
    kill_and_wait(run, "p:")
    until(lambda: run.statistics().nodes["join"].state == "ended", timeout=BACK_S)
    until(lambda: run.statistics().wires["m.value -> join.b"].discarded > 5, timeout=BACK_S)
    run.stop()
    assert run.state == RunState.STOPPED
    check_balance(run)


@pytest.mark.parametrize("victim", ["add:", pytest.param("hand:", marks=pytest.mark.long)])
def test_a_cycle_that_lost_messages_in_a_crash_goes_on_and_still_ends(victim: str) -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="n", interval=0.002)
    graph.add(Add, id="add", location="add:")
    graph.add(Mortal, id="hand", location="hand:", at=1_000_000)
    graph.add(Ticked, id="s")
    graph.connect("n.value", "add.a")
    graph.connect("add.total", "hand.x")
    graph.connect("hand.y", "add.b", feedback=True, initial=0)
    graph.connect("add.total", "s.x")
    graph.set_computer(victim, on_death="restart")
    run = graph.start(on_error="skip")
    moves_on(run, "s", 20)
    kill_and_wait(run, victim)
    moves_on(run, "s", 20)
    run.stop(timeout=BACK_S)
    assert run.state == RunState.STOPPED, run.failures
    sums = run.result("s")
    assert [tick for tick, _ in sums] == sorted({tick for tick, _ in sums})
    begins_anew = [tick for tick, total in sums[5:] if total == tick]
    assert len(begins_anew) == (victim == "add:"), "the feedback of a new instance begins with its initial value"
    check_balance(run)


def test_a_cycle_of_nodes_that_take_each_message_alone_ends_though_a_crash_took_messages() -> None:
    graph = Graph()
    graph.add(TimedNumbers, id="n", count=100, interval=0.002)
    graph.add(Either, id="either")
    graph.add(EveryThird, id="hand", location="p:")
    graph.connect("n.value", "either.a")
    graph.connect("either.y", "hand.x")
    graph.connect("hand.y", "either.b", feedback=True)
    graph.set_computer("p:", on_death="restart")
    graph.set_parameter("hand", "until", 0)
    run = graph.start(on_error="skip")
    moves_on(run, "either", 20)
    kill(run, "p:")
    assert run.wait(BACK_S), run.waiting_for()
    assert run.state == RunState.FINISHED
    assert run.statistics().wires["either.y -> hand.x"].lost > 0
    check_balance(run)


@pytest.mark.long
@pytest.mark.parametrize("overflow", ["drop_oldest", "drop_newest", "latest"])
def test_wires_that_drop_are_joined_again_too(overflow: str) -> None:
    graph = lives_chain(restart=("middle", "sink"))
    for key in ("source.array -> middle.x", "middle.y -> sink.x"):
        graph.set_wire(key, overflow=overflow, capacity=4)
    run = graph.start(on_error="skip")
    moves_on(run, "sink")
    kill_and_wait(run, "middle:")
    moves_on(run, "sink")
    kill_and_wait(run, "sink:")
    moves_on(run, "sink")
    run.stop()
    assert {node.errors for node in run.statistics().nodes.values()} == {0}, run.failures
    check_balance(run)


@pytest.mark.long
def test_counts_never_go_back() -> None:
    run = lives_chain(restart=CHAIN).start(on_error="skip")
    stop, wrong = threading.Event(), []

    def watch() -> None:
        before: dict[Any, tuple[int, ...]] = {}
        while not stop.is_set():
            statistics = run.statistics()
            now: dict[Any, tuple[int, ...]] = {
                key: (wire.sent, wire.delivered, wire.dropped, wire.discarded) for key, wire in statistics.wires.items()
            }
            now |= {id: (n.received, n.emitted, n.errors, n.unmatched) for id, n in statistics.nodes.items()}
            wrong.extend(
                (key, before[key], now[key])
                for key in before
                if any(a > b for a, b in zip(before[key], now[key], strict=True))
            )
            before = now
            stop.wait(0.001)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        for victim in CHAIN:
            moves_on(run, "sink")
            kill_and_wait(run, f"{victim}:")
        moves_on(run, "sink")
        run.stop()
    finally:
        stop.set()
        watching.join()
    assert wrong == []
    check_balance(run)


# -- what survives


@pytest.mark.parametrize("when", ["before", pytest.param("away", marks=pytest.mark.long), "starting"])
def test_a_parameter_that_was_set_is_what_the_new_process_begins_with(when: str, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    graph = chain(
        ("n", TimedNumbers, {"interval": 0.002}),
        ("wait", FailsToStart, {"location": "p:", "how": "hangs", "marker": str(marker)}),
        ("r", Remembers, {"location": "p:"}),
        ("s", Collect, {}),
    )
    graph.set_computer("p:", on_death="restart")
    run = graph.start(on_error="skip")
    moves_on(run, "s")
    old = pid_of(run, "p:")
    if when == "before":
        run.set("r.gain", 7)
        moves_on(run, "s", 100)
    marker.touch()
    kill(run, "p:")
    state = {"before": "restarting", "away": "restarting", "starting": "preparing"}[when]
    until(lambda: run.statistics().computers["p:"].state == state or when == "before", timeout=BACK_S)
    if when != "before":
        began = time.monotonic()
        run.set("r.gain", 7)
        assert time.monotonic() - began < 1.0
        with pytest.raises(ParameterRefused):
            run.set("r.gain", 1000)
    marker.unlink()
    until(lambda: is_back(run, "p:", 1), timeout=BACK_S)
    moves_on(run, "s")
    run.stop()
    seen = run.result("s")
    assert {gain for gain, pid, _ in seen if pid != old} == {7}
    assert {gain for gain, pid, _ in seen if pid == old} == ({1, 7} if when == "before" else {1})


@pytest.mark.parametrize("location", ["", "p:"])
def test_a_parameter_that_was_set_is_what_a_node_restarted_by_its_policy_begins_with(location: str) -> None:
    graph = chain(("n", Signs, {}), ("f", Fragile, {"location": location}), ("s", Collect, {}))
    graph.set_error_policy("f", "restart")
    run = graph.start(on_error="skip")
    moves_on(run, "s")
    run.set("f.gain", 5)
    run.set("n.sign", -1)
    until(lambda: run.statistics().nodes["f"].errors >= 1)
    moves_on(run, "s")
    run.stop()
    gains = [gain for gain, _, _ in run.result("s")]
    assert gains == sorted(gains) and gains[-1] == 5, "once set, it stays"


def test_taps_stay_open_and_read_on_from_the_new_process() -> None:
    graph = chain(("n", TimedNumbers, {"interval": 0.002}), ("r", Remembers, {"location": "p:"}), ("s", Collect, {}))
    graph.set_computer("p:", on_death="restart")
    run = graph.start(on_error="skip")
    taps = [run.tap("r.y"), run.tap("r.y", policy="drop_oldest")]
    for tap in taps:
        tap.get(timeout=5)
    old = pid_of(run, "p:")
    kill(run, "p:")
    until(lambda: run.statistics().nodes["r"].state == "restarting")
    taps.append(run.tap("r.y"))
    closed = run.tap("r.y")
    closed.close()
    until(lambda: is_back(run, "p:", 1), timeout=BACK_S)
    for tap in taps:
        until(lambda tap=tap: tap.get(timeout=5)[1] != old)  # type: ignore[misc]
    run.stop()
    assert all(tap.ended for tap in taps)


# -- who decides


def test_without_a_setting_the_policies_of_the_nodes_decide() -> None:
    graph = chain(
        ("n", TimedNumbers, {"interval": 0.002}),
        ("a", Square, {"location": "p:"}),
        ("b", Square, {"location": "p:t"}),
        ("s", Collect, {}),
    )
    graph.set_error_policy("a", "restart")
    graph.set_error_policy("b", "restart")
    run = graph.start(on_error="skip")
    moves_on(run, "s")
    kill_and_wait(run, "p:")
    run.stop()
    assert run.state == RunState.STOPPED
    graph.set_error_policy("b", "skip")
    run = graph.start(on_error="stop")
    moves_on(run, "s")
    kill(run, "p:")
    until(lambda: run.statistics().nodes["a"].state == "dead")
    run.stop()
    assert run.state == RunState.FAILED
    graph.set_error_policy("b", "stop")
    run = graph.start(on_error="skip")
    moves_on(run, "s")
    kill(run, "p:")
    assert run.wait(BACK_S) and run.state == RunState.FAILED
    assert run.statistics().nodes["n"].state == "stopped"


def test_by_the_policy_leave_nodes_stay_dead_though_their_own_policy_is_to_restart() -> None:
    graph = lives_chain(restart=())
    graph.set_computer("middle:", on_death="leave")
    run = graph.start(on_error="restart")
    moves_on(run, "sink")
    kill(run, "middle:")
    until(lambda: run.statistics().nodes["middle"].state == "dead")
    until(lambda: run.statistics().nodes["sink"].state == "ended")
    moves_on(run, "s")
    assert run.state == RunState.RUNNING
    run.stop()
    assert run.state == RunState.FAILED
    check_balance(run)


def test_by_the_policy_stop_a_death_ends_the_run_though_its_nodes_would_skip() -> None:
    graph = lives_chain(restart=("source",))
    graph.set_computer("middle:", on_death="stop")
    run = graph.start(on_error="skip")
    moves_on(run, "sink")
    kill(run, "middle:")
    assert run.wait(BACK_S)
    assert run.state == RunState.FAILED
    check_balance(run)


@pytest.mark.long
def test_the_setting_is_saved_with_the_graph_and_holds_for_what_is_loaded(tmp_path: Path) -> None:
    graph = chain(("n", TimedNumbers, {}), ("q", Square, {"location": "p:"}), ("s", Collect, {}))
    graph.set_computer("p:", on_death="restart")
    graph.save(tmp_path / "a.tide")
    run = Graph.load(tmp_path / "a.tide").start(on_error="skip")
    moves_on(run, "s")
    kill_and_wait(run, "p:")
    moves_on(run, "s")
    run.stop()
    assert run.state == RunState.STOPPED


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
    began = time.monotonic()
    run.stop(force=force)
    assert time.monotonic() - began < 2.5
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
