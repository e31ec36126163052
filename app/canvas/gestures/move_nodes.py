"""Moving nodes by dragging one of them, one alone also into a wire; without a drag it is a click on a part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication

from app.canvas import grid
from app.canvas.gestures.gesture import Gesture, Press
from app.canvas.node_item import NodeItem
from app.canvas.wire_below import WireBelow
from app.document.inserting import insert_existing

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class MoveNodes(Gesture):
    """All selected nodes move with the one that is dragged, onto whole units or the grid, as one undo step.

    A single node without wires is put into the wire on which it is dropped, unless Alt is held.
    """

    def __init__(self, canvas: CanvasView, press: Press, node: NodeItem) -> None:
        super().__init__(canvas, press)
        self._id = node.card.id
        self._was_selected = self._id in canvas.mirror.selected_cards()
        if not self._was_selected:
            kept = canvas.mirror.selected_cards() if press.extends else []
            canvas.select([*kept, self._id], canvas.mirror.selected_wires if press.extends else ())
        self._starts: dict[str, QPointF] = {}
        self._below: WireBelow | None = None

    def drag(self, position: QPoint) -> None:
        """Show the nodes where they would come to lie."""
        if not self._starts:
            self.cursor = Qt.CursorShape.SizeAllCursor
            nodes = self.canvas.mirror.nodes
            cards = self.canvas.mirror.selected_cards()
            self._starts = {id: QPointF(nodes[id].pos()) for id in cards if id in nodes}
            graph = self.canvas.workbench.graph
            if set(self._starts) == {self._id} and self._id in graph.nodes and not graph.wires_of(self._id):
                self._below = WireBelow(self.canvas, self._id)
        way = self.scene_place(position) - self.scene_place(self.press.position)
        own = self._starts.get(self._id, QPointF())
        way = grid.current().snapped(own + way) - own  # all as far as the one in the hand
        for id, start in self._starts.items():
            node = self.canvas.mirror.nodes.get(id)
            if node is not None:
                place = start + way
                node.setPos(round(place.x()), round(place.y()))
        self._look_below()

    def released(self, position: QPoint) -> None:
        """Tell the document where the nodes lie now, or take it as a click."""
        if not self.has_moved:
            self._click()
            return
        nodes = self.canvas.mirror.nodes
        places = {id: (nodes[id].pos().x(), nodes[id].pos().y()) for id in self._starts if id in nodes}
        self._look_below()
        wire = self._below.wire if self._below is not None else None
        if self._below is not None and wire is not None:
            self._below.forget()
            insert_existing(self.canvas.workbench, self._id, wire.key, places)
        else:
            self.canvas.workbench.move(places)

    def cancel(self) -> None:
        """Put the nodes back."""
        if self._below is not None:
            self._below.forget()
        self.canvas.mirror.update()

    def _look_below(self) -> None:
        """Mark the wire that the node would be put into, and say what letting go does."""
        count = len(self._starts)
        self.hint = f"Moving {self.canvas.mirror.nodes[self._id].card.label if count == 1 else f'{count} nodes'}"
        if self._below is None:
            self.hint += " · Esc puts it back" if count == 1 else " · Esc puts them back"
        elif QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.AltModifier:
            self._below.forget()
            self.hint += " · Alt: not into a wire · Esc puts it back"
        else:
            self._below.look()
            wire = self._below.wire
            into = (
                f"let go to insert it into {wire.key}, with Alt not" if wire is not None else "onto a wire to insert it"
            )
            self.hint += f" · {into} · Esc puts it back"

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
