"""The card of a group below the mouse while cards are moved: the one that they would be put into."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from app.canvas.node_item import NodeItem

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class GroupBelow:
    """Finds and marks that group; none when frames or comments are moved too."""

    def __init__(self, canvas: CanvasView, moved: Iterable[str]) -> None:
        self._canvas = canvas
        self.cards = list(moved)
        self._may = all(id in canvas.mirror.nodes for id in self.cards)
        self.group: NodeItem | None = None

    def look(self, place: QPointF) -> NodeItem | None:
        """Mark the group at a place of the scene; None when there is none."""
        mirror = self._canvas.mirror
        groups = (mirror.nodes[id] for id in mirror.level.groups if id in mirror.nodes and id not in self.cards)
        self._mark(next((item for item in groups if self._may and item.card_rect().contains(place)), None))
        return self.group

    def forget(self) -> None:
        """Mark nothing."""
        self._mark(None)

    def _mark(self, group: NodeItem | None) -> None:
        if group is self.group:
            return
        for marked, is_target in ((self.group, False), (group, True)):
            if marked is not None:
                marked.is_emphasized = is_target
        self.group = group
