"""The wires that a node could get: what is offered to people who wire by the keyboard."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from engine import Graph, Wire

if TYPE_CHECKING:
    from app.document.document import Document


def possible_wires(document: Document, id: str, others: Iterable[str]) -> list[Wire]:
    """The wires that can be made between a node and others now, those between equal types first.

    Args:
        document: where they are; it is not changed.
        id: the node.
        others: ids of nodes that it may be wired to.
    """
    graph = document.graph
    own: Any = document.node_type(id)
    if own is None:
        return []
    taken = {wire.input for wire in graph.wires.values()}
    before, after = _reaching(graph, id, forwards=False), _reaching(graph, id, forwards=True)
    found: list[tuple[int, Wire]] = []
    for other in others:
        kind: Any = document.node_type(other)
        if kind is None or other == id:
            continue
        if other not in before:
            found += _fitting(graph, taken, (id, own), (other, kind))
        if other not in after:
            found += _fitting(graph, taken, (other, kind), (id, own))
    return [wire for _, wire in sorted(found, key=lambda pair: pair[0])]


def _fitting(graph: Graph, taken: set[str], giver: tuple[str, Any], taker: tuple[str, Any]) -> list[tuple[int, Wire]]:
    """The wires from one node to another, each with 0 for equal types, 2 where anything is taken, else 1."""
    found = []
    for name, output in giver[1].node_outputs.items():
        for port, input in taker[1].node_inputs.items():
            wire = Wire(giver[0], name, taker[0], port)
            if (wire.input in taken and not input.many) or wire.key in graph.wires or input.refusal(output) is not None:
                continue
            rank = 0 if input.type_name == output.type_name else 2 if input.type_name == "any" else 1
            found.append((rank, wire))
    return found


def _reaching(graph: Graph, id: str, *, forwards: bool) -> set[str]:
    """The nodes to which wires lead from a node, or from which they lead to it, feedback wires left out."""
    following: dict[str, list[str]] = {}
    for wire in graph.wires.values():
        if not wire.feedback:
            start, end = (wire.from_node, wire.to_node) if forwards else (wire.to_node, wire.from_node)
            following.setdefault(start, []).append(end)
    seen, todo = set[str](), [id]
    while todo:
        for node in following.get(todo.pop(), ()):
            if node not in seen:
                seen.add(node)
                todo.append(node)
    return seen
