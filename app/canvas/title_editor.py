"""Renaming a node or a group in place: a line over the title of its card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from app import theme
from app.canvas.card_layout import card_font
from app.canvas.frame_item import FrameItem
from app.document.group_edits import names_of, rename
from engine import GraphError

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_SMALLEST_PX = 11


class TitleEditor(QLineEdit):
    """Enter or a click elsewhere renames, Escape leaves the name; the view may not move under it, so it closes then."""

    def __init__(self, canvas: CanvasView, node_id: str) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._id = node_id
        self._is_open = True
        name, without_name = names_of(canvas.workbench, node_id)
        self.setObjectName("title_editor")
        self.setAccessibleName(f"Name of {name or without_name}")
        self.setText(name)
        self.setPlaceholderText(without_name)
        self._cover_title()
        self.selectAll()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _cover_title(self) -> None:
        node, viewer = self._canvas.mirror.nodes.get(self._id), self._canvas.viewer
        font = card_font(max(_SMALLEST_PX, round(13 * viewer.zoom)), bold=True)
        self.setFont(font)
        self.setStyleSheet(
            f"QLineEdit#title_editor {{ font-size: {font.pixelSize()}px; font-weight: 600; min-height: 0;"
            f" padding: 0 3px; border: 1px solid {theme.tokens['accent']}; border-radius: 4px;"
            f" background: {theme.tokens['field']}; color: {theme.tokens['text']}; }}"
        )
        if node is not None:
            title, room = (
                node.mapRectToScene(node.layout.title),
                node.layout.size.width() - node.layout.title.left() - 6,
            )
        else:
            frame = self._canvas.mirror.marks.items[self._id]
            assert isinstance(frame, FrameItem)
            title = frame.mapRectToScene(frame.title_rect())
            room = min(260.0, title.width())
        corner = viewer.mapFromScene(title.topLeft())
        width = max(110, round(room * viewer.zoom))
        height = max(22, round((title.height() - 6) * viewer.zoom))
        self.setGeometry(corner.x() - 4, corner.y() + round(3 * viewer.zoom), width, height)

    def commit(self) -> None:
        """Rename and close."""
        if self._is_open:
            name = self.text().strip()
            self._close()
            try:
                before, without_name = names_of(self._canvas.workbench, self._id)
            except GraphError:
                return  # it is gone
            if name != before:
                rename(self._canvas.workbench, self._id, "" if name == without_name else name)

    def _close(self) -> None:
        self._is_open = False
        had_focus = self.hasFocus()
        self.hide()
        if had_focus:
            self._canvas.viewer.setFocus()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter takes the name, Escape does not."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.commit()
        elif event.key() == Qt.Key.Key_Escape:
            self._close()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A click elsewhere takes the name."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.commit()
