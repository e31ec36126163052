"""What edits of wires share: finding a wire or ports, putting a node somewhere or into a wire, trying an edit out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine import ConnectionRefused, Graph, GraphError, TidewireError, Wire
from engine.graph.wire import NO_VALUE

DEFAULT_LOCATION = "engine:"


def wire_of(graph: Graph, key: str) -> Wire:
    """The wire of this key; raises `GraphError` when there is none."""
    try:
        return graph.wires[key]
    except KeyError:
        raise GraphError(f"there is no wire {key}") from None


def ports_of(graph: Graph, id: str, kind: str) -> list[str]:
    """The names of a node's "inputs" or "outputs"; raises `UnknownNodeType`."""
    node_type = graph.type_of(id)
    return list(node_type.node_inputs if kind == "inputs" else node_type.node_outputs)


def connect_first(graph: Graph, ends: list[tuple[str, str]], like: Wire | None = None) -> None:
    """Make the first wire that can be; raises the first refusal when none can."""
    refusals: list[ConnectionRefused] = []
    for output, input in ends:
        wire = Wire.between(output, input)
        if like is not None:
            wire = replace(
                like,
                from_node=wire.from_node,
                from_port=wire.from_port,
                to_node=wire.to_node,
                to_port=wire.to_port,
            )
        refusal = graph.refusal(wire)
        if refusal is None:
            content = graph.snapshot()
            graph.restore(replace(content, wires={**content.wires, wire.key: wire}))
            return
        refusals.append(refusal)
    raise refusals[0] if refusals else ConnectionRefused("the node has no port on that side")


def place_node(graph: Graph, type_path: str, position: tuple[float, float]) -> str:
    """Add a node at a place, where nodes of its type run by default; its id. Raises `UnknownNodeType`."""
    node_type = graph.types.resolve(type_path, graph.folder)
    location = node_type.default_location
    id = graph.unused_id("_".join(node_type.title.lower().split()))  # by the name that it was chosen by
    graph.add(type_path, id=id, location=DEFAULT_LOCATION if location is None else location)
    graph.move(id, *position)
    return id


def put_into_wire(graph: Graph, id: str, wire: Wire) -> None:
    """Lead a wire that is not in the graph (any more) through a node; raises `ConnectionRefused`.

    One wire is enough to break a cycle: of a feedback wire the second half stays one.
    """
    first = replace(wire, feedback=False, initial=NO_VALUE)
    connect_first(graph, [(wire.output, f"{id}.{port}") for port in ports_of(graph, id, "inputs")], first)
    connect_first(graph, [(f"{id}.{port}", wire.input) for port in ports_of(graph, id, "outputs")], wire)


def copy_of(graph: Graph) -> Graph:
    """A graph with the same content, to try something out."""
    copy = type(graph)()
    copy.restore(graph.snapshot())
    copy.path = graph.path
    return copy


def refusal_of(graph: Graph, edit: Callable[[Graph], object]) -> str | None:
    """Why an edit of this graph would be refused; None when it can be done. The graph stays as it is."""
    try:
        edit(copy_of(graph))
    except TidewireError as error:
        return str(error)
    return None
