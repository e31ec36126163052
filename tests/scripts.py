"""Pieces of the scripts that tests run as programs of their own."""

# A source at main, and what follows it in two processes.
TWO_PROCESSES = """
from engine import Graph
from tests.nodes_for_tests import Collect, Square, TimedNumbers

graph = Graph()
graph.add(TimedNumbers, id="n", interval=0.005)
graph.add(Square, id="q", location="p:")
graph.add(Collect, id="s", location="q:io")
graph.connect("n.value", "q.x")
graph.connect("q.y", "s.x")
"""
