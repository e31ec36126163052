"""`tidewire inspect`: what is in a graph file, without running any code of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from engine.bridges.choose import choose_bridge
from engine.cli.exit_codes import ExitCode
from engine.cli.graph_file import read_graph
from engine.cli.printable import printable
from engine.graph.location import Location
from engine.graph.spec import NodeSpec
from engine.graph.wire import Wire
from engine.overflow import Overflow
from engine.runtime.graph import Graph

_LONGEST = 60


def inspect_graph(path: Path) -> int:
    """Print the nodes of a graph by where they run, and its wires; raises `WrongUse` when it cannot be read."""
    graph = read_graph(path)
    print("\n".join(printable(line) for line in (str(path), *_lines(graph))))
    return ExitCode.DONE


def _lines(graph: Graph) -> Iterator[str]:
    places: dict[Location, list[NodeSpec]] = {}
    for spec in graph.nodes.values():
        places.setdefault(spec.location, []).append(spec)
    yield f"{_count(len(graph.nodes), 'node')}, {_count(len(graph.wires), 'wire')}, {_count(len(places), 'location')}"
    for location, specs in places.items():
        policy = graph.death_policy(location.process_location) if location.process else ""
        yield ""
        yield f"{location.label}" + (f"  (on a crash: {policy})" if policy else "")
        width = max(len(spec.id) for spec in specs)
        for spec in specs:
            yield f"  {spec.id:{width}}  {spec.type}{_rest(spec)}"
            yield from (f"  {'':{width}}    {name} = {_short(value)}" for name, value in spec.parameters.items())
    if graph.wires:
        yield ""
        yield "wires"
        yield from (f"  {wire.key}  ({_bridge(graph, wire)}{_settings(wire)})" for wire in graph.wires.values())


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + "s" * (number != 1)


def _rest(spec: NodeSpec) -> str:
    parts = [f'"{spec.name}"'] * bool(spec.name) + [f"on an error: {spec.on_error}"] * bool(spec.on_error)
    return f"  {', '.join(parts)}" if parts else ""


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _bridge(graph: Graph, wire: Wire) -> str:
    start, end = graph.nodes[wire.from_node].location, graph.nodes[wire.to_node].location
    return str(choose_bridge((start.host, start.process, start.thread), (end.host, end.process, end.thread)))


def _settings(wire: Wire) -> str:
    parts = [f", holds {wire.capacity}"]
    parts += [f", {wire.overflow}"] * (wire.overflow is not Overflow.BLOCK)
    parts += [", feedback"] * wire.feedback
    return "".join(parts)
