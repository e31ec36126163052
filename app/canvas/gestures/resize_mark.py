"""Resizing a frame or a comment by an edge or a corner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint

from app.canvas.gestures.gesture import Gesture, Press
from app.canvas.mark_item import CURSORS, Edge, MarkItem, resized_rect
from app.document import group_edits

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class ResizeMark(Gesture):
    """The taken edges follow the mouse, the others stay. Without a drag it is a click: the mark is selected."""

    def __init__(self, canvas: CanvasView, press: Press, item: MarkItem, edges: Edge) -> None:
        super().__init__(canvas, press)
        self._item = item
        self._edges = edges
        self._start = item.scene_rect()
        self.cursor = CURSORS.get(edges)

    def drag(self, position: QPoint) -> None:
        """Show it in the size that it would have."""
        way = self.scene_place(position) - self.scene_place(self.press.position)
        rect = resized_rect(self._start, self._edges, way)
        self._item.set_rect(rect.getRect())
        self.hint = f"Resizing {self._item.label} · {rect.width():.0f} × {rect.height():.0f} · Esc puts it back"

    def released(self, position: QPoint) -> None:
        """Tell the document."""
        kept = self.canvas.workbench.whereabouts.marks if self.press.extends else ()
        cards = self.canvas.mirror.selected_cards() if self.press.extends else ()
        self.canvas.select(cards, (), [*kept, self._item.mark_id])
        if self.has_moved:
            group_edits.resize(self.canvas.workbench, self._item.mark_id, self._item.scene_rect().getRect())

    def cancel(self) -> None:
        """Give it its size back."""
        self.canvas.mirror.put_back()
