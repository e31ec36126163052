"""Find on the canvas: a slim bar in its upper right corner. What is found is marked, and one after the other shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton

from app import theme
from app.document.finding import Match, found, level_of

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_EDGE = 10
_WIDTH = 420


class FindBar(QFrame):
    """Typing finds at once; Enter and Shift+Enter go on and back, Escape closes and keeps what is selected."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._matches: list[Match] = []
        self._at = -1
        self.setObjectName("find_bar")
        self.line = QLineEdit(placeholderText="Find on the canvas")
        self.line.setAccessibleName("Find on the canvas")
        self.line.setMinimumWidth(150)
        self.line.textChanged.connect(self._search)
        self.line.installEventFilter(self)
        self.count = QLabel()
        self.count.setAccessibleName("Matches")
        self.count.setMinimumWidth(self.count.fontMetrics().horizontalAdvance("000 of 000"))
        self.where = QLabel()
        self.where.setProperty("muted", True)
        self.where.setTextFormat(Qt.TextFormat.PlainText)
        self.where.setAccessibleName("Where it was found")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 6, 6, 6)
        layout.setSpacing(6)
        layout.addWidget(self.line, 1)
        layout.addWidget(self.count)
        layout.addWidget(self.where, 1)
        self._buttons = [
            (self._button("Previous match (Shift+Enter)", lambda: self.step(-1)), "up"),
            (self._button("Next match (Enter)", lambda: self.step(1)), "down"),
            (self._button("Close (Esc)", self.close_bar), "close"),
        ]
        for button, _ in self._buttons:
            layout.addWidget(button)
        canvas.workbench.document_changed.connect(self._search_again)
        canvas.workbench.whereabouts.level_changed.connect(self._mark)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    # -- what the canvas and the actions ask for ------------------------------------------------------------------

    def open_bar(self) -> None:
        """Show it with the keyboard in it, and the text of the last time to be typed over."""
        self.place()
        self.show()
        self.raise_()
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()
        self._search_again()

    def close_bar(self) -> None:
        """Take it away, and give the keyboard to the canvas."""
        self.hide()
        self._mark()
        self._canvas.viewer.setFocus()

    def step(self, step: int) -> None:
        """Show the next match, or with -1 the one before; after the last comes the first."""
        if self._matches:
            self._at = (self._at + step) % len(self._matches) if self._at >= 0 else (0 if step > 0 else -1)
            self._at %= len(self._matches)
            self._show_current()

    def place(self) -> None:
        """Lie in the upper right corner, whatever the size of the canvas."""
        room = self._canvas.width() - 2 * _EDGE
        self.setFixedWidth(max(200, min(_WIDTH, room)))
        self.where.setVisible(room >= _WIDTH)
        self.adjustSize()
        self.move(self._canvas.width() - self.width() - _EDGE, _EDGE)

    @property
    def matches(self) -> list[Match]:
        """What is found now."""
        return list(self._matches)

    # -- inside ---------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter, Shift+Enter, the arrow keys and Escape while typing."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            is_back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            match event.key():
                case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                    self.step(-1 if is_back else 1)
                case Qt.Key.Key_Down:
                    self.step(1)
                case Qt.Key.Key_Up:
                    self.step(-1)
                case Qt.Key.Key_Escape:
                    self.close_bar()
                case _:
                    return False
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes from the buttons too."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        else:
            super().keyPressEvent(event)

    def _search(self, text: str) -> None:
        self._matches = found(self._canvas.workbench, text)
        self._at = -1
        if self._matches:
            here = set(self._canvas.mirror.selected_cards())
            ids = [match.id for match in self._matches]
            self._at = next((index for index, id in enumerate(ids) if id in here), 0)
            self._show_current()
        else:
            self._describe()
            self._mark()

    def _search_again(self) -> None:
        """After an edit: find anew, and stay at the match that was shown, without moving the view."""
        if self.isHidden():
            return
        current = self._matches[self._at].id if 0 <= self._at < len(self._matches) else ""
        self._matches = found(self._canvas.workbench, self.line.text())
        ids = [match.id for match in self._matches]
        self._at = ids.index(current) if current in ids else -1
        self._describe()
        self._mark()

    def _show_current(self) -> None:
        canvas, match = self._canvas, self._matches[self._at]
        canvas.workbench.whereabouts.enter(level_of(canvas.workbench, match))
        mark = canvas.mirror.marks.items.get(match.id)
        canvas.select([] if mark is not None else [match.id], (), [match.id])
        area = mark.scene_rect() if mark is not None else canvas.mirror.area([match.id])
        if not area.isEmpty() and not canvas.viewer.visible_area().contains(area):
            canvas.viewer.centerOn(area.center())
            canvas.viewer.view_moved.emit()
        self._describe()
        self._mark()

    def _describe(self) -> None:
        is_typed = bool(self.line.text().strip())
        if self._matches:
            count = f"{self._at + 1} of {len(self._matches)}" if self._at >= 0 else f"{len(self._matches)} found"
        else:
            count = "nothing found" if is_typed else ""
        self.count.setText(count)
        self.count.setStyleSheet("" if self._matches or not is_typed else f"color: {theme.tokens['warn']};")
        where = self._matches[self._at].where if self._matches and self._at >= 0 else ""
        width = max(40, self.width() - self.line.minimumWidth() - self.count.minimumWidth() - 130)
        self.where.setText(self.where.fontMetrics().elidedText(where, Qt.TextElideMode.ElideRight, width))
        self.where.setToolTip(where)
        self.setAccessibleDescription(f"{count}, {where}" if where else count)

    def _mark(self) -> None:
        """Mark the cards of what is found, while the bar is open."""
        ids = {match.id for match in self._matches} if not self.isHidden() else set()
        for id, item in self._canvas.mirror.nodes.items():
            item.is_found = id in ids

    def _button(self, text: str, do: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setToolTip(text)
        button.setAccessibleName(text.partition(" (")[0])
        button.setAutoRaise(True)
        button.setIconSize(QSize(14, 14))
        button.clicked.connect(lambda: do())
        return button

    def _restyle(self) -> None:
        self.setStyleSheet(
            f"QFrame#find_bar {{ background: {theme.tokens['panel']}; border: 1px solid"
            f" {theme.tokens['control_border']}; border-radius: 8px; }} QFrame#find_bar QToolButton {{ padding: 4px; }}"
        )
        for button, icon in self._buttons:
            button.setIcon(theme.icon(icon))
        self._describe()
