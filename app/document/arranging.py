"""Where nodes go when they are put in line or at equal distances, and putting them there. Plain geometry of cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from app.document.grouping import place_all
from app.document.groups import read_groups
from app.document.marks import Rect, read_marks, resize_mark
from app.document.refusal import first_line

if TYPE_CHECKING:
    from app.document.document import Document
    from engine import Graph

ROW_GAP = 30.0

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A card: its upper left corner and size, and how far below its top the first port lies."""

    id: str
    x: float
    y: float
    width: float
    height: float
    port: float = 0.0


class Edge(Enum):
    """What cards are put in line by."""

    LEFT = "left"
    CENTER = "centre"
    RIGHT = "right"
    TOP = "top"
    MIDDLE = "middle"
    BOTTOM = "bottom"


class Axis(Enum):
    """In which direction cards are distributed."""

    HORIZONTAL = "horizontally"
    VERTICAL = "vertically"


def aligned(boxes: Sequence[Box], edge: Edge) -> dict[str, Place]:
    """Places in line: by the outermost edge, or by the middle of them all."""
    if not boxes:
        return {}
    left, right = min(box.x for box in boxes), max(box.x + box.width for box in boxes)
    top, bottom = min(box.y for box in boxes), max(box.y + box.height for box in boxes)

    def place(box: Box) -> Place:
        match edge:
            case Edge.LEFT:
                return left, box.y
            case Edge.RIGHT:
                return right - box.width, box.y
            case Edge.CENTER:
                return round((left + right - box.width) / 2), box.y
            case Edge.TOP:
                return box.x, top
            case Edge.BOTTOM:
                return box.x, bottom - box.height
            case Edge.MIDDLE:
                return box.x, round((top + bottom - box.height) / 2)

    return {box.id: place(box) for box in boxes}


def distributed(boxes: Sequence[Box], axis: Axis) -> dict[str, Place]:
    """Places with equal gaps between the first and the last card, which stay; no card on another if there is room.

    Where there is none the last ones move on.
    """
    is_row = axis is Axis.HORIZONTAL
    ordered = sorted(boxes, key=lambda box: (box.x + box.width / 2) if is_row else (box.y + box.height / 2))
    if len(ordered) < 3:
        return {box.id: (box.x, box.y) for box in ordered}
    sizes = [box.width if is_row else box.height for box in ordered]
    first, last = ordered[0], ordered[-1]
    start = first.x if is_row else first.y
    length = (last.x + last.width - start) if is_row else (last.y + last.height - start)
    gap = max(ROW_GAP, (length - sum(sizes)) / (len(ordered) - 1))
    places: dict[str, Place] = {}
    at = start
    for box, size in zip(ordered, sizes, strict=True):
        places[box.id] = (round(at), box.y) if is_row else (box.x, round(at))
        at += size + gap
    return places


def arrange(
    document: Document, text: str, places: Mapping[str, Place], frames: Mapping[str, Rect] | None = None
) -> bool:
    """Put nodes and groups at places and frames around them, as one undo step; what is gone meanwhile is left out."""

    def edit(graph: Graph) -> None:
        known = {*graph.nodes, *read_groups(graph).by_id}
        place_all(graph, {id: place for id, place in places.items() if id in known})
        marks = read_marks(graph).by_id
        for id, rect in (frames or {}).items():
            if id in marks:
                resize_mark(graph, id, rect)

    return document.edit(text, edit)


def layout_refusal(error: Exception) -> str:
    """What to say when the layout library does not do it."""
    return f"The nodes were not arranged: {first_line(error)}"
