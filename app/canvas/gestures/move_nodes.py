"""Moving nodes by dragging one of them; without a drag it is a click on a part of the card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt

from app.canvas.gestures.gesture import Gesture, Press
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
            canvas.select([*kept, self._id], canvas.mirror.selected_wires if press.extends else ())
        self._starts: dict[str, QPointF] = {}

    def drag(self, position: QPoint) -> None:
        """Show the nodes where they would come to lie."""
        if not self._starts:
            self.cursor = Qt.CursorShape.SizeAllCursor
            nodes = self.canvas.mirror.nodes
            self._starts = {id: QPointF(nodes[id].pos()) for id in self.canvas.mirror.selected_cards()}
        way = self.scene_place(position) - self.scene_place(self.press.position)
        for id, start in self._starts.items():
            node = self.canvas.mirror.nodes.get(id)
            if node is not None:
                place = start + way
                node.setPos(round(place.x()), round(place.y()))

    def released(self, position: QPoint) -> None:
        """Tell the document where the nodes lie now, or take it as a click."""
        if not self.has_moved:
            self._click()
            return
        nodes = self.canvas.mirror.nodes
        self.canvas.workbench.move(
            {id: (nodes[id].pos().x(), nodes[id].pos().y()) for id in self._starts if id in nodes}
        )

    def cancel(self) -> None:
        """Put the nodes back."""
        self.canvas.mirror.update()

    def _click(self) -> None:
        if self.press.extends:
            if self._was_selected:
                left = [id for id in self.canvas.mirror.selected_cards() if id != self._id]
                self.canvas.select(left, self.canvas.mirror.selected_wires)
            return
        part = self.press.hit.part
        if part is not None and self.canvas.click_part(self._id, part):
            return
        self.canvas.select([self._id])
