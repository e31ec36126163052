"""Groups as the file has them: nodes that are seen as one card. The engine knows nothing of groups.

A graph stays flat, so no wire can be lost by grouping: a group says how the graph is looked at. Groups lie in one
another; the outermost level is the empty text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from app.document.sections import (
    MARK_OF_IDS,
    Section,
    numbers_of,
    others,
    read_section,
    short,
    text_of,
    write_section,
)
from engine import Graph, Location

GROUPS = "groups"
TOP = ""  # the level on which nothing is inside a group
_FIELDS = ("id", "name", "nodes", "parent", "at")


@dataclass(frozen=True, slots=True)
class Group:
    """One group.

    Attributes:
        id: unique in the graph, never an id of a node.
        name: what people call it.
        nodes: ids of the nodes that lie in it, and in no group inside it.
        parent: the group it lies in itself; `TOP` for none.
        at: where its card lies in there; None until it has a place.
        extra: fields that this version does not know.
    """

    id: str
    name: str
    nodes: tuple[str, ...]
    parent: str = TOP
    at: tuple[float, float] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What people call it; its id while it has no name."""
        return self.name or self.id.removeprefix(MARK_OF_IDS)

    def fields(self) -> dict[str, Any]:
        """Its entry in the file."""
        entry: dict[str, Any] = {"id": self.id, "name": self.name, "nodes": list(self.nodes)}
        if self.parent:
            entry["parent"] = self.parent
        if self.at is not None:
            entry["at"] = [short(part) for part in self.at]
        return {**entry, **self.extra}


class Groups:
    """The groups of a graph, put in order: every node in one group at most, no group in itself, none without nodes."""

    def __init__(self, graph: Graph, section: Section[Group]) -> None:
        self.unread = section.unread
        self.complaint = section.complaint
        self._order = {id: index for index, id in enumerate(graph.nodes)} if section.entries else {}
        self.group_of: dict[str, str] = {}  # by node: the innermost group it lies in
        self.by_id = self._in_order(section.entries)

    def _in_order(self, entries: Mapping[str, Group]) -> dict[str, Group]:
        found: dict[str, Group] = {}
        for group in entries.values():
            own = dict.fromkeys(id for id in group.nodes if id in self._order and id not in self.group_of)
            self.group_of.update(dict.fromkeys(own, group.id))
            found[group.id] = replace(group, nodes=tuple(sorted(own, key=self._order.__getitem__)))
        sound: dict[str, bool] = {TOP: True}
        for id in found:
            way = []
            while id not in sound and id in found:
                sound[id] = True
                way.append(id)
                id = found[id].parent
            is_unknown = id not in found and id != TOP
            if way and (is_unknown or id in way):  # or it has come back to itself
                found[way[-1]] = replace(found[way[-1]], parent=TOP)
        filled: set[str] = set()
        for id in [group.id for group in found.values() if group.nodes]:
            while id not in filled and id != TOP:
                filled.add(id)
                id = found[id].parent
        return {id: group for id, group in found.items() if id in filled}

    # -- looking -----------------------------------------------------------------------------------------------

    @cached_property
    def inside(self) -> dict[str, list[str]]:
        """By group: the groups that lie in it directly; `TOP` has the outermost."""
        found: dict[str, list[str]] = {}
        for group in self.by_id.values():
            found.setdefault(group.parent, []).append(group.id)
        return found

    def level_of(self, node: str) -> str:
        """The level on which a node is seen itself."""
        return self.group_of.get(node, TOP)

    def way_to(self, level: str) -> list[str]:
        """The groups from the outermost to this one; none for `TOP` and for a group that is not there."""
        way: list[str] = []
        while level in self.by_id:
            way.append(level)
            level = self.by_id[level].parent
        return way[::-1]

    def nodes_below(self, group: str) -> list[str]:
        """The nodes in a group and in the groups inside it, in the order of the document."""
        found: list[str] = []
        todo = [group]
        while todo:
            id = todo.pop()
            if id in self.by_id:
                found += self.by_id[id].nodes
            todo += self.inside.get(id, ())
        return sorted(found, key=self._order.__getitem__)

    def groups_below(self, group: str) -> list[str]:
        """The groups inside a group, at any depth."""
        found = list(self.inside.get(group, ()))
        for id in found:
            found += self.inside.get(id, ())
        return found

    def card_of(self, node: str, level: str) -> str | None:
        """What a node is seen as on a level: its own id, or that of a group; None when it lies outside."""
        group, card = self.group_of.get(node, TOP), node
        while group != level:
            if group == TOP:
                return None
            card, group = group, self.by_id[group].parent
        return card

    def cards(self, graph: Graph, level: str) -> list[str]:
        """The ids of the nodes and of the groups that are seen on a level."""
        nodes = [id for id in graph.nodes if self.group_of.get(id, TOP) == level]
        return [*nodes, *self.inside.get(level, ())]

    def nodes_of_cards(self, cards: Iterable[str]) -> list[str]:
        """The nodes that cards stand for."""
        found: list[str] = []
        for id in cards:
            found += self.nodes_below(id) if id.startswith(MARK_OF_IDS) else [id]
        return found


class _LastReading:
    """Kept while the graph has the same nodes and the same section: it is asked for at every change."""

    def __init__(self) -> None:
        self.section: object = None
        self.nodes: tuple[str, ...] = ()
        self.groups = Groups(Graph(), Section({}))


_last = _LastReading()


def read_groups(graph: Graph) -> Groups:
    """The groups of a graph, whatever is written in its file."""
    section = graph.extra.get(GROUPS)
    nodes = tuple(graph.nodes)
    if _last.section is not section or _last.nodes != nodes:
        _last.groups = Groups(graph, read_section(graph, GROUPS, _group))
        _last.section, _last.nodes = section, nodes
    return _last.groups


def write_groups(graph: Graph, groups: Iterable[Group], unread: Iterable[Any]) -> None:
    """Replace the groups of a graph; raises `GraphError` when what is there cannot be read."""
    write_section(graph, GROUPS, [group.fields() for group in groups], unread)


def common_location(graph: Graph, nodes: Iterable[str]) -> Location | None:
    """Where all of these nodes run; None when that differs, or there are none."""
    found = {graph.nodes[id].location for id in nodes if id in graph.nodes}
    return found.pop() if len(found) == 1 else None


def _group(fields: Mapping[str, Any]) -> Group:
    nodes = fields.get("nodes", [])
    if not isinstance(nodes, list) or not all(isinstance(id, str) for id in nodes):
        raise ValueError("nodes is no list of ids")
    at = numbers_of(fields, "at", 2) if "at" in fields else None
    place = (at[0], at[1]) if at is not None else None
    parent = text_of(fields, "parent")
    return Group(fields["id"], text_of(fields, "name"), tuple(nodes), parent, place, others(fields, _FIELDS))
