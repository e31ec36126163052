"""`python -m bench figures`: how long what a run promises takes on this machine, for `docs/reliability.md`."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import Event, Graph, In, Node, NodeState, Out, Run, Source, param
from engine.library.faults import Hang

TIMEOUT_S = 20.0
_PARENT = """
import sys, time
from bench.figures import chain
with chain("one:", "two:").start(timeout=30.0) as run:
    print(*(c.pid for c in run.statistics().computers.values() if c.kind == "process"), flush=True)
    time.sleep(600)
"""


@dataclass(frozen=True)
class Figure:
    """One promise, and how to measure once what it takes, in seconds."""

    name: str
    bound_s: float | None
    measure: Callable[[], float]


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "figures",
        help="measure how long what a run promises takes here",
        description="Measures stops, deaths and watchdogs some times each, and prints the median and the longest. "
        "The exit code is 1 when a bound was exceeded.",
    )
    parser.add_argument("--rounds", type=int, default=10, help="how often each is measured (10)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; returns the exit code."""
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} processors, load {load:.1f}, Python {sys.version.split()[0]}, {arguments.rounds} rounds")
    exceeded = False
    for figure in FIGURES:
        taken = [figure.measure() for _ in range(arguments.rounds)]
        bound = f"bound {figure.bound_s:g} s" if figure.bound_s else "no bound"
        print(
            f"{figure.name:<64}{_told(statistics.median(taken)):>9} median{_told(max(taken)):>9} longest   {bound}",
            flush=True,
        )
        exceeded |= figure.bound_s is not None and max(taken) > figure.bound_s
    return int(exceeded)


def _told(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.1f} ms"


class Ticks(Source):
    """A number each millisecond."""

    value = Out(int)

    async def produce(self) -> AsyncIterator[int]:
        number = 0
        while True:
            yield number
            number += 1
            await self.sleep(0.001)


class Obeys(Node):
    """Hands on what it gets; raises or holds its loop, once, when it is told to."""

    x = In()
    y = Out()
    raises = param(0, minimum=0)
    hangs = param(0.0, minimum=0.0, unit="s")

    _raises = 0
    _hangs = 0.0

    def on_param(self, name: str, value: Any) -> None:
        setattr(self, f"_{name}", value)

    def process(self, x: Any) -> Any:
        hangs, self._hangs = self._hangs, 0.0
        time.sleep(hangs)
        if self._raises:
            self._raises = 0
            raise RuntimeError("this node was asked to raise")
        return x


def chain(*locations: str) -> Graph:
    """A source at main whose numbers go through a node at each of these locations, to a sink at main."""
    graph = Graph()
    graph.add(Ticks, id="source")
    before = "source.value"
    for index, location in enumerate(locations):
        graph.add(Obeys, id=f"n{index}", location=location)
        graph.connect(before, f"n{index}.x")
        before = f"n{index}.y"
    graph.add(Obeys, id="sink")
    graph.connect(before, "sink.x")
    return graph


class Heard:
    """Waits for an event of a run; knows when each came."""

    def __init__(self, run: Run, wanted: Callable[[Event], bool]) -> None:
        self._came = threading.Event()
        self._wanted = wanted
        self.at = 0.0
        run.subscribe(self._hear)

    def _hear(self, event: Event) -> None:
        if not self.at and self._wanted(event):
            self.at = time.monotonic()
            self._came.set()

    def wait(self) -> float:
        """When it came, on the monotonic clock; raises `TimeoutError`."""
        if not self._came.wait(TIMEOUT_S):
            raise TimeoutError(f"no such event within {TIMEOUT_S:g} s")
        return self.at


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not so within {TIMEOUT_S:g} s")
        time.sleep(0.001)


def _moving(run: Run) -> bool:
    return run.statistics().nodes["sink"].received > 3


def _pid(run: Run, label: str) -> int:
    return run.statistics().computers[label].pid


def _start() -> float:
    began = time.monotonic()
    with chain("one:", "two:", "three:").start(timeout=30.0):
        return time.monotonic() - began


def _graceful_stop() -> float:
    with chain("one:", "two:", "three:", "thread").start(timeout=30.0) as run:
        _until(lambda: _moving(run))
        began = time.monotonic()
        run.stop()
        return time.monotonic() - began


def _death_noticed() -> float:
    with chain("one:").start(timeout=30.0, on_error="skip") as run:
        _until(lambda: _moving(run))
        heard = Heard(run, lambda event: event.entity == "node:n0" and event.new == NodeState.DEAD)
        began = time.monotonic()
        os.kill(_pid(run, "one:"), signal.SIGKILL)
        return heard.wait() - began


def _death_to_running_again() -> float:
    graph = chain("one:")
    graph.set_computer("one:", on_death="restart")
    with graph.start(timeout=30.0, on_error="skip") as run:
        _until(lambda: _moving(run))
        heard = Heard(run, lambda event: event.entity == "node:n0" and event.new == NodeState.RUNNING)
        began = time.monotonic()
        os.kill(_pid(run, "one:"), signal.SIGKILL)
        return heard.wait() - began


def _stopped_by_force(mode: str, *locations: str) -> Callable[[], float]:
    def measure() -> float:
        graph = Graph()
        for index, location in enumerate(locations):
            graph.add(Ticks, id=f"s{index}")
            graph.add(Hang, id=f"hang{index}", location=location, after=0, mode=mode)
            graph.connect(f"s{index}.value", f"hang{index}.value")
        with graph.start(timeout=30.0, on_error="skip") as run:
            _until(lambda: all(run.statistics().nodes[f"hang{i}"].late for i in range(len(locations))))
            began = time.monotonic()
            run.stop(force=True)
            return time.monotonic() - began

    return measure


def _told_after(parameter: str, value: float, location: str, new: str) -> Callable[[], float]:
    """From the moment a node is told to raise or to hold its loop to the event that says so."""

    def measure() -> float:
        graph = chain(location)
        with graph.start(timeout=30.0, on_error="skip") as run:
            _until(lambda: _moving(run))
            heard = Heard(run, lambda event: event.entity == "node:n0" and event.new == new)
            began = time.monotonic()
            run.set(f"n0.{parameter}", value)
            return heard.wait() - began

    return measure


def _live_parameter() -> float:
    graph = chain("one:")
    with graph.start(timeout=30.0) as run:
        _until(lambda: _moving(run))
        began = time.monotonic()
        run.set("n0.raises", 0)
        return time.monotonic() - began


def _orphans_gone() -> float:
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
    ) as parent:
        assert parent.stdout is not None
        pids = [int(text) for text in parent.stdout.readline().split()]
        began = time.monotonic()
        parent.kill()
        _until(lambda: not any(_lives(pid) for pid in pids))
        return time.monotonic() - began


def _lives(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


FIGURES = (
    Figure("start of a graph in three processes", None, _start),
    Figure("graceful stop: four computers, a message each ms", None, _graceful_stop),
    Figure("SIGKILL of a process: its node is dead", 1.0, _death_noticed),
    Figure("SIGKILL of a process with restart: its node runs again", None, _death_to_running_again),
    Figure("stop by force: endless loop in a process", 2.0, _stopped_by_force("loop", "one:")),
    Figure("stop by force: endless loop in a thread", 2.0, _stopped_by_force("loop", "one")),
    Figure("stop by force: three stuck processes at once", 2.0, _stopped_by_force("sleep", "one:", "two:", "three:")),
    Figure("a node raises in a process: the failure is told", 1.0, _told_after("raises", 1, "one:", "failure")),
    Figure("a node holds its loop in main: late is told", 1.0, _told_after("hangs", 1.5, "", "late")),
    Figure("a node holds its loop in a process: late is told", 1.0, _told_after("hangs", 1.5, "one:", "late")),
    Figure("a live parameter in a process is in effect", None, _live_parameter),
    Figure("SIGKILL of the app: its workers are gone", 1.0, _orphans_gone),
)
