"""Writing a comment in place: its Markdown as plain text, over the sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from app import theme
from app.canvas.card_layout import card_font
from app.canvas.comment_item import CommentItem
from app.document import group_edits

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_SMALLEST_PX = 12
_LEAST = (240, 150)
_HINT = "Markdown: # heading, **bold**, *italic*, - list, `code`.  Ctrl+Enter: done, Esc: as it was"


class CommentEditor(QPlainTextEdit):
    """Ctrl+Enter or a click elsewhere takes the text, Escape leaves it as it was; it closes when the view moves."""

    def __init__(self, canvas: CanvasView, item: CommentItem) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._item = item
        self._id = item.mark_id
        self._before = item.comment.text
        self._is_open = True
        self.setObjectName("comment_editor")
        self.setAccessibleName("Text of the comment, in Markdown")
        self.setPlaceholderText(_HINT)
        self.setToolTip(_HINT)
        self.setTabChangesFocus(False)
        self.setPlainText(self._before)
        self._cover()
        if self._before == group_edits.FIRST_TEXT:
            self.selectAll()
        else:
            self.moveCursor(QTextCursor.MoveOperation.End)
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        canvas.viewer.view_moved.connect(self.commit)

    def _cover(self) -> None:
        viewer = self._canvas.viewer
        font = card_font(max(_SMALLEST_PX, round(13 * viewer.zoom)))
        self.setFont(font)
        self.setStyleSheet(
            f"QPlainTextEdit#comment_editor {{ font-size: {font.pixelSize()}px; padding: 6px;"
            f" border: 2px solid {theme.tokens['accent']}; border-radius: 8px;"
            f" background: {theme.tokens['field']}; color: {theme.tokens['text']}; }}"
        )
        area: QRect = viewer.mapFromScene(self._item.scene_rect()).boundingRect()
        area.setWidth(max(_LEAST[0], area.width()))
        area.setHeight(max(_LEAST[1], area.height()))
        area.moveLeft(max(0, min(area.left(), self._canvas.width() - area.width())))
        area.moveTop(max(0, min(area.top(), self._canvas.height() - area.height())))
        self.setGeometry(area)

    def commit(self) -> None:
        """Take the text and close; a comment grows where it has to, and one without a text goes."""
        if not self._is_open:
            return
        text = self.toPlainText().strip("\n")
        self._close()
        if text != self._before and self._id in self._canvas.mirror.marks.items:
            group_edits.rewrite(self._canvas.workbench, self._id, text, self._item.height_for(text))

    def _close(self) -> None:
        self._is_open = False
        self._canvas.viewer.view_moved.disconnect(self.commit)
        had_focus = self.hasFocus()
        self.hide()
        if had_focus:
            self._canvas.viewer.setFocus()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter takes the text, Escape does not."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.commit()
        elif event.key() == Qt.Key.Key_Escape:
            self._close()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A click elsewhere takes the text."""
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.commit()
