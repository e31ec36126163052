"""Drawing a new wire from a port, in either direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt

from app.canvas.gestures.gesture import Gesture, Press
from app.canvas.menus.ports_inside import offer_ports_inside
from app.canvas.port_item import PortItem
from app.canvas.refusals import ends_of
from app.canvas.wire_in_flight import WireInFlight, offer_fixes

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class DrawWire(Gesture):
    """Ends at a port or on a card to wire it, on the empty ground to be offered what fits."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: CanvasView, press: Press, port: PortItem) -> None:
        super().__init__(canvas, press)
        self._port = port
        self._flight: WireInFlight | None = None

    def drag(self, position: QPoint) -> None:
        """Draw the wire to the mouse."""
        if self._flight is None:
            self._flight = WireInFlight(self.canvas, self._port)
        target = self._flight.follow(position)
        if target.port is not None:
            self.hint = "Let go to wire {} to {}".format(*ends_of(self._port, target.port))
        elif target.is_ground:
            kind = "gives" if self._port.is_input else "takes"
            self.hint = (
                f"Let go to choose a node that {kind} {self._port.face.type_name or 'this'} · Esc drops the wire"
            )
        else:
            self.hint = self._flight.refusal_hint(target)

    def released(self, position: QPoint) -> None:
        """Wire what was found, offer node types on the ground, or what can be done about a refusal."""
        if self._flight is None:
            return
        target, _ = self._flight.target_at(position)
        if target.is_ground:
            self.canvas.offer_types_for(self._port, position, self._flight.end)
            return
        if self._flight.fixes(target):
            offer_fixes(self.canvas, self._flight, target, position, self._flight.end)
            return
        self._flight.end()
        if target.port is not None:
            self.canvas.workbench.connect(*ends_of(self._port, target.port))
        elif target.inside:
            offer_ports_inside(self.canvas, self._port, target.inside, position)
        elif target.reason:
            self.canvas.reason.linger_at(position, target.reason)

    def cancel(self) -> None:
        """Drop the wire."""
        if self._flight is not None:
            self._flight.end()
