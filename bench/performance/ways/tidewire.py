"""Tidewire: nodes written as a user writes them, in a file of their own."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.performance.ways.book import PauseBook, ignore, open_book
from bench.performance.ways.payload import NUMBER, SENT_NS, Payload, at_rate, numbers, saturated, stamped
from bench.performance.ways.task import Task, answer
from engine import Graph, In, Node, Out, Source, param

TIMEOUT_S = 60.0
HOLD_S = 0.5


class Flood(Source):
    """As many arrays as go through."""

    value = Out()
    task = param("")

    async def produce(self) -> AsyncIterator[Payload]:
        task = Task.from_json(self.task)
        for array in saturated(task.size, task.seconds):
            yield array


class Lent(Source):
    """Arrays that lie where they are sent from; only their number is written: filling them is no part of the way."""

    value = Out()
    task = param("")

    async def produce(self) -> AsyncIterator[Payload]:
        task = Task.from_json(self.task)
        for number in numbers(task.size, task.seconds):
            array: Payload = self.loan(task.size // 8, np.int64)
            array[NUMBER] = number
            if number == 0:
                array[SENT_NS] = time.monotonic_ns()
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
        task = Task.from_json(self.task) if self.task else Task()
        self._take = open_book(task).take if self.task else ignore
        self._hold_s = HOLD_S if task.kind == "backlog" else 0.0

    def process(self, x: Payload) -> None:
        if self._hold_s:  # until what waits before it has grown as far as it may
            time.sleep(self._hold_s)
            self._hold_s = 0.0
        self._take(x)


class Join(Node):
    """Gets the two halves of a tick together."""

    left = In()
    right = In()
    y = Out()

    def process(self, left: Payload, right: Payload) -> Payload:
        if left.item(NUMBER) != right.item(NUMBER):
            raise ValueError("the two are of different ticks")
        return left


class Tick(Source):
    """Does nothing but be on time, each millisecond, and writes down how late it was."""

    value = Out()
    task = param("")

    async def produce(self) -> AsyncIterator[float]:
        book = PauseBook(Task.from_json(self.task))
        while not book.is_done:
            await self.sleep(PauseBook.INTERVAL_S)
            if book.tick():
                yield 0.0


LAYOUTS = {
    "loop": ("", "", ""),
    "thread": ("one", "two", "two"),
    "process": ("one:", "two:", "two:"),
    "processes": ("one:", "two:", "three:"),
}


def begin(task: Task) -> tuple[Graph, str]:
    """A graph with its source, and the location of the rest."""
    graph = Graph()
    first, second, _ = LAYOUTS[task.layout]
    kind = Lent if task.kind == "loan" else Paced if task.rate_hz else Flood
    graph.add(kind, id="source", task=task.as_json(), location=first)
    return graph, second


def end(graph: Graph, task: Task, before: str, location: str) -> Graph:
    """The graph with its sink behind an output."""
    graph.add(Sink, id="sink", task=task.as_json(), location=location)
    connect(graph, task, before, "sink.x")
    return graph


def connect(graph: Graph, task: Task, output: str, inputs: str) -> None:
    """A wire as the task has it."""
    graph.connect(output, inputs, capacity=task.capacity or 16)


def line(task: Task) -> Graph:
    """A source, a node and a sink."""
    graph, second = begin(task)
    graph.add(Pass, id="node", location=second)
    connect(graph, task, "source.value", "node.x")
    return end(graph, task, "node.y", LAYOUTS[task.layout][2])


def chain(task: Task) -> Graph:
    """`count` nodes in all, the source and the sink among them, over `across` processes, neighbours together."""
    graph = Graph()
    places = [f"p{index * task.across // task.count}:" if task.across else "" for index in range(task.count)]
    graph.add(Paced if task.rate_hz else Flood, id="source", task=task.as_json(), location=places[0])
    before = "source.value"
    for index in range(1, task.count - 1):
        graph.add(Pass, id=f"n{index}", location=places[index])
        connect(graph, task, before, f"n{index}.x")
        before = f"n{index}.y"
    return end(graph, task, before, places[-1])


def fan(task: Task) -> Graph:
    """A source and `count` sinks, each in a process of its own unless all share a loop; the last keeps the book."""
    graph, _ = begin(task)
    together = task.layout == "loop"
    for index in range(1, task.count):
        graph.add(Sink, id=f"sink{index}", location="" if together else f"sink{index}:")
        connect(graph, task, "source.value", f"sink{index}.x")
    return end(graph, task, "source.value", "" if together else "last:")


def join(task: Task) -> Graph:
    """A source whose messages go two ways and meet again, tick by tick."""
    graph, second = begin(task)
    graph.add(Join, id="join", location=second)
    for side in ("left", "right"):
        graph.add(Pass, id=side, location=second)
        connect(graph, task, "source.value", f"{side}.x")
        connect(graph, task, f"{side}.y", f"join.{side}")
    return end(graph, task, "join.y", LAYOUTS[task.layout][2])


def pause(task: Task) -> Graph:
    """A line, with a node beside the source that wants the loop each millisecond."""
    graph = line(replace(task, out=f"{task.out}.line"))
    first, second, _ = LAYOUTS[task.layout]
    graph.add(Tick, id="tick", task=task.as_json(), location=first)
    graph.add(Sink, id="ticks", location=second)
    connect(graph, task, "tick.value", "ticks.x")
    return graph


def run(graph: Graph, task: Task) -> None:
    """Run a graph until its sink has seen enough; raises what went wrong."""
    out, until = Path(task.out), time.monotonic() + TIMEOUT_S
    with graph.start(timeout=TIMEOUT_S) as started:
        while not out.exists():
            if started.wait(0.05):
                raise RuntimeError(started.failures[0].traceback if started.failures else "it ended too early")
            if time.monotonic() > until:
                raise TimeoutError(f"the sink has not seen enough within {TIMEOUT_S:g} s")
        started.stop(force=True)  # what is still under way is of no interest


KINDS = {"line": line, "chain": chain, "fan": fan, "join": join, "pause": pause, "backlog": line, "loan": line}


def measure(task: Task) -> None:
    """Do a task."""
    run(KINDS[task.kind](task), task)


if __name__ == "__main__":
    answer(measure)
