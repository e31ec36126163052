"""Shifting the view: with the middle button, or with the left one while the space bar is held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt

from app.canvas.gestures.gesture import Gesture, Press

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class Pan(Gesture):
    """The ground follows the mouse, pixel by pixel."""

    cursor = Qt.CursorShape.ClosedHandCursor
    hint = "Moving the view · the wheel zooms"

    def __init__(self, canvas: CanvasView, press: Press) -> None:
        super().__init__(canvas, press)
        self._last = press.position

    def moved(self, position: QPoint) -> None:
        """Follow at once: a pan is never a click."""
        self.canvas.viewer.pan(position - self._last)
        self._last = position
