"""Moving nodes by dragging one of them; without a drag it is a click on a part of the card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt

from app.canvas.gestures.gesture import Gesture, Press
from app.canvas.gestures.moving import Moving
from app.canvas.node_item import NodeItem

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class MoveNodes(Gesture):
    """All selected nodes move with the one that is dragged, onto whole units, as one undo step."""

    def __init__(self, canvas: CanvasView, press: Press, node: NodeItem) -> None:
        super().__init__(canvas, press)
        self._id = node.card.id
        self._was_selected = self._id in canvas.mirror.selected_cards()
        if not self._was_selected:
            kept = canvas.mirror.selected_cards() if press.extends else []
            wires, marks = canvas.mirror.selected_wires, canvas.workbench.whereabouts.marks
            canvas.select([*kept, self._id], wires if press.extends else (), marks if press.extends else ())
        self._moving: Moving | None = None

    def drag(self, position: QPoint) -> None:
        """Show the nodes where they would come to lie."""
        if self._moving is None:
            self.cursor = Qt.CursorShape.SizeAllCursor
            self._moving = Moving(self.canvas)
        self._moving.by(self.scene_place(position) - self.scene_place(self.press.position))

    def released(self, position: QPoint) -> None:
        """Tell the document where the nodes lie now, or take it as a click."""
        if self._moving is None:
            self._click()
            return
        self.canvas.workbench.move(self._moving.places())

    def cancel(self) -> None:
        """Put the nodes back."""
        self.canvas.mirror.put_back()

    def _click(self) -> None:
        if self.press.extends:
            if self._was_selected:
                left = [id for id in self.canvas.mirror.selected_cards() if id != self._id]
                marks = self.canvas.workbench.whereabouts.marks
                self.canvas.select(left, self.canvas.mirror.selected_wires, marks)
            return
        part = self.press.hit.part
        if part is not None and self.canvas.click_part(self._id, part):
            return
        self.canvas.select([self._id])
