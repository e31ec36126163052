"""`ProbeCard`: what one wire carries, on a card beside the wire. It takes no keyboard that it is not given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app import theme
from app.canvas.overlay import keep_inside
from app.probe.value import ProbeValue

_WIDTH = 330
_VALUE_HEIGHT = 116
Rows = Sequence[tuple[str, str]]


class ProbeCard(QFrame):
    """A title to move it by, the value, the figures. Escape closes it while the keyboard is on it.

    Attributes:
        is_pinned: it stays where it is until it is closed, whatever is clicked.
    """

    close_asked = Signal()
    moved_by_hand = Signal()

    def __init__(self, parent: QWidget, key: str, port: str, port_type: Any) -> None:
        super().__init__(parent)
        self.key = key
        self.setObjectName("probe")
        self.setFixedWidth(_WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._grip: QPoint | None = None
        self._rows: list[tuple[str, str]] = []
        self._labels: list[tuple[QLabel, QLabel]] = []
        self._title = _plain_label()
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._pin = self._button("pin", "Keep this probe", checkable=True)
        self._close = self._button("close", "Close this probe")
        self._close.clicked.connect(self.close_asked)
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self._title, 1)
        head.addWidget(self._pin)
        head.addWidget(self._close)
        self.value = ProbeValue(port, port_type)
        self.value.setFixedHeight(_VALUE_HEIGHT)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self._note = _plain_label(muted=True)
        self._note.setWordWrap(True)
        box = QVBoxLayout(self)
        box.setContentsMargins(11, 6, 8, 9)
        box.setSpacing(6)
        box.addLayout(head)
        box.addWidget(self.value)
        box.addLayout(self._grid)
        box.addWidget(self._note)
        self._pin.toggled.connect(self._describe_pin)
        theme.changed.connect(self.retheme)
        self.retheme()

    @property
    def is_pinned(self) -> bool:
        """Does it stay?"""
        return self._pin.isChecked()

    def pin(self) -> None:
        """Let it stay."""
        self._pin.setChecked(True)

    def take_keyboard(self) -> None:
        """Give it the keyboard."""
        self._pin.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_title(self, text: str) -> None:
        """Say which wire it is."""
        if text != self._title.text():
            self._title.setText(text)
            self._title.setToolTip(self.key)
            self.setAccessibleName(f"Probe of {text}")

    def show_figures(self, rows: Rows, note: str, note_in_full: str) -> None:
        """Show these figures and a remark; what has not changed is left as it is."""
        if len(rows) != len(self._labels):
            self._make_labels(len(rows))
        for (name, text), (left, right) in zip(rows, self._labels, strict=True):
            if left.text() != name:
                left.setText(name)
                right.setAccessibleName(name)
            if right.text() != text:
                right.setText(text)
        if note != self._note.text():
            self._note.setText(note)
            self._note.setToolTip(note_in_full)
            self._note.setAccessibleDescription(note_in_full)
            self._note.setVisible(bool(note))
        self._rows = list(rows)
        self._fit()

    @property
    def rows(self) -> dict[str, str]:
        """The figures that are shown."""
        return dict(self._rows)

    def _make_labels(self, count: int) -> None:
        while len(self._labels) > count:
            for label in self._labels.pop():
                self._grid.removeWidget(label)
                label.deleteLater()
        while len(self._labels) < count:
            left, right = _plain_label(muted=True), _plain_label()
            right.setWordWrap(True)
            right.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            row = len(self._labels)
            self._grid.addWidget(left, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(right, row, 1)
            self._labels.append((left, right))

    def _fit(self) -> None:
        layout = self.layout()
        height = layout.heightForWidth(_WIDTH) if layout is not None else -1
        if height > 0 and height != self.height():
            self.setFixedHeight(height)
            self.move(keep_inside(self, self.pos()))

    # -- looks

    def _button(self, icon: str, name: str, *, checkable: bool = False) -> QToolButton:
        button = QToolButton()
        button.setObjectName(icon)
        button.setProperty("flat", True)
        button.setCheckable(checkable)
        button.setToolTip(name)
        button.setAccessibleName(name)
        return button

    def _describe_pin(self, is_pinned: bool) -> None:
        self._pin.setToolTip("Let this probe go with the next click" if is_pinned else "Keep this probe")
        self._pin.setIcon(theme.icon("pin", "accent" if is_pinned else "text"))

    def retheme(self) -> None:
        """Take the colours of the theme in use."""
        self.setStyleSheet(
            f"QFrame#probe {{ background: {theme.tokens['panel']}; border: 1px solid {theme.tokens['control_border']};"
            " border-radius: 8px; }"
        )
        self._describe_pin(self.is_pinned)
        self._close.setIcon(theme.icon("close"))
        self._title.setStyleSheet("font-weight: 600;")
        self.value.retheme()

    # -- moving it by its title, and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take it by its upper part."""
        if event.button() is Qt.MouseButton.LeftButton and event.position().y() < self.value.y():
            self._grip = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """It follows the mouse, within the canvas, and stays from then on."""
        if self._grip is not None:
            self.move(keep_inside(self, self.mapToParent(event.position().toPoint() - self._grip)))
            self.moved_by_hand.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if self._grip is not None:
            self._grip = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_asked.emit()
        else:
            super().keyPressEvent(event)


def _plain_label(*, muted: bool = False) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    if muted:
        label.setProperty("muted", True)
    return label
