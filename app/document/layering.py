"""Where nodes go in an automatic layout: in columns along their wires, each frame around what was in it.

The layers are graphlay's (https://github.com/aarkue/graphlay): a layered layout after Sugiyama, with network simplex
for the coordinates; it knows the sizes and the frames, and reverses the fewest wires of a cycle.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.document.arranging import ROW_GAP, Box, Place
from app.document.marks import Rect

COLUMN_GAP = 96.0  # room for what the wires say
_PADDING = 24.0  # of a frame, around the cards in it
_HEADER = 36.0  # of a frame, above that
_MOST_AT_LEISURE = 60  # cards; for more of them the quick way, which is as good to the eye


@dataclass(frozen=True, slots=True)
class Layers:
    """A place for each card, and a rectangle for each frame that has cards in it."""

    places: dict[str, Place]
    frames: dict[str, Rect]


def in_layers(boxes: Sequence[Box], wires: Iterable[tuple[str, str, bool]], frames: Sequence[Box] = ()) -> Layers:
    """Places in columns from the sources to the sinks, with few crossings and no card on another.

    Takes up to a few tenths of a second for hundreds of cards, and leaves other threads to work meanwhile.

    Args:
        boxes: the cards.
        wires: (from, to, is feedback); those that do not join two of the cards are left out.
        frames: keep the cards whose middle is in them; of several around a card the smallest counts, and frames may
            lie in each other.

    Returns:
        The upper left corner of it all stays where it was.

    Raises:
        ValueError: the layout library refused it.
    """
    if not boxes:
        return Layers({}, {})
    import graphlay  # a tenth of a second that the start of the editor does without

    graph = graphlay.Graph()
    parents = _parents(boxes, frames)
    indices: dict[str, int] = {}
    for frame in sorted(frames, key=_size, reverse=True):  # an outer one is there before what is in it
        if frame.id in set(parents.values()):
            indices[frame.id] = graph.node(frame.id, width=1, height=1, **_inside(parents, indices, frame.id))
    for box in boxes:
        # Twice the larger part around the first port: then first ports are in line, and wires between them straight.
        half = max(box.port, box.height - box.port)
        graph.node(box.id, width=box.width, height=2 * half, **_inside(parents, indices, box.id))
    for (start, end), count in _edges({box.id for box in boxes}, wires).items():
        graph.edge(start, end, weight=float(count))
    middles = graphlay.layout(graph, options=_options(len(boxes))).positions()
    places = {box.id: (middles[box.id][0] - box.width / 2, middles[box.id][1] - box.port) for box in boxes}
    rects = _around(boxes, places, parents, frames)
    before = [(box.x, box.y) for box in (*boxes, *(frame for frame in frames if frame.id in rects))]
    after = [*places.values(), *((x, y) for x, y, _, _ in rects.values())]
    left = min(x for x, _ in before) - min(x for x, _ in after)
    top = min(y for _, y in before) - min(y for _, y in after)
    return Layers(
        {id: (round(x + left), round(y + top)) for id, (x, y) in places.items()},
        {id: (round(x + left), round(y + top), round(w), round(h)) for id, (x, y, w, h) in rects.items()},
    )


def _options(count: int) -> dict[str, Any]:
    return {
        "direction": "leftright",
        "effort": "balanced" if count <= _MOST_AT_LEISURE else "fast",
        "spacing": {
            "layer_gap": COLUMN_GAP,
            "node_gap": ROW_GAP,
            "isolated_gap": ROW_GAP,
            "isolated_max_columns": 4,
            "compound_padding": _PADDING,
            "compound_header": _HEADER,
        },
    }


def _parents(boxes: Sequence[Box], frames: Sequence[Box]) -> dict[str, str]:
    """By card and frame the smallest frame that is around it."""
    by_size = sorted(frames, key=_size)
    parents: dict[str, str] = {}
    for box in (*boxes, *frames):
        x, y = box.x + box.width / 2, box.y + box.height / 2
        for frame in by_size:
            is_larger = frame.id != box.id and (box in boxes or _size(frame) > _size(box))
            if is_larger and frame.x <= x <= frame.x + frame.width and frame.y <= y <= frame.y + frame.height:
                parents[box.id] = frame.id
                break
    held = {parents[box.id] for box in boxes if box.id in parents}
    while more := {parents[id] for id in held if id in parents} - held:
        held |= more
    return {id: frame for id, frame in parents.items() if frame in held and (id in held or id not in _ids(frames))}


def _ids(frames: Sequence[Box]) -> set[str]:
    return {frame.id for frame in frames}


def _size(frame: Box) -> tuple[float, str]:
    return frame.width * frame.height, frame.id


def _inside(parents: dict[str, str], indices: dict[str, int], id: str) -> dict[str, Any]:
    return {"parent": indices[parents[id]]} if id in parents else {}


def _around(
    boxes: Sequence[Box], places: dict[str, Place], parents: dict[str, str], frames: Sequence[Box]
) -> dict[str, Rect]:
    """The rectangles of the frames, from the innermost out."""
    areas = {box.id: (*places[box.id], places[box.id][0] + box.width, places[box.id][1] + box.height) for box in boxes}
    rects: dict[str, Rect] = {}
    for frame in sorted(frames, key=_size):
        inner = [areas[id] for id, parent in parents.items() if parent == frame.id and id in areas]
        if inner:
            left, top = min(area[0] for area in inner) - _PADDING, min(area[1] for area in inner) - _PADDING - _HEADER
            right, bottom = max(area[2] for area in inner) + _PADDING, max(area[3] for area in inner) + _PADDING
            areas[frame.id] = (left, top, right, bottom)
            rects[frame.id] = (left, top, right - left, bottom - top)
    return rects


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
