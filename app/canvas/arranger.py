"""Arranging what is on the canvas: the commands of the Arrange menu, with the sizes that the cards have there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

from app.canvas.card_layout import HEADER, ROW
from app.canvas.level import OUTSIDE
from app.document.arranging import (
    Axis,
    Box,
    Edge,
    aligned,
    arrange,
    distributed,
    layout_refusal,
)
from app.document.layering import in_layers
from app.document.marks import Frame

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_PORT = HEADER + 7 + ROW / 2  # the first port, below the top of a card


class Arranger:
    """Arranges the selected cards, or all of them where only that makes sense."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas
        self._is_working = False

    @property
    def count(self) -> int:
        """How many cards are selected."""
        return len(self._canvas.mirror.selected_cards())

    def lay_out(self) -> None:
        """Put the selected cards, or all when less than two are, in layers along their wires. Returns at once."""
        if not self._is_working and self._canvas.mirror.nodes:
            self._is_working = True
            self._canvas.workbench.later(self._lay_out())

    def align(self, edge: Edge) -> None:
        """Put the selected cards in line."""
        arrange(self._canvas.workbench, f"Align {edge.value}", aligned(self._selected(), edge))

    def distribute(self, axis: Axis) -> None:
        """Put the selected cards at equal distances."""
        arrange(self._canvas.workbench, f"Distribute {axis.value}", distributed(self._selected(), axis))

    async def _lay_out(self) -> None:
        canvas, bench = self._canvas, self._canvas.workbench
        graph, chosen = bench.graph, self._selected()
        is_all = len(chosen) < 2
        level = canvas.mirror.level
        boxes = self._boxes([id for id in level.cards if id not in OUTSIDE]) if is_all else chosen
        wires = [(start, end, graph.wires[key].feedback) for key, (start, end) in level.wires.items()]
        frames = self._frames({box.id for box in boxes})
        try:
            layers = await asyncio.to_thread(in_layers, boxes, wires, frames)
        except ValueError as error:
            bench.message.emit("error", layout_refusal(error))
            return
        finally:
            self._is_working = False
        if bench.graph is graph and arrange(bench, "Auto layout", layers.places, layers.frames):
            if is_all:
                canvas.fit()
            else:
                canvas.viewer.bring_into_view(canvas.mirror.area(layers.places))

    def _frames(self, ids: set[str]) -> list[Box]:
        """The frames of the level around these cards and no other."""
        found = []
        for mark in self._canvas.workbench.whereabouts.marks_here():
            if isinstance(mark, Frame):
                area = QRectF(*mark.rect)
                cards = {
                    id for id, item in self._canvas.mirror.nodes.items() if area.contains(item.card_rect().center())
                }
                if cards and cards <= ids:
                    found.append(Box(mark.id, *mark.rect))
        return found

    def _selected(self) -> list[Box]:
        return self._boxes(self._canvas.mirror.selected_cards())

    def _boxes(self, ids: Sequence[str]) -> list[Box]:
        nodes = self._canvas.mirror.nodes
        return [
            Box(id, card.x(), card.y(), card.width(), card.height(), _PORT)
            for id in ids
            if id in nodes
            for card in [nodes[id].card_rect()]
        ]
