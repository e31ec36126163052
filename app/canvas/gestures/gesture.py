"""The contract of a gesture: it begins with a press, follows the mouse, and ends with a release or is cancelled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication

from app.canvas.hit import Hit

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_EXTENDING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@dataclass(frozen=True, slots=True)
class Press:
    """How a gesture began: where in the viewport, with which modifier keys, on what."""

    position: QPoint
    modifiers: Qt.KeyboardModifier
    hit: Hit

    @property
    def extends(self) -> bool:
        """Is the selection to be extended (Ctrl or Shift)?"""
        return bool(self.modifiers & _EXTENDING)


class Gesture:
    """One thing a person does with a pressed button. Between its begin and its end the document stays as it is.

    Attributes:
        cursor: the mouse cursor while it lasts; None keeps the one that is there.
        hint: what letting go now would do, and which keys change that; for the status line.
    """

    cursor: Qt.CursorShape | None = None
    hint: str = ""

    def __init__(self, canvas: CanvasView, press: Press) -> None:
        self.canvas = canvas
        self.press = press
        self._has_moved = False

    @property
    def has_moved(self) -> bool:
        """Has the mouse left the place of the press? Before that it may be a click."""
        return self._has_moved

    def moved(self, position: QPoint) -> None:
        """The mouse is somewhere else; positions are pixels of the viewport."""
        if not self._has_moved:
            away = (position - self.press.position).manhattanLength()
            self._has_moved = away >= QApplication.startDragDistance()
        if self._has_moved:
            self.drag(position)

    def scene_place(self, position: QPoint) -> QPointF:
        """A position of the viewport as a place of the scene."""
        return QPointF(self.canvas.viewer.mapToScene(position))

    def drag(self, position: QPoint) -> None:
        """The mouse moved, and it is no click any more."""

    def released(self, position: QPoint) -> None:
        """The button went up: do it, and clean up."""

    def cancel(self) -> None:
        """Escape, or the canvas goes away: clean up without doing it."""
