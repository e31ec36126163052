"""From the command line to a graph: reading the file, and setting parameters and locations as asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.cli.exit_codes import WrongUse
from engine.errors import FileFormatError, FileUnreadable, GraphError, LocationError, ParameterError, UnknownNodeType
from engine.graph.problems import Problem
from engine.runtime.graph import Graph

_MOST_NAMES = 20


def read_graph(path: Path) -> Graph:
    """Read a graph file; raises `WrongUse` that names the file and the place in it."""
    try:
        return Graph.load(path)
    except FileUnreadable as error:
        raise WrongUse(f"{path} cannot be read: {error}") from None
    except FileFormatError as error:
        raise WrongUse(f"{path} is no graph that can be read: {error}") from None


def set_parameters(graph: Graph, settings: Sequence[str]) -> None:
    """Set parameters, each written `NODE.PARAM=VALUE`; raises `WrongUse`."""
    for setting in settings:
        target, equals, text = setting.partition("=")
        id, dot, name = target.strip().partition(".")
        if not (equals and dot and id and name):
            raise WrongUse(f"--set {setting}: write NODE.PARAM=VALUE, for example gain.factor=3")
        _check_node(graph, id, f"--set {setting}")
        try:
            parameters = graph.type_of(id).node_parameters
            if name not in parameters:
                known = ", ".join(parameters) or "none"
                raise WrongUse(f"--set {setting}: node {id} has no parameter {name!r}; it has: {known}")
            graph.set_parameter(id, name, parameters[name].parse(text))
        except (ParameterError, UnknownNodeType) as error:
            raise WrongUse(f"--set {setting}: {error}") from None


def set_locations(graph: Graph, settings: Sequence[str]) -> None:
    """Say where nodes run, each written `NODE=LOCATION`; raises `WrongUse`."""
    for setting in settings:
        id, equals, location = setting.partition("=")
        id = id.strip()
        if not (equals and id):
            raise WrongUse(f"--location {setting}: write NODE=LOCATION, for example gain=work: (main is the empty one)")
        _check_node(graph, id, f"--location {setting}")
        try:
            graph.set_location(id, location)
        except LocationError as error:
            raise WrongUse(f"--location {setting}: {error}") from None


def refuse_problems(path: Path, problems: Sequence[Problem]) -> None:
    """Raise `WrongUse` that lists what keeps the graph from starting, if anything does."""
    if problems:
        count = f"{len(problems)} problems" if len(problems) > 1 else "a problem"
        listed = "\n".join(problem_line(problem) for problem in problems)
        raise WrongUse(f"{path} cannot run, it has {count}:\n{listed}")


def problem_line(problem: Problem) -> str:
    """A problem for people: place, message, remedy."""
    remedy = f" – {problem.remedy}" if problem.remedy else ""
    return f"  {problem.severity}: {problem.where}: {problem.message}{remedy}"


def _check_node(graph: Graph, id: str, place: str) -> None:
    try:
        graph.node(id)
    except GraphError:
        known = list(graph.nodes)
        more = f" and {len(known) - _MOST_NAMES} more" if len(known) > _MOST_NAMES else ""
        names = ", ".join(known[:_MOST_NAMES]) or "no nodes"
        raise WrongUse(f"{place}: there is no node {id!r}; the graph has: {names}{more}") from None
