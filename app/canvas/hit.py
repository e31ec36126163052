"""What lies under the mouse: a port before a card, a card before a comment, that before a wire, and frames last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect

from app.canvas.card_layout import Part
from app.canvas.comment_item import CommentItem
from app.canvas.mark_item import Edge, MarkItem
from app.canvas.node_item import NodeItem
from app.canvas.port_item import PortItem
from app.canvas.wire_item import WireItem

if TYPE_CHECKING:
    from app.canvas.viewer import Viewer

_PORT_REACH_PX = 11
_WIRE_REACH_PX = 6
_EDGE_REACH_PX = 5


@dataclass(frozen=True, slots=True)
class Hit:
    """What a position of the view meets; at most one of `port`, `node`, `wire` and `mark` is set.

    `edges` are those of the mark that would be taken; `NONE` is its body.
    """

    position: QPointF
    port: PortItem | None = None
    node: NodeItem | None = None
    part: Part | None = None
    wire: WireItem | None = None
    mark: MarkItem | None = None
    edges: Edge = Edge.NONE

    @property
    def is_empty(self) -> bool:
        """Is there nothing but the ground?"""
        return self.port is None and self.node is None and self.wire is None and self.mark is None


def hit_at(viewer: Viewer, position: QPoint) -> Hit:
    """What lies at a position of the viewport, in its pixels."""
    place = viewer.mapToScene(position)
    top = _top_node(viewer, place)
    port = _nearest_port(viewer, position, top)
    if port is not None:
        return Hit(place, port=port)
    if top is not None:
        return Hit(place, node=top, part=top.part_at(place))
    marks = [item for item in viewer.items(_area(viewer, position, _EDGE_REACH_PX)) if isinstance(item, MarkItem)]
    wire = _nearest_wire(viewer, position)
    for item in marks:  # the topmost first: comments lie above wires, frames below
        if wire is not None and not isinstance(item, CommentItem):
            break
        edges = item.edges_at(place, _EDGE_REACH_PX / viewer.zoom)
        if edges is not Edge.NONE or item.takes(place):
            return Hit(place, mark=item, edges=edges)
    return Hit(place, wire=wire)


def _area(viewer: Viewer, position: QPoint, reach: int) -> QRect:
    return QRect(position.x() - reach, position.y() - reach, 2 * reach, 2 * reach)


def _top_node(viewer: Viewer, place: QPointF) -> NodeItem | None:
    found = [item for item in viewer.scene().items(place) if isinstance(item, NodeItem)]
    return found[0] if found else None


def _nearest_port(viewer: Viewer, position: QPoint, top: NodeItem | None) -> PortItem | None:
    """The nearest port within reach that no other card covers."""
    best: PortItem | None = None
    best_distance = float("inf")
    for item in viewer.items(_area(viewer, position, _PORT_REACH_PX)):
        if not isinstance(item, PortItem) or (top is not None and item.parentItem() is not top):
            continue
        offset = viewer.mapFromScene(item.scene_center()) - position
        distance = (offset.x() ** 2 + offset.y() ** 2) ** 0.5
        if distance < best_distance and distance <= _PORT_REACH_PX:
            best, best_distance = item, distance
    return best


def _nearest_wire(viewer: Viewer, position: QPoint) -> WireItem | None:
    found = [i for i in viewer.items(_area(viewer, position, _WIRE_REACH_PX)) if isinstance(i, WireItem)]
    return found[0] if found else None
