"""The tree of the locations panel: each computer with its nodes, which can be dragged from one to another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QContextMenuEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from app import theme
from app.canvas.figures import milliseconds_text
from app.insight.measured import percent
from app.panels.location_box import dot
from app.panels.performance import memory_text
from app.workbench import Workbench
from engine import Location

MIME = "application/x-tidewire-nodes"
NEW_PROCESS, NEW_THREAD = "new process", "new thread"
COLUMNS = ("Where", "Load")
_TIPS = (
    "Computers and their nodes: drag a node to another computer",
    "Of a computer the share of one core, of a node the share of its loop",
)
_FIGURES_TIP = "Memory of the whole process, how late the loop was last, and how long it took to get ready"
_ID = Qt.ItemDataRole.UserRole  # of an item: the id of its node
_PLACE = Qt.ItemDataRole.UserRole + 1  # the text of its location, or NEW_PROCESS or NEW_THREAD


class LocationTree(QTreeWidget):
    """Keeps an item for every location and node of the document.

    Signals: `moved` (ids, place) when nodes were dropped, `renamed` (location, name) when a computer was given another
    name, `menu_asked` (place on the screen) and `focus_asked` (node).
    """

    moved = Signal(list, str)
    renamed = Signal(object, str)
    menu_asked = Signal(QPoint)
    focus_asked = Signal(str)

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._is_filling = False
        self._shape: object = None  # of what the items are made
        self.places: dict[str, QTreeWidgetItem] = {}
        self.nodes: dict[str, QTreeWidgetItem] = {}
        self.figures: dict[str, QTreeWidgetItem] = {}  # below each location, while a run tells some
        self.setAccessibleName("Locations")
        self.setHeaderLabels(COLUMNS)
        for column, tip in enumerate(_TIPS):
            self.headerItem().setToolTip(column, tip)
            if column == 1:
                self.headerItem().setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setIndentation(12)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setItemDelegate(_NameOnly(self))
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(30)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        self.setColumnWidth(1, self.fontMetrics().horizontalAdvance("100 %") + 22)
        self.itemChanged.connect(self._edited)

    # -- the document

    def fill(self) -> None:
        """Make the items anew where the document has other locations or nodes, or they are elsewhere."""
        graph = self._workbench.graph
        places: dict[str, list[str]] = {str(place): [] for place in self._workbench.locations()}
        for spec in graph.nodes.values():
            places[str(spec.location)].append(spec.id)
        shape = [(place, [(id, graph.nodes[id].label) for id in ids]) for place, ids in places.items()]
        if shape == self._shape:
            self.show_selection()
            return
        self._shape = shape
        closed = {place for place, item in self.places.items() if not item.isExpanded()}
        self._is_filling = True
        self.blockSignals(True)  # what is taken away is not what somebody deselects
        self.clear()
        self.places, self.nodes, self.figures = {}, {}, {}
        for place, ids in places.items():
            item = self._place_item(Location.parse(place))
            self.figures[place] = self._figures_item(item)
            for id in ids:
                node = QTreeWidgetItem(item, [graph.nodes[id].label])
                node.setData(0, _ID, id)
                node.setData(0, _PLACE, place)
                node.setFlags(node.flags() & ~Qt.ItemFlag.ItemIsDropEnabled | Qt.ItemFlag.ItemIsDragEnabled)
                node.setToolTip(0, f"{graph.nodes[id].label} ({id})" if graph.nodes[id].label != id else id)
                self._align(node)
                self.nodes[id] = node
            item.setExpanded(place not in closed)
        self._add_new("New process", NEW_PROCESS, "Drop nodes here to run them in a process of their own")
        self._add_new("New thread", NEW_THREAD, "Drop nodes here to run them in a thread of the app")
        self.blockSignals(False)
        self._is_filling = False
        self.show_selection()

    def forget_shape(self) -> None:
        """Make all items anew the next time: colours are others."""
        self._shape = None

    def _place_item(self, place: Location) -> QTreeWidgetItem:
        item = QTreeWidgetItem(self, [place.label])
        item.setIcon(0, dot(theme.location_color(place), 16))
        item.setData(0, _PLACE, str(place))
        flags = item.flags() & ~Qt.ItemFlag.ItemIsDragEnabled | Qt.ItemFlag.ItemIsDropEnabled
        if place.is_main:
            item.setToolTip(0, "The app's own loop, with this window")
        else:
            flags |= Qt.ItemFlag.ItemIsEditable
            kind = "thread" if place.thread else "process"
            item.setToolTip(0, f"A {kind} (F2 gives it another name)")
        item.setFlags(flags)
        font = item.font(0)
        font.setBold(True)
        item.setFont(0, font)
        self._align(item)
        self.places[str(place)] = item
        return item

    @staticmethod
    def _figures_item(parent: QTreeWidgetItem) -> QTreeWidgetItem:
        item = QTreeWidgetItem(parent)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        item.setForeground(0, QBrush(theme.color("text_muted")))
        item.setToolTip(0, _FIGURES_TIP)
        item.setData(0, _PLACE, parent.data(0, _PLACE))
        item.setFirstColumnSpanned(True)
        item.setHidden(True)
        return item

    def _add_new(self, text: str, place: str, tip: str) -> None:
        item = QTreeWidgetItem(self, [text])
        item.setIcon(0, theme.icon("plus"))
        item.setForeground(0, QBrush(theme.color("text_muted")))
        item.setData(0, _PLACE, place)
        item.setToolTip(0, tip)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsDropEnabled)
        item.setFirstColumnSpanned(True)

    @staticmethod
    def _align(item: QTreeWidgetItem) -> None:
        item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    # -- the run

    def show_figures(self, statistics: Any) -> None:
        """Show the figures of a run; None shows none."""
        self._is_filling = True
        computers = statistics.computers if statistics is not None else {}
        for place, item in self.places.items():
            computer = computers.get(Location.parse(place).label)
            self._show(item, 1, percent(computer.cpu) if computer is not None else "")
            text = computer_text(computer)
            self._show(self.figures[place], 0, text)
            if self.figures[place].isHidden() is bool(text):
                self.figures[place].setHidden(not text)
        workers = statistics.nodes if statistics is not None else {}
        for id, item in self.nodes.items():
            self._show(item, 1, percent(workers[id].load) if id in workers else "")
        self._is_filling = False

    @staticmethod
    def _show(item: QTreeWidgetItem, column: int, text: str) -> None:
        if item.text(column) != text:
            item.setText(column, text)

    # -- the selection

    def show_selection(self) -> None:
        """Select the items of the selected nodes."""
        self.blockSignals(True)
        selected = set(self._workbench.selection)
        for id, item in self.nodes.items():
            if item.isSelected() != (id in selected):
                item.setSelected(id in selected)
        for place, item in self.places.items():
            if item.isSelected() and not selected.issuperset(self.nodes_at(place)):
                item.setSelected(False)
        self.blockSignals(False)

    def selected_nodes(self) -> list[str]:
        """The selected nodes, with all nodes of selected computers."""
        ids: list[str] = []
        for item in self.selectedItems():
            id = str(item.data(0, _ID) or "")
            ids += [id] if id else self.nodes_at(item.data(0, _PLACE))
        return list(dict.fromkeys(ids))

    def nodes_at(self, place: str) -> list[str]:
        """The nodes of a location."""
        return [id for id, item in self.nodes.items() if item.data(0, _PLACE) == place]

    def _edited(self, item: QTreeWidgetItem, column: int) -> None:
        if self._is_filling or column or item.data(0, _ID):
            return
        place = Location.parse(item.data(0, _PLACE))
        name = item.text(0)
        if name != place.label:
            self._is_filling = True
            item.setText(0, place.label)  # until the document says otherwise
            self._is_filling = False
            self.renamed.emit(place, name)

    # -- dragging

    def mimeTypes(self) -> list[str]:
        """Nodes of the document."""
        return [MIME]

    def mimeData(self, items: Iterable[QTreeWidgetItem]) -> QMimeData:
        """The ids of the nodes that are dragged."""
        data = QMimeData()
        ids = [item.data(0, _ID) for item in items if item.data(0, _ID)]
        data.setData(MIME, "\n".join(ids).encode())
        data.setText(", ".join(ids))
        return data

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Only nodes are taken."""
        if event.mimeData().hasFormat(MIME):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Only onto another computer, its nodes counting as it; that one is marked."""
        super().dragMoveEvent(event)
        if self._place_at(event.position().toPoint(), event.mimeData()):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        """Move the nodes."""
        place = self._place_at(event.position().toPoint(), event.mimeData())
        if not place:
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.CopyAction)  # the document moves them, not the view
        event.accept()
        self.setState(QAbstractItemView.State.NoState)
        self.moved.emit(_ids_in(event.mimeData()), "" if place == "main" else place)

    def _place_at(self, position: QPoint, data: QMimeData) -> str:
        """Where nodes dropped here would go, main as "main"; empty where they are already, or may not go."""
        item = self.itemAt(position)
        if item is None or not data.hasFormat(MIME):
            return ""
        place = str(item.data(0, _PLACE))
        nodes = self._workbench.graph.nodes
        if all(str(nodes[id].location) == place for id in _ids_in(data) if id in nodes):
            return ""
        return place or "main"

    # -- keys and menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of the selected nodes."""
        position = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard and self.currentItem() is not None:
            position = self.viewport().mapToGlobal(self.visualItemRect(self.currentItem()).center())
        self.menu_asked.emit(position)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter shows the node on the canvas."""
        item = self.currentItem()
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        id = item.data(0, _ID) if is_enter else ""  # Enter in an editor goes to that
        if id:
            self.focus_asked.emit(id)
            return
        super().keyPressEvent(event)


class _NameOnly(QStyledItemDelegate):
    """Lets the name be edited, and no figure."""

    def createEditor(
        self, parent: QWidget | None, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> Any:
        """An editor for the first column alone."""
        return super().createEditor(parent, option, index) if index.column() == 0 else None


def _ids_in(data: QMimeData) -> list[str]:
    return [id for id in bytes(data.data(MIME).data()).decode().split("\n") if id]


def computer_text(computer: Any) -> str:
    """What a run tells of a computer: `42 MB · 2.8 ms late · ready in 380 ms`; empty for none."""
    if computer is None:
        return ""
    parts = [memory_text(computer), f"{milliseconds_text(computer.lag_ms)} late"]
    if computer.startup_s:
        parts.append(f"ready in {milliseconds_text(computer.startup_s * 1e3)}")
    return " · ".join(part for part in parts if part)
