"""The wire below a card that is moved: the one that it would be put into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.canvas.node_item import NodeItem
from app.canvas.wire_item import WireItem
from app.document.inserting import can_be_inserted

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_INSET = 6.0  # a wire that only touches the edge of a card is not meant
_SAMPLES = 24


class WireBelow:
    """For one node without wires, while it is dragged: finds and marks the wire that it would be put into."""

    def __init__(self, canvas: CanvasView, id: str) -> None:
        self._canvas = canvas
        self._id = id
        self._known: dict[str, bool] = {}
        self.wire: WireItem | None = None

    def look(self) -> None:
        """Mark the wire that runs nearest to the middle of the card and takes it."""
        item = self._canvas.mirror.nodes.get(self._id)
        self._mark(self._nearest(item) if item is not None else None)

    def forget(self) -> None:
        """Mark nothing."""
        self._mark(None)

    def _nearest(self, item: NodeItem) -> WireItem | None:
        area = item.card_rect().adjusted(_INSET, _INSET, -_INSET, -_INSET)
        found = [wire for wire in self._canvas.viewer.scene().items(area) if isinstance(wire, WireItem)]
        middle = area.center()

        def distance(wire: WireItem) -> float:
            path = wire.path()
            ways = (path.pointAtPercent(step / _SAMPLES) - middle for step in range(_SAMPLES + 1))
            return min(float(way.manhattanLength()) for way in ways)

        return min((wire for wire in found if self._takes(wire)), key=distance, default=None)

    def _takes(self, wire: WireItem) -> bool:
        key = wire.key
        if key not in self._known:
            self._known[key] = can_be_inserted(self._canvas.workbench.graph, self._id, key)
        return self._known[key]

    def _mark(self, wire: WireItem | None) -> None:
        if wire is self.wire:
            return
        for marked, is_target in ((self.wire, False), (wire, True)):
            if marked is not None:
                marked.mark_target(is_target)
        self.wire = wire
