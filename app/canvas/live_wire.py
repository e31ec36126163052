"""The wire in flight: from a port to the mouse, or to the port it would connect."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from app import theme
from app.canvas.port_item import PortItem
from app.canvas.wire_path import wire_path

_Z_ON_TOP = 10.0


class LiveWire(QGraphicsPathItem):
    """Dashed while it leads nowhere, solid over a port that fits, red over one that does not."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(_Z_ON_TOP)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setVisible(False)

    def draw(self, fixed: PortItem, free: QPointF, *, fits: bool, is_refused: bool) -> None:
        """Draw from a port to a place of the scene."""
        start, end = (free, fixed.scene_center()) if fixed.is_input else (fixed.scene_center(), free)
        pen = QPen(theme.color("bad") if is_refused else fixed.color(), 2.6)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        if not fits:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            pen.setDashPattern([3.0, 2.4])
        self.setPen(pen)
        self.setPath(wire_path(start, end))
        self.setVisible(True)

    def clear(self) -> None:
        """Take it away."""
        self.setVisible(False)
        self.setPath(QPainterPath())
