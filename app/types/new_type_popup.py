"""The small popup that asks what a new node type is called and with which ports it begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QApplication, QComboBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.canvas.overlay import Overlay
from engine import GraphError
from engine.node.scaffold import NewNode, Shape, file_of, new_node

_WIDTH = 420
_FROM_TOP = 64
_SHAPES = {
    Shape.FILTER: "An input and an output",
    Shape.SOURCE: "A source: no input",
    Shape.SINK: "A sink: no output",
}


class NewTypePopup(Overlay):
    """A name, a shape, and the file that it will be. Enter or Create makes it, Escape closes.

    `create` writes the node type, and says why it could not; empty when it did.
    """

    created = Signal(object)

    def __init__(self, window: QWidget, folder: Path, create: Callable[[NewNode], str]) -> None:
        super().__init__(window, "new_type_popup")
        self._folder = folder
        self._create = create
        self._before = QApplication.focusWidget()
        self.setAccessibleName("New node type")
        heading = QLabel("New node type")
        heading.setStyleSheet("font-weight: 600;")
        self.line = QLineEdit(placeholderText="Its name, for example Moving average")
        self.line.setAccessibleName("Name of the node type")
        self.line.textChanged.connect(self._tell)
        self.line.returnPressed.connect(self._submit)
        self.shape = QComboBox()
        self.shape.setAccessibleName("Ports that it begins with")
        for shape, text in _SHAPES.items():
            self.shape.addItem(text, shape)
        self.button = QPushButton("Create")
        self.button.clicked.connect(self._submit)
        self.told = QLabel()
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        self.told.setWordWrap(True)
        for widget in (self.line, self.shape, self.button):
            widget.installEventFilter(self)
        row = QHBoxLayout()
        row.addWidget(self.shape, 1)
        row.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 12)
        layout.setSpacing(8)
        layout.addWidget(heading)
        layout.addWidget(self.line)
        layout.addLayout(row)
        layout.addWidget(self.told)
        self.setFixedWidth(min(_WIDTH, window.width() - 24))
        self._tell()
        self.closed.connect(self._give_back)

    def open(self) -> None:
        """Show it at the top of the window, in the middle."""
        parent = self.parentWidget()
        across = (parent.width() - self.width()) // 2 if parent is not None else 0
        self.open_at(QPoint(across, _FROM_TOP), self.line)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The list of shapes is a window of its own: while it is open, Escape is its."""
        if watched is self.shape and self.shape.view().isVisible():
            return False
        return super().eventFilter(watched, event)

    def _new(self) -> NewNode:
        return new_node(self.line.text(), self.shape.currentData())

    def _tell(self) -> None:
        """Say which file it will be, or what is wrong with the name."""
        is_empty = not self.line.text().strip()
        try:
            new = self._new()
        except GraphError as error:
            self._say(
                "The file is written beside the graph, in its nodes folder." if is_empty else str(error), is_empty
            )
            self.button.setEnabled(False)
            return
        file = file_of(new, self._folder)
        is_there = file.exists()
        name = file.relative_to(self._folder)
        self._say(f"{name} is there already: choose another name." if is_there else f"Writes {name}.", not is_there)
        self.button.setEnabled(not is_there)

    def _say(self, text: str, is_good: bool) -> None:
        self.told.setText(text if is_good else f"✕ {text}")
        for name, value in (("muted", is_good), ("refusal", not is_good)):
            self.told.setProperty(name, value)
        style = self.told.style()
        style.unpolish(self.told)
        style.polish(self.told)
        self.line.setAccessibleDescription(text)
        self.told.setFixedHeight(max(self.told.heightForWidth(self.width() - 24), self.told.fontMetrics().height()))
        if self.is_open:
            self.adjustSize()

    def _submit(self) -> None:
        if not self.button.isEnabled():
            return
        new = self._new()
        refusal = self._create(new)
        if refusal:
            self._say(refusal, False)
            return
        self.close_overlay()
        self.created.emit(new)

    def _give_back(self) -> None:
        """The keyboard goes back to where it was."""
        if self._before is not None and self._before.isVisible():
            self._before.setFocus()
