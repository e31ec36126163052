"""The small list at the mouse that offers what to do about a wire that was refused."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app import theme
from app.canvas.overlay import Overlay
from app.document.fixing import Fix

_WIDTH = 320
_ROW = 30
_MOST_ROWS = 6
_FIX = Qt.ItemDataRole.UserRole
_ICONS = {"port": "port", "replace": "swap", "feedback": "feedback", "convert": "convert"}


class FixPopup(Overlay):
    """The reason and the ways out. The arrow keys choose, Enter or a click does it, Escape drops the wire."""

    chosen = Signal(object)

    def __init__(self, canvas: QWidget, reason: str, fixes: Sequence[Fix]) -> None:
        super().__init__(canvas, "fix_popup")
        label = QLabel(f"✕ {reason}")
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setAccessibleName("Why this cannot be connected")
        label.setStyleSheet(f"color: {theme.tokens['bad']};")
        self.list = QListWidget()
        self.list.setAccessibleName(f"What to do instead: {reason}")
        self.list.setIconSize(QSize(16, 16))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setMouseTracking(True)
        self.list.itemEntered.connect(self.list.setCurrentItem)
        self.list.itemClicked.connect(self._take)
        self.list.itemActivated.connect(self._take)
        self.list.installEventFilter(self)
        for fix in fixes:
            item = QListWidgetItem(theme.icon(_ICONS[fix.kind], "accent"), fix.text)
            item.setData(_FIX, fix)
            item.setToolTip(fix.tip)
            item.setSizeHint(QSize(100, max(_ROW, round(self.list.fontMetrics().height() * 1.8))))
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        row = self.list.item(0).sizeHint().height()
        self.list.setFixedHeight(row * min(len(fixes), _MOST_ROWS) + 4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(9, 8, 9, 8)
        layout.setSpacing(6)
        layout.addWidget(label)
        layout.addWidget(self.list)
        width = min(_WIDTH, canvas.width() - 16)
        self.setFixedWidth(width)
        label.setFixedHeight(label.heightForWidth(width - 20))
        self._is_taken = False

    def texts(self) -> list[str]:
        """What is offered, in its order."""
        return [self.list.item(row).text() for row in range(self.list.count())]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter takes what is current, whatever the platform calls activation."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.list.currentItem() is not None:
            self._take(self.list.currentItem())
        else:
            super().keyPressEvent(event)

    def _take(self, item: QListWidgetItem) -> None:
        if self._is_taken:
            return
        self._is_taken = True
        fix: Fix = item.data(_FIX)
        self.close_overlay()
        self.chosen.emit(fix)
