"""What drawing a new wire and moving an end of an old one share: the wire at the mouse, the hints and the reason."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QTimer

from app.canvas.card import CardKind
from app.canvas.card_layout import MIN_WIDTH
from app.canvas.choices import situation_of
from app.canvas.group_card import inner_faces
from app.canvas.hit import hit_at
from app.canvas.node_item import NodeItem
from app.canvas.port_item import PortHint, PortItem
from app.canvas.refusals import Refusals
from app.canvas.room import free_place
from app.document.fixing import Fix, Fixer, WireEnd
from app.document.learned import Learned
from engine import catalog

if TYPE_CHECKING:
    from app.canvas.view import CanvasView
    from engine import Wire

_SLICE_S = 0.006


@dataclass(frozen=True, slots=True)
class Target:
    """Where the wire would end: a port that fits, a refusal with its reason, or neither (the empty ground).

    `inside` are the ports inside a group that fit, `node.port`, where the card of the group shows none of them.
    """

    port: PortItem | None = None
    reason: str = ""
    refused: PortItem | None = None  # the port that the reason is about; a card may have none
    is_ground: bool = False
    inside: tuple[str, ...] = ()


class WireInFlight:
    """Lives from the first move to `end`. Ports that do not fit are dimmed a few at a time, so no frame is lost."""

    def __init__(self, canvas: CanvasView, fixed: PortItem, moved_wire: Wire | None = None) -> None:
        self._canvas = canvas
        self.fixed = fixed
        self._refusals = Refusals(canvas.workbench, fixed, moved_wire)
        self._moved_wire = moved_wire
        self._fixer: Fixer | None = None
        self._fixes: dict[PortItem, list[Fix]] = {}
        nodes = canvas.mirror.nodes.values()
        self._unhinted = [port for node in nodes for port in node.ports() if port is not fixed]
        self._emphasized: NodeItem | None = None
        self._hovered: PortItem | None = None
        self._timer = QTimer()
        self._timer.timeout.connect(self._hint_some)
        self._timer.start()
        self._hint_some()

    def follow(self, position: QPoint) -> Target:
        """Draw the wire to the mouse, or to the port it would take; show the reason where it cannot be."""
        target, over = self.target_at(position)
        on_group = hit_at(self._canvas.viewer, position).node if target.inside else None
        self._emphasize(target.port.parentItem() if target.port is not None else on_group)
        self._hover(target.port or over)
        free = self._canvas.viewer.mapToScene(position)
        if target.port is not None:
            free = target.port.scene_center()
        elif over is not None:
            free = over.scene_center()
        self._canvas.viewer.live_wire.draw(
            self.fixed,
            QPointF(free),
            fits=target.port is not None or bool(target.inside),
            is_refused=bool(target.reason),
        )
        self._canvas.reason.show_at(position, target.reason, offer_of(self.fixes(target)))
        return target

    def refusal_hint(self, target: Target) -> str:
        """The reason and what letting go offers, in a line; over its own card how to go on."""
        if target.inside:
            return "Let go to choose a port inside the group · Esc drops the wire"
        if not target.reason:
            return "Drag to a port, a card or the empty ground · Esc drops the wire"
        offer = offer_of(self.fixes(target))
        return f"{target.reason} · {offer}" if offer else target.reason

    def fixes(self, target: Target) -> list[Fix]:
        """What can be done about a refusal; looked for once for each port."""
        port = target.refused
        if port is None:
            return []
        if port not in self._fixes:
            if self._fixer is None:
                learned = Learned()
                types = sorted(self._canvas.offered_types(), key=lambda kind: -learned.liking(catalog.path_of(kind)))
                self._fixer = Fixer(self._canvas.workbench.graph, _end_of(self.fixed), types, self._moved_wire)
            middle = (self.fixed.scene_center() + port.scene_center()) / 2
            place = free_place(self._canvas.mirror, (middle.x() - MIN_WIDTH / 2, middle.y() - 47))
            self._fixes[port] = self._fixer.fixes(_end_of(port), place)
        return self._fixes[port]

    def target_at(self, position: QPoint) -> tuple[Target, PortItem | None]:
        """Where the wire would end at a position, and the port that lies there."""
        hit = hit_at(self._canvas.viewer, position)
        if hit.port is self.fixed:
            return Target(), hit.port
        if hit.port is not None:
            reason = self._refusals.of(hit.port)
            return (Target(hit.port) if reason is None else Target(reason=reason, refused=hit.port)), hit.port
        if hit.node is not None:
            return self._target_on(hit.node), None
        return Target(is_ground=True), None

    def end(self) -> None:
        """Take the wire, the hints and the reason away."""
        self._timer.stop()
        self._timer.deleteLater()
        for node in self._canvas.mirror.nodes.values():
            for port in node.ports():
                port.hint = PortHint.NONE
        self._emphasize(None)
        self._hover(None)
        self._canvas.viewer.live_wire.clear()
        self._canvas.reason.hide()

    def _target_on(self, node: NodeItem) -> Target:
        """The first port of a card that fits; else the reason of the first that is on the right side."""
        ports = node.outputs if self.fixed.is_input else node.inputs
        if node is self.fixed.parentItem():
            return Target()
        if node.card.kind is CardKind.GROUP:
            inside = self._ports_inside(node)
            if len(inside) > 1 or (inside and not any(port.end == inside[0] for port in ports)):
                return Target(inside=inside)
        if not ports:
            side = "output" if self.fixed.is_input else "input"
            return Target(reason=f"{node.card.label} has no {side}")
        reasons = []
        for port in ports:
            reason = self._refusals.of(port)
            if reason is None:
                return Target(port)
            reasons.append(reason)
        return Target(reason=reasons[0], refused=ports[0])

    def _ports_inside(self, group: NodeItem) -> tuple[str, ...]:
        """The ports inside a group that the wire could end at."""
        nodes = self._canvas.mirror.level.groups.get(group.card.id, ())
        faces = inner_faces(self._canvas.workbench, nodes, is_input=not self.fixed.is_input)
        ends = (f"{face.node}.{face.name}" for face in faces)
        return tuple(end for end in ends if self._refusals.of_end(end) is None)

    def _hint_some(self) -> None:
        until = time.monotonic() + _SLICE_S
        while self._unhinted and time.monotonic() < until:
            port = self._unhinted.pop()
            if port.scene() is None:
                continue  # its node was removed while the wire is in the hand
            port.hint = PortHint.FITS if self._refusals.of(port) is None else PortHint.REFUSES
        if not self._unhinted:
            self._timer.stop()

    def _emphasize(self, node: NodeItem | None) -> None:
        if node is self._emphasized:
            return
        if self._emphasized is not None:
            self._emphasized.is_emphasized = False
        self._emphasized = node
        if node is not None:
            node.is_emphasized = True

    def _hover(self, port: PortItem | None) -> None:
        if port is self._hovered:
            return
        if self._hovered is not None:
            self._hovered.hovered = False
        self._hovered = port
        if port is not None:
            port.hovered = True


def offer_of(fixes: list[Fix]) -> str:
    """What letting go would offer, in a line; empty when there is nothing."""
    if not fixes:
        return ""
    more = f" and {len(fixes) - 1} more" if len(fixes) > 1 else ""
    return f"let go to choose: {fixes[0].text}{more}"


def offer_fixes(
    canvas: CanvasView, flight: WireInFlight, target: Target, position: QPoint, closed: Callable[[], None]
) -> None:
    """Let the wire hang on while it is chosen what to do about the refusal."""
    canvas.reason.hide()
    situation = situation_of(canvas.workbench, flight.fixed.end)
    canvas.offers.fixes(target.reason, flight.fixes(target), situation, position, closed)


def _end_of(port: PortItem) -> WireEnd:
    return WireEnd(port.node_id, port.face.name, port.is_input)
