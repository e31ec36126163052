"""Room on the canvas: where a new card can lie without covering another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF

from app.canvas.card_layout import CHIP, HEADER, MIN_WIDTH, ROW, STRIP

if TYPE_CHECKING:
    from app.canvas.mirror import Mirror

GAP = 24.0
BESIDE = 72.0  # between two cards that a wire joins


def free_place(mirror: Mirror, wished: tuple[float, float], node_type: Any = None) -> tuple[float, float]:
    """The wished place, or the nearest one below it where a card of this type covers no other."""
    width, height = about_size(node_type)
    area = QRectF(*wished, width, height)
    others = [node.card_rect().adjusted(-GAP, -GAP, GAP, GAP) for node in mirror.nodes.values()]
    while True:
        covered = [other for other in others if other.intersects(area)]
        if not covered:
            return round(area.x()), round(area.y())
        area.moveTop(max(other.bottom() for other in covered) + 1)


def beside(card: QRectF, node_type: Any, *, before: bool) -> tuple[float, float]:
    """The place to the right of a card, or to its left."""
    width, _ = about_size(node_type)
    return (card.left() - BESIDE - width if before else card.right() + BESIDE), card.top()


def about_size(node_type: Any) -> tuple[float, float]:
    """The size that a card of a type has at least."""
    rows = max(len(node_type.node_inputs), len(node_type.node_outputs)) if node_type is not None else 1
    return MIN_WIDTH, HEADER + 7 + ROW * rows + 6 + CHIP + 3 + STRIP + 2
