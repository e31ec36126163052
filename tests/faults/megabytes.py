"""The graph whose processes are struck: a chain of 1 MB arrays, and a healthy pair beside it."""

from __future__ import annotations

from engine import Graph
from tests.faults.faulty_nodes import CountWhole, Megabytes, PassArray
from tests.nodes_for_tests import Collect, Square, TimedNumbers

CHAIN = ("source", "middle", "sink")


def chain_of_megabytes() -> Graph:
    """Source, middle and sink in a process each, and a healthy pair on main and in a process beside them."""
    graph = Graph()
    graph.add(Megabytes, id="source", location="source:")
    graph.add(PassArray, id="middle", location="middle:")
    graph.add(CountWhole, id="sink", location="sink:")
    graph.connect("source.array", "middle.x")
    graph.connect("middle.y", "sink.x")
    graph.add(TimedNumbers, id="n", interval=0.01)
    graph.add(Square, id="q", location="healthy:")
    graph.add(Collect, id="s")
    graph.connect("n.value", "q.x")
    graph.connect("q.y", "s.x")
    return graph
