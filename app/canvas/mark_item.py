"""What frames and comments share on the canvas: a rectangle that is moved, resized by its edges, and selected."""

from __future__ import annotations

from enum import Flag
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem

from app import theme
from app.document.marks import SMALLEST, Comment, Frame

if TYPE_CHECKING:
    from app.document.marks import Rect

_MARGIN = 8.0  # around the rectangle: where its edges can be taken, and the glow of the selection is
_CORNER = 14.0


class Edge(Flag):
    """The edges of a rectangle that are in the hand; two of them are a corner, none is its body."""

    NONE = 0
    LEFT = 1
    TOP = 2
    RIGHT = 4
    BOTTOM = 8


CURSORS = {
    Edge.LEFT: Qt.CursorShape.SizeHorCursor,
    Edge.RIGHT: Qt.CursorShape.SizeHorCursor,
    Edge.TOP: Qt.CursorShape.SizeVerCursor,
    Edge.BOTTOM: Qt.CursorShape.SizeVerCursor,
    Edge.LEFT | Edge.TOP: Qt.CursorShape.SizeFDiagCursor,
    Edge.RIGHT | Edge.BOTTOM: Qt.CursorShape.SizeFDiagCursor,
    Edge.RIGHT | Edge.TOP: Qt.CursorShape.SizeBDiagCursor,
    Edge.LEFT | Edge.BOTTOM: Qt.CursorShape.SizeBDiagCursor,
}


class MarkItem(QGraphicsItem):
    """One mark. It changes by `show_mark`, `set_rect` and its position only; it never edits the document."""

    def __init__(self, mark: Frame | Comment) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable, True)
        self.mark_id = mark.id
        self.label = mark.label
        self._size = QRectF()
        self._is_hovered = False
        self.set_rect(mark.rect)

    @property
    def size(self) -> QRectF:
        """Its rectangle, the corner at (0, 0)."""
        return QRectF(self._size)

    def set_rect(self, rect: Rect) -> None:
        """Lie in a rectangle of the scene."""
        self.prepareGeometryChange()
        self._size = QRectF(0, 0, rect[2], rect[3])
        self.setPos(rect[0], rect[1])
        self.resized()
        self.update()

    def resized(self) -> None:
        """The size has changed."""

    def scene_rect(self) -> QRectF:
        """Its rectangle in the scene."""
        return QRectF(self.mapRectToScene(self._size))

    def refresh(self) -> None:
        """Paint everything anew, after a change of theme or font."""
        self.update()

    @property
    def hovered(self) -> bool:
        """Is the mouse on it?"""
        return self._is_hovered

    @hovered.setter
    def hovered(self, value: bool) -> None:
        if value != self._is_hovered:
            self._is_hovered = value
            self.update()

    def boundingRect(self) -> QRectF:
        """The rectangle with what is around it."""
        return self._size.adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)

    def edges_at(self, place: QPointF, reach: float) -> Edge:
        """Which edges lie at a place of the scene, `reach` scene units to both sides."""
        inner = self.mapFromScene(place)
        size = self._size
        if not size.adjusted(-reach, -reach, reach, reach).contains(inner):
            return Edge.NONE
        found = Edge.NONE
        if abs(inner.x() - size.left()) <= reach:
            found |= Edge.LEFT
        elif abs(inner.x() - size.right()) <= reach:
            found |= Edge.RIGHT
        if abs(inner.y() - size.top()) <= reach:
            found |= Edge.TOP
        elif abs(inner.y() - size.bottom()) <= reach:
            found |= Edge.BOTTOM
        in_corner = QRectF(size.right() - _CORNER, size.bottom() - _CORNER, _CORNER, _CORNER).contains(inner)
        return Edge.RIGHT | Edge.BOTTOM if in_corner else found

    def takes(self, place: QPointF) -> bool:
        """Can it be taken and moved at a place of the scene?"""
        return self._size.contains(self.mapFromScene(place))

    def _paint_selection(self, painter: QPainter, radius: float) -> None:
        """A glow while it is selected, and a grip in the corner while it is selected or under the mouse."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.isSelected():
            glow = theme.color("accent")
            painter.setPen(QPen(glow, 2))
            painter.drawRoundedRect(self._size, radius, radius)
            glow.setAlpha(70)
            painter.setPen(QPen(glow, 6))
            painter.drawRoundedRect(self._size, radius, radius)
        if self.isSelected() or self._is_hovered:
            painter.setPen(QPen(theme.color("accent" if self.isSelected() else "text_muted"), 1.6))
            corner = self._size.bottomRight()
            for step in (5.0, 9.0):
                painter.drawLine(corner + QPointF(-step, -3), corner + QPointF(-3, -step))


def resized_rect(rect: QRectF, edges: Edge, way: QPointF) -> QRectF:
    """A rectangle with some edges moved, on whole units, never smaller than a mark may be."""
    left, top, right, bottom = rect.left(), rect.top(), rect.right(), rect.bottom()
    if Edge.LEFT in edges:
        left = min(left + way.x(), right - SMALLEST[0])
    if Edge.RIGHT in edges:
        right = max(right + way.x(), left + SMALLEST[0])
    if Edge.TOP in edges:
        top = min(top + way.y(), bottom - SMALLEST[1])
    if Edge.BOTTOM in edges:
        bottom = max(bottom + way.y(), top + SMALLEST[1])
    return QRectF(QPointF(round(left), round(top)), QPointF(round(right), round(bottom)))
