"""Moving nodes by dragging one of them, one alone also into a wire; without a drag it is a click on a part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication

from app.canvas import grid
from app.canvas.gestures.gesture import Gesture, Press
from app.canvas.gestures.moving import Moving
from app.canvas.group_below import GroupBelow
from app.canvas.node_item import NodeItem
from app.canvas.wire_below import WireBelow
from app.document.group_edits import move_into_group
from app.document.inserting import insert_existing

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class MoveNodes(Gesture):
    """All selected nodes move with the one that is dragged, onto whole units or the grid, as one undo step.

    They go into the group on whose card they are dropped, and a single node without wires into the wire below it,
    unless Alt is held.
    """

    def __init__(self, canvas: CanvasView, press: Press, node: NodeItem) -> None:
        super().__init__(canvas, press)
        self._id = node.card.id
        self._was_selected = self._id in canvas.mirror.selected_cards()
        if not self._was_selected:
            kept = canvas.mirror.selected_cards() if press.extends else []
            wires, marks = canvas.mirror.selected_wires, canvas.workbench.whereabouts.marks
            canvas.select([*kept, self._id], wires if press.extends else (), marks if press.extends else ())
        self._moving: Moving | None = None
        self._below: WireBelow | None = None
        self._group: GroupBelow | None = None

    def drag(self, position: QPoint) -> None:
        """Show the nodes where they would come to lie."""
        if self._moving is None:
            self.cursor = Qt.CursorShape.SizeAllCursor
            self._moving = Moving(self.canvas)
            self._group = GroupBelow(self.canvas, self._moving.places())
            graph = self.canvas.workbench.graph
            if set(self._moving.places()) == {self._id} and self._id in graph.nodes and not graph.wires_of(self._id):
                self._below = WireBelow(self.canvas, self._id)
        way = self.scene_place(position) - self.scene_place(self.press.position)
        start = self._moving.start_of(self._id)
        self._moving.by(grid.current().snapped(start + way) - start)  # all as far as the one in the hand
        if not self._look_for_group(position):
            self._look_below(self._moving)

    def released(self, position: QPoint) -> None:
        """Tell the document where the nodes lie now, or take it as a click."""
        if self._moving is None:
            self._click()
            return
        places = self._moving.places()
        if self._group is not None and (group := self._look_for_group(position)):
            self._group.forget()
            self.canvas.mirror.put_back()
            move_into_group(self.canvas.workbench, self._group.cards, group)
            return
        self._look_below(self._moving)
        wire = self._below.wire if self._below is not None else None
        if self._below is not None and wire is not None:
            self._below.forget()
            insert_existing(self.canvas.workbench, self._id, wire.key, places)
        else:
            self.canvas.workbench.move(places)

    def cancel(self) -> None:
        """Put the nodes back."""
        for below in (self._below, self._group):
            if below is not None:
                below.forget()
        self.canvas.mirror.put_back()

    def _look_for_group(self, position: QPoint) -> str:
        """Mark the group that the nodes would go into, and say so; its id, empty for none."""
        if self._group is None or self._moving is None:
            return ""
        if QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.AltModifier:
            self._group.forget()
            return ""
        group = self._group.look(self.scene_place(position))
        if group is None:
            return ""
        if self._below is not None:
            self._below.forget()
        self.hint = f"Let go to move {self._moving.words} into {group.card.label}, with Alt not"
        return group.card.id

    def _look_below(self, moving: Moving) -> None:
        """Mark the wire that the node would be put into, and say what letting go does."""
        count = moving.count
        self.hint = f"Moving {moving.words}"
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
                marks = self.canvas.workbench.whereabouts.marks
                self.canvas.select(left, self.canvas.mirror.selected_wires, marks)
            return
        part = self.press.hit.part
        if part is not None and self.canvas.click_part(self._id, part):
            return
        self.canvas.select([self._id])
