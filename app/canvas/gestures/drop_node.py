"""Dropping a node type from the palette: on the ground, or on a wire to put it in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDragMoveEvent, QDropEvent

from app.canvas.choices import has_fit
from app.canvas.hit import hit_at
from app.canvas.wire_item import WireItem
from app.panels.palette import NODE_MIME
from engine import TidewireError

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class DropNode:
    """Follows one drag from outside; marks the wire that the node would be put into."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas
        self._wire_key = ""

    def moved(self, event: QDragMoveEvent) -> None:
        """Accept a node type; mark the wire below it when it fits there."""
        if not event.mimeData().hasFormat(NODE_MIME):
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        wire = self._fitting_wire(_type_path(event), event.position().toPoint())
        self._mark(wire.key if wire is not None else "")

    def left(self) -> None:
        """The drag went elsewhere."""
        self._mark("")

    def dropped(self, event: QDropEvent) -> None:
        """Add the node where it was dropped, its title under the mouse."""
        if not event.mimeData().hasFormat(NODE_MIME):
            event.ignore()
            return
        type_path, position = _type_path(event), event.position().toPoint()
        wire = self._fitting_wire(type_path, position)
        self._mark("")
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if wire is not None:
            self._canvas.workbench.insert_on_wire(type_path, wire.key, self._canvas.place_for_card(position, 0.5))
        else:
            self._canvas.workbench.add_node(type_path, self._canvas.place_for_card(position))
        self._canvas.viewer.setFocus(Qt.FocusReason.MouseFocusReason)

    def _fitting_wire(self, type_path: str, position: QPoint) -> WireItem | None:
        item = hit_at(self._canvas.viewer, position).wire
        if item is None or item.wire is None:
            return None
        graph, wire = self._canvas.workbench.graph, item.wire
        try:
            node_type = graph.types.resolve(type_path, graph.folder)
            output = graph.type_of(wire.from_node).node_outputs[wire.from_port]
            input = graph.type_of(wire.to_node).node_inputs[wire.to_port]
        except (TidewireError, KeyError):
            return None
        return item if has_fit(node_type, output, input) else None

    def _mark(self, key: str) -> None:
        if key == self._wire_key:
            return
        for marked, is_target in ((self._wire_key, False), (key, True)):
            item = self._canvas.mirror.wires.get(marked)
            if item is not None:
                item.mark_target(is_target)
        self._wire_key = key


def _type_path(event: QDropEvent) -> str:
    return bytes(event.mimeData().data(NODE_MIME).data()).decode("utf-8", "replace")
