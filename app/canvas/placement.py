"""Places for nodes that have none in the document (a file written by hand): in layers, along the wires."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.canvas.level import FROM_OUTSIDE, TO_OUTSIDE

COLUMN = 250.0
ROW = 170.0
_APART = 110.0

Place = tuple[float, float]


def places_for(nodes: Iterable[str], wires: Iterable[tuple[str, str]], known: Mapping[str, Place]) -> dict[str, Place]:
    """Where to put the nodes that have no place.

    Args:
        nodes: all node ids, in the order of the document.
        wires: (from node, to node) of every wire; cycles are allowed.
        known: the places that exist.

    Returns:
        A place for each node without one, in columns by their distance from the sources, below the known ones.
    """
    ids = list(nodes)
    missing = [id for id in ids if id not in known]
    if not missing:
        return {}
    layers = _layers(ids, list(wires))
    left = min((x for x, _ in known.values()), default=0.0)
    top = max((y for _, y in known.values()), default=-ROW) + ROW
    rows: dict[int, int] = {}
    places = {}
    for id in missing:
        column = layers[id]
        row = rows.get(column, 0)
        rows[column] = row + 1
        places[id] = (left + column * COLUMN, top + row * ROW)
    return places


def _layers(ids: list[str], wires: list[tuple[str, str]]) -> dict[str, int]:
    """The longest way from a source to each node (Kahn's algorithm); a cycle is entered at its first node."""
    following: dict[str, list[str]] = {id: [] for id in ids}
    waiting = dict.fromkeys(ids, 0)
    for start, end in wires:
        if start != end:
            following[start].append(end)
            waiting[end] += 1
    layer = dict.fromkeys(ids, 0)
    left = dict.fromkeys(ids)
    free = [id for id in ids if waiting[id] == 0]
    while left:
        if not free:
            free = [next(iter(left))]
        id = free.pop(0)
        if id not in left:
            continue
        del left[id]
        for after in following[id]:
            if after in left:
                layer[after] = max(layer[after], layer[id] + 1)
                waiting[after] -= 1
                if waiting[after] == 0:
                    free.append(after)
    return layer


def outside_places(places: Mapping[str, Place], sizes: Mapping[str, tuple[float, float]]) -> dict[str, Place]:
    """Where to put the cards of what is outside a group: left and right of all that is in it."""
    if not places:
        return {FROM_OUTSIDE: (0.0, 0.0), TO_OUTSIDE: (COLUMN, 0.0)}
    top = min(y for _, y in places.values())
    left = min(x for x, _ in places.values())
    right = max(x + sizes.get(id, (COLUMN, ROW))[0] for id, (x, _) in places.items())
    width = sizes.get(FROM_OUTSIDE, (COLUMN, ROW))[0]
    return {FROM_OUTSIDE: (left - width - _APART, top), TO_OUTSIDE: (right + _APART, top)}
