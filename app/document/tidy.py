"""What follows every edit: groups and marks are put in order, and what is new belongs to the level in sight."""

from __future__ import annotations

from dataclasses import replace

from app.document.groups import GROUPS, TOP, Groups, common_location, read_groups, write_groups
from app.document.marks import COMMENTS, FRAMES, read_marks, write_marks
from engine import Graph, Snapshot

_SECTIONS = (GROUPS, FRAMES, COMMENTS)


def tidy(graph: Graph, before: Snapshot, level: str) -> None:
    """Put the groups and marks of a graph in order after an edit, as a part of it.

    A node that is gone leaves its group, an empty group vanishes with the marks in it, and nodes, groups and marks
    that are new and in no group come into the group of `level`, where the nodes run like those that are there.

    Args:
        graph: after the edit.
        before: its content before that.
        level: the group whose inside is looked at; `TOP` for none.
    """
    are_same = all(graph.extra.get(key) is before.extra.get(key) for key in _SECTIONS)
    if are_same and graph.nodes.keys() == before.nodes.keys():
        return
    if level != TOP and isinstance(graph.extra.get(GROUPS), list):
        _take_in(graph, before, level)
    groups = read_groups(graph)
    if GROUPS in graph.extra and not groups.complaint:
        write_groups(graph, groups.by_id.values(), groups.unread)
    _drop_marks_of_vanished_groups(graph, before, groups)


def _take_in(graph: Graph, before: Snapshot, level: str) -> None:
    """Let the group of the level have what is new and in no group."""
    groups = read_groups(graph)
    if level not in groups.by_id:
        return
    known = _ids(before, GROUPS)
    new_groups = {id for id in groups.inside.get(TOP, ()) if id not in known and id != level}
    new_nodes = [id for id in graph.nodes if id not in before.nodes and id not in groups.group_of]
    if new_groups or new_nodes:
        location = common_location(graph, groups.nodes_below(level))
        arrived = [*new_nodes, *groups.nodes_of_cards(new_groups)]
        after = [replace(group, parent=level) if group.id in new_groups else group for group in groups.by_id.values()]
        after = [replace(g, nodes=(*g.nodes, *new_nodes)) if g.id == level else g for g in after]
        write_groups(graph, after, groups.unread)
        for id in arrived if location is not None else ():
            graph.set_location(id, location or "")
    _take_in_marks(graph, before, level)


def _take_in_marks(graph: Graph, before: Snapshot, level: str) -> None:
    marks = read_marks(graph).by_id
    known = _ids(before, FRAMES) | _ids(before, COMMENTS)
    if any(id not in known and mark.group == TOP for id, mark in marks.items()):
        after = [
            replace(mark, group=level) if id not in known and mark.group == TOP else mark for id, mark in marks.items()
        ]
        write_marks(graph, after)


def _drop_marks_of_vanished_groups(graph: Graph, before: Snapshot, groups: Groups) -> None:
    marks = read_marks(graph)
    were_there = _ids(before, GROUPS)
    gone = {mark.group for mark in marks.by_id.values() if mark.group in were_there} - set(groups.by_id)
    if gone and not marks.complaint:
        write_marks(graph, [mark for mark in marks.by_id.values() if mark.group not in gone])


def _ids(content: Snapshot, key: str) -> set[str]:
    section = content.extra.get(key, [])
    entries = section if isinstance(section, list) else []
    ids = (entry.get("id") for entry in entries if isinstance(entry, dict))
    return {id for id in ids if isinstance(id, str)}
