"""Search to add: a line to type in and the node types that match, at the mouse."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.canvas.choices import Choice, filtered
from app.canvas.overlay import Overlay

WIDTH = 330
_HEIGHT = 340
_CHOICE = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex
_LIST_KEYS = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)


class SearchPopup(Overlay):
    """Typing filters, the arrow keys choose, Enter or a click takes; `chosen` carries the type path."""

    chosen = Signal(str)

    def __init__(self, canvas: QWidget, choices: Sequence[Choice], title: str) -> None:
        super().__init__(canvas, "search_popup")
        self._choices = choices
        self.line = QLineEdit()
        self.line.setPlaceholderText(title)
        self.line.setAccessibleName(title)
        self.line.installEventFilter(self)
        self.line.textChanged.connect(self._fill)
        self.line.returnPressed.connect(self._take_current)
        self.list = QListWidget()
        self.list.setAccessibleName(title)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setItemDelegate(_ChoiceDelegate(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._take)
        self.nothing = QLabel("Nothing matches.")
        self.nothing.setProperty("muted", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(7, 7, 7, 7)
        layout.setSpacing(6)
        for widget in (self.line, self.list, self.nothing):
            layout.addWidget(widget)
        self.setFixedWidth(min(WIDTH, canvas.width() - 16))
        self._tallest = min(_HEIGHT, canvas.height() - 16) - self.line.sizeHint().height() - 22
        self._fill("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrow keys move in the list while the line keeps the keyboard."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in _LIST_KEYS:
            self._step(event.key())
            return True
        return super().eventFilter(watched, event)

    def titles(self) -> list[str]:
        """The titles that are offered now, in their order."""
        return [self.list.item(row).data(_CHOICE).title for row in range(self.list.count())]

    def _fill(self, text: str) -> None:
        self.list.clear()
        for choice in filtered(self._choices, text):
            item = QListWidgetItem(choice.title)
            item.setData(_CHOICE, choice)
            item.setToolTip(choice.doc)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.setVisible(self.list.count() > 0)
        self.nothing.setVisible(self.list.count() == 0)
        rows = self.list.count() * self.list.sizeHintForRow(0) + 4
        self.list.setFixedHeight(max(_ChoiceDelegate.ROW, min(rows, self._tallest)))
        self.adjustSize()

    def _step(self, key: int) -> None:
        page = max(1, self.list.viewport().height() // _ChoiceDelegate.ROW)
        steps = dict(zip(_LIST_KEYS, (1, -1, page, -page), strict=True))
        row = self.list.currentRow() + steps[Qt.Key(key)]
        self.list.setCurrentRow(max(0, min(self.list.count() - 1, row)))

    def _take_current(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self._take(item)

    def _take(self, item: QListWidgetItem) -> None:
        choice: Choice = item.data(_CHOICE)
        self.close_overlay()
        self.chosen.emit(choice.type_path)


class _ChoiceDelegate(QStyledItemDelegate):
    """Title and category on one line, the help below it."""

    ROW = 40

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Two lines of text."""
        return QSize(120, max(self.ROW, round(option.fontMetrics.height() * 2.5)))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the row, plain text only."""
        choice: Choice = index.data(_CHOICE)
        area: QRect = option.rect
        is_current = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if is_current:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("selection"))
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 5, 5)
        text = theme.color("selection_text" if is_current else "text")
        muted = theme.color("selection_text" if is_current else "text_muted")
        font: QFont = QFont(option.font)
        half = area.height() // 2
        top = QRect(area.left() + 9, area.top() + 3, area.width() - 18, half - 2)
        bottom = QRect(top.left(), area.top() + half, top.width(), half - 3)
        bold = QFont(font)
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(muted if is_current or not choice.note else theme.color("accent"))
        painter.drawText(
            top, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, choice.note or choice.category
        )
        painter.setPen(muted)
        small = QFont(font)
        small.setPointSizeF(max(7.0, font.pointSizeF() * 0.88))
        painter.setFont(small)
        doc = painter.fontMetrics().elidedText(choice.doc, Qt.TextElideMode.ElideRight, bottom.width())
        painter.drawText(bottom, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, doc)
        painter.setFont(bold)
        painter.setPen(text)
        painter.drawText(top, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, choice.title)
        painter.restore()
