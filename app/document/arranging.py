"""Where nodes go when they are put in order: in layers along their wires, in line, or at equal distances.

Plain geometry of cards. The layers are graphlay's (https://github.com/aarkue/graphlay): a layered layout after
Sugiyama, with network simplex for the coordinates; it knows the sizes, and reverses the fewest wires of a cycle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from app.document.grouping import place_all
from app.document.groups import read_groups
from app.document.refusal import first_line

if TYPE_CHECKING:
    from app.document.document import Document
    from engine import Graph

COLUMN_GAP = 96.0  # room for what the wires say
ROW_GAP = 30.0
_MOST_AT_LEISURE = 60  # cards; for more of them the quick way, which is as good to the eye

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


def in_layers(boxes: Sequence[Box], wires: Iterable[tuple[str, str, bool]]) -> dict[str, Place]:
    """Places in columns from the sources to the sinks, with few crossings and no card on another.

    Takes up to a few tenths of a second for hundreds of cards, and leaves other threads to work meanwhile.

    Args:
        boxes: the cards.
        wires: (from, to, is feedback); those that do not join two of the cards are left out.

    Returns:
        A place for each card, (x, y); the upper left corner of them all stays where it was.

    Raises:
        ValueError: the layout library refused it.
    """
    if not boxes:
        return {}
    import graphlay  # a tenth of a second that the start of the editor does without

    graph = graphlay.Graph()
    known = {box.id for box in boxes}
    for box in boxes:
        # Twice the larger part around the first port: then first ports are in line, and wires between them straight.
        half = max(box.port, box.height - box.port)
        graph.node(box.id, width=box.width, height=2 * half)
    for (start, end), count in _edges(known, wires).items():
        graph.edge(start, end, weight=float(count))
    drawing = graphlay.layout(
        graph,
        options={
            "direction": "leftright",
            "effort": "balanced" if len(boxes) <= _MOST_AT_LEISURE else "fast",
            "spacing": {
                "layer_gap": COLUMN_GAP,
                "node_gap": ROW_GAP,
                "isolated_gap": ROW_GAP,
                "isolated_max_columns": 4,
            },
        },
    )
    middles = drawing.positions()
    places = {box.id: (middles[box.id][0] - box.width / 2, middles[box.id][1] - box.port) for box in boxes}
    left = min(box.x for box in boxes) - min(x for x, _ in places.values())
    top = min(box.y for box in boxes) - min(y for _, y in places.values())
    return {id: (round(x + left), round(y + top)) for id, (x, y) in places.items()}


def _edges(known: set[str], wires: Iterable[tuple[str, str, bool]]) -> dict[tuple[str, str], int]:
    """How many wires go from one card to another. A feedback wire counts only where no other joins its nodes."""
    counts: dict[tuple[str, str], int] = {}
    joined = {id: id for id in known}  # a union-find forest: what is joined has the same root

    def root(id: str) -> str:
        while joined[id] != id:
            joined[id] = id = joined[joined[id]]
        return id

    for start, end, is_feedback in sorted(wires, key=lambda wire: wire[2]):
        if start not in known or end not in known or start == end:
            continue
        if not is_feedback:
            counts[start, end] = counts.get((start, end), 0) + 1
        elif root(start) != root(end):
            counts[end, start] = 1
        joined[root(start)] = root(end)
    return counts


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


def arrange(document: Document, text: str, places: Mapping[str, Place]) -> bool:
    """Put nodes and groups at places, as one undo step; those that are gone meanwhile are left out."""

    def edit(graph: Graph) -> None:
        known = {*graph.nodes, *read_groups(graph).by_id}
        place_all(graph, {id: place for id, place in places.items() if id in known})

    return document.edit(text, edit)


def layout_refusal(error: Exception) -> str:
    """What to say when the layout library does not do it."""
    return f"The nodes were not arranged: {first_line(error)}"
