"""The mirror: keeps the items on the canvas equal to the document. It reads the document and never writes it.

The document's specs are immutable, so an item whose spec is the same object is up to date. The items of a graph of
thousands of nodes are made over some turns of Qt's loop, so that the window goes on meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QTimer

from app.canvas.activity import IDLE_NODE, IDLE_WIRE, NodeActivity, WireActivity
from app.canvas.card import Card, card_of, forget_faces
from app.canvas.card_layout import MIN_WIDTH
from app.canvas.group_card import group_card, outside_card
from app.canvas.group_figures import GroupFigures
from app.canvas.level import OUTSIDE, Level, level_of
from app.canvas.mark_mirror import MarkMirror
from app.canvas.node_item import NodeItem
from app.canvas.placement import outside_places, places_for
from app.canvas.port_item import wires_held
from app.canvas.wire_item import WireItem
from app.document.grouping import places_of
from app.document.groups import TOP

if TYPE_CHECKING:
    from app.canvas.viewer import Viewer
    from app.workbench import Workbench
    from engine import NodeSpec, Wire

Z_NODE = 1.0
Z_SELECTED = 1.5
AT_ONCE = 200  # items that are made before the window has its next turn
_SLICE_S = 0.008  # for more of them, in each turn after that
_ABOUT = (MIN_WIDTH, 130.0)  # the size of a card that is not there yet


class Mirror:
    """The items of the canvas, by the ids and keys of the document. It shows one level of it: see `level.py`."""

    def __init__(self, viewer: Viewer, workbench: Workbench) -> None:
        self._viewer = viewer
        self._workbench = workbench
        self.nodes: dict[str, NodeItem] = {}
        self.wires: dict[str, WireItem] = {}
        self.level = Level(TOP, (), {}, {}, {})
        self._specs: dict[str, NodeSpec] = {}
        self._places: dict[str, tuple[float, float]] = {}
        self._wires_of: dict[str, list[Wire]] = {}  # by node, at the last update
        self._selected_wires: set[str] = set()
        self._area_before: QRectF | None = None  # of all cards, before some were resized
        self._waiting: list[str] = []  # nodes of the document that have no item yet, the next one last
        self._waiting_wires: list[str] = []
        self._groups = GroupFigures(self, workbench, viewer)
        self.marks = MarkMirror(viewer, workbench)
        self._turns = QTimer(viewer)
        self._turns.timeout.connect(self._make_some)

    # -- the document ------------------------------------------------------------------------------------------

    def clear(self) -> None:
        """Take every item away."""
        self._turns.stop()
        self.marks.clear()
        self._waiting, self._waiting_wires = [], []
        for key in list(self.wires):
            self._remove_wire(key)
        for id in list(self.nodes):
            self._remove_node(id)

    def update(self) -> None:
        """Make the items equal to the document; many new ones follow in the next turns, then `completed` is told."""
        graph = self._workbench.graph
        level = self.level = level_of(graph, self._workbench.whereabouts.level)
        for key in [key for key in self.wires if key not in level.wires]:
            self._remove_wire(key)
        cards = set(level.cards)
        for id in [id for id in self.nodes if id not in cards]:
            self._remove_node(id)
        lost = self._nodes_with_lost_ports()
        wires_of = self._wires_of = self._wires_by_node()
        self._waiting = [id for id in reversed(level.nodes) if id not in self.nodes]
        later = set(self._waiting[: max(0, len(self._waiting) - AT_ONCE)])
        for id in level.nodes:
            if id not in later:
                self._update_node(graph.nodes[id], wires_of.get(id, ()), is_sure=id not in lost)
        self._update_group_cards()
        self.marks.update()
        self._waiting = self._waiting[: len(later)]
        self._update_places()
        self._waiting_wires = [key for key in reversed(list(level.wires)) if key not in self.wires]
        self._add_wires(AT_ONCE if not later else 0)
        for key, item in self.wires.items():
            if item.wire is not graph.wires[key]:
                item.show_wire(graph.wires[key])
        self.show_selection()
        if self.is_complete:
            self._turns.stop()
        else:
            self._turns.start()

    def put_back(self) -> None:
        """Let all lie where the document says, after a gesture that was given up."""
        self.update()
        self.marks.put_back()

    @property
    def is_complete(self) -> bool:
        """Has all of the document its item?"""
        return not (self._waiting or self._waiting_wires)

    def _make_some(self) -> None:
        """Make as many of the items that are not there yet as one turn has time for."""
        until = time.monotonic() + _SLICE_S
        graph = self._workbench.graph
        while not self.is_complete:
            if self._waiting:
                spec = graph.nodes[self._waiting.pop()]
                self._update_node(spec, self._wires_of.get(spec.id, ()), is_sure=True)
                self.nodes[spec.id].setPos(*self._places[spec.id])
            else:
                self._add_wires(1)
            if time.monotonic() >= until:
                break
        if self.is_complete:
            self._turns.stop()
            self.show_selection()
            self._viewer.completed.emit()

    def _wires_by_node(self) -> dict[str, list[Wire]]:
        found: dict[str, list[Wire]] = {}
        for wire in self._workbench.graph.wires.values():
            found.setdefault(wire.from_node, []).append(wire)
            found.setdefault(wire.to_node, []).append(wire)
        return found

    def _nodes_with_lost_ports(self) -> set[str]:
        """Nodes that new wires end at, at ports that their items do not have (yet)."""
        lost = set()
        for key, (start, end) in self.level.wires.items():
            if key not in self.wires:
                wire = self._workbench.graph.wires[key]
                ends = ((start, wire.from_node, wire.from_port, False), (end, wire.to_node, wire.to_port, True))
                for id, node, name, is_input in ends:
                    if id in self.nodes and self.nodes[id].port_of(node, name, is_input=is_input) is None:
                        lost.add(id)
        return lost

    def _update_node(self, spec: NodeSpec, wires: Sequence[Wire], *, is_sure: bool) -> None:
        item = self.nodes.get(spec.id)
        is_same = item is not None and self._specs.get(spec.id) is spec
        if item is not None and is_same and is_sure and not item.card.depends_on_wires:
            return
        card = card_of(self._workbench, spec, wires)
        self._specs[spec.id] = spec
        self._show_card(card)

    def _update_group_cards(self) -> None:
        """Those of groups, and of what is outside the one that is looked at; cheap where nothing has changed."""
        for id in self.level.groups:
            self._show_card(group_card(self._workbench, self.level, id, self._wires_of))
        for id in OUTSIDE:
            if id in self.level.cards:
                self._show_card(outside_card(self._workbench, self.level, id, self._wires_of))
        self._groups.look_again()

    def _show_card(self, card: Card) -> None:
        item = self.nodes.get(card.id)
        if item is None:
            item = NodeItem(card)
            self.nodes[card.id] = item
            self._viewer.add_node(item, (0.0, 0.0))
        elif item.card != card:
            if (item.card.inputs, item.card.outputs) != (card.inputs, card.outputs):
                self._remove_wires_of(card.id)
            item.show_card(card)
            self._redraw_wires_of(item)

    def _update_places(self) -> None:
        graph, level = self._workbench.graph, self.level
        cards = [*level.nodes, *level.groups]
        known = (
            places_of(graph, cards) if level.groups else {c: graph.positions[c] for c in cards if c in graph.positions}
        )
        wires = [ends for ends in level.wires.values() if ends[0] not in OUTSIDE and ends[1] not in OUTSIDE]
        places = {**known, **places_for(cards, wires, known)}
        sizes = {id: item.layout.size.size().toTuple() for id, item in self.nodes.items()}
        self._places = places = {**places, **outside_places(places, sizes)}
        moved = [item for id, item in self.nodes.items() if item.pos().toTuple() != places[id]]
        with wires_held():  # each is drawn once, though both of its ends may move
            for item in moved:
                item.setPos(*places[item.card.id])
        for wire in {wire for item in moved for port in item.ports() for wire in port.connected_pipes}:
            wire.draw_path()

    def _add_wires(self, most: int) -> None:
        for _ in range(min(most, len(self._waiting_wires))):
            self._add_wire(self._waiting_wires.pop())

    def _add_wire(self, key: str) -> None:
        wire = self._workbench.graph.wires[key]
        start, end = self.level.wires[key]
        output = self.nodes[start].port_of(wire.from_node, wire.from_port, is_input=False)
        input = self.nodes[end].port_of(wire.to_node, wire.to_port, is_input=True)
        assert output is not None, wire.output  # the cards have every port that a wire names
        assert input is not None, wire.input
        item = self._viewer.establish_connection(output, input)
        item.show_wire(wire)
        self.wires[key] = item

    def _remove_node(self, id: str) -> None:
        self._remove_wires_of(id)
        self._specs.pop(id, None)
        self._viewer.remove_node(self.nodes.pop(id))

    def _remove_wires_of(self, id: str) -> None:
        item = self.nodes[id]
        for wire in [wire for port in item.ports() for wire in port.connected_pipes]:
            self._remove_wire(wire.key)

    def _remove_wire(self, key: str) -> None:
        item = self.wires.pop(key, None)
        if item is None:
            return
        self._selected_wires.discard(key)
        ends = (item.input_port, item.output_port)
        item.delete()
        for port in ends:
            port.update()

    @staticmethod
    def _redraw_wires_of(item: NodeItem) -> None:
        for port in item.ports():
            for wire in port.connected_pipes:
                wire.draw_path()
                wire.refresh()

    # -- selection ---------------------------------------------------------------------------------------------

    def show_selection(self) -> None:
        """Select the items of the workbench's selection and of the selected wires."""
        selected = set(self.selected_cards())
        for id, node in self.nodes.items():
            if node.isSelected() != (id in selected):
                node.setSelected(id in selected)
                node.setZValue(Z_SELECTED if id in selected else Z_NODE)
        self.marks.show_selection()
        for key, wire in self.wires.items():
            if wire.isSelected() != (key in self._selected_wires):
                wire.setSelected(key in self._selected_wires)

    def selected_cards(self) -> list[str]:
        """The ids of the selected cards that are there: of nodes, and of groups of which all nodes are selected."""
        return [id for id in self._workbench.whereabouts.selected_cards() if id in self.nodes]

    def card_showing(self, node: str) -> NodeItem | None:
        """The card on which a node is seen: its own, or that of a group; None when it is outside of this level."""
        return self.nodes.get(self.level.card_of.get(node, node))

    @property
    def selected_wires(self) -> tuple[str, ...]:
        """The keys of the selected wires. Which wires are selected is the canvas's own matter."""
        return tuple(key for key in self.wires if key in self._selected_wires)

    def select_wires(self, keys: Iterable[str]) -> None:
        """Select these wires and no others."""
        self._selected_wires = {key for key in keys if key in self.wires}
        self.show_selection()

    # -- the run -----------------------------------------------------------------------------------------------

    def show_node_activity(self, id: str, activity: NodeActivity) -> None:
        """Show what a run says of a node."""
        if self.level.card_of.get(id, id) != id:
            self._groups.take(id, activity)
            return
        self.show_card_activity(id, activity)

    def show_card_activity(self, id: str, activity: NodeActivity) -> None:
        """Show on a card what a run says of it."""
        item = self.nodes.get(id)
        if item is None or item.activity == activity:
            return
        if item.activity.error != activity.error and self._area_before is None:
            self._area_before = self.area()
            QTimer.singleShot(0, self._viewer, self._tell_resized)
        item.show_activity(activity)

    def _tell_resized(self) -> None:
        """Once for all cards that got or lost an error in one turn of Qt's loop: there may be hundreds."""
        before, self._area_before = self._area_before, None
        if before is not None and before != self.area():
            self._viewer.cards_resized.emit(before)

    def show_wire_activity(self, key: str, activity: WireActivity) -> None:
        """Show what a run says of a wire."""
        item = self.wires.get(key)
        if item is not None:
            item.show_activity(activity)

    def forget_run(self) -> Iterator[None]:
        """Show no run at all, an item a step."""
        self._groups.forget()
        for id in list(self.nodes):
            self.show_node_activity(id, IDLE_NODE)
            yield
        for key in list(self.wires):
            self.show_wire_activity(key, IDLE_WIRE)
            yield

    # -- all items ---------------------------------------------------------------------------------------------

    def area(self, ids: Iterable[str] | None = None) -> QRectF:
        """The part of the scene that some cards cover; by default all, with those to come, frames and comments."""
        area = self.marks.area() if ids is None else QRectF()
        for id in self._waiting if ids is None else ():
            area = area.united(QRectF(*self._places[id], *_ABOUT))
        for id in self.nodes if ids is None else ids:
            if id in self.nodes:
                area = area.united(self.nodes[id].card_rect())
        return area

    def look_at_types(self) -> None:
        """Node types may be others now: look again at what every card shows of its own."""
        forget_faces()
        self._specs.clear()
        self.update()

    def refresh(self) -> None:
        """Paint everything anew, after a change of theme or font."""
        for node in self.nodes.values():
            node.refresh()
        self.marks.refresh()
        for wire in self.wires.values():
            wire.refresh()
