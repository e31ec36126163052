"""The palette: node types by category, with a search field. Drag one to the canvas, or press Enter."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QMimeData, QModelIndex, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from app import theme
from app.document.saved_groups import CATEGORY, SavedGroup
from engine import Node, catalog
from engine.node.load_failure import LoadFailure

NODE_MIME = "application/x-tidewire-node"
_TYPE_PATH = Qt.ItemDataRole.UserRole
_WORDS = Qt.ItemDataRole.UserRole + 1
_PLACE = Qt.ItemDataRole.UserRole + 2
_ORDER = ("Sources", "Files", "Arithmetic", "Converters", "Filters", "Spectra", "Events", "Expression", "Sinks")


class Palette(QWidget):
    """All node types that can be added, and the files of node types that could not be loaded.

    `chosen` carries the type path of the one to add, `source_wanted` the file and line that keep others from loading.
    """

    chosen = Signal(str)
    source_wanted = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._types: list[type[Node]] = []
        self._groups: list[SavedGroup] = []
        self._failures: list[LoadFailure] = []
        self.search = QLineEdit(self, placeholderText="Search nodes…", clearButtonEnabled=True)
        self.search.setAccessibleName("Search nodes")
        self.search.addAction(theme.icon("search", "text_muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._choose_current)
        self.search.installEventFilter(self)
        self.tree = _Tree(self)
        self.tree.itemActivated.connect(self._choose)
        self._nothing = QLabel("No node fits.", self)
        self._nothing.setProperty("muted", True)
        self._nothing.setWordWrap(True)
        self._nothing.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.search)
        layout.addWidget(self._nothing)
        layout.addWidget(self.tree, 1)
        self.setFocusProxy(self.search)
        theme.changed.connect(self._build)

    @property
    def types(self) -> list[type[Node]]:
        """The node types that are listed, in their order."""
        return self._types

    @property
    def highlighted(self) -> str:
        """The type path of the current row; empty when there is none."""
        item = self.tree.currentItem() if self.tree.currentIndex().isValid() else None
        return str(item.data(0, _TYPE_PATH) or "") if item is not None and not item.isHidden() else ""

    def show_types(self, types: Iterable[type[Node]], failures: Iterable[LoadFailure] = ()) -> None:
        """List these node types, and why others could not be loaded; what is current stays so."""
        self._types = sorted(types, key=lambda found: (_rank(found.category), found.title.casefold()))
        self._failures = list(failures)
        self._build()

    def type_path_at(self, position: QPoint) -> str:
        """What lies at a position of the list; empty for a heading and for nothing."""
        item = self.tree.itemAt(position)
        return str(item.data(0, _TYPE_PATH) or "") if item is not None else ""

    def show_groups(self, groups: Iterable[SavedGroup]) -> None:
        """List these saved groups after the node types."""
        found = list(groups)
        if found != self._groups:
            self._groups = found
            self._build()

    def reveal(self, type_path: str) -> None:
        """Show where a node type stands in the list."""
        self.search.clear()
        for item in self._items():
            if item.data(0, _TYPE_PATH) == type_path:
                self.tree.setCurrentItem(item)
                self.tree.scrollToItem(item)

    def _build(self) -> None:
        current = self.highlighted
        scrolled = self.tree.verticalScrollBar().value()
        self.tree.clear()
        self._add_failures()
        categories: dict[str, QTreeWidgetItem] = {}
        for node_type in self._types:
            if node_type.category not in categories:
                categories[node_type.category] = self._heading(node_type.category)
            self._add(categories[node_type.category], node_type)
        if self._groups:
            heading = self._heading(CATEGORY)
            for group in self._groups:
                self._add_group(heading, group)
        self.tree.expandAll()
        self._filter(self.search.text())
        self.tree.verticalScrollBar().setValue(scrolled)
        for item in self._items() if current else ():
            if item.data(0, _TYPE_PATH) == current and not item.isHidden():
                self.tree.setCurrentItem(item)

    def _add_failures(self) -> None:
        """What could not be loaded comes first: it is what keeps its author from going on."""
        self.tree.setUniformRowHeights(not self._failures)
        if not self._failures:
            return
        heading = QTreeWidgetItem(self.tree, ["COULD NOT BE LOADED"])
        heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
        heading.setForeground(0, theme.color("bad"))
        for failure in self._failures:
            place = f"{failure.file.name}:{failure.line}" if failure.file is not None else failure.what
            item = QTreeWidgetItem(heading, [f"{place}\n{failure.reason}"])
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsDragEnabled)
            item.setIcon(0, theme.icon("error", "bad"))
            item.setData(0, _WORDS, f"{failure}".casefold())
            action = ""
            if failure.file is not None:
                item.setData(0, _PLACE, (str(failure.file), failure.line))
                action = f"\n{failure.file}\nPress Enter or double-click to open it at line {failure.line}."
            item.setToolTip(0, f"{failure}{action}")
            item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"Could not be loaded: {failure}")

    def _add(self, heading: QTreeWidgetItem, node_type: type[Node]) -> None:
        item = QTreeWidgetItem(heading, [node_type.title])
        path = catalog.path_of(node_type)
        help_text = _help(node_type)
        item.setData(0, _TYPE_PATH, path)
        words = f"{node_type.title} {node_type.category} {node_type.__name__} {help_text}"
        item.setData(0, _WORDS, words.casefold())
        icon = theme.icon(node_type.icon)
        item.setIcon(0, theme.icon("node", "text_muted") if icon.isNull() else icon)
        item.setToolTip(0, f"{node_type.title}\n{help_text}\n{path}")
        item.setData(0, Qt.ItemDataRole.AccessibleDescriptionRole, help_text)

    def _heading(self, category: str) -> QTreeWidgetItem:
        heading = QTreeWidgetItem(self.tree, [category.upper()])
        heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
        heading.setForeground(0, theme.color("text_muted"))
        heading.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"Category {category}")
        return heading

    def _add_group(self, heading: QTreeWidgetItem, group: SavedGroup) -> None:
        item = QTreeWidgetItem(heading, [group.title])
        item.setData(0, _TYPE_PATH, group.type_path)
        item.setData(0, _WORDS, f"{group.title} {CATEGORY} {group.doc}".casefold())
        item.setIcon(0, theme.icon("warning" if group.problem else "group", "warn" if group.problem else "text"))
        help_text = f"cannot be read: {group.problem}" if group.problem else group.doc
        item.setToolTip(0, f"{group.title}\n{help_text}\n{group.path}")
        item.setData(0, Qt.ItemDataRole.AccessibleDescriptionRole, help_text)

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        best: QTreeWidgetItem | None = None
        best_rank = 0
        for heading in _children(self.tree.invisibleRootItem()):
            shown = 0
            for item in _children(heading):
                rank = _match(item, words)
                item.setHidden(rank == 0)
                shown += rank > 0
                if words and rank > best_rank:
                    best, best_rank = item, rank
            heading.setHidden(shown == 0)
        self._nothing.setVisible(bool(words) and best is None and bool(self._types))
        if best is not None:
            self.tree.setCurrentItem(best)
        else:
            self.tree.setCurrentIndex(QModelIndex())

    def _choose_current(self) -> None:
        item = self.tree.currentItem()
        if self.tree.currentIndex().isValid() and not item.isHidden():
            self._choose(item)

    def _choose(self, item: QTreeWidgetItem) -> None:
        path = item.data(0, _TYPE_PATH)
        place = item.data(0, _PLACE)
        if path:
            self.chosen.emit(path)
        elif place:
            self.source_wanted.emit(*place)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and Down in the search field move in the list."""
        if isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None:
                self._step(step)
                return True
        return False

    def _step(self, step: int) -> None:
        items = [item for item in self._items() if not (item.parent().isHidden() or item.isHidden())]
        if items:
            current = self.tree.currentItem()
            index = items.index(current) + step if current in items else 0
            self.tree.setCurrentItem(items[max(0, min(index, len(items) - 1))])

    def _items(self) -> list[QTreeWidgetItem]:
        """The rows below the headings."""
        return [item for heading in _children(self.tree.invisibleRootItem()) for item in _children(heading)]


class _Tree(QTreeWidget):
    """A tree whose items are dragged as type paths."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setHeaderHidden(True)
        self.setIndentation(16)
        self.setIconSize(QSize(18, 18))
        self.setDragEnabled(True)
        self.setDragDropMode(QTreeWidget.DragDropMode.DragOnly)
        self.setAccessibleName("Node types")
        self.setUniformRowHeights(True)

    def mimeTypes(self) -> list[str]:
        """What a drag carries."""
        return [NODE_MIME]

    def mimeData(self, items: Iterable[QTreeWidgetItem]) -> QMimeData:
        """The type path of the dragged item."""
        data = QMimeData()
        path = next((item.data(0, _TYPE_PATH) for item in items), "")
        if path:
            data.setData(NODE_MIME, str(path).encode())
        return data


def _children(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    return [item.child(index) for index in range(item.childCount())]


def _match(item: QTreeWidgetItem, words: list[str]) -> int:
    """0 when a word is missing; more when the title begins with, or has, the words."""
    text = str(item.data(0, _WORDS))
    title = item.text(0).casefold()
    if not all(word in text for word in words):
        return 0
    if words and title.startswith(words[0]):
        return 3
    return 2 if all(word in title for word in words) else 1


def _rank(category: str) -> tuple[int, str]:
    return (_ORDER.index(category) if category in _ORDER else len(_ORDER), category.casefold())


def _help(node_type: type[Node]) -> str:
    return (node_type.__doc__ or "").strip().partition("\n")[0]
