"""The gallery: the examples as cards with a picture each. Enter or a double click opens one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.examples.example import Example
from app.page import Page

_EXAMPLE = Qt.ItemDataRole.UserRole
_PICTURE = QSize(320, 150)
_EDGE = 12
_GAP = 14
_BETWEEN = 4  # two texts
_WRAP = Qt.TextFlag.TextWordWrap


class Gallery(Page):
    """All examples. `chosen` carries the file of the one to open."""

    chosen = Signal(Path)

    def __init__(self, window: QWidget, all_examples: Sequence[Example]) -> None:
        super().__init__(window, "gallery", "Examples", QSize(2 * (_PICTURE.width() + _GAP) + 52, 660))
        heading = QLabel("Each opens stopped: press Start, then change what you like. The examples themselves stay.")
        heading.setProperty("muted", True)
        heading.setWordWrap(True)
        self.list = _Cards()
        for example in all_examples:
            item = QListWidgetItem(example.title)
            item.setData(_EXAMPLE, example)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{example.title}. {example.text}")
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, example.shows)
            item.setToolTip(str(example.path))
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.itemActivated.connect(self._take)
        self.open_button = QPushButton("Open")
        self.open_button.setDefault(True)
        self.open_button.clicked.connect(lambda: self._take(self.list.currentItem()))
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.open_button)
        row.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(10)
        layout.addWidget(heading)
        layout.addWidget(self.list, 1)
        layout.addLayout(row)
        self.list.setFocus()

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            example: Example = item.data(_EXAMPLE)
            self.close()
            self.chosen.emit(example.path)


class _Cards(QListWidget):
    """Cards side by side, as many as there is room for."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Examples")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSpacing(_GAP // 2)
        self.setItemDelegate(_Card(self))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens on every platform; the arrow keys go from card to card."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentItem() is not None:
            self.itemActivated.emit(self.currentItem())
        else:
            super().keyPressEvent(event)


class _Card(QStyledItemDelegate):
    """The picture, the title, what it is, and what it shows."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """A picture with room below for the longest text, so that the cards are alike."""
        model = index.model()
        shown: list[Example] = [model.index(row, 0).data(_EXAMPLE) for row in range(model.rowCount())]
        return _PICTURE + QSize(0, max(_text_height(option.font, example) for example in shown) + 2 * _EDGE)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the card."""
        example: Example = index.data(_EXAMPLE)
        is_current = bool(option.state & QStyle.StateFlag.State_Selected)
        area: QRect = option.rect.adjusted(1, 1, -1, -1)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(area), 8, 8)
        painter.fillPath(shape, theme.color("card"))
        picture = QRect(area.topLeft(), QSize(area.width(), _PICTURE.height()))
        painter.setClipPath(shape)
        painter.fillRect(picture, theme.color("canvas"))
        _draw_picture(painter, picture, example.picture(theme.tokens.theme))
        painter.setClipping(False)
        painter.setPen(QPen(theme.color("accent" if is_current else "control_border"), 2.0 if is_current else 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(shape)
        _draw_text(painter, option.font, area.adjusted(_EDGE, picture.height() + _EDGE - 2, -_EDGE, -4), example)
        painter.restore()


def _draw_picture(painter: QPainter, area: QRect, file: Path) -> None:
    pixmap = QPixmap(str(file))
    if pixmap.isNull():
        theme.icon("node", "text_muted").paint(painter, QRect(area.center() - QPoint(24, 24), QSize(48, 48)))
        return
    painter.drawPixmap(area, pixmap.scaled(area.size() * 2, _FILL, Qt.TransformationMode.SmoothTransformation))


_FILL = Qt.AspectRatioMode.KeepAspectRatioByExpanding


def _texts(font: QFont, example: Example) -> tuple[tuple[str, QFont, str], ...]:
    """What is written on a card, in which font and ink."""
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    return (example.title, bold, "text"), (example.text, font, "text"), (example.shows, font, "text_muted")


def _text_height(font: QFont, example: Example) -> int:
    room = QRect(0, 0, _PICTURE.width() - 2 * _EDGE - 2, 1000)
    heights = (QFontMetrics(face).boundingRect(room, _WRAP, text).height() for text, face, _ in _texts(font, example))
    return sum(height + _BETWEEN for height in heights)


def _draw_text(painter: QPainter, font: QFont, area: QRect, example: Example) -> None:
    for text, face, ink in _texts(font, example):
        painter.setFont(face)
        painter.setPen(theme.color(ink))
        used = painter.boundingRect(area, _WRAP, text)
        painter.drawText(area, _WRAP, text)
        area.setTop(used.bottom() + _BETWEEN)
