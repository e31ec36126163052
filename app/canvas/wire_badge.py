"""The label in the middle of a wire: what carries it, how fast it flows, what it lost, and that it feeds back."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app import theme
from app.canvas.activity import IDLE_WIRE, WireActivity
from app.canvas.card_layout import LEGIBLE, card_font
from app.canvas.state_shapes import paint_state

_LINE = 14.0
_MARK = 14.0
_WIDTH_STEP = 8.0
Z_ABOVE_NODES = 3.0


class WireBadge(QGraphicsItem):
    """Lies above nodes, so that no figure is hidden where cards stand close; takes no mouse."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(Z_ABOVE_NODES)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.text = ""
        self.alarm = ""
        self.is_full = False
        self._crossing = ""
        self._shown: tuple[WireActivity, bool] = (IDLE_WIRE, False)
        self._is_legible = True  # at the last paint; before the first, nothing is known
        self._bounds = QRectF()
        self.setVisible(False)

    def show_crossing(self, text: str) -> bool:
        """Show this while no run has figures; says whether it is another text than before."""
        before, self._crossing = self._crossing, text
        if before != text:
            activity, is_feedback = self._shown
            self.show_activity(activity, is_feedback=is_feedback)
        return before != text

    def show_activity(self, activity: WireActivity, *, is_feedback: bool) -> None:
        """Show the figures of a run; hides when there is nothing to say."""
        self._shown = (activity, is_feedback)
        words = [activity.badge or self._crossing, "full" if activity.is_full else ""]
        text = " ".join(word for word in ("↺" if is_feedback else "", *words) if word)
        if (text, activity.alarm, activity.is_full) == (self.text, self.alarm, self.is_full):
            return
        was_marked = bool(self.alarm or self.is_full)
        self.text, self.alarm, self.is_full = text, activity.alarm, activity.is_full
        width = QFontMetricsF(card_font(10)).horizontalAdvance
        widths = [width(line) for line in text.splitlines()]
        widths.append(width(self.alarm) + _MARK if self.alarm else 0.0)
        # In steps, so that it does not tremble with the width of the digits.
        wide = _WIDTH_STEP * math.ceil(max(widths) / _WIDTH_STEP)
        size = QSizeF(wide + 14, _LINE * sum(width > 0 for width in widths) + 3)
        bounds = QRectF(QPointF(-size.width() / 2, -size.height() / 2), size).adjusted(-1, -1, 1, 1)
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds
        self.setVisible(bool(text or self.alarm))
        if self._is_legible or was_marked or self.alarm or self.is_full:
            self.update()

    def boundingRect(self) -> QRectF:
        """The pill around the text, its middle at (0, 0)."""
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the pill: red with a mark and words on a line of their own when messages were dropped or lost.

        Where the words would be too small to read, the mark alone is drawn.
        """
        is_legible = option.levelOfDetailFromTransform(painter.worldTransform()) >= LEGIBLE
        self._is_legible = is_legible
        if not (is_legible or self.alarm or self.is_full):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pill = self.boundingRect().adjusted(1.5, 1.5, -1.5, -1.5)
        edge = "bad" if self.alarm else "warn" if self.is_full else "control_border"
        if not is_legible:
            paint_state(painter, "failed" if self.alarm else "late", pill.center(), 2 * _MARK)
            return
        painter.setPen(QPen(theme.color(edge), 1))
        painter.setBrush(theme.color("panel"))
        painter.drawRoundedRect(pill, _LINE / 2, _LINE / 2)
        painter.setFont(card_font(10))
        line = QRectF(pill.left(), pill.top() + 1, pill.width(), _LINE)
        painter.setPen(theme.color("text"))
        for words in self.text.splitlines():
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, words)
            line.translate(0, _LINE)
        if self.alarm:
            width = QFontMetricsF(card_font(10)).horizontalAdvance(self.alarm)
            paint_state(painter, "failed", QPointF(line.center().x() - width / 2, line.center().y()), 9)
            painter.setPen(theme.color("bad"))
            painter.drawText(line.adjusted(_MARK, 0, 0, 0), Qt.AlignmentFlag.AlignCenter, self.alarm)
