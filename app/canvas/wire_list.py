"""Wiring by the keyboard: a list of the wires that the selected node could get, and of those that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.canvas.choices import Choice
from app.document.connecting import possible_wires

if TYPE_CHECKING:
    from app.canvas.view import CanvasView
    from engine import Wire

_MOST = 300
_CONNECT, _DISCONNECT = "+ ", "- "


def wire_rows(canvas: CanvasView, ids: tuple[str, ...]) -> list[Choice]:
    """Rows for one node and all others of the level, or for the wires among several nodes."""
    graph, level = canvas.workbench.graph, canvas.mirror.level
    first = ids[0]
    others = list(ids[1:]) or [id for id in level.nodes if id != first]
    rows = [_row(canvas, _CONNECT, wire, first) for wire in possible_wires(canvas.workbench, first, others)[:_MOST]]
    known = set(others)
    for wire in graph.wires_of(first):
        if {wire.from_node, wire.to_node} - {first} <= known:
            rows.append(_row(canvas, _DISCONNECT, wire, first))
    return rows


def do_row(canvas: CanvasView, row: str) -> None:
    """Make or remove the wire of a row that was chosen."""
    key = row[len(_CONNECT) :]
    if row.startswith(_DISCONNECT):
        canvas.workbench.disconnect(key)
    else:
        output, _, input = key.partition(" -> ")
        canvas.workbench.connect(output, input)


def _row(canvas: CanvasView, what: str, wire: Wire, first: str) -> Choice:
    nodes = canvas.workbench.graph.nodes
    start, end = nodes[wire.from_node].label, nodes[wire.to_node].label
    if wire.from_node == first:
        title = f"{wire.from_port} → {end}.{wire.to_port}"
    else:
        title = f"{wire.to_port} ← {start}.{wire.from_port}"
    verb = "Connect" if what == _CONNECT else "Disconnect"
    return Choice(what + wire.key, title, verb, f"{start}.{wire.from_port} → {end}.{wire.to_port}", verb)
