"""Nodes as text: what copy puts on the clipboard and paste reads is the format of the graph file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.document.grouping import place_all, places_of
from app.document.groups import TOP, read_groups, write_groups
from app.document.marks import Mark, read_marks, write_marks
from app.document.sections import unused_id
from app.document.trust import EditorGraph
from engine import Graph, Snapshot
from engine.graph.file import format_graph, parse_graph

_SHOWN = 40  # characters of a foreign text


def nothing_to_paste(text: str, error: Exception | None = None) -> str:
    """What to say of a clipboard that holds no nodes: what it holds instead, and what to do."""
    advice = "copy nodes here or in another window, or the text of a graph file"
    if not text.strip():
        return f"The clipboard holds no text: {advice}."
    if error is None:
        return f"The graph on the clipboard has no nodes: {advice}."
    if text.lstrip().startswith("{"):
        return f"The clipboard cannot be pasted: {error}."
    line = " ".join(text.split())
    shown = line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
    return f"The clipboard holds no nodes, but “{shown}”: {advice}."


def text_of(graph: Graph, ids: Iterable[str], marks: Iterable[str] = (), level: str = TOP) -> str:
    """The chosen nodes with the wires among them and their positions, as the text of a graph file.

    Args:
        graph: where they are.
        ids: of nodes.
        marks: frames and comments that come along.
        level: groups that lie inside this one come along with what is in them, when all their nodes do.
    """
    chosen = {id for id in ids if id in graph.nodes}
    part = EditorGraph()
    part.restore(
        Snapshot(
            {id: spec for id, spec in graph.nodes.items() if id in chosen},
            {key: wire for key, wire in graph.wires.items() if wire.from_node in chosen and wire.to_node in chosen},
            {id: place for id, place in graph.positions.items() if id in chosen},
            {},
            {},
            graph.version,
            {
                place: computer
                for place, computer in graph.computers.items()
                if any(str(graph.nodes[id].location.process_location) == place for id in chosen)
            },
        )
    )
    groups = read_groups(graph)
    whole = [id for id in groups.groups_below(level) if chosen.issuperset(groups.nodes_below(id))]
    write_groups(part, [replace(groups.by_id[id], parent=_among(groups.by_id[id].parent, whole)) for id in whole], ())
    chosen_marks = set(marks)
    copied = [mark for mark in read_marks(graph).by_id.values() if mark.id in chosen_marks or mark.group in whole]
    write_marks(part, [_in_group(mark, _among(mark.group, whole)) for mark in copied])
    return format_graph(part)


def pasted(
    graph: Graph,
    text: str,
    *,
    at: tuple[float, float] | None = None,
    offset: tuple[float, float] = (0.0, 0.0),
    name: str = "the clipboard",
) -> tuple[Snapshot, list[str], list[str]]:
    """The content of a graph with the nodes, groups, frames and comments of a text added under new ids.

    Args:
        graph: where they are added; it is not changed.
        text: the text of a graph file.
        at: where the upper left corner of the added nodes goes; None keeps their places, shifted by `offset`.
        offset: the shift, (x, y).
        name: what a refusal calls the text.

    Returns:
        The new content, and the ids of the added nodes and of the added frames and comments.

    Raises:
        FileFormatError: the text is no graph.
        GraphError: the graph has groups or marks that cannot be read, and the text brings more.
    """
    part = parse_graph(text, EditorGraph, name=name)
    _shift(part, at, offset)
    target = EditorGraph()
    target.restore(graph.snapshot())
    new_ids: dict[str, str] = {}
    for old, spec in part.nodes.items():
        new = target.unused_id(old)
        new_ids[old] = new
        target.nodes[new] = replace(spec, id=new)
    for wire in part.wires.values():
        moved = replace(wire, from_node=new_ids[wire.from_node], to_node=new_ids[wire.to_node])
        target.wires[moved.key] = moved
    for old, place in part.positions.items():
        if old in new_ids:
            target.positions[new_ids[old]] = place
    for process, computer in part.computers.items():
        target.computers.setdefault(process, computer)  # what is set here for a process of that name holds
    marks = _add_groups_and_marks(graph, part, target, new_ids)
    return target.snapshot(), list(new_ids.values()), marks


def _add_groups_and_marks(graph: Graph, part: Graph, target: Graph, new_ids: dict[str, str]) -> list[str]:
    """Give the target what a part has of groups and marks, under new ids; returns those of the marks."""
    there, brought = read_groups(graph), read_groups(part)
    groups = list(there.by_id.values())
    new_groups = {TOP: TOP}
    for id in brought.by_id:
        new_groups[id] = unused_id("group", [*there.by_id, *new_groups])
    for group in brought.by_id.values():
        nodes = tuple(new_ids[id] for id in group.nodes)
        groups.append(replace(group, id=new_groups[group.id], nodes=nodes, parent=new_groups[group.parent]))
    if brought.by_id:
        write_groups(target, groups, there.unread)
    own = read_marks(graph).by_id
    taken, added = set(own), list[Mark]()
    for mark in read_marks(part).by_id.values():
        id = unused_id(mark.id.lstrip("@").rstrip("0123456789") or "mark", taken)
        taken.add(id)
        added.append(replace(mark, id=id, group=new_groups.get(mark.group, TOP)))
    if added:
        write_marks(target, [*own.values(), *added])
    return [mark.id for mark in added if mark.group == TOP]


def _shift(part: Graph, at: tuple[float, float] | None, offset: tuple[float, float]) -> None:
    """Move what lies on the outermost level of a part; what is in its groups stays where it is in there."""
    groups = read_groups(part)
    seen = [*groups.cards(part, TOP), *(mark.id for mark in read_marks(part).on_level(TOP, groups))]
    places = places_of(part, seen)
    if at is not None and places:
        offset = (at[0] - min(x for x, _ in places.values()), at[1] - min(y for _, y in places.values()))
    place_all(part, {id: (x + offset[0], y + offset[1]) for id, (x, y) in places.items()})


def _among(group: str, whole: list[str]) -> str:
    return group if group in whole else TOP


def _in_group(mark: Mark, group: str) -> Mark:
    return replace(mark, group=group)
