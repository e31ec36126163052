"""The places at which every promise has to hold, and how a test runs a graph to its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psutil

from engine import Graph, Run, RunState

# Locations for the nodes of a graph, in turn: the same graph with each of these must do the same.
PLACEMENTS: dict[str, tuple[str, ...]] = {
    "main": ("",),
    "thread": ("t1", "t2", "t3"),
    "process": ("p1:", "p2:"),
    "mixed": ("p1:t2", "p2:", "", "p1:t1", "t1"),
}
END_S = 15.0


def place(graph: Graph, placement: str) -> Graph:
    """Put the nodes of a graph at the locations of a placement, in turn."""
    locations = PLACEMENTS[placement]
    for index, id in enumerate(graph.nodes):
        graph.set_location(id, locations[index % len(locations)])
    return graph


def chain(*nodes: tuple[str, Any, dict[str, Any]]) -> Graph:
    """A graph of nodes (id, type, parameters) of which each feeds the next: the first output to the first input."""
    graph = Graph()
    before = ""
    for id, node_type, parameters in nodes:
        graph.add(node_type, id=id, **parameters)
        if before:
            graph.connect(before, f"{id}.{next(iter(node_type.node_inputs))}")
        before = f"{id}.{next(iter(node_type.node_outputs))}" if node_type.node_outputs else ""
    return graph


def finished(graph: Graph, expected: RunState = RunState.FINISHED, on_error: str = "stop") -> Run:
    """Run a graph to its own end, which has to come and to be this one."""
    run = graph.start(on_error=on_error)
    if not run.wait(END_S):
        waiting = run.waiting_for()
        run.stop(force=True)
        raise AssertionError(f"the run does not end by itself: {waiting}\n{run.statistics()}")
    assert run.state == expected, (run.state, run.failures)
    return run


def until(condition: Callable[[], Any], timeout: float = 20.0, what: str = "") -> Any:
    """Wait until something is so; fails after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout:g} s: {what or condition}")
        time.sleep(0.002)
    return found


def pid_of(run: Run, label: str) -> int:
    """The process of a computer."""
    return run.statistics().computers[label].pid


def is_gone(pid: int) -> bool:
    """Is there no such process any more (a zombie counts as gone)?"""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
