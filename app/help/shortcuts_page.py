"""The page of shortcuts: every key and gesture, grouped, found by typing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.help.shortcut_rows import Shortcut
from app.page import Page

_ROW = Qt.ItemDataRole.UserRole
_MOVES = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)


class ShortcutsPage(Page):
    """A line to search in over a table of keys and what they do."""

    def __init__(self, window: QWidget, rows: Sequence[Shortcut]) -> None:
        super().__init__(window, "shortcuts_page", "Keyboard shortcuts", QSize(720, 640))
        self._rows = rows
        self.search = QLineEdit(placeholderText="Search by key or by what it does…", clearButtonEnabled=True)
        self.search.setAccessibleName("Search shortcuts")
        self.search.addAction(theme.icon("search", "text_muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Shortcuts")
        self.tree.setHeaderLabels(["What it does", "Keys"])
        self.tree.setRootIsDecorated(False)
        self.tree.setIndentation(10)
        self.tree.setItemsExpandable(False)
        self.tree.setSelectionMode(QTreeWidget.SelectionMode.SingleSelection)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.header().setStretchLastSection(False)
        self.nothing = QLabel("No shortcut fits.")
        self.nothing.setProperty("muted", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(8)
        for widget in (self.search, self.nothing, self.tree):
            layout.addWidget(widget)
        self._fill("")
        self.search.setFocus()

    def texts(self) -> list[tuple[str, str]]:
        """What is shown now: what it does, and the keys."""
        root = self.tree.invisibleRootItem()
        groups = [root.child(index) for index in range(root.childCount())]
        rows = [group.child(index) for group in groups for index in range(group.childCount())]
        return [(row.text(0), row.text(1)) for row in rows]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrow keys move in the table while the line keeps the keyboard."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _MOVES:
            QApplication.sendEvent(self.tree, event)
            return True
        return super().eventFilter(watched, event)

    def _fill(self, text: str) -> None:
        words = text.casefold().split()
        self.tree.clear()
        groups: dict[str, QTreeWidgetItem] = {}
        for row in self._rows:
            if not row.has(words):
                continue
            if row.group not in groups:
                groups[row.group] = self._heading(row.group)
            item = QTreeWidgetItem(groups[row.group], [row.text, row.keys])
            item.setToolTip(0, row.tip)
            item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{row.text}: {row.keys}")
            item.setForeground(1, theme.color("accent"))
        self.tree.expandAll()
        self.tree.setVisible(bool(groups))
        self.nothing.setVisible(not groups)

    def _heading(self, text: str) -> QTreeWidgetItem:
        heading = QTreeWidgetItem(self.tree, [text])
        heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
        heading.setFirstColumnSpanned(True)
        heading.setForeground(0, theme.color("text_muted"))
        font = heading.font(0)
        font.setBold(True)
        heading.setFont(0, font)
        return heading
