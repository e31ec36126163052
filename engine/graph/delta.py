"""The difference of two contents of a graph as plain data: small, so that it can be written down at every edit.

Entries are those of graph files (`entries.py`). What is the same object in both contents is the same: the values of a
graph are immutable, and an edit shares what it leaves alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from engine.errors import FileFormatError
from engine.graph.entries import (
    ComputerEntry,
    NodeEntry,
    PlotEntry,
    WireEntry,
    computer_entry,
    computer_of,
    node_entry,
    node_of,
    plot_entry,
    plot_of,
    unknown_fields,
    wire_entry,
    wire_of,
)
from engine.graph.spec import Snapshot
from engine.graph.wire import Wire

EMPTY = Snapshot({}, {}, {}, {}, {}, None)
_ABSENT: Any = object()


def delta_of(before: Snapshot, after: Snapshot) -> dict[str, Any]:
    """What leads from one content to another; empty when nothing does.

    Returns:
        For each section that differs `{"put": {key: entry}, "gone": [key], "order": [key]}`, each where it is needed.
    """
    found: dict[str, Any] = {}
    for name, (entry, _) in _SECTIONS.items():
        changed = _section_delta(getattr(before, name), getattr(after, name), entry)
        if changed:
            found[name] = changed
    if before.version != after.version:
        found["version"] = after.version
    return found


def _section_delta(
    before: Mapping[str, Any], after: Mapping[str, Any], entry: Callable[[str, Any], Any]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    put = {key: entry(key, value) for key, value in after.items() if before.get(key, _ABSENT) is not value}
    if put:
        found["put"] = put
    if len(before) + sum(key not in before for key in put) != len(after):
        found["gone"] = [key for key in before if key not in after]
    if put or found:  # the order changes only where something comes or goes
        kept = [key for key in before if key in after]
        kept += [key for key in put if key not in before]
        if kept != list(after):
            found["order"] = list(after)
    elif list(before) != list(after):
        found["order"] = list(after)
    return found


def applied(content: Snapshot, delta: Mapping[str, Any]) -> Snapshot:
    """The content after a delta.

    Raises:
        FileFormatError: this is no delta, or none of this content.
    """
    try:
        sections = {name: _section_after(getattr(content, name), delta.get(name), name) for name in _SECTIONS}
        version = delta.get("version", content.version)
        if version is not None and not isinstance(version, int):
            raise FileFormatError(f"version: {version!r} is no format version")
    except (msgspec.ValidationError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise FileFormatError(f"this is no change of a graph: {error!r}") from None
    if "nodes" in delta or "wires" in delta:
        _refuse_loose_ends(sections["nodes"], sections["wires"])
    return Snapshot(**sections, version=version)


def _section_after(before: Mapping[str, Any], delta: Mapping[str, Any] | None, name: str) -> dict[str, Any]:
    after = dict(before)
    if delta is None:
        return after
    for key in delta.get("gone", ()):
        del after[key]
    read = _SECTIONS[name][1]
    for key, raw in delta.get("put", {}).items():
        after[key] = read(raw, f"{name}.{key}")
    if "order" in delta:
        after = {key: after[key] for key in [*delta["order"], *after]}
    return after


def _refuse_loose_ends(nodes: Mapping[str, Any], wires: Mapping[str, Wire]) -> None:
    for key, wire in wires.items():
        if wire.from_node not in nodes or wire.to_node not in nodes:
            raise FileFormatError(f"{key} ends at no node")


def _position_of(raw: Any, place: str) -> tuple[float, float]:
    x, y = raw
    return float(x), float(y)


# How a value of each section becomes plain data, and is read again.
_SECTIONS: dict[str, tuple[Callable[[str, Any], Any], Callable[[Any, str], Any]]] = {
    "nodes": (
        lambda _, spec: node_entry(spec),
        lambda raw, place: node_of(msgspec.convert(raw, NodeEntry), unknown_fields(raw, NodeEntry), place),
    ),
    "wires": (
        lambda _, wire: wire_entry(wire),
        lambda raw, place: wire_of(msgspec.convert(raw, WireEntry), unknown_fields(raw, WireEntry), place),
    ),
    "positions": (lambda _, place: list(place), _position_of),
    "plots": (
        plot_entry,
        lambda raw, place: plot_of(msgspec.convert(raw, PlotEntry), unknown_fields(raw, PlotEntry), place),
    ),
    "computers": (
        lambda _, spec: computer_entry(spec),
        lambda raw, place: computer_of(msgspec.convert(raw, ComputerEntry), unknown_fields(raw, ComputerEntry), place),
    ),
    "extra": (lambda _, value: value, lambda raw, _: raw),
}
