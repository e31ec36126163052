"""What stands for a node, wire, plot or process in a graph file: plain data, to and from the values of `spec.py`.

Apart from the file as a whole (`file.py`), as a difference of two graphs (`delta.py`) is made of the same entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from engine.errors import FileFormatError, GraphError, TidewireError
from engine.graph.graph import DEATH_POLICIES, ERROR_POLICIES, ComputerSpec, NodeSpec, PlotSpec
from engine.graph.location import Location
from engine.graph.spec import refuse_long_text
from engine.graph.wire import NO_VALUE, Wire, is_node_id, split_end


class NodeEntry(msgspec.Struct):
    """A line of the section `nodes`."""

    id: str
    type: str
    name: str = ""
    location: str = ""
    on_error: str = ""
    parameters: dict[str, Any] = {}


class WireEntry(msgspec.Struct, rename={"source": "from", "target": "to"}):
    """A line of the section `wires`."""

    source: str
    target: str
    capacity: int = 16
    overflow: str = "block"
    feedback: bool = False
    initial: Any = NO_VALUE


class PlotEntry(msgspec.Struct):
    """A line of the section `plots`."""

    id: str
    port: str
    kind: str
    options: dict[str, Any] = {}
    also: list[str] = []


class ComputerEntry(msgspec.Struct):
    """A line of the section `computers`."""

    location: str
    on_death: str = ""


_KNOWN: dict[type, set[str]] = {
    kind: {field.encode_name for field in msgspec.structs.fields(kind)}
    for kind in (NodeEntry, WireEntry, PlotEntry, ComputerEntry)
}


def unknown_fields(raw: Mapping[str, Any], kind: type) -> dict[str, Any]:
    """The fields of an entry that this version does not know."""
    return {key: value for key, value in raw.items() if key not in _KNOWN[kind]}


# -- reading: each raises `FileFormatError` that begins with the place


def node_of(entry: NodeEntry, extra: dict[str, Any], place: str) -> NodeSpec:
    """The node that an entry stands for."""
    if not is_node_id(entry.id):
        raise FileFormatError(f"{place}: {entry.id!r} is no node id: use letters, digits, '_' or '-'")
    if entry.on_error and entry.on_error not in ERROR_POLICIES:
        raise FileFormatError(f"{place}.on_error: {entry.on_error!r} is none of {', '.join(ERROR_POLICIES)}")
    try:
        location = Location.parse(entry.location)
    except TidewireError as error:
        raise FileFormatError(f"{place}.location: {error}") from None
    _refuse_long_text(place, type=entry.type, name=entry.name)
    return NodeSpec(entry.id, entry.type, entry.parameters, location, entry.name, entry.on_error, extra)


def wire_of(entry: WireEntry, extra: dict[str, Any], place: str) -> Wire:
    """The wire that an entry stands for."""
    try:
        wire = Wire.between(entry.source, entry.target, entry.capacity, entry.overflow, entry.feedback, entry.initial)
    except TidewireError as error:
        raise FileFormatError(f"{place}: {error}") from None
    return replace(wire, extra=extra)


def plot_of(entry: PlotEntry, extra: dict[str, Any], place: str) -> PlotSpec:
    """The plot that an entry stands for."""
    for where, port in [("port", entry.port), *((f"also[{i}]", port) for i, port in enumerate(entry.also))]:
        try:
            split_end(port)
        except TidewireError as error:
            raise FileFormatError(f"{place}.{where}: {error}") from None
    also = tuple(port for port in dict.fromkeys(entry.also) if port != entry.port)
    _refuse_long_text(place, id=entry.id, kind=entry.kind)
    return PlotSpec(entry.port, entry.kind, entry.options, extra, also)


def computer_of(entry: ComputerEntry, extra: dict[str, Any], place: str) -> ComputerSpec:
    """The settings of a process that an entry stands for."""
    try:
        location = Location.parse(entry.location)
    except TidewireError as error:
        raise FileFormatError(f"{place}.location: {error}") from None
    if not location.process or location.thread:
        raise FileFormatError(f"{place}.location: {entry.location!r} is no process")
    if entry.on_death and entry.on_death not in DEATH_POLICIES:
        raise FileFormatError(f"{place}.on_death: {entry.on_death!r} is none of {', '.join(DEATH_POLICIES)}")
    return ComputerSpec(location, entry.on_death, extra)


def _refuse_long_text(place: str, **texts: str) -> None:
    try:
        refuse_long_text(**texts)
    except GraphError as error:
        raise FileFormatError(f"{place}: {error}") from None


# -- writing: what is as by default is left out


def node_entry(spec: NodeSpec) -> dict[str, Any]:
    """A node as plain data."""
    entry: dict[str, Any] = {"id": spec.id, "type": spec.type}
    if spec.name:
        entry["name"] = spec.name
    if not spec.location.is_main:
        entry["location"] = str(spec.location)
    if spec.on_error:
        entry["on_error"] = spec.on_error
    if spec.parameters:
        entry["parameters"] = dict(spec.parameters)
    return {**entry, **spec.extra}


def wire_entry(wire: Wire) -> dict[str, Any]:
    """A wire as plain data."""
    entry: dict[str, Any] = {"from": wire.output, "to": wire.input}
    if wire.capacity != 16:
        entry["capacity"] = wire.capacity
    if wire.overflow != "block":
        entry["overflow"] = str(wire.overflow)
    if wire.feedback:
        entry["feedback"] = True
    if wire.initial is not NO_VALUE:
        entry["initial"] = wire.initial
    return {**entry, **wire.extra}


def plot_entry(id: str, plot: PlotSpec) -> dict[str, Any]:
    """A plot as plain data."""
    entry: dict[str, Any] = {"id": id, "port": plot.port, "kind": plot.kind}
    if plot.also:
        entry["also"] = list(plot.also)
    if plot.options:
        entry["options"] = dict(plot.options)
    return {**entry, **plot.extra}


def computer_entry(spec: ComputerSpec) -> dict[str, Any]:
    """The settings of a process as plain data."""
    entry: dict[str, Any] = {"location": str(spec.location)}
    if spec.on_death:
        entry["on_death"] = spec.on_death
    return {**entry, **spec.extra}
