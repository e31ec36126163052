"""`tidewire nodes`: every node type that can be used here, for people and as JSON."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.cli.exit_codes import ExitCode, WrongUse
from engine.cli.printable import printable
from engine.cli.streams import StdoutForReport
from engine.node.catalog import catalog
from engine.node.node import Node, Source
from engine.node.parameter import Parameter
from engine.node.port import In, Out


def list_nodes(place: Path | None, *, as_json: bool) -> int:
    """Print the node types of the library and of installed packages, and those beside a graph.

    Args:
        place: a graph file, or a folder; the node types in its `nodes/` folder are listed too.
        as_json: print one JSON array on stdout.

    Raises:
        WrongUse: there is no such file or folder.
    """
    with StdoutForReport() as stdout:  # importing node types runs code of others, which may print
        types, failures = catalog.all_types(_project(place))
        described = [describe(node_type) for node_type in types]
        stdout.write(json.dumps(described, indent=1) if as_json else "\n".join(_by_category(described)))
    for failure in failures:
        print(f"tidewire: {printable(str(failure))}", file=sys.stderr)
    return ExitCode.DONE


def _project(place: Path | None) -> Path | None:
    if place is None:
        return None
    if place.is_dir():
        return place.resolve()
    if place.is_file():
        return place.resolve().parent
    raise WrongUse(f"{place} is neither a graph file nor a folder")


def describe(node_type: type[Node]) -> dict[str, Any]:
    """A node type as plain data: its path, category, first line of help, ports and parameters."""
    lines = (node_type.__doc__ or "").strip().splitlines()
    return {
        "type": catalog.path_of(node_type),
        "title": node_type.title,
        "category": node_type.category,
        "doc": lines[0].strip() if lines else "",
        "source": issubclass(node_type, Source),
        "join": str(node_type.join),
        "inputs": [_input(port) for port in node_type.node_inputs.values()],
        "outputs": [_output(port) for port in node_type.node_outputs.values()],
        "parameters": [_parameter(parameter) for parameter in node_type.node_parameters.values()],
    }


def _input(port: In) -> dict[str, Any]:
    marks = {"optional": port.optional, "many": port.many, "driving": port.driving}
    return {"name": port.name, "type": port.type_name, **marks, "doc": port.doc}


def _output(port: Out) -> dict[str, Any]:
    return {"name": port.name, "type": port.type_name, "doc": port.doc}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "type": parameter.type.__name__,
        "default": parameter.default,
        "minimum": parameter.minimum,
        "maximum": parameter.maximum,
        "choices": list(parameter.choices) if parameter.choices is not None else None,
        "unit": parameter.unit,
        "live": parameter.live,
        "doc": parameter.doc,
    }


# -- for people


def _by_category(described: list[dict[str, Any]]) -> Iterator[str]:
    described = sorted(described, key=lambda entry: str(entry["category"]))
    for category, group in itertools.groupby(described, key=lambda entry: str(entry["category"])):
        yield printable(category)
        for entry in group:
            yield f"  {printable(entry['title'])}  ({printable(entry['type'])})"
            yield from (f"      {printable(line)}" for line in _lines(entry))
        yield ""


def _lines(entry: dict[str, Any]) -> list[str]:
    lines = [entry["doc"]] if entry["doc"] else []
    for kind, ports in (("in ", entry["inputs"]), ("out", entry["outputs"])):
        lines += [f"{kind}  {port['name']}: {port['type']}{_marks(port)}{_help(port)}" for port in ports]
    lines += [f"set  {_setting(parameter)}{_help(parameter)}" for parameter in entry["parameters"]]
    return lines


def _help(entry: dict[str, Any]) -> str:
    return f"  – {entry['doc']}" if entry["doc"] else ""


def _marks(port: dict[str, Any]) -> str:
    marks = [mark for mark in ("optional", "many", "driving") if port.get(mark)]
    return f" ({', '.join(marks)})" if marks else ""


def _setting(parameter: dict[str, Any]) -> str:
    unit = f" {parameter['unit']}" if parameter["unit"] else ""
    text = f"{parameter['name']}: {parameter['type']} = {json.dumps(parameter['default'], ensure_ascii=False)}{unit}"
    low, high, choices = parameter["minimum"], parameter["maximum"], parameter["choices"]
    if choices is not None:
        text += f"  (one of {', '.join(json.dumps(choice, ensure_ascii=False) for choice in choices)})"
    elif low is not None and high is not None:
        text += f"  ({low:g} … {high:g}{unit})"
    elif low is not None:
        text += f"  (at least {low:g}{unit})"
    elif high is not None:
        text += f"  (at most {high:g}{unit})"
    return text if parameter["live"] else f"{text}  (before the start only)"
