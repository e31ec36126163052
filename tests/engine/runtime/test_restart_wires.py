"""Wires, ticks and cycles of processes that are started again, wherever their other ends are."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
from typing import Any

import pytest

from engine import Graph, RunState
from engine.runtime import restarts
from tests.engine.runtime.placements import chain, pid_of, until
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
    Either,
    Lives,
    Mortal,
    Orderly,
    PassOn,
    Ticked,
)
from tests.nodes_for_tests import Add, Collect, EveryThird, Numbers, Pair, Square, TimedNumbers

pytestmark = pytest.mark.timeout(60)


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
    monkeypatch.setattr(restarts, "MOST_DEATHS", 100)  # none of them is hopeless
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
