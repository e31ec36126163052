"""The label in the middle of a wire: what carries it, how fast it flows, what it lost, and that it feeds back."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app import theme
from app.canvas.activity import WireActivity
from app.canvas.card_layout import card_font
from app.canvas.state_shapes import paint_state

HEIGHT = 18.0
_MARK = 15.0
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
        self._width = 0.0
        self.setVisible(False)

    def show_activity(self, activity: WireActivity, *, is_feedback: bool) -> None:
        """Show the figures of a run; hides when there is nothing to say."""
        words = [activity.badge, "full" if activity.is_full else ""]
        text = " ".join(word for word in ("↺" if is_feedback else "", *words) if word)
        if (text, activity.alarm, activity.is_full) == (self.text, self.alarm, self.is_full):
            return
        self.text, self.alarm, self.is_full = text, activity.alarm, activity.is_full
        self.prepareGeometryChange()
        width = QFontMetricsF(card_font(10)).horizontalAdvance
        self._width = 12 + width(text)
        if self.alarm:
            self._width += _MARK + width(self.alarm) + (6 if text else 0)
        self.setVisible(bool(text or self.alarm))
        self.update()

    def boundingRect(self) -> QRectF:
        """The pill around the text, its middle at (0, 0)."""
        return QRectF(-self._width / 2 - 1, -HEIGHT / 2 - 1, self._width + 2, HEIGHT + 2)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the pill: red with a mark and words when messages were dropped or lost."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pill = self.boundingRect().adjusted(1.5, 1.5, -1.5, -1.5)
        edge = "bad" if self.alarm else "warn" if self.is_full else "control_border"
        painter.setPen(QPen(theme.color(edge), 1))
        painter.setBrush(theme.color("panel"))
        painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
        painter.setFont(card_font(10))
        inner = pill.adjusted(5, 0, -5, 0)
        painter.setPen(theme.color("text"))
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text)
        if self.alarm:
            words = QFontMetricsF(card_font(10)).horizontalAdvance(self.alarm)
            paint_state(painter, "failed", QPointF(inner.right() - words - 8, inner.center().y()), 10)
            painter.setPen(theme.color("bad"))
            painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.alarm)
