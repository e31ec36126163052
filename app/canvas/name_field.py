"""An inline field for one short answer: the name of a new thread, a capacity. Never a dialog."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from app.canvas.overlay import Overlay


class NameField(Overlay):
    """A title, a line and, when it is refused, the reason. `accepted` carries the text that was found good."""

    accepted = Signal(str)

    def __init__(
        self,
        canvas: QWidget,
        title: str,
        refusal: Callable[[str], str | None],
        *,
        text: str = "",
        placeholder: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(canvas, "name_field")
        self._refusal = refusal
        self.line = QLineEdit(text)
        self.line.setAccessibleName(title)
        self.line.setPlaceholderText(placeholder)
        self.line.setMinimumWidth(230)
        self.line.installEventFilter(self)
        self.line.returnPressed.connect(self._submit)
        self.line.textEdited.connect(self._clear_refusal)
        self.error = QLabel()
        self.error.setObjectName("name_refusal")
        self.error.setProperty("refusal", True)
        heading = QLabel(title)
        heading.setStyleSheet("font-weight: 600;")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(11, 9, 11, 10)
        layout.setSpacing(6)
        layout.addWidget(heading)
        layout.addWidget(self.line)
        for label in (QLabel(hint), self.error):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setMaximumWidth(270)
            label.setVisible(bool(label.text()))
            layout.addWidget(label)
            label.setProperty("muted", label is not self.error)

    def _submit(self) -> None:
        text = self.line.text().strip()
        reason = self._refusal(text)
        if reason is not None:
            self.error.setText(f"✕ {reason}")
            self.error.setVisible(True)
            self.line.setProperty("refused", True)
            self._restyle()
            return
        self.close_overlay()
        self.accepted.emit(text)

    def _clear_refusal(self) -> None:
        if self.error.isVisible():
            self.error.setVisible(False)
            self.line.setProperty("refused", False)
            self._restyle()

    def _restyle(self) -> None:
        self.line.style().unpolish(self.line)
        self.line.style().polish(self.line)
        self.adjustSize()
