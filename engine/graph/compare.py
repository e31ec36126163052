"""What differs between two graphs, as people would tell it: what of nodes, wires and plots came, went or changed.

The order in which a file lists things is no difference. Where nodes lie is one of its own kind, which can be left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.graph.entries import computer_entry, node_entry, plot_entry, wire_entry
from engine.graph.graph import Graph

_LONGEST_VALUE = 60
_PLACE = "position"


class Kind(StrEnum):
    """What happened."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"

    @property
    def sign(self) -> str:
        """One letter for it."""
        return {"added": "+", "removed": "−", "changed": "~", "moved": "↔"}[self.value]


class Subject(StrEnum):
    """To what it happened."""

    NODE = "node"
    WIRE = "wire"
    PLOT = "plot"
    PROCESS = "process"
    SECTION = "section"
    FORMAT = "format"


class _Absent:
    """Stands for a value that is not there, where None is a value."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value that differs; `ABSENT` where there is none, so that the default holds."""

    name: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.name} {value_text(self.before)} → {value_text(self.after)}"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: what happened to what, and the values that differ where it is in both graphs.

    `key` is the id of a node or plot, the key of a wire, the location of a process, or the name of a section.
    """

    kind: Kind
    subject: Subject
    key: str
    about: str = ""
    fields: tuple[FieldChange, ...] = ()

    def __str__(self) -> str:
        text = f"{self.kind.sign} {self.subject} {self.key}"
        said = "; ".join(map(str, self.fields)) or self.about
        return f"{text}: {said}" if said else text


def compare(before: Graph, after: Graph) -> list[Change]:
    """What leads from one graph to another, nodes first; empty when they differ in nothing but order."""
    nodes = _compared(Subject.NODE, _nodes(before), _nodes(after), lambda entry: str(entry["type"]))
    wires = _compared(Subject.WIRE, _wires(before), _wires(after))
    plots = _compared(Subject.PLOT, _plots(before), _plots(after), lambda entry: f"{entry['kind']} of {entry['port']}")
    processes = _compared(Subject.PROCESS, _computers(before), _computers(after))
    sections = _compared(Subject.SECTION, _sections(before), _sections(after))
    found = [*nodes, *_moves(before, after), *wires, *plots, *processes, *sections]
    versions = before.version or 1, after.version or 1
    if versions[0] != versions[1]:
        found.append(Change(Kind.CHANGED, Subject.FORMAT, "version", fields=(FieldChange("tidewire", *versions),)))
    return found


def without_moves(changes: list[Change]) -> list[Change]:
    """The changes, those left out that are only of where nodes lie."""
    return [change for change in changes if change.kind is not Kind.MOVED]


def value_text(value: Any) -> str:
    """A value for people, in a few words."""
    if value is ABSENT:
        return "(default)"
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


# -- both sides as plain data


def _nodes(graph: Graph) -> dict[str, dict[str, Any]]:
    entries = {}
    for id, spec in graph.nodes.items():
        entry = node_entry(spec)
        values = entry.pop("parameters", {})
        del entry["id"]
        entries[id] = {**entry, **{f"parameter {name}": value for name, value in values.items()}}
    return entries


def _wires(graph: Graph) -> dict[str, dict[str, Any]]:
    return {key: _without(wire_entry(wire), "from", "to") for key, wire in graph.wires.items()}


def _plots(graph: Graph) -> dict[str, dict[str, Any]]:
    entries = {}
    for id, plot in graph.plots.items():
        entry = _without(plot_entry(id, plot), "id")
        options = entry.pop("options", {})
        entries[id] = {**entry, **{f"option {name}": value for name, value in options.items()}}
    return entries


def _computers(graph: Graph) -> dict[str, dict[str, Any]]:
    return {key: _without(computer_entry(spec), "location") for key, spec in graph.computers.items()}


def _sections(graph: Graph) -> dict[str, dict[str, Any]]:
    return {key: value if isinstance(value, dict) else {"content": value} for key, value in graph.extra.items()}


def _without(entry: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in names}


# -- comparing


def _compared(
    subject: Subject,
    before: Mapping[str, Mapping[str, Any]],
    after: Mapping[str, Mapping[str, Any]],
    about: Callable[[Mapping[str, Any]], str] = lambda entry: "",
) -> list[Change]:
    found = [Change(Kind.REMOVED, subject, key, about(entry)) for key, entry in before.items() if key not in after]
    for key, entry in after.items():
        if key not in before:
            found.append(Change(Kind.ADDED, subject, key, about(entry)))
            continue
        fields = _changed_fields(before[key], entry)
        if fields:
            found.append(Change(Kind.CHANGED, subject, key, fields=fields))
    return found


def _changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    names = dict.fromkeys([*before, *after])
    pairs = ((name, before.get(name, ABSENT), after.get(name, ABSENT)) for name in names)
    return tuple(FieldChange(*pair) for pair in pairs if not _is_same(pair[1], pair[2]))


def _is_same(before: Any, after: Any) -> bool:
    """Would both be written to a file alike? 1, 1.0 and true are equal in Python, and not there."""
    if before is after:
        return True
    if before is ABSENT or after is ABSENT:
        return False
    return json.dumps(before, sort_keys=True, default=repr) == json.dumps(after, sort_keys=True, default=repr)


def _moves(before: Graph, after: Graph) -> list[Change]:
    """Nodes of both graphs that lie elsewhere, by what a file holds of it: hundredths."""
    found = []
    for id in after.nodes:
        if id in before.nodes:
            places = tuple(_place(graph.positions.get(id)) for graph in (before, after))
            if places[0] != places[1]:
                found.append(Change(Kind.MOVED, Subject.NODE, id, fields=(FieldChange(_PLACE, *places),)))
    return found


def _place(place: tuple[float, float] | None) -> Any:
    if place is None:
        return ABSENT
    rounded = [round(part, 2) for part in place]
    return [int(part) if part == int(part) else part for part in rounded]
