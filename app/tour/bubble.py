"""The tip itself: a bubble over the window whose tail points at a part of it, and a ring around that part."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app import theme

_WIDTH = 320
_TAIL = 10  # how far the tail reaches, which is the room around the bubble
_RADIUS = 9.0
_EDGE = 6
_SIDES = ("below", "right", "above", "left")


class Bubble(QWidget):
    """Says one thing, and never takes the keyboard by itself. `pressed`, `skipped` and `closed` are its buttons."""

    pressed = Signal()
    skipped = Signal()
    closed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("tip")
        self._side = ""
        self._target = QPoint()
        self.ring = Ring(window)
        self.praise = _label("praise")
        self.title = _label("title", heading=True)
        self.text = _label("text")
        self.progress = _label("progress", muted=True)
        self.close_button = QToolButton()
        self.close_button.setProperty("flat", True)
        self.close_button.setAccessibleName("End the tour")
        self.close_button.setToolTip("End the tour (Esc)")
        self.close_button.clicked.connect(self.closed)
        self.button = QPushButton()
        self.button.setDefault(True)
        self.button.clicked.connect(self.pressed)
        self.skip = QPushButton("Skip this tip")
        self.skip.clicked.connect(self.skipped)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        foot = QHBoxLayout()
        foot.addWidget(self.progress, 1)
        foot.addWidget(self.skip)
        foot.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_TAIL + 14, _TAIL + 10, _TAIL + 10, _TAIL + 11)
        layout.setSpacing(7)
        layout.addWidget(self.praise)
        layout.addLayout(head)
        layout.addWidget(self.text)
        layout.addLayout(foot)
        self.setFixedWidth(_WIDTH + 2 * _TAIL)
        theme.changed.connect(self._recolor)
        self._recolor()
        self.hide()

    def say(self, praise: str, title: str, text: str, progress: str, *, button: str, skip: str) -> None:
        """Say something else; without `button` it has none of its own."""
        self.praise.setText(f"✓ {praise}")
        self.praise.setVisible(bool(praise))
        for label, words in ((self.title, title), (self.text, text), (self.progress, progress)):
            label.setText(words)
        self.button.setText(button)
        self.button.setAccessibleName(button)
        self.button.setVisible(bool(button))
        self.skip.setText(skip)
        self.skip.setAccessibleName(skip)
        self.setAccessibleName(f"Tip: {title}")
        self.setAccessibleDescription(text)
        self._fit()

    def point_at(self, area: QRect | None, wished: str) -> None:
        """Lie beside an area of the window, best on a side; in the middle of the window when there is none."""
        window = self.parentWidget()
        assert window is not None
        self._fit()
        side, place = _beside(self.rect(), window.rect(), area, wished)
        target = area.center() if area is not None else QPoint()
        if (side, place, target) != (self._side, self.pos(), self._target):
            self._side, self._target = side, target
            self.move(place)
            self.update()
        self.ring.surround(area)

    def _fit(self) -> None:
        height = self.heightForWidth(self.width())
        if height > 0 and height != self.height():
            self.setFixedHeight(height)

    def end(self) -> None:
        """Go for good."""
        theme.changed.disconnect(self._recolor)
        for widget in (self.ring, self):
            widget.hide()
            widget.deleteLater()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bubble with its tail."""
        inner = QRectF(self.rect()).adjusted(_TAIL, _TAIL, -_TAIL, -_TAIL)
        path = QPainterPath()
        path.addRoundedRect(inner, _RADIUS, _RADIUS)
        if self._side in _SIDES:
            tail = QPainterPath()
            tail.addPolygon(_tail(inner, self._side, QPointF(self.mapFromParent(self._target))))
            path = path.united(tail)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("accent"), 1.4))
        painter.setBrush(theme.color("card"))
        painter.drawPath(path)

    def _recolor(self) -> None:
        self.close_button.setIcon(theme.icon("close"))
        self.praise.setStyleSheet(f"color: {theme.tokens['good']}; font-weight: 600;")
        self.update()


class Ring(QWidget):
    """An outline around the part that is meant; it takes no mouse."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def surround(self, area: QRect | None) -> None:
        """Lie around an area of the window, or nowhere."""
        self.setVisible(area is not None)
        if area is not None:
            around = area.adjusted(-_EDGE, -_EDGE, _EDGE, _EDGE)
            if around != self.geometry():
                self.setGeometry(around)
                self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The outline."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("accent"), 2.0))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), 7, 7)


def _label(name: str, *, heading: bool = False, muted: bool = False) -> QLabel:
    label = QLabel()
    label.setObjectName(f"tip_{name}")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(not muted)
    label.setProperty("heading", heading)
    label.setProperty("muted", muted)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return label


def _beside(bubble: QRect, window: QRect, area: QRect | None, wished: str) -> tuple[str, QPoint]:
    """The side on which the bubble lies whole within the window, and its place."""
    width, height = bubble.width(), bubble.height()
    if area is None:
        return "", QPoint((window.width() - width) // 2, max(_EDGE, (window.height() - height) // 3))
    middle, gap = area.center(), _EDGE
    places = {
        "below": QPoint(middle.x() - width // 2, area.bottom() + gap),
        "right": QPoint(area.right() + gap, middle.y() - height // 2),
        "above": QPoint(middle.x() - width // 2, area.top() - gap - height),
        "left": QPoint(area.left() - gap - width, middle.y() - height // 2),
    }
    best = ("", QPoint())
    for side in (wished, *_SIDES):
        place = places[side]
        inside = QPoint(
            max(_EDGE, min(place.x(), window.width() - width - _EDGE)),
            max(_EDGE, min(place.y(), window.height() - height - _EDGE)),
        )
        shifted = inside.x() if side in ("left", "right") else inside.y()
        meant = place.x() if side in ("left", "right") else place.y()
        if shifted == meant:
            return side, inside
        best = best if best[0] else ("nowhere", inside)
    return best


def _tail(inner: QRectF, side: str, target: QPointF) -> QPolygonF:
    """The triangle from the edge of the bubble towards the target; `side` is where the bubble lies."""
    room = _RADIUS + _TAIL
    x = min(max(target.x(), inner.left() + room), inner.right() - room)
    y = min(max(target.y(), inner.top() + room), inner.bottom() - room)
    match side:
        case "below":
            edge, tip = inner.top() + 1, inner.top() - _TAIL + 1
            return QPolygonF([QPointF(x - _TAIL, edge), QPointF(x, tip), QPointF(x + _TAIL, edge)])
        case "above":
            edge, tip = inner.bottom() - 1, inner.bottom() + _TAIL - 1
            return QPolygonF([QPointF(x - _TAIL, edge), QPointF(x, tip), QPointF(x + _TAIL, edge)])
        case "right":
            edge, tip = inner.left() + 1, inner.left() - _TAIL + 1
        case _:
            edge, tip = inner.right() - 1, inner.right() + _TAIL - 1
    return QPolygonF([QPointF(edge, y - _TAIL), QPointF(tip, y), QPointF(edge, y + _TAIL)])
