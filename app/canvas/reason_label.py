"""The small label at the mouse that says why a wire cannot be."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

from app import theme
from app.canvas.overlay import keep_inside

_OFFSET = QPoint(16, 20)
_LINGER_MS = 2500
_WIDEST = 340


class ReasonLabel(QLabel):
    """Plain text with a mark in front; takes no mouse. Positions are pixels of the viewport."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.setObjectName("reason")
        self.setAccessibleName("Why this cannot be connected")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._lingering = QTimer(self)
        self._lingering.setSingleShot(True)
        self._lingering.setInterval(_LINGER_MS)
        self._lingering.timeout.connect(self.hide)
        self.restyle()
        self.hide()

    def restyle(self) -> None:
        """Take the colours of the theme in use."""
        self.setStyleSheet(
            f"QLabel#reason {{ background: {theme.tokens['bad_fill']}; color: {theme.tokens['on_fill']};"
            f" border: 1px solid {theme.tokens['bad']}; border-radius: 6px; padding: 5px 9px; }}"
        )

    def show_at(self, position: QPoint, reason: str, offer: str = "") -> None:
        """Show a reason, and what can be done about it, beside a position; nothing when there is none."""
        self._lingering.stop()
        if not reason:
            self.hide()
            return
        text = f"✕ {reason}\n→ {offer}" if offer else f"✕ {reason}"
        if text != self.text():
            self.setText(text)
        longest = max(self.fontMetrics().horizontalAdvance(line) for line in text.splitlines())
        self.setFixedWidth(min(_WIDEST, longest + 26))
        self.adjustSize()
        self.move(keep_inside(self, position + _OFFSET))
        self.raise_()
        self.show()

    def linger_at(self, position: QPoint, reason: str) -> None:
        """Show a reason long enough to be read, after the button went up."""
        self.show_at(position, reason)
        self._lingering.start()
