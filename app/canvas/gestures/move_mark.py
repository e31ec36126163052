"""Moving a frame or a comment: a frame takes along what lies in it. Without a drag it is a click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt

from app.canvas import grid
from app.canvas.gestures.gesture import Gesture, Press
from app.canvas.gestures.moving import Moving
from app.canvas.mark_item import MarkItem

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class MoveMark(Gesture):
    """All that is selected moves with the mark that is dragged, as one undo step."""

    def __init__(self, canvas: CanvasView, press: Press, item: MarkItem) -> None:
        super().__init__(canvas, press)
        self._id = item.mark_id
        self._moving: Moving | None = None
        here = canvas.workbench.whereabouts
        self._was_selected = self._id in here.marks
        if not self._was_selected:
            kept = here.marks if press.extends else ()
            canvas.select(canvas.mirror.selected_cards() if press.extends else (), (), [*kept, self._id])

    def drag(self, position: QPoint) -> None:
        """Show everything where it would come to lie."""
        if self._moving is None:
            self.cursor = Qt.CursorShape.SizeAllCursor
            self._moving = Moving(self.canvas)
        back = "puts it back" if self._moving.count == 1 else "puts them back"
        self.hint = f"Moving {self._moving.words} · Esc {back}"
        way, start = self.scene_place(position) - self.scene_place(self.press.position), self._moving.start_of(self._id)
        self._moving.by(grid.current().snapped(start + way) - start)

    def released(self, position: QPoint) -> None:
        """Tell the document, or take it as a click."""
        if self._moving is not None:
            self.canvas.workbench.move(self._moving.places())
        elif not self.press.extends:
            self.canvas.select((), (), [self._id])
        elif self._was_selected:
            left = [id for id in self.canvas.workbench.whereabouts.marks if id != self._id]
            self.canvas.select(self.canvas.mirror.selected_cards(), (), left)

    def cancel(self) -> None:
        """Put everything back."""
        self.canvas.mirror.put_back()
