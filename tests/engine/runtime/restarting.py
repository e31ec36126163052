"""A graph whose processes are killed, and waiting until they are back."""

from __future__ import annotations

import os
import signal

from engine import Graph, Run
from tests.engine.runtime.placements import chain, pid_of, until
from tests.engine.runtime.restarting_nodes import (
    Lives,
    Orderly,
    PassOn,
)
from tests.nodes_for_tests import Collect, Square, TimedNumbers

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
