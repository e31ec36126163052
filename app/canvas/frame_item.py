"""A frame on the canvas: a titled rectangle behind the nodes. Its inside is ground; its title and edges are taken."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from app import theme
from app.canvas.card_layout import card_font
from app.canvas.mark_item import MarkItem
from app.document.marks import Frame, Mark

TITLE = 30.0
_RADIUS = 10.0
_INDENT = 12.0
TOKENS = {"": "text_muted", "blue": "accent", "green": "good", "amber": "warn", "red": "bad", "violet": "type_other"}


def frame_color(name: str) -> QColor:
    """The colour of a frame, by the name that the file has."""
    return theme.color(TOKENS.get(name, TOKENS[""]))


class FrameItem(MarkItem):
    """One frame."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        self.frame = frame

    def show_mark(self, mark: Mark) -> None:
        """Show another state of the document."""
        assert isinstance(mark, Frame)
        self.frame = mark
        self.label = mark.label
        self.set_rect(mark.rect)

    def title_rect(self) -> QRectF:
        """Where its title is written, in its own coordinates."""
        return QRectF(_INDENT, 0, self.size.width() - 2 * _INDENT, TITLE)

    def takes(self, place: QPointF) -> bool:
        """By its title only."""
        inner = self.mapFromScene(place)
        return QRectF(0, 0, self.size.width(), TITLE).contains(inner)

    def shape(self) -> QPainterPath:
        """Its title and its edges: what the mouse can meet."""
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.OddEvenFill)
        path.addRect(self.boundingRect())
        path.addRect(self.size.adjusted(_RADIUS, TITLE, -_RADIUS, -_RADIUS))
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw it: tinted with its colour, its title in a strip on top."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = self.size
        color = frame_color(self.frame.color)
        outline = QPainterPath()
        outline.addRoundedRect(size, _RADIUS, _RADIUS)
        painter.fillPath(outline, _faded(color, 14))
        painter.save()
        painter.setClipPath(outline, Qt.ClipOperation.IntersectClip)
        painter.fillRect(QRectF(0, 0, size.width(), TITLE), _faded(color, 34))
        painter.restore()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(_faded(color, 130), 1.4))
        painter.drawPath(outline)
        painter.setFont(card_font(14, bold=True))
        painter.setPen(theme.color("text"))
        area = self.title_rect()
        text = painter.fontMetrics().elidedText(self.frame.label, Qt.TextElideMode.ElideRight, int(area.width()))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)
        self._paint_selection(painter, _RADIUS)


def _faded(color: QColor, alpha: int) -> QColor:
    faded = QColor(color)
    faded.setAlpha(alpha)
    return faded
