"""Taking an end of a wire into the hand: to another port, back, or off onto the ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt

from app.canvas.gestures.gesture import Gesture, Press
from app.canvas.menus.ports_inside import offer_ports_inside
from app.canvas.port_item import PortItem
from app.canvas.refusals import ends_of
from app.canvas.wire_in_flight import WireInFlight, offer_fixes
from app.canvas.wire_item import WireItem

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class DragWireEnd(Gesture):
    """The end that was taken follows the mouse, the other stays. Without a drag it is a click: the wire is probed."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, canvas: CanvasView, press: Press, wire: WireItem, taken: PortItem) -> None:
        super().__init__(canvas, press)
        self._key = wire.key
        self._taken = taken
        self._flight: WireInFlight | None = None

    def drag(self, position: QPoint) -> None:
        """Draw the wire from its fixed end to the mouse."""
        item = self.canvas.mirror.wires.get(self._key)
        if self._flight is None:
            if item is None:
                return
            fixed = item.output_port if self._taken.is_input else item.input_port
            self._flight = WireInFlight(self.canvas, fixed, item.wire)
            item.fade(True)
        target = self._flight.follow(position)
        if target.port is not None:
            is_same = target.port.end == self._taken.end
            self.hint = (
                "Let go to leave the wire as it is" if is_same else f"Let go to move the wire to {target.port.end}"
            )
        elif target.is_ground:
            self.hint = "Let go to disconnect · Esc puts the end back"
        else:
            self.hint = self._flight.refusal_hint(target)

    def released(self, position: QPoint) -> None:
        """Move the end, disconnect on the ground, offer what to do about a refusal, or leave all as it was."""
        if self._flight is None:
            self._click()
            return
        target, _ = self._flight.target_at(position)
        fixed = self._flight.fixed
        if self._flight.fixes(target):
            offer_fixes(self.canvas, self._flight, target, position, self._end)
            return
        self._end()
        if target.is_ground:
            self.canvas.workbench.disconnect(self._key)
        elif target.port is not None and target.port.end != self._taken.end:
            self.canvas.workbench.reconnect(self._key, *ends_of(fixed, target.port))
        elif target.inside:
            offer_ports_inside(self.canvas, fixed, target.inside, position, self._key)
        elif target.reason:
            self.canvas.reason.linger_at(position, target.reason)

    def cancel(self) -> None:
        """Put the end back."""
        if self._flight is not None:
            self._end()

    def _end(self) -> None:
        if self._flight is not None:
            self._flight.end()
        item = self.canvas.mirror.wires.get(self._key)
        if item is not None:
            item.fade(False)

    def _click(self) -> None:
        mirror, workbench = self.canvas.mirror, self.canvas.workbench
        selected = set(mirror.selected_wires)
        if self.press.extends:
            self.canvas.select(workbench.selection, selected ^ {self._key}, workbench.whereabouts.marks)
        else:
            self.canvas.select((), {self._key})
            self.canvas.probes.open(self._key)
