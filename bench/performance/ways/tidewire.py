"""Tidewire: nodes written as a user writes them, in a file of their own."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

from bench.performance.ways.book import open_book
from bench.performance.ways.payload import Payload, at_rate, saturated, stamped
from bench.performance.ways.task import Task, answer
from engine import Graph, In, Node, Out, Source, param

TIMEOUT_S = 60.0


class Flood(Source):
    """As many arrays as go through."""

    value = Out()
    task = param("")

    async def produce(self) -> AsyncIterator[Payload]:
        task = Task.from_json(self.task)
        for array in saturated(task.size, task.seconds):
            yield array


class Paced(Source):
    """Arrays at a rate."""

    value = Out()
    task = param("")

    async def produce(self) -> AsyncIterator[Payload]:
        task = Task.from_json(self.task)
        for number, wait_s in at_rate(task.seconds, task.rate_hz):
            await self.sleep(wait_s)
            yield stamped(task.size, number)


class Pass(Node):
    """Hands on what it gets."""

    x = In()
    y = Out()

    def process(self, x: Payload) -> Payload:
        return x


class Sink(Node):
    """Writes down what comes."""

    x = In()
    task = param("")

    def on_start(self) -> None:
        self._take = open_book(Task.from_json(self.task)).take

    def process(self, x: Payload) -> None:
        self._take(x)


LAYOUTS = {
    "loop": ("", "", ""),
    "thread": ("one", "two", "two"),
    "process": ("one:", "two:", "two:"),
    "processes": ("one:", "two:", "three:"),
}


def line(task: Task) -> None:
    """A source, a node and a sink."""
    graph = Graph()
    first, second, third = LAYOUTS[task.layout]
    graph.add(Paced if task.rate_hz else Flood, id="source", task=task.as_json(), location=first)
    graph.add(Pass, id="node", location=second)
    graph.add(Sink, id="sink", task=task.as_json(), location=third)
    graph.connect("source.value", "node.x", capacity=task.capacity or 16)
    graph.connect("node.y", "sink.x", capacity=task.capacity or 16)
    run(graph, task)


def run(graph: Graph, task: Task) -> None:
    """Run a graph until its sink has seen enough; raises what went wrong."""
    out, until = Path(task.out), time.monotonic() + TIMEOUT_S
    with graph.start(timeout=TIMEOUT_S) as started:
        while not out.exists():
            if started.wait(0.05):
                raise RuntimeError(started.failures[0].traceback if started.failures else "it ended too early")
            if time.monotonic() > until:
                raise TimeoutError(f"the sink has not seen enough within {TIMEOUT_S:g} s")


def measure(task: Task) -> None:
    """Do a task."""
    KINDS[task.kind](task)


KINDS = {"line": line}

if __name__ == "__main__":
    answer(measure)
