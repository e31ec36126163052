"""What edits of wires share: finding a wire or ports, and making the first of several wires that can be."""

from __future__ import annotations

from dataclasses import replace

from engine import ConnectionRefused, Graph, GraphError, Wire


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
