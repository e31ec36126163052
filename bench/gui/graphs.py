"""The graphs that are shown and run."""

from __future__ import annotations

from bench.gui.nodes import Ticks, Work
from engine import Graph

ROW_LENGTH = 20
_COLUMN, _ROW = 250.0, 190.0
_TONE = "engine.library.sources:Tone"
_GAIN = "engine.library.arithmetic:Gain"
SCOPE_PORT = "tone.signal"
SCOPE_HZ = 1000.0
_BUSY_NODES, _BUSY_HZ, _BUSY_S = 4, 200.0, 0.0005  # 0.4 of a processor, in slices that hold nobody up


def grid(count: int) -> Graph:
    """So many nodes in rows; each row is a source and a chain behind it, at 10 messages a second, in one process."""
    graph = Graph()
    before = ""
    for index in range(count):
        row, column = divmod(index, ROW_LENGTH)
        id = f"n{index}"
        if column:
            graph.add(_GAIN, id=id, location="engine:")
            graph.connect(before, f"{id}.signal")
        else:
            graph.add(_TONE, id=id, location="engine:", rate_hz=500.0, block_size=50)
        graph.move(id, column * _COLUMN, row * _ROW)
        before = f"{id}.scaled" if column else f"{id}.signal"
    return graph


def scope(channels: int, window_s: float) -> Graph:
    """A signal of 1 kHz from a process, shown in a scope, and a busy chain on the main computer."""
    graph = Graph()
    graph.add(_TONE, id="tone", location="engine:", channels=channels, rate_hz=SCOPE_HZ, block_size=5, noise=0.3)
    graph.move("tone", 0, 0)
    graph.add_plot(SCOPE_PORT, "scope", {"window_s": window_s})
    add_busy_chain(graph)
    return graph


def add_busy_chain(graph: Graph) -> None:
    """A source and some nodes that work, all at main."""
    graph.add(Ticks, id="ticks", rate_hz=_BUSY_HZ)
    graph.move("ticks", 0, _ROW)
    before = "ticks.value"
    for index in range(_BUSY_NODES):
        id = f"work{index}"
        graph.add(Work, id=id, seconds=_BUSY_S)
        graph.connect(before, f"{id}.value")
        graph.move(id, (index + 1) * _COLUMN, _ROW)
        before = f"{id}.passed"


def flood(sink_location: str) -> Graph:
    """A source at main that gives numbers as fast as they are taken, two nodes behind it, and its plot."""
    graph = Graph()
    graph.add(Ticks, id="ticks", rate_hz=0.0)
    graph.move("ticks", 0, 0)
    before = "ticks.value"
    for index in range(2):
        id = f"work{index}"
        graph.add(Work, id=id, seconds=0.0, location=sink_location)
        graph.connect(before, f"{id}.value")
        graph.move(id, (index + 1) * _COLUMN, 0)
        before = f"{id}.passed"
    graph.add_plot("ticks.value", "number")
    return graph
