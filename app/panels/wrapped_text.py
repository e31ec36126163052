"""`WrappedText`: rows of a tree as high as their text is in the width of the column."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QTreeWidget

_MOST_LINES = 4  # the rest of a text is in its tooltip or details
_PADDING = 30


class WrappedText(QStyledItemDelegate):
    """Gives a row the height its text takes in the width of the column; a tree alone gives one line."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """As many lines as the text needs, at most `_MOST_LINES`."""
        size = super().sizeHint(option, index)
        tree = self.parent()
        if not isinstance(tree, QTreeWidget):
            return size
        depth, parent = int(tree.rootIsDecorated()), index.parent()
        while parent.isValid():
            depth, parent = depth + 1, parent.parent()
        room = tree.columnWidth(index.column()) - tree.iconSize().width() - _PADDING - depth * tree.indentation()
        metrics = option.fontMetrics
        wrapped = metrics.boundingRect(0, 0, max(40, room), 10_000, Qt.TextFlag.TextWordWrap, str(index.data()))
        lines = min(_MOST_LINES, max(1, round(wrapped.height() / metrics.lineSpacing())))
        return QSize(size.width(), size.height() + (lines - 1) * metrics.lineSpacing())
