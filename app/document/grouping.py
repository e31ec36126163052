"""Edits of groups, to be done inside `Document.edit`: none of them touches a wire.

Cards are what is seen on a level: ids of nodes and of groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.document.groups import TOP, Group, Groups, common_location, read_groups, write_groups
from app.document.marks import Mark, moved_mark, read_marks, write_marks
from app.document.sections import MARK_OF_IDS, unused_id
from engine import Graph, GraphError

_BESIDE = 260.0  # from what is in a group to a node that is put into it
Place = tuple[float, float]


def collapse(graph: Graph, cards: Iterable[str], marks: Iterable[str], level: str, name: str = "") -> str:
    """Put cards and marks of a level into a new group there; returns its id. Raises `GraphError` for no cards."""
    groups = read_groups(graph)
    chosen = dict.fromkeys(id for id in cards if id in set(groups.cards(graph, level)))
    if not chosen:
        raise GraphError("select the nodes that go into the group")
    id = unused_id("group", groups.by_id)
    place = _middle(graph, groups, chosen)
    name = name or f"Group {id.removeprefix(f'{MARK_OF_IDS}group')}"
    _put_into(graph, chosen, id, [*groups.by_id.values(), Group(id, name, (), level, place)])
    _put_marks_into(graph, marks, id)
    return id


def dissolve(graph: Graph, id: str) -> list[str]:
    """Take a group away and leave what is in it, where its card lies; returns the cards that were in it."""
    groups = read_groups(graph)
    group = group_of(graph, id)
    cards = groups.cards(graph, id)
    marks = [mark.id for mark in read_marks(graph).on_level(id, groups)]
    anchor = _middle(graph, groups, cards)
    if anchor is not None and group.at is not None and group.at != anchor:
        shift_all(graph, [*cards, *marks], group.at[0] - anchor[0], group.at[1] - anchor[1])
    _put_into(graph, cards, group.parent, read_groups(graph).by_id.values())
    _put_marks_into(graph, marks, group.parent)
    return cards


def put_into(graph: Graph, cards: Iterable[str], target: str) -> None:
    """Move cards into another group, or with `TOP` out of all of them; they run where all of that group runs.

    Inside they come to lie right of what is there; outside beside the card of the group that they were in.
    """
    groups = read_groups(graph)
    chosen = list(dict.fromkeys(cards))
    if target != TOP and any(id in groups.way_to(target) for id in chosen):
        raise GraphError("a group cannot lie in itself")
    _place_anew(graph, groups, chosen, target)
    location = common_location(graph, groups.nodes_below(target)) if target != TOP else None
    _put_into(graph, chosen, target, read_groups(graph).by_id.values())
    if location is not None:
        for node in groups.nodes_of_cards(chosen):
            graph.set_location(node, location)


def rename_group(graph: Graph, id: str, name: str) -> None:
    """Change what people call a group."""
    group = group_of(graph, id)
    _replace(graph, replace(group, name=name[:1000]))


def group_of(graph: Graph, id: str) -> Group:
    """The group of this id; raises `GraphError` when there is none."""
    try:
        return read_groups(graph).by_id[id]
    except KeyError:
        raise GraphError(f"there is no group {id!r} in this graph") from None


def place_all(graph: Graph, places: Mapping[str, Place]) -> None:
    """Put nodes, cards of groups, frames and comments at places of their level."""
    groups, marks = read_groups(graph), read_marks(graph)
    moved_groups: dict[str, Group] = {}
    moved_marks: dict[str, Mark] = {}
    for id, (x, y) in places.items():
        if not id.startswith(MARK_OF_IDS):
            graph.move(id, x, y)
        elif id in groups.by_id:
            moved_groups[id] = replace(groups.by_id[id], at=(float(x), float(y)))
        else:
            moved_marks[id] = moved_mark(graph, id, x, y)
    if moved_groups:
        write_groups(graph, [moved_groups.get(id, group) for id, group in groups.by_id.items()], groups.unread)
    if moved_marks:
        write_marks(graph, [moved_marks.get(id, mark) for id, mark in marks.by_id.items()])


def place_of(graph: Graph, id: str) -> Place | None:
    """Where a node, the card of a group, a frame or a comment lies; None while it has no place."""
    if not id.startswith(MARK_OF_IDS):
        return graph.positions.get(id)
    group = read_groups(graph).by_id.get(id)
    if group is not None:
        return group.at
    mark = read_marks(graph).by_id.get(id)
    return (mark.rect[0], mark.rect[1]) if mark is not None else None


def places_of(graph: Graph, ids: Iterable[str]) -> dict[str, Place]:
    """The places of those that have one."""
    return {id: place for id in ids if (place := place_of(graph, id)) is not None}


def shift_all(graph: Graph, ids: Iterable[str], x: float, y: float) -> None:
    """Move things of one level by the same way; what has no place yet stays without."""
    place_all(graph, {id: (place[0] + x, place[1] + y) for id, place in places_of(graph, ids).items()})


def _replace(graph: Graph, changed: Group) -> None:
    groups = read_groups(graph)
    after = [changed if group.id == changed.id else group for group in groups.by_id.values()]
    write_groups(graph, after, groups.unread)


def _put_into(graph: Graph, cards: Iterable[str], target: str, all_groups: Iterable[Group]) -> None:
    """Write the groups with these cards moved from where they are into a group; one that is left empty is left out."""
    unread = read_groups(graph).unread
    moved = set(cards)
    after: dict[str, Group] = {}
    for group in all_groups:
        nodes = [id for id in group.nodes if id not in moved]
        if group.id == target:
            nodes += [id for id in graph.nodes if id in moved]
        parent = target if group.id in moved else group.parent
        after[group.id] = replace(group, nodes=tuple(nodes), parent=parent)
    write_groups(graph, after.values(), unread)
    tidied = read_groups(graph)  # in the order of the document, without the empty ones
    write_groups(graph, tidied.by_id.values(), unread)


def _put_marks_into(graph: Graph, ids: Iterable[str], group: str) -> None:
    chosen = set(ids)
    if chosen:
        write_marks(graph, [_moved(mark, group) if mark.id in chosen else mark for mark in _all_marks(graph)])


def _all_marks(graph: Graph) -> Iterable[Mark]:
    return read_marks(graph).by_id.values()


def _moved(mark: Mark, group: str) -> Mark:
    return replace(mark, group=group)


def _middle(graph: Graph, groups: Groups, cards: Iterable[str]) -> Place | None:
    """The middle between the corners of cards, on whole units; None when none of them has a place."""
    places = list(places_of(graph, cards).values())
    if not places:
        return None
    xs, ys = [place[0] for place in places], [place[1] for place in places]
    return float(round((min(xs) + max(xs)) / 2)), float(round((min(ys) + max(ys)) / 2))


def _place_anew(graph: Graph, groups: Groups, cards: list[str], target: str) -> None:
    places = places_of(graph, cards)
    if not places:
        return
    left, top = min(x for x, _ in places.values()), min(y for _, y in places.values())
    there = list(places_of(graph, groups.cards(graph, target)).values())
    source = groups.level_of(cards[0]) if cards[0] in graph.nodes else groups.by_id[cards[0]].parent
    came_from = next((id for id in reversed(groups.way_to(source)) if groups.by_id[id].parent == target), "")
    beside = groups.by_id[came_from].at if came_from else None
    if beside is not None:
        corner = (beside[0] + _BESIDE, beside[1])
    elif there:
        corner = (max(x for x, _ in there) + _BESIDE, min(y for _, y in there))
    else:
        return
    shift_all(graph, cards, corner[0] - left, corner[1] - top)
