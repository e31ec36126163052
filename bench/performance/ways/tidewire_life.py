"""Tidewire: how long starts and stops take, and what it costs to be watched."""

from __future__ import annotations

import mmap
import os
import statistics
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from bench.performance.ways.book import write
from bench.performance.ways.payload import Payload, saturated
from bench.performance.ways.processes import cpu_s, family
from bench.performance.ways.task import Task, answer
from bench.performance.ways.tidewire import LAYOUTS, Pass, Sink
from engine import Graph, In, Node, Out, Run, Source, give_up_spare_worker, keep_spare_worker, param

CALM_S = 0.7  # spare workers are warm when they have done nothing for so long
_PAIRS = 24  # windows with, and as many without, what is looked for


class Slow(Source):
    """A number now and then."""

    value = Out(int)

    async def produce(self) -> AsyncIterator[int]:
        number = 0
        while not self.stopping:
            yield number
            number += 1
            await self.sleep(0.01)


class Counting(Node):
    """Counts in memory that other processes see, now and then."""

    x = In()
    path = param("")

    def on_start(self) -> None:
        with Path(self.path).open("r+b") as file:
            self._shared = np.frombuffer(mmap.mmap(file.fileno(), 8), np.int64)
        self._count = 0

    def process(self, x: Payload) -> None:
        self._count += 1
        if not self._count & 15:
            self._shared[0] = self._count


class Endless(Source):
    """As many arrays as go through, until the run is stopped."""

    value = Out()
    size = param(1024)

    async def produce(self) -> AsyncIterator[Payload]:
        for array in saturated(self.size, 3600.0):
            yield array


def start_and_stop(task: Task) -> None:
    """How long it takes until a chain of `count` nodes over `across` processes runs, and until it is down again."""
    graph = Graph()
    before = ""
    for index in range(task.count):
        place = f"p{index * task.across // task.count}:" if task.across else ""
        graph.add(Pass if index else Slow, id=f"n{index}", location=place)
        if before:
            graph.connect(before, f"n{index}.x")
        before = f"n{index}.{'y' if index else 'value'}"
    graph.add(Sink, id="sink", location=place)
    graph.connect(before, "sink.x")
    began = time.monotonic()
    run = graph.start(timeout=60.0)
    started = time.monotonic()
    _until(lambda: run.statistics().nodes["sink"].received > 0)
    stopping = time.monotonic()
    run.stop()
    write(task, start_s=started - began, stop_s=time.monotonic() - stopping)


def ready(task: Task) -> None:
    """How long it takes until `count` process computers are there, with a warm spare worker kept; `seconds` times."""
    keep_spare_worker()
    try:
        took = []
        for _ in range(int(task.seconds)):
            _until_calm()
            graph = Graph()
            for index in range(task.count):
                graph.add(Slow, id=f"n{index}", location=f"p{index}:")
            began = time.monotonic()
            with graph.start(timeout=30.0):
                took.append(time.monotonic() - began)
        write(task, ready_ms=statistics.median(took) * 1e3)
    finally:
        give_up_spare_worker()


def watched(task: Task) -> None:
    """What a tap, and asking for statistics as an editor does, cost: windows with and without, turn by turn."""
    counter = Path(f"{task.out}.count")
    counter.write_bytes(bytes(8))
    with counter.open("r+b") as file:
        shared = np.frombuffer(mmap.mmap(file.fileno(), 8), np.int64)
    graph = Graph()
    first, second, third = LAYOUTS[task.layout]
    graph.add(Endless, id="source", size=task.size, location=first)
    graph.add(Pass, id="node", location=second)
    graph.add(Counting, id="sink", path=str(counter), location=third)
    graph.connect("source.value", "node.x")
    graph.connect("node.y", "sink.x")
    ways = {"tap": _tapped, "statistics": _asked}
    costs: dict[str, list[float]] = {f"{way}_{figure}": [] for way in ways for figure in ("cpu", "rate")}
    with graph.start(timeout=30.0) as run:
        _until(lambda: shared[0] > 1000)
        pids = family(os.getpid())

        def window() -> tuple[float, float]:
            """Messages a second, and processor time a message."""
            time.sleep(0.02)
            began, count, cpu = time.monotonic(), int(shared[0]), cpu_s(pids)
            time.sleep(task.seconds / _PAIRS / 4)
            taken = int(shared[0]) - count
            return taken / (time.monotonic() - began), (cpu_s(pids) - cpu) / taken

        for number in range(_PAIRS):
            for way, watching in ways.items():
                if number % 2:
                    without = window()
                with watching(run):
                    rate, cpu = window()
                if not number % 2:
                    without = window()
                costs[f"{way}_rate"].append(without[0] / rate)
                costs[f"{way}_cpu"].append(cpu / without[1])
    write(task, **{name: statistics.median(values) for name, values in costs.items()})


@contextmanager
def _tapped(run: Run) -> Iterator[None]:
    """A scope looks at the output of the node, 30 times a second."""
    with run.tap("node.y", policy="latest") as tap, _repeating(lambda: tap.get(timeout=0.5), 30.0):
        yield


@contextmanager
def _asked(run: Run) -> Iterator[None]:
    """Somebody looks at the statistics, 10 times a second."""
    with _repeating(run.statistics, 10.0):
        yield


@contextmanager
def _repeating(action: Callable[[], object], rate_hz: float) -> Iterator[None]:
    over = threading.Event()

    def repeat() -> None:
        while not over.wait(1 / rate_hz):
            action()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _until_calm() -> None:
    """Wait until this process and its children do nothing, after the time in which new spare workers are started."""
    time.sleep(2 * CALM_S)
    used = -1.0
    deadline = time.monotonic() + 30.0
    while (now := cpu_s(family(os.getpid()))) - used > CALM_S / 20 and time.monotonic() < deadline:
        used = now
        time.sleep(CALM_S)


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30.0
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("not so within 30 s")
        time.sleep(0.01)


KINDS = {"start and stop": start_and_stop, "ready": ready, "watched": watched}


def measure(task: Task) -> None:
    """Do a task."""
    KINDS[task.kind](task)


if __name__ == "__main__":
    answer(measure)
