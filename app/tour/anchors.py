"""Where on the window the thing is that a tip points at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect

from app.tour.script import Anchor

if TYPE_CHECKING:
    from app.canvas.view import CanvasView
    from app.window import MainWindow

_PORT = 8  # pixels around the middle of a port or wire


def place_of(window: MainWindow, anchor: Anchor) -> QRect | None:
    """The rectangle of an anchor, in pixels of the window; None when it is not there or out of sight."""
    if anchor.kind == "parameter":
        row = window.parameters.row(anchor.of)
        if row is None or row.visibleRegion().isEmpty():
            return None
        return QRect(row.mapTo(window, QPoint(0, 0)), row.size())
    if window.canvas is None:
        return None
    area = _on_canvas(window.canvas, anchor)
    viewport = window.canvas.viewer.viewport()
    if area is None or not viewport.rect().contains(area.center()):
        return None
    return area.translated(viewport.mapTo(window, QPoint(0, 0)))


def _on_canvas(canvas: CanvasView, anchor: Anchor) -> QRect | None:
    """The rectangle in pixels of the viewport."""
    nodes, viewer = canvas.mirror.nodes, canvas.viewer
    if anchor.kind == "wire":
        wire = canvas.mirror.wires.get(anchor.of)
        return _around(viewer.mapFromScene(wire.mapToScene(wire.path().pointAtPercent(0.5)))) if wire else None
    id, _, name = anchor.of.partition(".")
    node = nodes.get(id)
    if node is None:
        return None
    if anchor.kind == "port":
        port = node.port(name, is_input=False) or node.port(name, is_input=True)
        return _around(viewer.mapFromScene(port.scene_center())) if port is not None else None
    if anchor.kind == "location":
        return canvas.chip_rect(id)
    area: QRect = viewer.mapFromScene(node.card_rect()).boundingRect()
    return area


def _around(place: QPoint) -> QRect:
    return QRect(place.x() - _PORT, place.y() - _PORT, 2 * _PORT, 2 * _PORT)
