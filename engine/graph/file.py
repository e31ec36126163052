"""Reading and writing `.tide` files: JSON, stable order, one node or wire a line.

Reading runs no code from the file: guarded JSON (`json_text.py`), then a schema. What this version does not know is
kept and written back. Writing refuses what could not be read again; how bytes come from and go to a disk is apart
(`disk.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from engine.errors import FileFormatError
from engine.graph.disk import read_file, shown_name, write_atomically
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
from engine.graph.graph import ComputerSpec, Graph, NodeSpec, PlotSpec
from engine.graph.json_text import MAX_BYTES, read_json, refuse_bulk, write_json
from engine.graph.wire import Wire

FORMAT_VERSION = 1
MAX_NODES = 20_000
MAX_WIRES = 100_000
_MOST_WORDS = 600  # characters of a message

G = TypeVar("G", bound=Graph)


class _FileEntry(msgspec.Struct):
    tidewire: int
    nodes: list[NodeEntry] = []
    wires: list[WireEntry] = []
    layout: dict[str, tuple[float, float]] = {}
    plots: list[PlotEntry] = []
    computers: list[ComputerEntry] = []


_SECTIONS = {field.name for field in msgspec.structs.fields(_FileEntry)}


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
    graph.extra = {key: value for key, value in raw.items() if key not in _SECTIONS}
    for index, node in enumerate(entry.nodes):
        _add_node(graph, node, unknown_fields(raw["nodes"][index], NodeEntry), f"{name}: $.nodes[{index}]")
    for index, wire in enumerate(entry.wires):
        _add_wire(graph, wire, unknown_fields(raw["wires"][index], WireEntry), f"{name}: $.wires[{index}]")
    for id, (x, y) in entry.layout.items():
        graph.positions[id] = (x, y)
    for index, plot in enumerate(entry.plots):
        _add_plot(graph, plot, unknown_fields(raw["plots"][index], PlotEntry), f"{name}: $.plots[{index}]")
    for index, computer in enumerate(entry.computers):
        extra = unknown_fields(raw["computers"][index], ComputerEntry)
        _add_computer(graph, computer, extra, f"{name}: $.computers[{index}]")
    return graph


def _add_node(graph: Graph, entry: NodeEntry, extra: dict[str, Any], place: str) -> None:
    if entry.id in graph.nodes:
        raise FileFormatError(f"{place}: there is a node {entry.id!r} already")
    graph.nodes[entry.id] = node_of(entry, extra, place)


def _add_wire(graph: Graph, entry: WireEntry, extra: dict[str, Any], place: str) -> None:
    wire = wire_of(entry, extra, place)
    for end in (wire.from_node, wire.to_node):
        if end not in graph.nodes:
            raise FileFormatError(f"{place}: there is no node {end!r}")
    if wire.key in graph.wires:
        raise FileFormatError(f"{place}: {wire.key} is there already")
    graph.wires[wire.key] = wire


def _add_plot(graph: Graph, entry: PlotEntry, extra: dict[str, Any], place: str) -> None:
    if entry.id in graph.plots:
        raise FileFormatError(f"{place}: there is a plot {entry.id!r} already")
    plot = plot_of(entry, extra, place)
    for index, port in enumerate(plot.ports):
        node = port.partition(".")[0]
        if node not in graph.nodes:
            where = f"also[{entry.also.index(port)}]" if index else "port"
            raise FileFormatError(f"{place}.{where}: there is no node {node!r}")
    graph.plots[entry.id] = plot


def _add_computer(graph: Graph, entry: ComputerEntry, extra: dict[str, Any], place: str) -> None:
    spec = computer_of(entry, extra, place)
    if str(spec.location) in graph.computers:
        raise FileFormatError(f"{place}: there are settings of {spec.location} already")
    graph.computers[str(spec.location)] = spec


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
    return write_json(node_entry(spec), f"node {spec.id}", 2)


def _wire_line(wire: Wire) -> str:
    return write_json(wire_entry(wire), f"wire {wire.key}", 2)


def _plot_line(id: str, plot: PlotSpec) -> str:
    return write_json(plot_entry(id, plot), f"plot {id}", 2)


def _computer_line(spec: ComputerSpec) -> str:
    return write_json(computer_entry(spec), f"the settings of {spec.location}", 2)


def _position_line(id: str, place: tuple[float, float]) -> str:
    where = f"the position of {id}"
    return f"{write_json(id, where, 2)}: {write_json([_short(part) for part in place], where, 2)}"


def _short(number: float) -> float | int:
    """A coordinate to the hundredth, whole where it is whole."""
    rounded = round(number, 2)
    return int(rounded) if abs(rounded) < 1e15 and rounded == int(rounded) else rounded
