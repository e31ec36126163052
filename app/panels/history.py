"""The history panel: every edit as a named step; a click or the arrow keys go to the state after it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPalette
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QUndoView, QVBoxLayout, QWidget

from app import theme
from app.workbench import Workbench

_SAVED = "saved"
_MARGIN = 8


class HistoryPanel(QWidget):
    """The one undo stack as a list, the oldest first. What was undone is dimmed; what the file holds is marked."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self.view = _View(workbench)
        self.view.setAccessibleName("History")
        self.view.setUniformItemSizes(True)
        self.view.setItemDelegate(_StepDelegate(workbench, self.view))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.view)
        self.setFocusProxy(self.view)
        stack = workbench.undo_stack
        stack.indexChanged.connect(self._describe)
        stack.cleanChanged.connect(self._describe)
        workbench.path_changed.connect(self._name_beginning)
        self._name_beginning()
        self._describe()

    def _name_beginning(self) -> None:
        path = self._workbench.path
        self.view.setEmptyLabel(f"Opened {path.name}" if path is not None else "New graph")

    def _describe(self) -> None:
        """Say what the list shows by shades and marks."""
        stack = self._workbench.undo_stack
        saved = f"; the file holds the state after step {stack.cleanIndex()}" if stack.cleanIndex() >= 0 else ""
        self.view.setAccessibleDescription(f"{stack.count()} steps, {stack.index()} of them done{saved}")
        self.view.viewport().update()  # the marks of other rows move too


class _View(QUndoView):
    """Goes to a state in one jump, however many steps lie between."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench.undo_stack)
        self._workbench = workbench

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the state that was clicked."""
        with self._workbench.one_jump():
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go through the states with the button held."""
        with self._workbench.one_jump():
            super().mouseMoveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home, End and the page keys go through the states."""
        with self._workbench.one_jump():
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Take the keyboard; the state stays what it is."""
        with self._workbench.one_jump():
            super().focusInEvent(event)


class _StepDelegate(QStyledItemDelegate):
    """Dims what was undone, and writes "saved" beside the state that the file holds."""

    def __init__(self, workbench: Workbench, parent: QWidget) -> None:
        super().__init__(parent)
        self._stack = workbench.undo_stack

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """The text of undone steps is dim; room for the mark is left."""
        super().initStyleOption(option, index)
        if index.row() > self._stack.index():
            option.palette.setColor(QPalette.ColorRole.Text, theme.color("text_muted"))
            option.font.setItalic(True)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The step, and the mark at its right end."""
        super().paint(painter, option, index)
        if index.row() == self._stack.cleanIndex():
            painter.save()
            is_current = index.row() == self._stack.index()
            painter.setPen(theme.color("selection_text" if is_current else "text_muted"))
            room: QRect = option.rect.adjusted(_MARGIN, 0, -_MARGIN, 0)
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, _SAVED)
            painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """A comfortable row."""
        size = super().sizeHint(option, index)
        return QSize(size.width(), max(size.height(), 26))
