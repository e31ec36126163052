"""Marks of a comparison on the canvas: what came, went, changed or moved, each with its sign, not by colour alone.

What is gone is drawn as a ghost where it was. The marks take no mouse: the canvas works as without them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from shiboken6 import isValid

from app import theme
from app.canvas.card_layout import MIN_WIDTH, RADIUS, card_font
from engine.graph.compare import Change, Kind, Subject

if TYPE_CHECKING:
    from app.canvas.mirror import Mirror
    from app.canvas.viewer import Viewer
    from engine import Graph

TOKENS = {Kind.ADDED: "good", Kind.REMOVED: "bad", Kind.CHANGED: "warn", Kind.MOVED: "info"}
_GHOST = QRectF(0, 0, MIN_WIDTH, 64)
_BADGE = 9.0  # its radius
_MARGIN = 14.0
_Z = 40.0
_BACKGROUND_Z = -5.0
_STRONGEST = (Kind.ADDED, Kind.REMOVED, Kind.CHANGED, Kind.MOVED)


class Mark(QGraphicsItem):
    """An outline with a sign; `kind` says which."""

    def __init__(self, kind: Kind, outline: QPainterPath, badge: QPointF, text: str = "") -> None:
        super().__init__()
        self.kind = kind
        self._outline = outline
        self._badge = badge
        self._text = text
        self._area = outline.boundingRect().adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(_Z)

    def boundingRect(self) -> QRectF:
        """The outline with room for its line and badge."""
        return self._area

    def shape(self) -> QPainterPath:
        """Nothing that a mouse could hit."""
        return QPainterPath()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the outline, dashed where the thing is gone or has only moved, and the badge with the sign."""
        ink = theme.color(TOKENS[self.kind])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(ink, 2.6)
        if self.kind in (Kind.REMOVED, Kind.MOVED):
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._outline)
        if self._text:
            painter.setPen(theme.color("text_muted"))
            painter.setFont(card_font(13, bold=True))
            area = self._outline.boundingRect().adjusted(12, 0, -8, 0)
            text = painter.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, int(area.width()))
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        self._paint_badge(painter, ink)

    def _paint_badge(self, painter: QPainter, ink: QColor) -> None:
        painter.setPen(QPen(theme.color("canvas"), 1.5))
        painter.setBrush(ink)
        painter.drawEllipse(self._badge, _BADGE, _BADGE)
        font = QFont(painter.font())
        font.setPixelSize(13)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(theme.color("canvas"))
        square = QRectF(self._badge.x() - _BADGE, self._badge.y() - _BADGE, 2 * _BADGE, 2 * _BADGE)
        painter.drawText(square, Qt.AlignmentFlag.AlignCenter, self.kind.sign)


class ChangeMarks:
    """The marks that are shown. They are made anew for each comparison, as what they are on may come and go."""

    def __init__(self, viewer: Viewer, mirror: Mirror) -> None:
        self._viewer = viewer
        self._mirror = mirror
        self._shown: dict[tuple[Subject, str], Mark] = {}

    @property
    def kinds(self) -> dict[tuple[Subject, str], Kind]:
        """What is marked, and how."""
        return {key: mark.kind for key, mark in self._shown.items() if _is_there(mark)}

    def clear(self) -> None:
        """Take all marks away."""
        for mark in self._shown.values():
            scene = mark.scene() if _is_there(mark) else None
            if scene is not None:
                scene.removeItem(mark)
        self._shown.clear()

    def show(self, changes: Iterable[Change], before: Graph) -> None:
        """Mark these changes; `before` says where that which is gone was."""
        self.clear()
        kinds: dict[str, set[Kind]] = {}
        for change in changes:
            if change.subject is Subject.NODE and change.kind is Kind.REMOVED:
                self._add_ghost(change.key, before)
            elif change.subject is Subject.NODE:
                card = self._mirror.level.card_of.get(change.key, "")
                is_own = card == change.key
                kinds.setdefault(card, set()).add(change.kind if is_own else Kind.CHANGED)
            elif change.subject is Subject.WIRE:
                self._add_wire(change, before)
        for card, found in kinds.items():
            self._add_card(card, next(kind for kind in _STRONGEST if kind in found))

    def place_of(self, change: Change) -> QPointF | None:
        """Where the mark of a change lies in the scene; None when there is none."""
        mark = self._shown.get((change.subject, change.key))
        return mark.sceneBoundingRect().center() if mark is not None and _is_there(mark) else None

    def _add_card(self, card: str, kind: Kind) -> None:
        item = self._mirror.nodes.get(card)
        if item is None:
            return
        area = item.layout.size.adjusted(-4, -4, 4, 4)
        outline = QPainterPath()
        outline.addRoundedRect(area, RADIUS + 4, RADIUS + 4)
        mark = Mark(kind, outline, area.topLeft() + QPointF(4, 4))
        mark.setParentItem(item)
        self._shown[Subject.NODE, card] = mark

    def _add_ghost(self, node: str, before: Graph) -> None:
        outline = QPainterPath()
        outline.addRoundedRect(_GHOST, RADIUS, RADIUS)
        mark = Mark(Kind.REMOVED, outline, _GHOST.topLeft() + QPointF(2, 2), before.nodes[node].label)
        mark.setPos(*before.positions.get(node, (0.0, 0.0)))
        mark.setZValue(_BACKGROUND_Z)
        self._add_to_scene(Subject.NODE, node, mark)

    def _add_wire(self, change: Change, before: Graph) -> None:
        item = self._mirror.wires.get(change.key)
        if item is not None:
            path = item.mapToScene(item.path())
        elif change.kind is Kind.REMOVED:
            path = self._path_of_gone(change.key, before)
        else:
            return  # inside a group that is not looked at
        mark = Mark(change.kind, path, path.pointAtPercent(0.5))
        if change.kind is Kind.REMOVED:
            mark.setZValue(_BACKGROUND_Z)
        self._add_to_scene(Subject.WIRE, change.key, mark)

    def _path_of_gone(self, key: str, before: Graph) -> QPainterPath:
        wire = before.wires[key]
        start, end = self._side(wire.from_node, before, 1.0), self._side(wire.to_node, before, 0.0)
        bend = QPointF(max(40.0, abs(end.x() - start.x()) / 2), 0)
        path = QPainterPath(start)
        path.cubicTo(start + bend, end - bend, end)
        return path

    def _side(self, node: str, before: Graph, share: float) -> QPointF:
        """The right (1) or left (0) side of a node, where it is now or was."""
        item = self._mirror.nodes.get(self._mirror.level.card_of.get(node, ""))
        area = item.card_rect() if item is not None else _GHOST.translated(*before.positions.get(node, (0.0, 0.0)))
        return QPointF(area.left() + share * area.width(), area.center().y())

    def _add_to_scene(self, subject: Subject, key: str, mark: Mark) -> None:
        self._viewer.scene().addItem(mark)
        self._shown[subject, key] = mark


def _is_there(mark: Mark) -> bool:
    """Does Qt still have it? It goes with the card that it was on."""
    return bool(isValid(mark))  # type: ignore[no-untyped-call]
