"""`Status`: one line that says how a plot is doing."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from app import theme


class Status(QLabel):
    """Short text in muted ink, as wide as it is; cut with an ellipsis where there is no room."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(60)
        self.setAccessibleName("Plot status")

    def show_text(self, text: str) -> None:
        """Show this."""
        if text != self.text():
            self.setText(text)
            self.setToolTip(text)
            self.setAccessibleDescription(text)

    def sizeHint(self) -> QSize:
        """As much as the text needs, in steps, so that the row does not tremble with every figure."""
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(self.text()) + 16
        return QSize(-(-width // 24) * 24, metrics.height() + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text, cut to the width."""
        painter = QPainter(self)
        painter.setPen(theme.color("text_muted"))
        box = self.rect().adjusted(4, 0, -8, 0)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()
