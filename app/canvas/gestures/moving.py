"""What moves together: the selected cards, frames and comments, and with a frame what lies in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from app.canvas.frame_item import FrameItem
from app.canvas.level import OUTSIDE
from app.canvas.mark_item import MarkItem
from app.canvas.mark_mirror import things_in
from app.canvas.node_item import NodeItem

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class Moving:
    """The items that a gesture moves, onto whole units."""

    def __init__(self, canvas: CanvasView) -> None:
        mirror = canvas.mirror
        marks = mirror.marks.items
        chosen = [id for id in canvas.workbench.whereabouts.marks if id in marks]
        frames = [item for id in chosen if isinstance(item := marks[id], FrameItem)]
        cards = {id: node.card_rect() for id, node in mirror.nodes.items() if id not in OUTSIDE} if frames else {}
        ids = dict.fromkeys([*mirror.selected_cards(), *chosen, *things_in(frames, cards, mirror.marks)])
        self._items: dict[str, NodeItem | MarkItem] = {id: mirror.nodes.get(id) or marks[id] for id in ids}
        self._starts = {id: QPointF(item.pos()) for id, item in self._items.items()}

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self._items)

    @property
    def words(self) -> str:
        """What they are, for people."""
        if self.count == 1:
            item = next(iter(self._items.values()))
            return item.card.label if isinstance(item, NodeItem) else item.label
        cards = sum(isinstance(item, NodeItem) for item in self._items.values())
        return f"{cards} nodes" if cards == self.count else f"{self.count} things"

    def start_of(self, id: str) -> QPointF:
        """Where one of them lay at first."""
        return QPointF(self._starts.get(id, QPointF()))

    def by(self, way: QPointF) -> None:
        """Show them moved by a way from where they were."""
        for id, start in self._starts.items():
            place = start + way
            self._items[id].setPos(round(place.x()), round(place.y()))

    def places(self) -> dict[str, tuple[float, float]]:
        """Where they lie now."""
        return {id: (item.pos().x(), item.pos().y()) for id, item in self._items.items()}


def things_of(canvas: CanvasView, frame: FrameItem) -> tuple[list[str], tuple[str, ...], list[str]]:
    """What lies in a frame, to be selected: cards, no wires, and marks with the frame itself."""
    mirror = canvas.mirror
    cards = {id: node.card_rect() for id, node in mirror.nodes.items() if id not in OUTSIDE}
    found = things_in([frame], cards, mirror.marks)
    return [id for id in found if id in cards], (), [*(id for id in found if id not in cards), frame.mark_id]
