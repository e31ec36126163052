"""`TracebackView`: the details of a problem; lines of a traceback that name a file open it there, by click or Enter."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFontDatabase, QKeyEvent, QMouseEvent, QTextBlock, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from app import RESOURCES, theme

_PLACE = re.compile(r'^\s*File "(?P<file>[^"<>]+)", line (?P<line>\d+)')


class TracebackView(QPlainTextEdit):
    """Text that can be read and copied. `opened` carries the file and the line of a place that was chosen."""

    opened = Signal(object, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.textChanged.connect(self._mark_places)
        theme.changed.connect(self._mark_places)

    def place_at(self, position: QPoint) -> tuple[Path, int] | None:
        """The file and line that the text at a position of the view names."""
        cursor = self.cursorForPosition(position)
        box = self.cursorRect(cursor)
        return _place_in(cursor.block()) if box.top() <= position.y() <= box.bottom() else None

    def innermost(self) -> tuple[Path, int] | None:
        """The last place named: where it went wrong."""
        block, found = self.document().begin(), None
        while block.isValid():
            found = _place_in(block) or found
            block = block.next()
        return found

    def _mark_places(self) -> None:
        marks = []
        block = self.document().begin()
        while block.isValid():
            if _place_in(block) is not None:
                mark = QTextEdit.ExtraSelection()
                start = len(block.text()) - len(block.text().lstrip())
                cursor = QTextCursor(block)
                cursor.setPosition(block.position() + start)
                cursor.setPosition(block.position() + len(block.text()), QTextCursor.MoveMode.KeepAnchor)
                mark.cursor = cursor
                mark.format.setForeground(theme.color("accent"))
                mark.format.setFontUnderline(True)
                marks.append(mark)
            block = block.next()
        self.setExtraSelections(marks)
        self.setToolTip("Click a file, or press Enter on its line, to open it there" if marks else "")

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A hand where there is something to open."""
        super().mouseMoveEvent(event)
        on_place = self.place_at(event.position().toPoint()) is not None
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if on_place else Qt.CursorShape.IBeamCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on a place opens it; a drag selects text."""
        super().mouseReleaseEvent(event)
        place = self.place_at(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and place is not None and not self.textCursor().hasSelection():
            self.opened.emit(*place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the place of the line that the cursor is in, else where it went wrong."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            place = _place_in(self.textCursor().block()) or self.innermost()
            if place is not None:
                self.opened.emit(*place)
            return
        super().keyPressEvent(event)


def _place_in(block: QTextBlock) -> tuple[Path, int] | None:
    found = _PLACE.match(block.text())
    if found is None:
        return None
    file = Path(found["file"])
    return (file if file.is_absolute() else RESOURCES.parent / file), int(found["line"])
