"""Graphs and texts that the tests of graphs and their files begin with."""

from __future__ import annotations

import pytest

from engine import FileFormatError, Graph
from engine.graph.file import parse_graph
from tests.engine.graph.types import Numbers, Show, Work

ODD = "a.tide"


def read(data: bytes | str) -> Graph:
    return parse_graph(data, Graph, name=ODD)


def refusal(data: bytes | str) -> str:
    """The message with which a text is refused: always a `FileFormatError` that names the file, in one plain line."""
    with pytest.raises(FileFormatError) as caught:
        read(data)
    message = str(caught.value)
    assert ODD in message and "\x1b" not in message
    return message


def example_graph() -> Graph:
    graph = Graph()
    graph.add(Numbers, id="n")
    graph.add(Work, id="w", factor=2, names=["ä", "\u2028"], location="ml:io")
    graph.add(Show, id="s")
    graph.add("no.such:Thing", id="u", anything={"deep": [1, None, 2.5, "x"]})
    graph.connect("n.number", "w.number", capacity=3, overflow="drop_oldest")
    graph.connect("w.result", "u.back", feedback=True, initial=[1, {"a": None}])
    graph.connect("u.x", "s.value", feedback=True, initial=None)
    graph.rename("w", 'Quote " and \\ and\nline')
    graph.set_error_policy("w", "restart")
    graph.move("w", -12.345, 1e7)
    graph.move("n", 10, 0)
    graph.add_plot("n.number", "number", {"span_s": 2.5})
    return graph


def pair() -> Graph:
    graph = Graph()
    graph.add(Numbers, id="n")
    graph.add(Work, id="w")
    return graph
