"""`Findings`: what was found out about a run, one card each, with a button for everything that would help."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.insight.diagnosis import Finding


class Findings(QScrollArea):
    """`asked` carries the remedy whose button was pressed, `chosen` the nodes of a finding that was clicked."""

    asked = Signal(object)
    chosen = Signal(list)

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Why it is slow")
        self._inside = QWidget()
        self._box = QVBoxLayout(self._inside)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(8)
        self.setWidget(self._inside)
        self.buttons: list[QPushButton] = []

    @property
    def text(self) -> str:
        """All that it says."""
        labels = self._inside.findChildren(QLabel)
        return "\n".join(label.text() for label in labels if label.parent() is not None)

    def show_text(self, text: str) -> None:
        """Show one sentence in place of findings."""
        self._empty()
        self._box.addWidget(_label(text))
        self._box.addStretch(1)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Show these, the worst first."""
        self._empty()
        for number, finding in enumerate(findings):
            self._box.addWidget(self._card(finding, is_worst=number == 0))
        self._box.addStretch(1)
        self.verticalScrollBar().setValue(0)

    def _card(self, finding: Finding, *, is_worst: bool) -> QFrame:
        card = _Card(finding)
        card.setAccessibleName(finding.title)
        card.setAccessibleDescription(finding.text)
        card.clicked.connect(lambda: self.chosen.emit(list(finding.nodes)))
        box = QVBoxLayout(card)
        box.setContentsMargins(10, 8, 10, 9)
        box.setSpacing(5)
        title = _label(finding.title)
        title.setStyleSheet(f"font-weight: 600; color: {theme.tokens['warn' if is_worst else 'text']};")
        box.addWidget(title)
        box.addWidget(_label(finding.text))
        for remedy in finding.remedies:
            button = QPushButton(remedy.label.replace("&", "&&"))
            button.setToolTip(remedy.why)
            button.setAccessibleDescription(remedy.why)
            button.clicked.connect(lambda _=False, remedy=remedy: self.asked.emit(remedy))
            box.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
            self.buttons.append(button)
        return card

    def _empty(self) -> None:
        self.buttons = []
        while (item := self._box.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()


class _Card(QFrame):
    """A frame that can be clicked, or chosen by Enter."""

    clicked = Signal()

    def __init__(self, finding: Finding) -> None:
        super().__init__()
        self.setObjectName("finding")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if finding.nodes else Qt.FocusPolicy.NoFocus)
        border, focus = theme.tokens["control_border"], theme.tokens["accent"]
        self.setStyleSheet(
            f"QFrame#finding {{ background: {theme.tokens['card']}; border: 1px solid {border}; border-radius: 6px; }}"
            f"QFrame#finding:focus {{ border-color: {focus}; }} QFrame#finding QLabel {{ background: transparent; }}"
        )

    def mouseReleaseEvent(self, event: object) -> None:
        """A click."""
        self.clicked.emit()

    def keyPressEvent(self, event: object) -> None:
        """Enter and the space bar are a click."""
        key = getattr(event, "key", lambda: None)()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)  # type: ignore[arg-type]


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
