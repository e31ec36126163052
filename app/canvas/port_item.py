"""A port of a card: a small shape in the colour of its type, the place where wires begin and end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app import theme
from app.canvas import nodegraphqt
from app.canvas.card import PortFace

SIZE = 5.0
_REACH = 10.0
_MOVED = QGraphicsItem.GraphicsItemChange.ItemScenePositionHasChanged
# The form says the kind of type a second time, for those who cannot tell the colours apart.
_FORMS = {"array": "square", "int": "diamond", "float": "diamond", "bool": "diamond", "str": "triangle"}


class PortHint(Enum):
    """What a port says while a wire is drawn: nothing, that the wire would fit, or that it would not."""

    NONE = "none"
    FITS = "fits"
    REFUSES = "refuses"


class PortItem(nodegraphqt.PortItem):
    """One port. `end` is its name in the document, `node.port`."""

    _hovered: bool

    def __init__(self, parent: QGraphicsItem, node_id: str, face: PortFace) -> None:
        super().__init__(parent)
        self.setAcceptHoverEvents(False)
        self.setToolTip("")
        self.face = face
        self.node_id = node_id
        self.end = f"{node_id}.{face.name}"
        self._name = face.name
        self._port_type = "in" if face.is_input else "out"
        self._multi_connection = face.many
        self._hint = PortHint.NONE

    @property
    def is_input(self) -> bool:
        """Do wires end here?"""
        return self.face.is_input

    def color(self) -> QColor:
        """The colour of its type."""
        return theme.type_color(self.face.type_name or "any")

    def scene_center(self) -> QPointF:
        """Where its wires begin or end, in scene coordinates."""
        return QPointF(self.scenePos())

    @property
    def hint(self) -> PortHint:
        """What it says while a wire is drawn."""
        return self._hint

    @hint.setter
    def hint(self, hint: PortHint) -> None:
        if hint is not self._hint:
            self._hint = hint
            self.update()

    @property
    def hovered(self) -> bool:
        """Is the mouse on it?"""
        return self._hovered

    @hovered.setter
    def hovered(self, value: bool) -> None:
        if value != self._hovered:
            self._hovered = value
            self.update()

    def itemChange(self, change: QGraphicsItem.GraphicsItemChange, value: Any) -> Any:
        """Take the wires along. Called a dozen times for each port that is made: the stock one is slow."""
        if change is _MOVED and self._pipes and not _held:
            self.redraw_connected_pipes()
        return value

    def boundingRect(self) -> QRectF:
        """The area that is painted."""
        return QRectF(-_REACH, -_REACH, 2 * _REACH, 2 * _REACH)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw it: filled when it has a wire, hollow when not; with a halo when a wire would fit."""
        color = self.color()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._hint is PortHint.REFUSES:
            painter.setOpacity(0.3)
        if self._hovered or self._hint is PortHint.FITS:
            halo = QColor(color)
            halo.setAlpha(110 if self._hovered else 60)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(halo)
            painter.drawEllipse(QPointF(0, 0), _REACH - 1, _REACH - 1)
        painter.setPen(QPen(theme.color("port_border"), 1.6))
        painter.setBrush(color)
        painter.drawPath(_form(self.face.type_name, SIZE))
        if not self._pipes:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("card"))
            painter.drawPath(_form(self.face.type_name, SIZE * 0.45))


_held: list[bool] = []


@contextmanager
def wires_held() -> Iterator[None]:
    """While many cards are moved at once, their ports leave the wires to who moves them."""
    _held.append(True)
    try:
        yield
    finally:
        _held.pop()


def _form(type_name: str, size: float) -> QPainterPath:
    name = type_name.partition("(")[0].partition(" ")[0].lower()
    path = QPainterPath()
    match _FORMS.get(name):
        case "square":
            path.addRoundedRect(QRectF(-size * 0.9, -size * 0.9, size * 1.8, size * 1.8), 1, 1)
        case "diamond":
            s = size * 1.2
            path.addPolygon(QPolygonF([QPointF(0, -s), QPointF(s, 0), QPointF(0, s), QPointF(-s, 0)]))
            path.closeSubpath()
        case "triangle":
            s = size * 1.15
            path.addPolygon(QPolygonF([QPointF(-s * 0.8, -s), QPointF(s, 0), QPointF(-s * 0.8, s)]))
            path.closeSubpath()
        case _:
            path.addEllipse(QPointF(0, 0), size, size)
    return path
