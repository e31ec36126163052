"""The changes panel: what differs between the open graph and a file, kept up to date while the graph is edited."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.document.trust import EditorGraph
from app.workbench import Workbench
from engine import FileFormatError, Graph
from engine.graph.compare import Change, Kind, Subject, compare, value_text, without_moves
from engine.graph.disk import shown_name

_CALM_MS = 120
_TOKENS = {Kind.ADDED: "good", Kind.REMOVED: "bad", Kind.CHANGED: "warn", Kind.MOVED: "info"}
_CHANGE = Qt.ItemDataRole.UserRole


class Marks(Protocol):
    """What the canvas shows of a comparison."""

    def show(self, changes: list[Change], before: Graph) -> None:
        """Mark these changes."""

    def clear(self) -> None:
        """Take all marks away."""

    def place_of(self, change: Change) -> QPointF | None:
        """Where the mark of a change lies."""


class ChangesPanel(QWidget):
    """A list of changes, from a file to the open graph. `chosen` carries the one that was clicked.

    There is a comparison exactly while `before` is a graph.
    """

    begun = Signal()
    ended = Signal()
    chosen = Signal(object)

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self.before: Graph | None = None
        self.changes: list[Change] = []
        self.marks: Marks | None = None  # of the canvas, once that is there
        self._name = ""
        self.title = QLabel()
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setWordWrap(True)
        self.positions = QCheckBox("Positions")
        self.positions.setToolTip("Show nodes that only lie elsewhere, too")
        self.positions.toggled.connect(self.refresh)
        self.end_button = QPushButton("End")
        self.end_button.setToolTip("End the comparison")
        self.end_button.setAccessibleName("End the comparison")
        self.end_button.clicked.connect(self.end)
        self.list = QTreeWidget()
        self.list.setAccessibleName("Changes")
        self.list.setHeaderLabels(["What", "Before", "After"])
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setStretchLastSection(False)
        self.list.itemClicked.connect(self._choose)
        self.list.itemActivated.connect(self._choose)
        buttons = QHBoxLayout()
        buttons.addWidget(self.positions)
        buttons.addStretch(1)
        buttons.addWidget(self.end_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.title)
        layout.addLayout(buttons)
        layout.addWidget(self.list, 1)
        self._calm = QTimer(self, interval=_CALM_MS, singleShot=True)
        self._calm.timeout.connect(self.refresh)
        workbench.document_changed.connect(self._document_changed)
        workbench.document_replaced.connect(self.end)
        workbench.whereabouts.level_changed.connect(self._document_changed)
        theme.changed.connect(self._document_changed)
        self._show_title()

    def compare_with(self, path: Path) -> bool:
        """Begin to compare the open graph with a file; False, with a `message`, when that cannot be read."""
        try:
            self.before = EditorGraph.load(path)
        except FileFormatError as error:
            self._workbench.message.emit("error", f"{shown_name(path)} cannot be compared: {error}")
            return False
        self._name = shown_name(path)
        self.begun.emit()
        self.refresh()
        self.list.setFocus()
        return True

    def end(self) -> None:
        """End the comparison."""
        if self.before is not None:
            self.before = None
            self.refresh()
            self.ended.emit()

    def refresh(self) -> None:
        """Compare with the graph as it is now."""
        self._calm.stop()
        self.changes = compare(self.before, self._workbench.graph) if self.before is not None else []
        if not self.positions.isChecked():
            self.changes = without_moves(self.changes)
        self.list.clear()
        for change in self.changes:
            self._add(change)
        self.list.resizeColumnToContents(1)
        self.list.resizeColumnToContents(2)
        self._show_title()
        if self.marks is not None and self.before is not None:
            self.marks.show(self.changes, self.before)
        elif self.marks is not None:
            self.marks.clear()

    def _document_changed(self) -> None:
        if self.before is not None:
            self._calm.start()

    def _show_title(self) -> None:
        self.end_button.setEnabled(self.before is not None)
        if self.before is None:
            self.title.setText("Compare the open graph with a file: File > Compare with…")
            return
        count = len(self.changes)
        said = "nothing differs" if not count else "1 change" if count == 1 else f"{count} changes"
        self.title.setText(f"From {self._name} to what is open: {said}.")

    def _add(self, change: Change) -> None:
        label = f"{change.subject} {self._name_of(change)}"
        item = QTreeWidgetItem(self.list, [f"{change.kind.sign}  {label}"])
        item.setFirstColumnSpanned(True)
        item.setData(0, _CHANGE, change)
        item.setForeground(0, theme.color(_TOKENS[change.kind]))
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{change.kind}: {label}")
        item.setToolTip(0, f"{change.kind}: {label}\n{change.about}".strip())
        for field in change.fields:
            row = [field.name, value_text(field.before), value_text(field.after)]
            QTreeWidgetItem(item, row).setData(0, _CHANGE, change)
        item.setExpanded(True)

    def _name_of(self, change: Change) -> str:
        if change.subject is not Subject.NODE:
            return change.key
        spec = self._workbench.graph.nodes.get(change.key)
        if spec is None and self.before is not None:
            spec = self.before.nodes.get(change.key)
        return f"{spec.name} ({change.key})" if spec is not None and spec.name else change.key

    def _choose(self, item: QTreeWidgetItem) -> None:
        self.chosen.emit(item.data(0, _CHANGE))
