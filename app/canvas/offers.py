"""The lists that open on the canvas: node types to add, what a wire could go to, what to do about a refused one.

One of them is open at a time. What is chosen is remembered, and offered sooner the next time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from app.canvas.attaching import Attachment, attaching_choices
from app.canvas.choices import choices, fitting_choices, group_choices, situation_of
from app.canvas.fix_popup import FixPopup
from app.canvas.overlay import Overlay
from app.canvas.port_item import PortItem
from app.canvas.room import beside, free_place
from app.canvas.search_popup import WIDTH, SearchPopup
from app.canvas.wire_list import do_row, wire_rows
from app.document.fixing import Fix
from app.document.learned import remember_choice
from engine import catalog

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_Popup = TypeVar("_Popup", bound=Overlay)
_NOT_LOADED = "Nothing matches. Node code that came with this graph is not loaded."
_SEARCH = "Add a node: type to search"


class Offers:
    """Opens these lists on a canvas and does what is chosen in them."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas
        self._popup: Overlay | None = None

    @property
    def is_open(self) -> bool:
        """Is there a list on the canvas?"""
        return self._popup is not None

    def close(self) -> None:
        """Take the open list away."""
        if self._popup is not None:
            self._popup.close_overlay()

    def to_add(self, position: QPoint | None, text: str = "") -> SearchPopup:
        """Offer all node types, those first that fit what is selected: they are wired to it.

        Args:
            position: where the list opens and the node goes, in pixels of the viewport; None where it is opened by the
                keyboard: then beside what is selected, else at the mouse or in the middle.
            text: what was typed already.
        """
        canvas = self._canvas
        node, wire = self._selected() if position is None else ("", "")
        types = canvas.offered_types()
        rows, ways = choices(types), dict[str, Attachment]()
        if node or wire:
            rows, ways = attaching_choices(types, canvas.workbench, node, wire)
        rows = [*rows, *group_choices(canvas.workbench)]
        is_by_keyboard = position is None
        if position is None:
            position = canvas.hand.position or canvas.viewer.viewport().rect().center()
            if ways:
                position = self._beside_selected(node, wire, position)
        place = canvas.place_for_card(position)
        if is_by_keyboard:
            place = free_place(canvas.mirror, place)
        popup = self._open(SearchPopup(canvas, rows, _SEARCH), position)
        if canvas.workbench.foreign_code:
            popup.nothing.setText(_NOT_LOADED)
        popup.chosen.connect(lambda path: self._add(path, ways.get(path), node, place))
        popup.line.setText(text)
        return popup

    def types_for(self, port: PortItem, position: QPoint, closed: Callable[[], None]) -> SearchPopup:
        """Offer the node types that a wire from a port could go to; the chosen one is added there and wired."""
        canvas = self._canvas
        place = canvas.place_for_card(position, 1.0 if port.is_input else 0.0)
        way = Attachment(input=port.end) if port.is_input else Attachment(output=port.end)
        rows = fitting_choices(canvas.offered_types(), canvas.workbench, port)
        rows += group_choices(canvas.workbench, port)
        kind = "gives" if port.is_input else "takes"
        popup = SearchPopup(canvas, rows, f"What {kind} {port.face.type_name or 'this'}?")
        self._open(popup, position)
        popup.chosen.connect(lambda path: self._add(path, way, "", place))
        popup.closed.connect(lambda: closed())  # a bound method alone would be held weakly
        return popup

    def wires(self) -> SearchPopup | None:
        """Offer the wires that the first selected node could get, with the others selected or any, and those it has."""
        canvas = self._canvas
        ids = tuple(id for id in canvas.workbench.selection if id in canvas.mirror.nodes)
        if not ids:
            canvas.workbench.message.emit("info", "Select a node to wire it.")
            return None
        rows = wire_rows(canvas, ids)
        label = canvas.workbench.graph.nodes[ids[0]].label
        if not rows:
            canvas.workbench.message.emit("info", f"There is nothing that {label} can be wired to.")
            return None
        position = self._beside_selected(ids[0], "", canvas.viewer.viewport().rect().center())
        popup = self._open(SearchPopup(canvas, rows, f"Wire {label}: type to search"), position)
        popup.chosen.connect(lambda row: do_row(canvas, row))
        return popup

    def fixes(
        self, reason: str, fixes: Sequence[Fix], situation: str, position: QPoint, closed: Callable[[], None]
    ) -> FixPopup:
        """Offer what to do about a wire that was refused."""
        popup = FixPopup(self._canvas, reason, fixes)
        self._open(popup, position + QPoint(12, 12), popup.list)
        popup.closed.connect(lambda: closed())

        def do(fix: Any) -> None:
            if fix.apply(self._canvas.workbench) and fix.type_path:
                remember_choice(fix.type_path, situation)

        popup.chosen.connect(do)
        return popup

    def _add(self, path: str, way: Attachment | None, beside_node: str, place: tuple[float, float]) -> None:
        """Add what was chosen; beside the selected node when it is wired to that, else at the place."""
        canvas, bench = self._canvas, self._canvas.workbench
        situation = situation_of(bench, way.end) if way is not None else ""
        if way is not None and beside_node in canvas.mirror.nodes:
            node_type = next((found for found in canvas.offered_types() if catalog.path_of(found) == path), None)
            card = canvas.mirror.nodes[beside_node].card_rect()
            place = free_place(canvas.mirror, beside(card, node_type, before=bool(way.input)), node_type)
        added = bench.add_node(path, place) if way is None else way.add(bench, path, place)
        if added is not None:
            remember_choice(path, situation)
            canvas.show_added(added)

    def _selected(self) -> tuple[str, str]:
        """The one selected node, or the one selected wire."""
        nodes, wires = self._canvas.workbench.selection, self._canvas.mirror.selected_wires
        if len(nodes) == 1 and not wires and nodes[0] in self._canvas.mirror.nodes:
            return nodes[0], ""
        return ("", wires[0]) if len(wires) == 1 and not nodes else ("", "")

    def _beside_selected(self, node: str, wire: str, otherwise: QPoint) -> QPoint:
        canvas = self._canvas
        if wire:
            return QPoint(canvas.viewer.mapFromScene(canvas.mirror.wires[wire].path().pointAtPercent(0.5)))
        card = canvas.mirror.nodes[node].card_rect()
        right = canvas.viewer.mapFromScene(card.topRight()) + QPoint(12, 0)
        below = canvas.viewer.mapFromScene(card.bottomLeft()) + QPoint(0, 12)
        place = right if right.x() + WIDTH <= canvas.width() else below
        return QPoint(place) if canvas.rect().contains(place) else otherwise

    def _open(self, popup: _Popup, position: QPoint, focus: QWidget | None = None) -> _Popup:
        self.close()
        popup.closed.connect(self._forget)
        self._popup = popup
        popup.open_at(position, focus or (popup.line if isinstance(popup, SearchPopup) else popup))
        return popup

    def _forget(self) -> None:
        self._popup = None
