"""Taking a node out of the way of its wires: it is removed, and what went into it goes on to where it led."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from engine import Graph, GraphError, UnknownNodeType, Wire
from engine.graph.wire import NO_VALUE

if TYPE_CHECKING:
    from app.document.document import Document

_MOST_NAMED = 3


def dissolve(document: Document, ids: Iterable[str]) -> bool:
    """Remove nodes and join the wires through them, as one undo step; which wires could not be joined is told."""
    nodes = [id for id in document.graph.nodes if id in set(ids)]
    lost: list[str] = []

    def edit(graph: Graph) -> None:
        for id in nodes:
            lost.extend(dissolve_node(graph, id))

    text = f"Dissolve {document.graph.nodes[nodes[0]].label}" if len(nodes) == 1 else f"Dissolve {len(nodes)} nodes"
    if not nodes or not document.edit(text, edit):
        return False
    if lost:
        document.message.emit("warning", _told(list(dict.fromkeys(lost))))
    return True


def _told(lost: list[str]) -> str:
    named = ", ".join(lost[:_MOST_NAMED]) + (f" and {len(lost) - _MOST_NAMED} more" if len(lost) > _MOST_NAMED else "")
    return f"Not joined to anything, and gone: {named}. Undo brings back the node with its wires."


def dissolve_node(graph: Graph, id: str) -> list[str]:
    """Take one node out of a graph; the keys of its wires that lead nowhere any more."""
    before = graph.snapshot()
    incoming = _in_order_of_ports(graph, id, [wire for wire in graph.wires_of(id) if wire.from_node != id])
    outgoing = [wire for wire in graph.wires_of(id) if wire.to_node != id]
    graph.remove(id)
    joined: dict[str, Wire] = {}
    used: set[str] = set()
    for out in outgoing:
        for into in incoming:
            wire = _through(into, out)
            if wire.key not in graph.wires:
                if graph.refusal(wire) is not None:
                    continue
                joined[out.key] = graph.wires[wire.key] = wire
            used |= {into.key, out.key}
            break
    wires: dict[str, Wire] = {}
    for key, old in before.wires.items():  # in their order, which says in what order an input gets its messages
        if key in joined:
            wires[joined[key].key] = joined[key]
        elif id not in (old.from_node, old.to_node):
            wires[key] = old
    graph.restore(replace(graph.snapshot(), wires=wires))
    return [wire.key for wire in (*incoming, *outgoing) if wire.key not in used]


def _through(into: Wire, out: Wire) -> Wire:
    """The wire that does what two did: with the settings of the second, and as feedback when one of them was."""
    initial = out.initial if out.initial is not NO_VALUE else into.initial
    is_feedback = into.feedback or out.feedback
    return replace(
        out,
        from_node=into.from_node,
        from_port=into.from_port,
        feedback=is_feedback,
        initial=initial if is_feedback else NO_VALUE,
    )


def _in_order_of_ports(graph: Graph, id: str, wires: list[Wire]) -> list[Wire]:
    """The wires into a node, those into its first input first."""
    try:
        ports = list(graph.type_of(id).node_inputs)
    except (UnknownNodeType, GraphError):
        ports = []
    return sorted(wires, key=lambda wire: ports.index(wire.to_port) if wire.to_port in ports else len(ports))
