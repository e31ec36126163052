"""The command palette itself: a line to type in over the window, and what fits below it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.canvas.overlay import Overlay
from app.commands.entry import Entry
from app.commands.learned import learned, remember_used
from app.commands.matching import best_first
from app.commands.row import MATCH, Row

_WIDTH = 680
_FROM_TOP = 64
_ROWS = 11
_MOST = 200  # rows; who needs more of them types another letter
_LIST_KEYS = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)


class CommandPopup(Overlay):
    """Typing filters, the arrow keys choose, Enter or a click does it, Escape closes. `told` says why something not."""

    told = Signal(str)

    def __init__(self, window: QWidget, entries: Sequence[Entry]) -> None:
        super().__init__(window, "command_popup")
        self._window = window
        self._entries = entries
        self._learned = learned()
        self._before = QApplication.focusWidget()
        self.setAccessibleName("Command palette")
        self.line = QLineEdit(placeholderText="Type a command, a node, a file…", clearButtonEnabled=True)
        self.line.setAccessibleName("Search commands, nodes and files")
        self.line.installEventFilter(self)
        self.line.textChanged.connect(self._fill)
        self.line.returnPressed.connect(self._take_current)
        self.list = QListWidget()
        self.list.setAccessibleName("Commands")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setItemDelegate(Row(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.itemClicked.connect(self._take)
        self.nothing = QLabel("Nothing is called so. Try fewer letters.")
        self.nothing.setProperty("muted", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        for widget in (self.line, self.list, self.nothing):
            layout.addWidget(widget)
        self.setFixedWidth(min(_WIDTH, window.width() - 24))
        self._fill("")
        self.closed.connect(self._give_back)

    def open(self) -> None:
        """Show it at the top of the window, in the middle."""
        parent = self.parentWidget()
        across = (parent.width() - self.width()) // 2 if parent is not None else 0
        self.open_at(QPoint(across, _FROM_TOP), self.line)

    def titles(self) -> list[str]:
        """What is offered now, in its order."""
        return [self.list.item(row).data(MATCH).entry.title for row in range(self.list.count())]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrow keys move in the list while the line keeps the keyboard."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _LIST_KEYS:
            self._step(Qt.Key(event.key()))
            return True
        return super().eventFilter(watched, event)

    def _fill(self, text: str) -> None:
        self.list.clear()
        for match in best_first(self._entries, text, self._learned)[:_MOST]:
            entry = match.entry
            item = QListWidgetItem(entry.title)
            item.setData(MATCH, match)
            what = entry.tip if entry.is_enabled else entry.why_not
            item.setToolTip(what)
            state = "" if entry.is_enabled else ", not now"
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{entry.title}, {entry.kind}{state}")
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, what)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        count = self.list.count()
        self.list.setVisible(count > 0)
        self.nothing.setVisible(count == 0)
        parent = self.parentWidget()
        room = (parent.height() if parent is not None else 600) - _FROM_TOP - 80
        row = self.list.sizeHintForRow(0) if count else 0
        most = max(1, min(_ROWS, room // max(1, row)))
        self.list.setFixedHeight(min(count, most) * row + 4)
        self.line.setAccessibleDescription(f"{count} found")
        self.adjustSize()

    def _step(self, key: Qt.Key) -> None:
        steps = dict(zip(_LIST_KEYS, (1, -1, _ROWS - 1, 1 - _ROWS), strict=True))
        row, last = self.list.currentRow() + steps[key], self.list.count() - 1
        if key in _LIST_KEYS[:2]:  # round and round
            row = 0 if row > last else last if row < 0 else row
        self.list.setCurrentRow(max(0, min(last, row)))

    def _take_current(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self._take(item)

    def _take(self, item: QListWidgetItem) -> None:
        """Close, give the keyboard back, then do it: what it does may depend on where the keyboard is."""
        entry: Entry = item.data(MATCH).entry
        if not entry.is_enabled:
            self.told.emit(f"{entry.title}: not now. {entry.why_not}".rstrip(". ") + ".")
            return
        remember_used(entry.id)
        self.close_overlay()
        QTimer.singleShot(0, self._window, entry.run)

    def _give_back(self) -> None:
        try:
            if self._before is not None and self._before.isVisible():
                self._before.setFocus(Qt.FocusReason.PopupFocusReason)
        except RuntimeError:  # a field of a form that is gone by now
            self._before = None
