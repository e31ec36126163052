"""Dropping a node type from the palette: on the ground, on a wire or on a node or port, which it is then wired to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDragMoveEvent, QDropEvent

from app.canvas.attaching import (
    Attachment,
    attachment_to_node,
    attachment_to_port,
    attachment_to_ports,
    attachment_to_wire,
)
from app.canvas.card import CardKind
from app.canvas.choices import situation_of
from app.canvas.hit import Hit, hit_at
from app.canvas.node_item import NodeItem
from app.canvas.port_item import PortItem
from app.canvas.room import beside, free_place
from app.canvas.wire_item import WireItem
from app.document.learned import remember_choice
from app.panels.palette import NODE_MIME
from engine import TidewireError

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


@dataclass(frozen=True, slots=True)
class _Landing:
    """What a drop would do: how the node is wired, where it goes, what is marked meanwhile and what is said."""

    place: tuple[float, float]
    words: str
    way: Attachment | None = None
    marked: NodeItem | PortItem | WireItem | None = None


class DropNode:
    """Follows one drag from outside; marks what the node would be put into or wired to."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas
        self._marked: NodeItem | PortItem | WireItem | None = None

    def moved(self, event: QDragMoveEvent) -> None:
        """Accept a node type; mark what it would be wired to, and say so."""
        if not event.mimeData().hasFormat(NODE_MIME):
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        landing = self._landing(_type_path(event), event.position().toPoint())
        self._mark(landing.marked)
        self._canvas.tell(landing.words)

    def left(self) -> None:
        """The drag went elsewhere."""
        self._mark(None)
        self._canvas.tell("")

    def dropped(self, event: QDropEvent) -> None:
        """Add the node where it was dropped, its title under the mouse, and wire it."""
        if not event.mimeData().hasFormat(NODE_MIME):
            event.ignore()
            return
        path = _type_path(event)
        landing = self._landing(path, event.position().toPoint())
        self.left()
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        bench, way = self._canvas.workbench, landing.way
        situation = situation_of(bench, way.end) if way is not None else ""
        added = bench.add_node(path, landing.place) if way is None else way.add(bench, path, landing.place)
        if added is not None:
            remember_choice(path, situation)
            if not isinstance(landing.marked, WireItem) and way is not None:
                self._canvas.show_added(added)
        self._canvas.viewer.setFocus(Qt.FocusReason.MouseFocusReason)

    def _landing(self, path: str, position: QPoint) -> _Landing:
        canvas, graph = self._canvas, self._canvas.workbench.graph
        place = canvas.place_for_card(position)
        try:
            node_type: Any = graph.types.resolve(path, graph.folder)
        except TidewireError:
            return _Landing(place, "The node type cannot be found")
        title = node_type.title
        hit = hit_at(canvas.viewer, position)
        if hit.wire is not None and hit.wire.wire is not None:
            way = attachment_to_wire(canvas.workbench, hit.wire.wire, node_type)
            if way is not None:
                words = f"Let go to insert {title} into {hit.wire.key}"
                return _Landing(canvas.place_for_card(position, 0.5), words, way, hit.wire)
            return _Landing(place, f"{title} does not fit into {hit.wire.key}: it is added here without wires")
        card = hit.port.parentItem() if hit.port is not None else hit.node
        if card is None:
            return _Landing(place, f"Let go to add {title} here · on a wire to insert it, on a node to wire it")
        return self._landing_on_card(hit, card, node_type)

    def _landing_on_card(self, hit: Hit, card: NodeItem, node_type: Any) -> _Landing:
        canvas, bench = self._canvas, self._canvas.workbench
        title, label = node_type.title, card.card.label
        area = card.card_rect()
        is_left = hit.position.x() < area.center().x()
        if hit.port is not None:
            way = attachment_to_port(bench, hit.port.end, node_type, is_input=hit.port.is_input)
        elif card.card.kind is CardKind.GROUP:
            ends = [(port.end, port.is_input) for port in (*card.outputs, *card.inputs)]
            way = attachment_to_ports(bench, ends, node_type, before=is_left)
        else:
            way = attachment_to_node(bench, card.card.id, node_type, before=is_left)
        place = free_place(
            canvas.mirror, beside(area, node_type, before=way is not None and bool(way.input)), node_type
        )
        if way is None:
            where = hit.port.end if hit.port is not None else label
            return _Landing(place, f"{title} does not fit {where}: it is added beside it without wires")
        words = f"Let go to add {title} {way.words(bench)}, wired to {way.end}"
        if hit.port is None:
            words += " · the left half of a card feeds it, the right half takes from it"
        return _Landing(place, words, way, hit.port or card)

    def _mark(self, item: NodeItem | PortItem | WireItem | None) -> None:
        if item is self._marked:
            return
        before, self._marked = self._marked, item
        for marked, is_target in ((before, False), (item, True)):
            if isinstance(marked, WireItem):
                marked.mark_target(is_target)
            elif isinstance(marked, NodeItem):
                marked.is_emphasized = is_target
            elif marked is not None:
                marked.hovered = is_target


def _type_path(event: QDropEvent) -> str:
    return bytes(event.mimeData().data(NODE_MIME).data()).decode("utf-8", "replace")
