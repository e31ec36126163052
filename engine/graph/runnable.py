"""The part of a graph that can run, while a person is still building the rest of it."""

from __future__ import annotations

import copy
from typing import TypeVar

from engine.graph.check import problems_of
from engine.graph.graph import Graph
from engine.graph.problems import Problem

G = TypeVar("G", bound=Graph)


def runnable_part(graph: G) -> tuple[G, list[Problem]]:
    """A graph without the nodes that cannot run as they are, and without what therefore lacks an input.

    Args:
        graph: is not changed.

    Returns:
        The part, which has no problems unless it is empty, and the problems of the nodes and wires that it lacks,
        those first that nothing else is the reason for.
    """
    part = copy.copy(graph)
    part.restore(graph.snapshot())
    left_out: list[Problem] = []
    while part.nodes and (problems := problems_of(part)):
        left_out += problems
        for problem in problems:
            for id in _at_fault(problem, part):
                if id in part.nodes:
                    part.remove(id)
    return part, left_out


def _at_fault(problem: Problem, graph: Graph) -> list[str]:
    """The nodes to be left out for a problem; all of them when it is one of the graph as a whole."""
    wire = graph.wires.get(problem.where)
    if wire is not None:
        return [wire.to_node]
    node = problem.where.partition(".")[0]
    return [node] if node in graph.nodes or " -> " in problem.where else list(graph.nodes)
