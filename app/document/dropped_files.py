"""Files that come from outside: graphs are opened, what a node type can read becomes a node that reads it."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.document.wiring import place_node
from app.workbench import Workbench
from engine import Graph, Node, catalog
from engine.graph.disk import shown_name

GRAPH_SUFFIX = ".tide"
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", " ": "space"}
_LOOKED_AT = 4096  # characters of a table in which its delimiter is looked for
_STEP = 150.0  # between the nodes of several files


@dataclass(frozen=True)
class Sorted:
    """Files by what becomes of them: graphs, files with the node type that reads them, and the others."""

    graphs: list[Path]
    readable: list[tuple[Path, type[Node]]]
    others: list[Path]


def sorted_files(files: Iterable[Path], types: Iterable[type[Node]]) -> Sorted:
    """Say what becomes of each file, by the ending of its name; the first type that reads it is taken."""
    readers: dict[str, type[Node]] = {}
    for node_type in types:
        if "path" in node_type.node_parameters:
            for suffix in getattr(node_type, "reads", ()):
                readers.setdefault(str(suffix).casefold(), node_type)
    found = Sorted([], [], [])
    for file in files:
        suffix = file.suffix.casefold()
        if suffix == GRAPH_SUFFIX:
            found.graphs.append(file)
        elif suffix in readers and not file.is_dir():
            found.readable.append((file, readers[suffix]))
        else:
            found.others.append(file)
    return found


def add_readers(workbench: Workbench, readable: list[tuple[Path, type[Node]]], at: tuple[float, float]) -> list[str]:
    """Add a node for each file, below one another, as one step; their ids, which are then the selection."""
    added: list[str] = []

    def edit(graph: Graph) -> None:
        for number, (file, node_type) in enumerate(readable):
            id = place_node(graph, catalog.path_of(node_type), (at[0], at[1] + number * _STEP))
            for name, value in parameters_for(file, node_type).items():
                graph.set_parameter(id, name, value)
            added.append(id)

    what = readable[0][1].title if len(readable) == 1 else f"{len(readable)} readers"
    if not workbench.edit(f"Add {what}", edit):
        return []
    workbench.select(added)
    return added


def parameters_for(file: Path, node_type: type[Node]) -> dict[str, Any]:
    """What is set on a node so that it reads this file."""
    found: dict[str, Any] = {"path": str(file)}
    delimiter = node_type.node_parameters.get("delimiter")
    if delimiter is not None:
        sniffed = _DELIMITERS.get(_delimiter_of(file), "")
        if sniffed and sniffed != delimiter.default:
            found["delimiter"] = sniffed
    return found


def _delimiter_of(file: Path) -> str:
    try:
        with open(file, encoding="utf-8-sig", errors="replace", newline="") as table:
            return csv.Sniffer().sniff(table.read(_LOOKED_AT), "".join(_DELIMITERS)).delimiter
    except (OSError, csv.Error):
        return "\t" if file.suffix.casefold() == ".tsv" else ""


def refused_text(others: list[Path], types: Iterable[type[Node]]) -> str:
    """Why nothing became of these files, and what can be dropped."""
    known = sorted({str(suffix) for node_type in types for suffix in getattr(node_type, "reads", ())})
    names = ", ".join(shown_name(file) for file in others[:4]) + (f" and {len(others) - 4} more" if others[4:] else "")
    what = f"No node type here reads {names}."
    return f"{what} Graphs ({GRAPH_SUFFIX}) can be dropped to be opened, and {', '.join(known)} to be read by a node."
