"""Everything that keeps a graph from starting, found before it is started."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.errors import ParameterError, UnknownNodeType
from engine.graph.graph import Graph, NodeSpec
from engine.graph.node_type import type_refusal_of
from engine.graph.packages import recorded_package
from engine.graph.problems import Problem, Severity

MAX_PROCESSES = 256
MAX_THREADS = 1024


def problems_of(graph: Graph) -> list[Problem]:
    """What keeps this graph from starting, in the order of its nodes and wires; empty when it can start."""
    found: list[Problem] = []
    if not graph.nodes:
        found.append(_error("graph", "the graph has no nodes", "add a node"))
    types = _types_of(graph)
    for spec in graph.nodes.values():
        found.extend(_node_problems(spec, types[spec.id], graph.extra))
    known = {id: None if isinstance(kind, UnknownNodeType) else kind for id, kind in types.items()}
    fitting: set[tuple[Any, str, Any, str]] = set()  # a large graph has few kinds of wires
    for wire in graph.wires.values():
        kind = (known[wire.from_node], wire.from_port, known[wire.to_node], wire.to_port)
        if kind in fitting:
            continue
        refusal = type_refusal_of(wire, kind[0], kind[2])
        if refusal is None:
            fitting.add(kind)
        else:
            found.append(_error(wire.key, str(refusal), "remove the wire or convert between the types"))
    found.extend(_input_problems(graph, known))
    found.extend(_cycle_problems(graph))
    found.extend(_place_problems(graph))
    return found


def _types_of(graph: Graph) -> dict[str, Any]:
    """The type of each node, or the error that says why there is none; looked for once each: failing takes long."""
    found: dict[str, Any] = {}
    for type_path in {spec.type: None for spec in graph.nodes.values()}:
        try:
            found[type_path] = graph.types.resolve(type_path, graph.folder)
        except UnknownNodeType as error:
            found[type_path] = error
    return {spec.id: found[spec.type] for spec in graph.nodes.values()}


def _error(where: str, message: str, remedy: str = "") -> Problem:
    return Problem(Severity.ERROR, where, message, remedy)


def _remedy_for_missing(spec: NodeSpec, extra: Mapping[str, Any]) -> str:
    package = recorded_package(extra, spec.type)
    what = f"it came from {package}: {package.command}" if package is not None else "install what it comes from"
    return f"{what}, or remove the node"


def _node_problems(spec: NodeSpec, node_type: Any, extra: Mapping[str, Any]) -> list[Problem]:
    found = []
    if spec.location.host:
        found.append(
            _error(
                spec.id,
                f"other hosts cannot run nodes yet ({spec.location})",
                "choose a location on this host",
            )
        )
    if isinstance(node_type, UnknownNodeType):
        found.append(_error(spec.id, str(node_type), _remedy_for_missing(spec, extra)))
        return found
    for name, value in spec.parameters.items():
        where = f"{spec.id}.{name}"
        parameter = node_type.node_parameters.get(name)
        if parameter is None:
            found.append(_error(where, f"{node_type.__name__} has no parameter {name!r}", "remove it"))
            continue
        try:
            parameter.validate(value)
        except ParameterError as error:
            found.append(_error(where, str(error), "change the value"))
    return found


def _input_problems(graph: Graph, types: Mapping[str, Any]) -> list[Problem]:
    """Required inputs without a wire, and inputs with more wires than they take."""
    counts: dict[str, int] = {}
    for wire in graph.wires.values():
        counts[wire.input] = counts.get(wire.input, 0) + 1
    found = []
    for spec in graph.nodes.values():
        node_type = types[spec.id]
        if node_type is None:
            continue
        for name, port in node_type.node_inputs.items():
            where = f"{spec.id}.{name}"
            count = counts.get(where, 0)
            if count == 0 and not port.optional:
                found.append(_error(where, "this input is required and has no wire", "connect it"))
            if count > 1 and not port.many:
                found.append(_error(where, f"this input takes one wire and has {count}", "remove all but one"))
    return found


def _cycle_problems(graph: Graph) -> list[Problem]:
    """One problem for each wire that lies on a cycle of wires that are not feedback."""
    wires = [wire for wire in graph.wires.values() if not wire.feedback]
    cycle_of = _cycles(graph.nodes, [(wire.from_node, wire.to_node) for wire in wires])
    return [
        _error(wire.key, "this wire is part of a cycle", "make one wire of the cycle a feedback wire")
        for wire in wires
        if cycle_of[wire.from_node] == cycle_of[wire.to_node]
    ]


def _place_problems(graph: Graph) -> list[Problem]:
    """More processes or threads than a machine should be asked for: a slip of a script, or a file that means harm."""
    places = {spec.location for spec in graph.nodes.values()}
    processes = {place.process_location for place in places if place.process}
    threads = {place for place in places if place.thread}
    return [
        _error("graph", f"its nodes are in {len(asked)} {kind}, more than {most}", "put nodes together")
        for kind, asked, most in (("processes", processes, MAX_PROCESSES), ("threads", threads, MAX_THREADS))
        if len(asked) > most
    ]


def _cycles(nodes: Iterable[str], wires: list[tuple[str, str]]) -> dict[str, int]:
    """For each node a number that it shares with just those to and from which wires lead (Kosaraju's algorithm)."""
    after: dict[str, list[str]] = {node: [] for node in nodes}
    before: dict[str, list[str]] = {node: [] for node in nodes}
    for start, end in wires:
        after[start].append(end)
        before[end].append(start)
    done: list[str] = []
    seen: set[str] = set()
    for first in after:
        todo = [(first, False)]
        while todo:
            node, is_left = todo.pop()
            if is_left:
                done.append(node)
            elif node not in seen:
                seen.add(node)
                todo.append((node, True))
                todo.extend((following, False) for following in after[node])
    number_of: dict[str, int] = {}
    for number, last in enumerate(reversed(done)):
        reached = [last]
        while reached:
            node = reached.pop()
            if node not in number_of:
                number_of[node] = number
                reached.extend(before[node])
    return number_of
