"""Putting a node that is there already into a wire, together with the move that brought it there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.document.wiring import put_into_wire, refusal_of, wire_of
from engine import Graph

if TYPE_CHECKING:
    from app.document.document import Document


def can_be_inserted(graph: Graph, id: str, wire_key: str) -> bool:
    """Is this a node without wires that fits into the wire?"""
    if id not in graph.nodes or graph.wires_of(id) or wire_key not in graph.wires:
        return False
    return refusal_of(graph, lambda copy: _insert(copy, id, wire_key)) is None


def insert_existing(document: Document, id: str, wire_key: str, places: Mapping[str, tuple[float, float]]) -> bool:
    """Lead a wire through a node that had none, and put nodes at places, as one undo step."""

    def edit(graph: Graph) -> None:
        _insert(graph, id, wire_key)
        for moved, (x, y) in places.items():
            graph.move(moved, x, y)

    return document.edit(f"Insert {document.graph.node(id).label}", edit)


def _insert(graph: Graph, id: str, wire_key: str) -> None:
    wire = wire_of(graph, wire_key)
    graph.disconnect(wire)
    put_into_wire(graph, id, wire)
