"""Reading and writing `.tide` files: JSON, stable order, one node or wire a line.

Reading runs no code from the file: guarded JSON (size, depth, duplicate keys, finite numbers), then a schema.
What this version does not know is kept and written back. Writing is atomic.
"""

from __future__ import annotations

import json
import math
import os
import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from engine.errors import FileFormatError, TidewireError
from engine.graph.graph import ERROR_POLICIES, Graph, NodeSpec, PlotSpec, is_node_id
from engine.graph.location import Location
from engine.graph.wire import NO_VALUE, Wire

FORMAT_VERSION = 1
MAX_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 64
MAX_NODES = 20_000
MAX_WIRES = 100_000

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


class _FileEntry(msgspec.Struct):
    tidewire: int
    nodes: list[_NodeEntry] = []
    wires: list[_WireEntry] = []
    layout: dict[str, tuple[float, float]] = {}
    plots: list[_PlotEntry] = []


_KNOWN: dict[type, set[str]] = {
    kind: {field.encode_name for field in msgspec.structs.fields(kind)}
    for kind in (_NodeEntry, _WireEntry, _PlotEntry, _FileEntry)
}


# -- reading


def load_graph(path: Path, graph_type: type[G]) -> G:
    """Read a graph file; raises `FileFormatError` or `OSError`."""
    if path.stat().st_size > MAX_BYTES:
        raise FileFormatError(f"{path.name} is larger than {MAX_BYTES // 2**20} MiB: too large for a graph file")
    graph = parse_graph(path.read_bytes(), graph_type, name=path.name)
    graph.path = path.resolve()
    return graph


def parse_graph(data: bytes | str, graph_type: type[G], *, name: str = "this text") -> G:
    """Read a graph from the text of a file; `name` is what errors call it.

    Raises:
        FileFormatError: the text is no graph; the message names the place in it.
    """
    raw = _read_json(data, name)
    try:
        entry = msgspec.convert(raw, _FileEntry)
    except msgspec.ValidationError as error:
        raise FileFormatError(f"{name} is no Tidewire graph: {error}") from None
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
        if plot.id in graph.plots:
            raise FileFormatError(f"{name}: $.plots[{index}]: there is a plot {plot.id!r} already")
        options = {**_unknown(raw["plots"][index], _PlotEntry), **plot.options}
        graph.plots[plot.id] = PlotSpec(plot.port, plot.kind, options)
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


def _unknown(raw: Mapping[str, Any], kind: type) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if key not in _KNOWN[kind]}


def _read_json(data: bytes | str, name: str) -> Any:
    if len(data) > MAX_BYTES:
        raise FileFormatError(f"{name} is larger than {MAX_BYTES // 2**20} MiB: too large for a graph")
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        text.encode("utf-8")
    except UnicodeError as error:
        raise FileFormatError(f"{name} is no UTF-8 text: {error}") from None
    if _depth(text) > MAX_DEPTH:
        raise FileFormatError(f"{name} is nested deeper than {MAX_DEPTH} levels")
    try:
        return json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_no_constant, parse_float=_finite)
    except FileFormatError as error:
        raise FileFormatError(f"{name}: {error}") from None
    except ValueError as error:
        raise FileFormatError(f"{name} is no JSON: {error}") from None


_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def _depth(text: str) -> int:
    """How deep brackets nest outside strings; stops counting just beyond `MAX_DEPTH`."""
    depth = deepest = 0
    for match in _BRACKET.finditer(text):
        char = match.group()
        if char in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if depth > MAX_DEPTH:
                break
        elif char in "]}":
            depth -= 1
    return deepest


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise FileFormatError(f"the key {key!r} stands twice in one object")
            seen.add(key)
    for key in result:
        _no_lone_surrogates(key)
    for value in result.values():
        if isinstance(value, str):
            _no_lone_surrogates(value)
    return result


def _no_lone_surrogates(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise FileFormatError(f"{text!a} is no valid text") from None


def _no_constant(text: str) -> Any:
    raise FileFormatError(f"{text} is no finite number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise FileFormatError(f"{text} is too large for a number")
    return value


# -- writing


def format_graph(graph: Graph) -> str:
    """The text of a graph's file.

    Raises:
        FileFormatError: a value in the graph cannot be written as JSON; names the place.
    """
    sections = {
        "nodes": ("[", [_node_line(spec) for spec in graph.nodes.values()], "]"),
        "wires": ("[", [_wire_line(wire) for wire in graph.wires.values()], "]"),
        "layout": (
            "{",
            [f"{_dump(id)}: {_dump([_short(x), _short(y)])}" for id, (x, y) in graph.positions.items()],
            "}",
        ),
        "plots": ("[", [_plot_line(id, plot) for id, plot in graph.plots.items()], "]"),
    }
    version = max(FORMAT_VERSION, graph.version or FORMAT_VERSION)
    parts = [f'"tidewire": {version}']
    for key, (opening, lines, closing) in sections.items():
        if lines or key in ("nodes", "wires"):
            body = ",\n".join(lines)
            parts.append(f'"{key}": {opening}\n{body}\n{closing}' if lines else f'"{key}": {opening}{closing}')
    parts.extend(f"{_dump(key)}: {_dump(value)}" for key, value in graph.extra.items())
    return "{\n" + ",\n".join(parts) + "\n}\n"


def save_graph(graph: Graph, path: Path) -> None:
    """Write a graph file whole or not at all; raises `FileFormatError` or `OSError`."""
    write_atomically(path, format_graph(graph).encode("utf-8"))
    graph.path = path.resolve()


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file by new content so that at any moment either the old or the new content is there.

    Raises:
        OSError: it cannot be written (a full disk, no permission); the old content is whole.
    """
    target = path.resolve()
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        os.chmod(temporary, mode)
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


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
    return _dump({**entry, **spec.extra}, f"node {spec.id}")


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
    return _dump({**entry, **wire.extra}, f"wire {wire.key}")


def _plot_line(id: str, plot: PlotSpec) -> str:
    entry: dict[str, Any] = {"id": id, "port": plot.port, "kind": plot.kind}
    if plot.options:
        entry["options"] = dict(plot.options)
    return _dump(entry, f"plot {id}")


def _dump(value: Any, place: str = "the graph") -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise FileFormatError(f"{place} cannot be written to a file: {error}") from None


def _short(number: float) -> float | int:
    rounded = round(number, 2)
    return int(rounded) if rounded == int(rounded) else rounded
