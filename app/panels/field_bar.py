"""A bar with a field: asks for a line of text without a dialog."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from app.panels.bars import Bar


class FieldBar(Bar):
    """Enter or the button takes the text, Escape cancels; a refusal is told beside the field."""

    cancelled = Signal()

    def __init__(
        self, question: str, caption: str, take: Callable[[str], object], refusal: Callable[[str], str]
    ) -> None:
        """Ask a question.

        Args:
            question: what is asked for.
            caption: what the button says.
            take: gets the text.
            refusal: why a text cannot be taken; empty when it can.
        """
        super().__init__("info", question, {caption: self._take})
        self._question = question
        self._take_text = take
        self._refusal = refusal
        self.field = QLineEdit()
        self.field.setAccessibleName(question)
        self.field.setMinimumWidth(220)
        self.field.returnPressed.connect(self._take)
        self.field.textChanged.connect(self._typed)
        row = self.layout()
        assert isinstance(row, QHBoxLayout)
        row.insertWidget(2, self.field, 2)
        self.setFocusProxy(self.field)

    def _typed(self) -> None:
        self._say(self._refusal(self.field.text()) if self.field.text() else "")

    def _take(self) -> None:
        text = self.field.text()
        refusal = self._refusal(text)
        self._say(refusal)
        if not refusal:
            self._take_text(text)

    def _say(self, refusal: str) -> None:
        self.label.setText(refusal or self._question)
        self.field.setProperty("refused", bool(refusal))
        self.field.style().unpolish(self.field)
        self.field.style().polish(self.field)
        self.field.setAccessibleDescription(refusal)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape cancels."""
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)
