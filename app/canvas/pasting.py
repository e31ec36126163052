"""Pasting where the mouse is, or where it can be seen; what is pasted again at the same place steps aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_STEP = 36.0


class Pasting:
    """Remembers where it pasted last."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas
        self._last: tuple[float, float] | None = None
        self._times = 0

    def paste(self, position: QPoint | None = None) -> None:
        """Paste at a position of the viewport; without one at the mouse, and when that is away beside the originals.

        Args:
            position: where the upper left corner of what is pasted goes.
        """
        canvas = self._canvas
        position = position or canvas.hand.position
        before = canvas.workbench.undo_stack.index()
        if position is None:
            canvas.workbench.paste()
        else:
            canvas.workbench.paste(self._place(position))
        cards = canvas.mirror.selected_cards()
        if canvas.workbench.undo_stack.index() == before or not cards:
            return
        area = canvas.mirror.area(cards)
        if not canvas.viewer.visible_area().contains(area):
            canvas.viewer.bring_into_view(area)

    def _place(self, position: QPoint) -> tuple[float, float]:
        scene = self._canvas.viewer.mapToScene(position)
        place = (round(scene.x()), round(scene.y()))
        self._times = self._times + 1 if place == self._last else 0
        self._last = place
        return place[0] + _STEP * self._times, place[1] + _STEP * self._times
