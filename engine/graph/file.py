"""Reading and writing `.tide` files: JSON, stable order, one node or wire a line.

Reading runs no code from the file: guarded JSON (`json_text.py`), then a schema. What this version does not know is
kept and written back. Writing refuses what could not be read again; how bytes come from and go to a disk is apart
(`disk.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from engine.errors import FileFormatError, GraphError, TidewireError
from engine.graph.disk import read_file, shown_name, write_atomically
from engine.graph.graph import DEATH_POLICIES, ERROR_POLICIES, ComputerSpec, Graph, NodeSpec, PlotSpec
from engine.graph.json_text import MAX_BYTES, read_json, refuse_bulk, write_json
from engine.graph.location import Location
from engine.graph.spec import refuse_long_text
from engine.graph.wire import NO_VALUE, Wire, is_node_id, split_end

FORMAT_VERSION = 1
MAX_NODES = 20_000
MAX_WIRES = 100_000
_MOST_WORDS = 600  # characters of a message

G = TypeVar("G", bound=Graph)


class _NodeEntry(msgspec.Struct):
    id: str
    type: str
    name: str = ""
    location: str = ""
    on_error: str = ""
    parameters: dict[str, Any] = {}


class _WireEntry(msgspec.Struct, rename={"source": "from", "target": "to"}):
    source: str
    target: str
    capacity: int = 16
    overflow: str = "block"
    feedback: bool = False
    initial: Any = NO_VALUE


class _PlotEntry(msgspec.Struct):
    id: str
    port: str
    kind: str
    options: dict[str, Any] = {}


class _ComputerEntry(msgspec.Struct):
    location: str
    on_death: str = ""


class _FileEntry(msgspec.Struct):
    tidewire: int
    nodes: list[_NodeEntry] = []
    wires: list[_WireEntry] = []
    layout: dict[str, tuple[float, float]] = {}
    plots: list[_PlotEntry] = []
    computers: list[_ComputerEntry] = []


_KNOWN: dict[type, set[str]] = {
    kind: {field.encode_name for field in msgspec.structs.fields(kind)}
    for kind in (_NodeEntry, _WireEntry, _PlotEntry, _ComputerEntry, _FileEntry)
}


# -- reading


def load_graph(path: Path, graph_type: type[G]) -> G:
    """Read a graph file; raises `FileFormatError`, also when the system does not give its content."""
    data, place = read_file(path)
    graph = parse_graph(data, graph_type, name=shown_name(path))
    graph.path = place
    return graph


def parse_graph(data: bytes | str, graph_type: type[G], *, name: str = "this text") -> G:
    """Read a graph from the text of a file; `name` is what errors call it.

    Raises:
        FileFormatError: the text is no graph; the message names the place in it.
    """
    try:
        return _graph_of(read_json(data, name), graph_type, name)
    except FileFormatError as error:
        text = str(error)  # it may quote the file, which may hold megabytes there
        raise FileFormatError(text if len(text) <= _MOST_WORDS else f"{text[:_MOST_WORDS]}…") from None


def _graph_of(raw: Any, graph_type: type[G], name: str) -> G:
    try:
        entry = msgspec.convert(raw, _FileEntry)
    except msgspec.ValidationError as error:
        raise FileFormatError(f"{name} is no Tidewire graph: {error}") from None
    if entry.tidewire < 1:
        raise FileFormatError(f"{name}: $.tidewire: {entry.tidewire} is no format version: they count from 1")
    if len(entry.nodes) > MAX_NODES or len(entry.wires) > MAX_WIRES:
        raise FileFormatError(f"{name} has more than {MAX_NODES} nodes or {MAX_WIRES} wires")
    graph = graph_type()
    graph.version = entry.tidewire
    graph.extra = _unknown(raw, _FileEntry)
    for index, node in enumerate(entry.nodes):
        _add_node(graph, node, _unknown(raw["nodes"][index], _NodeEntry), f"{name}: $.nodes[{index}]")
    for index, wire in enumerate(entry.wires):
        _add_wire(graph, wire, _unknown(raw["wires"][index], _WireEntry), f"{name}: $.wires[{index}]")
    for id, (x, y) in entry.layout.items():
        graph.positions[id] = (x, y)
    for index, plot in enumerate(entry.plots):
        _add_plot(graph, plot, _unknown(raw["plots"][index], _PlotEntry), f"{name}: $.plots[{index}]")
    for index, computer in enumerate(entry.computers):
        extra = _unknown(raw["computers"][index], _ComputerEntry)
        _add_computer(graph, computer, extra, f"{name}: $.computers[{index}]")
    return graph


def _add_node(graph: Graph, entry: _NodeEntry, extra: dict[str, Any], place: str) -> None:
    if entry.id in graph.nodes:
        raise FileFormatError(f"{place}: there is a node {entry.id!r} already")
    if not is_node_id(entry.id):
        raise FileFormatError(f"{place}: {entry.id!r} is no node id: use letters, digits, '_' or '-'")
    if entry.on_error and entry.on_error not in ERROR_POLICIES:
        raise FileFormatError(f"{place}.on_error: {entry.on_error!r} is none of {', '.join(ERROR_POLICIES)}")
    try:
        location = Location.parse(entry.location)
    except TidewireError as error:
        raise FileFormatError(f"{place}.location: {error}") from None
    _refuse_long_text(place, type=entry.type, name=entry.name)
    graph.nodes[entry.id] = NodeSpec(
        entry.id, entry.type, entry.parameters, location, entry.name, entry.on_error, extra
    )


def _add_wire(graph: Graph, entry: _WireEntry, extra: dict[str, Any], place: str) -> None:
    try:
        wire = Wire.between(entry.source, entry.target, entry.capacity, entry.overflow, entry.feedback, entry.initial)
    except TidewireError as error:
        raise FileFormatError(f"{place}: {error}") from None
    for end in (wire.from_node, wire.to_node):
        if end not in graph.nodes:
            raise FileFormatError(f"{place}: there is no node {end!r}")
    if wire.key in graph.wires:
        raise FileFormatError(f"{place}: {wire.key} is there already")
    graph.wires[wire.key] = replace(wire, extra=extra)


def _add_plot(graph: Graph, entry: _PlotEntry, extra: dict[str, Any], place: str) -> None:
    if entry.id in graph.plots:
        raise FileFormatError(f"{place}: there is a plot {entry.id!r} already")
    try:
        node, _ = split_end(entry.port)
    except TidewireError as error:
        raise FileFormatError(f"{place}.port: {error}") from None
    _refuse_long_text(place, id=entry.id, kind=entry.kind)
    if node not in graph.nodes:
        raise FileFormatError(f"{place}.port: there is no node {node!r}")
    graph.plots[entry.id] = PlotSpec(entry.port, entry.kind, entry.options, extra)


def _add_computer(graph: Graph, entry: _ComputerEntry, extra: dict[str, Any], place: str) -> None:
    try:
        location = Location.parse(entry.location)
    except TidewireError as error:
        raise FileFormatError(f"{place}.location: {error}") from None
    if not location.process or location.thread:
        raise FileFormatError(f"{place}.location: {entry.location!r} is no process")
    if str(location) in graph.computers:
        raise FileFormatError(f"{place}: there are settings of {location} already")
    if entry.on_death and entry.on_death not in DEATH_POLICIES:
        raise FileFormatError(f"{place}.on_death: {entry.on_death!r} is none of {', '.join(DEATH_POLICIES)}")
    graph.computers[str(location)] = ComputerSpec(location, entry.on_death, extra)


def _refuse_long_text(place: str, **texts: str) -> None:
    try:
        refuse_long_text(**texts)
    except GraphError as error:
        raise FileFormatError(f"{place}: {error}") from None


def _unknown(raw: Mapping[str, Any], kind: type) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if key not in _KNOWN[kind]}


# -- writing


def format_graph(graph: Graph) -> str:
    """The text of a graph's file.

    Raises:
        FileFormatError: the graph is larger than a file may be, or holds a value that is no plain data; names the
            place.
    """
    if len(graph.nodes) > MAX_NODES or len(graph.wires) > MAX_WIRES:
        raise FileFormatError(f"a file holds at most {MAX_NODES} nodes and {MAX_WIRES} wires: this graph has more")
    sections = {
        "nodes": ("[", [_node_line(spec) for spec in graph.nodes.values()], "]"),
        "wires": ("[", [_wire_line(wire) for wire in graph.wires.values()], "]"),
        "layout": ("{", [_position_line(id, place) for id, place in graph.positions.items()], "}"),
        "plots": ("[", [_plot_line(id, plot) for id, plot in graph.plots.items()], "]"),
        "computers": ("[", [_computer_line(spec) for spec in graph.computers.values()], "]"),
    }
    version = max(FORMAT_VERSION, graph.version or FORMAT_VERSION)
    parts = [f'"tidewire": {version}']
    for key, (opening, lines, closing) in sections.items():
        if lines or key in ("nodes", "wires"):
            body = ",\n".join(lines)
            parts.append(f'"{key}": {opening}\n{body}\n{closing}' if lines else f'"{key}": {opening}{closing}')
    for key, value in graph.extra.items():
        parts.append(f"{write_json(key, 'a section', 1)}: {_section_text(key, value)}")
    text = "{\n" + ",\n".join(parts) + "\n}\n"
    data = text.encode() if len(text) <= MAX_BYTES else b""
    if not data or len(data) > MAX_BYTES:
        raise FileFormatError(f"a graph file holds at most {MAX_BYTES // 2**20} MiB: this graph is larger")
    refuse_bulk(data, "this graph")
    return text


def _section_text(key: str, value: Any) -> str:
    """A section that the engine does not know; a list of entries has a line for each, as its own sections do."""
    if not isinstance(value, list) or not any(isinstance(entry, dict) for entry in value):
        return write_json(value, f"section {key}", 1)
    body = ",\n".join(write_json(entry, f"section {key}", 2) for entry in value)
    return f"[\n{body}\n]"


def save_graph(graph: Graph, path: Path) -> None:
    """Write a graph file whole or not at all; raises `FileFormatError`, `FileUnwritable` or another `OSError`."""
    write_atomically(path, format_graph(graph).encode("utf-8"))
    graph.path = path.resolve()


def _node_line(spec: NodeSpec) -> str:
    entry: dict[str, Any] = {"id": spec.id, "type": spec.type}
    if spec.name:
        entry["name"] = spec.name
    if not spec.location.is_main:
        entry["location"] = str(spec.location)
    if spec.on_error:
        entry["on_error"] = spec.on_error
    if spec.parameters:
        entry["parameters"] = dict(spec.parameters)
    return write_json({**entry, **spec.extra}, f"node {spec.id}", 2)


def _wire_line(wire: Wire) -> str:
    entry: dict[str, Any] = {"from": wire.output, "to": wire.input}
    if wire.capacity != 16:
        entry["capacity"] = wire.capacity
    if wire.overflow != "block":
        entry["overflow"] = str(wire.overflow)
    if wire.feedback:
        entry["feedback"] = True
    if wire.initial is not NO_VALUE:
        entry["initial"] = wire.initial
    return write_json({**entry, **wire.extra}, f"wire {wire.key}", 2)


def _plot_line(id: str, plot: PlotSpec) -> str:
    entry: dict[str, Any] = {"id": id, "port": plot.port, "kind": plot.kind}
    if plot.options:
        entry["options"] = dict(plot.options)
    return write_json({**entry, **plot.extra}, f"plot {id}", 2)


def _computer_line(spec: ComputerSpec) -> str:
    entry = {"location": str(spec.location)}
    if spec.on_death:
        entry["on_death"] = spec.on_death
    return write_json({**entry, **spec.extra}, f"the settings of {spec.location}", 2)


def _position_line(id: str, place: tuple[float, float]) -> str:
    where = f"the position of {id}"
    return f"{write_json(id, where, 2)}: {write_json([_short(part) for part in place], where, 2)}"


def _short(number: float) -> float | int:
    """A coordinate to the hundredth, whole where it is whole."""
    rounded = round(number, 2)
    return int(rounded) if abs(rounded) < 1e15 and rounded == int(rounded) else rounded
