"""`Probes`: the probes of a canvas. One goes along with clicks from wire to wire, those that were pinned stay."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QRect
from PySide6.QtWidgets import QApplication

from app.canvas.overlay import keep_inside
from app.insight.costs import bridge_costs
from app.insight.crossing import crossing_of
from app.probe.card import ProbeCard
from app.probe.figures import cost_note, rows_of
from app.probe.places import place_beside

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class Probes(QObject):
    """Opens, feeds and closes probes.

    Invariant: every card is of a wire of the document, and at most one of them is not pinned. A card that is closed
    has let go of its tap.
    """

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._workbench = canvas.workbench
        self._statistics: Any = None
        self._run: object = None
        self.cards: list[ProbeCard] = []
        workbench = self._workbench
        workbench.statistics_changed.connect(self._take)
        workbench.run_changed.connect(self._run_changed)
        workbench.document_replaced.connect(self.close_all)
        workbench.document_changed.connect(self._document_changed)
        workbench.whereabouts.level_changed.connect(self.close_loose)
        canvas.viewer.view_moved.connect(self._follow)
        canvas.viewer.resized.connect(self._follow)

    def open(self, key: str) -> ProbeCard | None:
        """Show a wire; its probe, when it has one already, is brought forward. None when there is no such wire."""
        wire = self._workbench.graph.wires.get(key)
        if wire is None:
            return None
        card = next((card for card in self.cards if card.key == key), None)
        if card is None:
            self.close_loose()
            card = ProbeCard(self._canvas, key, wire.output, self._port_type(wire.output))
            card.close_asked.connect(lambda: self.close(card))
            card.moved_by_hand.connect(card.pin)
            self.cards.append(card)
            card.value.begin_run(self._workbench.run)
            self._describe(card)
            card.adjustSize()
            self._place(card)
        card.show()
        card.raise_()
        return card

    def open_next(self) -> ProbeCard | None:
        """By the keyboard: show the selected wire, else, one after the other, those of the selected node."""
        keys = list(self._canvas.mirror.selected_wires)
        if not keys:
            wires = self._workbench.graph.wires.values()
            chosen = set(self._workbench.selection)
            keys = [wire.key for wire in wires if wire.from_node in chosen]
            keys += [wire.key for wire in wires if wire.to_node in chosen and wire.key not in keys]
        if not keys:
            return None
        loose = [card.key for card in self.cards if not card.is_pinned]
        shown = keys.index(loose[0]) + 1 if loose and loose[0] in keys else 0
        card = self.open(keys[shown % len(keys)])
        if card is not None:
            card.take_keyboard()
        return card

    def keep_only(self, keys: Collection[str]) -> None:
        """Something else was clicked: the probe that is not pinned goes, unless it is of one of these wires."""
        for card in [card for card in self.cards if not card.is_pinned and card.key not in keys]:
            self.close(card)

    def close_loose(self) -> None:
        """Close the probe that is not pinned."""
        self.keep_only(())

    def close_all(self) -> None:
        """Close every probe."""
        for card in list(self.cards):
            self.close(card)

    def close(self, card: ProbeCard) -> None:
        """Take a probe away; its tap is closed."""
        if card not in self.cards:
            return
        self.cards.remove(card)
        focused = QApplication.focusWidget()
        had_keyboard = focused is not None and card.isAncestorOf(focused)
        card.value.close_tap()
        card.hide()
        card.deleteLater()
        if had_keyboard:
            self._canvas.viewer.setFocus()

    # -- what happens

    def _take(self, statistics: Any) -> None:
        is_first, self._statistics = self._statistics is None, statistics
        for card in self.cards:
            if card.isVisible():
                card.value.look()
                self._describe(card)
        if is_first:
            self._follow()

    def _run_changed(self) -> None:
        run = self._workbench.run
        if run is not self._run:
            self._run, self._statistics = run, None
            for card in self.cards:
                card.value.begin_run(run)
        for card in self.cards:
            self._describe(card)
        self._follow()  # with other figures it has another size

    def _document_changed(self) -> None:
        wires = self._workbench.graph.wires
        for card in [card for card in self.cards if card.key not in wires]:
            self.close(card)
        for card in self.cards:
            self._describe(card)
        self._follow()

    def _follow(self) -> None:
        for card in self.cards:
            if card.is_pinned:
                card.move(keep_inside(card, card.pos()))
            else:
                self._place(card)

    def _place(self, card: ProbeCard) -> None:
        """Beside the middle of its wire, where it covers least."""
        item = self._canvas.mirror.wires.get(card.key)
        if item is None:
            return
        viewer = self._canvas.viewer
        middle = viewer.mapFromScene(item.path().pointAtPercent(0.5))
        taken = [
            QRect(viewer.mapFromScene(rect).boundingRect())
            for rect in (node.card_rect() for node in self._canvas.mirror.nodes.values())
            if rect.intersects(viewer.visible_area())
        ]
        card.move(place_beside(middle, card.size(), self._canvas.size(), taken))

    def _describe(self, card: ProbeCard) -> None:
        graph = self._workbench.graph
        wire = graph.wires.get(card.key)
        if wire is None:
            return
        figures = self._statistics.wires.get(card.key) if self._statistics is not None else None
        costs = bridge_costs()
        bytes_each = figures.bytes_each if figures is not None else 0
        crossing = crossing_of(graph, wire, costs, self._port_type(wire.output), bytes_each)
        ends = (graph.nodes[wire.from_node].label, graph.nodes[wire.to_node].label)
        card.show_title(f"{ends[0]}.{wire.from_port} → {ends[1]}.{wire.to_port}")
        card.show_figures(rows_of(wire, crossing, figures), *cost_note(crossing, costs))

    def _port_type(self, output: str) -> Any:
        node, _, port = output.partition(".")
        node_type = self._workbench.node_type(node)
        found = node_type.node_outputs.get(port) if node_type is not None else None
        return found.type if found is not None else Any
