"""Selecting by a rectangle drawn on the ground; a click on the ground selects nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QGraphicsRectItem

from app import theme
from app.canvas.gestures.gesture import Gesture, Press
from app.canvas.level import OUTSIDE

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_Z_ON_TOP = 11.0


class Marquee(Gesture):
    """Touched nodes are selected; where none is touched, touched wires. Ctrl or Shift keeps what was selected."""

    def __init__(self, canvas: CanvasView, press: Press) -> None:
        super().__init__(canvas, press)
        self._kept = set(canvas.mirror.selected_cards()) if press.extends else set()
        self._kept_wires = set(canvas.mirror.selected_wires) if press.extends else set()
        self._kept_marks = set(canvas.workbench.whereabouts.marks) if press.extends else set()
        self._band = QGraphicsRectItem()
        self._band.setZValue(_Z_ON_TOP)
        pen = QPen(theme.color("accent"), 1, Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        fill = QColor(theme.color("accent"))
        fill.setAlpha(28)
        self._band.setPen(pen)
        self._band.setBrush(fill)

    def drag(self, position: QPoint) -> None:
        """Draw the rectangle and mark what it touches; the selection itself changes on release."""
        if self._band.scene() is None:
            self.canvas.viewer.scene().addItem(self._band)
        area = self._area(position)
        self._band.setRect(area)
        count = 0
        for id, node in self.canvas.mirror.nodes.items():
            is_chosen = id in self._kept or (id not in OUTSIDE and area.intersects(node.card_rect()))
            node.setSelected(is_chosen)
            count += is_chosen
        touched = set(self.canvas.mirror.marks.touched(area)) | self._kept_marks
        for id, item in self.canvas.mirror.marks.items.items():
            item.setSelected(id in touched)
        self.hint = self._words(count, len(touched))

    def _words(self, cards: int, marks: int) -> str:
        counts = [f"{cards} node{'' if cards == 1 else 's'}"] if cards else []
        if marks:
            counts.append(f"{marks} frame or comment" if marks == 1 else f"{marks} frames and comments")
        keys = "" if self.press.extends else " · begin with Ctrl or Shift to add to the selection"
        return f"Let go to select {' and '.join(counts) or 'the wires that are touched'}{keys}"

    def released(self, position: QPoint) -> None:
        """Select what was touched."""
        nodes, wires, marks = set(self._kept), set(self._kept_wires), set(self._kept_marks)
        if self.has_moved:
            area = self._area(position)
            mirror = self.canvas.mirror
            touched = {
                id for id, node in mirror.nodes.items() if id not in OUTSIDE and area.intersects(node.card_rect())
            }
            nodes |= touched
            marks |= set(mirror.marks.touched(area))
            if not touched and not marks:
                wires |= {key for key, wire in mirror.wires.items() if wire.path().intersects(area)}
        self._take_band_away()
        self.canvas.select(nodes, wires, marks)

    def cancel(self) -> None:
        """Show the selection as it was."""
        self._take_band_away()
        self.canvas.mirror.show_selection()

    def _area(self, position: QPoint) -> QRectF:
        return QRectF(self.scene_place(self.press.position), self.scene_place(position)).normalized()

    def _take_band_away(self) -> None:
        if self._band.scene() is not None:
            self._band.scene().removeItem(self._band)
