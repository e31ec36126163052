"""Any schedule of what a person can do to a run, and of what can befall it, ends with nothing left behind."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable

import pytest

from engine import Graph, Run, TapClosed, TidewireError
from tests.engine.runtime.placements import is_gone
from tests.nodes_for_tests import Arrays, CheckArrays, Collect, Pair, Scale, Slow, Square, TimedNumbers
from tests.timing import Stopwatch

pytestmark = pytest.mark.timeout(60)


def _graph() -> Graph:
    graph = Graph()
    graph.add(TimedNumbers, id="n", interval=0.002)
    graph.add(Square, id="q", location="p:")
    graph.add(Slow, id="slow", delay=0.002, location="q:io")
    graph.add(Pair, id="pair", location="t")
    graph.add(Scale, id="scale", location="p:")
    graph.add(Collect, id="s")
    graph.add(Arrays, id="a", count=0, size=200_000, interval=0.001, location="q:")
    graph.add(CheckArrays, id="c", location="p:")
    for output, input in (
        ("n.value", "q.x"),
        ("n.value", "slow.x"),
        ("q.y", "pair.a"),
        ("slow.y", "pair.b"),
        ("n.value", "scale.x"),
        ("scale.y", "s.x"),
        ("a.array", "c.x"),
    ):
        graph.connect(output, input)
    return graph


def _tap(run: Run, choose: random.Random) -> None:
    with run.tap(
        choose.choice(["a.array", "q.y", "n.value", "slow.y"]), policy=choose.choice(["latest", "drop_oldest"])
    ) as tap:
        try:
            tap.get(timeout=choose.uniform(0.0, 0.05))
        except (TimeoutError, TapClosed):
            return


def _kill_one(run: Run, choose: random.Random) -> None:
    pids = sorted({c.pid for c in run.statistics().computers.values() if c.kind == "process" and c.exit_code is None})
    if pids:
        try:
            os.kill(choose.choice([pid for pid in pids if pid != os.getpid()] or pids), signal.SIGKILL)
        except ProcessLookupError:
            return


def _set(run: Run, choose: random.Random) -> None:
    run.set(choose.choice(["scale.factor", "n.interval", "slow.delay"]), choose.choice([0, 1]), timeout=0.5)


ACTIONS: list[Callable[[Run, random.Random], object]] = [
    _tap,
    _tap,
    _set,
    _set,
    lambda run, choose: run.statistics(),
    lambda run, choose: run.waiting_for(),
    lambda run, choose: run.wait(choose.uniform(0.0, 0.02)),
    _kill_one,
    lambda run, choose: run.stop(timeout=choose.uniform(0.1, 1.0)),
    lambda run, choose: run.stop(force=True),
]


def _play(seed: int) -> None:
    """Two threads do random things to a run, which is then stopped by force."""
    choose = random.Random(seed)
    policy = choose.choice(["stop", "skip"])
    run = _graph().start(on_error=policy)
    pids = {c.pid for c in run.statistics().computers.values()} - {os.getpid()}
    ending = choose.random() < 0.7
    actions = ACTIONS if ending else ACTIONS[:-2]
    surprises: list[BaseException] = []

    def act(own: random.Random) -> None:
        for _ in range(own.randrange(2, 8)):
            try:
                own.choice(actions)(run, own)
            except TidewireError:
                continue  # refused, for example because the run has ended
            except BaseException as error:
                surprises.append(error)

    threads = [threading.Thread(target=act, args=(random.Random(f"{seed}-{index}"),)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(15)
    assert not any(thread.is_alive() for thread in threads), "a call does not come back"
    watch = Stopwatch()
    run.stop(force=True)
    assert watch.passed_s < 2.0
    assert not surprises
    assert run.state.is_over
    assert all(is_gone(pid) for pid in pids)
    for key, wire in run.statistics().wires.items():
        assert wire.sent == wire.delivered + wire.dropped + wire.discarded + wire.lost, (key, wire)
        assert wire.queued == 0
    assert {node.state.is_over for node in run.statistics().nodes.values()} == {True}


@pytest.mark.parametrize("number", range(3))
def test_any_schedule_ends_with_nothing_left_and_every_message_accounted_for(number: int, seed: int) -> None:
    _play_all(range(3 * seed + number, 3 * seed + number + 1))


@pytest.mark.long
@pytest.mark.timeout(120)
def test_any_of_many_schedules_ends_with_nothing_left(seed: int) -> None:
    _play_all(range(1000 + 10 * seed, 1010 + 10 * seed))


@pytest.mark.long
@pytest.mark.minutes
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seeds", [range(start, start + 25) for start in (100, 200)], ids=str)
def test_any_of_very_many_schedules_ends_with_nothing_left(seeds: range) -> None:
    _play_all(seeds)


def _play_all(seeds: range) -> None:
    for seed in seeds:
        try:
            _play(seed)
        except BaseException as error:
            raise AssertionError(f"schedule {seed}: {error}") from error
