"""The public `Graph`: the document, with node types looked up in the catalog, that can be started."""

from __future__ import annotations

from engine.graph import graph as document
from engine.graph.check import problems_of
from engine.graph.problems import Problem
from engine.node.catalog import catalog


class Graph(document.Graph):
    """A graph that can be checked and started. See `engine.graph.graph.Graph` for its edits and files."""

    types = catalog

    def problems(self) -> list[Problem]:
        """What keeps this graph from starting; empty when it can start. Imports the node types it names."""
        return problems_of(self)
