"""Which gesture a press begins: the only place that chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from app.canvas.card import CardKind
from app.canvas.gestures.drag_wire_end import DragWireEnd
from app.canvas.gestures.draw_wire import DrawWire
from app.canvas.gestures.gesture import Gesture, Press
from app.canvas.gestures.marquee import Marquee
from app.canvas.gestures.move_mark import MoveMark
from app.canvas.gestures.move_nodes import MoveNodes
from app.canvas.gestures.pan import Pan
from app.canvas.gestures.resize_mark import ResizeMark
from app.canvas.mark_item import Edge

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def gesture_for(canvas: CanvasView, press: Press, button: Qt.MouseButton, *, pans: bool) -> Gesture | None:
    """The gesture of a button pressed somewhere; None when the button has none. `pans`: the space bar is held."""
    if button is Qt.MouseButton.MiddleButton or (button is Qt.MouseButton.LeftButton and pans):
        return Pan(canvas, press)
    if button is not Qt.MouseButton.LeftButton:
        return None
    hit = press.hit
    if hit.port is not None:
        wires = hit.port.connected_pipes
        if hit.port.is_input and not hit.port.face.many and wires:
            return DragWireEnd(canvas, press, wires[0], hit.port)
        return DrawWire(canvas, press, hit.port)
    if hit.node is not None and hit.node.card.kind is CardKind.OUTSIDE:
        return None
    if hit.node is not None:
        return MoveNodes(canvas, press, hit.node)
    if hit.wire is not None:
        return DragWireEnd(canvas, press, hit.wire, hit.wire.nearer_end(hit.position))
    if hit.mark is not None and hit.edges is not Edge.NONE:
        return ResizeMark(canvas, press, hit.mark, hit.edges)
    if hit.mark is not None:
        return MoveMark(canvas, press, hit.mark)
    return Marquee(canvas, press)
