"""A table of figures that are told ten times a second: text is made for the rows that are seen, and no others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QIcon, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app import theme

Index = QModelIndex | QPersistentModelIndex
_BUSY = 0.75
_BAR = 4


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        title: above it.
        tip: what it means.
        text: of an entry.
        value: by which it is sorted; texts from A to Z, figures from the largest on.
        share: 0 to 1, where it is drawn as a bar too.
    """

    title: str
    tip: str
    text: Callable[[Any], str]
    value: Callable[[Any], Any]
    share: Callable[[Any], float] | None = None


class FigureModel(QAbstractTableModel):
    """Entries as rows; the first column has their icon. Each entry has an `id`."""

    def __init__(self, columns: Sequence[Column], icon: Callable[[Any], QIcon]) -> None:
        super().__init__()
        self.columns = columns
        self.entries: list[Any] = []
        self.sorted_by = 0
        self._icon = icon

    def show_entries(self, entries: Sequence[Any], *, in_order: bool) -> None:
        """Show these; `in_order` sorts them anew, else those that were there keep their places."""
        column = self.columns[self.sorted_by]
        before = [entry.id for entry in self.entries]
        by_id = {entry.id: entry for entry in entries}
        if in_order or by_id.keys() != set(before):
            values = {entry.id: column.value(entry) for entry in entries}
            is_text = any(isinstance(value, str) for value in values.values())
            ids = sorted(by_id, key=lambda id: values[id], reverse=not is_text)
        else:
            ids = before
        if ids == before:
            self.entries = [by_id[id] for id in ids]
            if ids:
                self.dataChanged.emit(self.index(0, 0), self.index(len(ids) - 1, len(self.columns) - 1), [])
        elif set(ids) == set(before):
            self._move(ids, by_id)
        else:
            self.beginResetModel()
            self.entries = [by_id[id] for id in ids]
            self.endResetModel()

    def _move(self, ids: list[str], by_id: dict[str, Any]) -> None:
        """The same entries in another order: what is selected goes along."""
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        rows = {id: row for row, id in enumerate(ids)}
        new = [self.index(rows[self.entries[index.row()].id], index.column()) for index in old]
        self.entries = [by_id[id] for id in ids]
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        """How many entries."""
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        """How many columns."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, share, icon or alignment of a cell."""
        entry, column = self.entries[index.row()], self.columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(entry)
        if role == Qt.ItemDataRole.UserRole:
            return column.share(entry) if column.share is not None else None
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return self._icon(entry)
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column():
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{column.title} {column.text(entry)}"
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Title and meaning of a column."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole and section == 0:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return self.columns[section].tip if role == Qt.ItemDataRole.ToolTipRole else None


class FigureTable(QTableView):
    """Shows a `FigureModel`: whole rows, sorted by a click on a title."""

    def __init__(self, model: FigureModel, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setIconSize(QSize(16, 16))
        self.setCornerButtonEnabled(False)
        self.setItemDelegate(_ShareBar(self))
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 12)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.setMinimumSectionSize(36)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        width = self.fontMetrics().horizontalAdvance
        for column in range(1, len(model.columns)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            self.setColumnWidth(column, max(width(model.columns[column].title), width("000 ms")) + 20)

    def selected_ids(self) -> list[str]:
        """The ids of the selected rows."""
        model = self.model()
        assert isinstance(model, FigureModel)
        return [model.entries[index.row()].id for index in self.selectionModel().selectedRows()]


class _ShareBar(QStyledItemDelegate):
    """Draws a share as a bar below its text."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The cell, then its bar."""
        super().paint(painter, option, index)
        share = index.data(Qt.ItemDataRole.UserRole)
        if share is None:
            return
        cell: QRect = option.rect
        whole = QRect(cell.left() + 6, cell.bottom() - _BAR, cell.width() - 12, _BAR - 1)
        painter.fillRect(whole, theme.color("control_pressed"))
        part = QRect(whole.left(), whole.top(), round(whole.width() * min(1.0, share)), whole.height())
        painter.fillRect(part, theme.color("warn" if share >= _BUSY else "good"))
