"""The help page of a node type as Markdown: what it does, its ports and parameters, where it is, what is near."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from app.help.docstring import first_line, markdown_of
from app.panels.parameter_row import readable_name
from engine import Graph, Node, Parameter, catalog

TYPE_LINK, NODE_LINK, FILE_LINK = "type:", "node:", "source:"
FACTS = "######"  # the heading that small print is written as
_SPECIAL = str.maketrans({letter: f"\\{letter}" for letter in "\\`*_{}[]<>#|!~"})


def page(node_type: type[Node], types: Iterable[type[Node]], graph: Graph | None = None, id: str = "") -> str:
    """The page of a node type.

    Args:
        node_type: what it is about.
        types: all that are known, for links.
        graph: the open graph, when the page is about one of its nodes.
        id: that node.
    """
    doc = node_type.__doc__ if node_type.__doc__ != Node.__doc__ else ""
    parts = [f"# {plain(node_type.title)}", f"{plain(first_line(doc))}"]
    if (more := markdown_of(doc)) != "":
        parts.append(more)
    parts += _ports("Inputs", node_type.node_inputs)
    parts += _ports("Outputs", node_type.node_outputs)
    parts += _parameters(node_type.node_parameters)
    if graph is not None and id in graph.nodes:
        parts += _neighbours(graph, id)
    parts += _relatives(node_type, types)
    parts += ["## Where it is", f"`{catalog.path_of(node_type)}`"]
    if (place := source_of(node_type)) is not None:
        file, line = place
        parts.append(f"[{plain(file)}, line {line}]({FILE_LINK}{quote(file)}:{line})")
    return "\n\n".join(part for part in parts if part) + "\n"


def missing_page(type_path: str) -> str:
    """The page of a type whose code is not here."""
    return f"# {plain(type_path)}\n\nThe code of this node type is not here, so there is no help on it.\n"


def source_of(node_type: type[Node]) -> tuple[str, int] | None:
    """The file and line of a class; None when it has none, as one that was made by a program."""
    try:
        file = inspect.getsourcefile(node_type)
        line = inspect.getsourcelines(node_type)[1]
    except (OSError, TypeError):
        return None
    return (file, line) if file else None


def plain(text: str) -> str:
    """Text that Markdown leaves as it is."""
    return text.translate(_SPECIAL)


def _ports(heading: str, ports: Mapping[str, Any]) -> list[str]:
    if not ports:
        return []
    lines = []
    for name, port in ports.items():
        notes = [word for word in ("optional", "many", "driving") if getattr(port, word, False)]
        words = {"optional": "need not be wired", "many": "takes any number of wires", "driving": "sets the pace"}
        said = [plain(port.doc)] if port.doc else []
        said += [words[note] for note in notes]
        lines.append(f"- **{plain(name)}** `{port.type_name}`" + (f": {', '.join(said)}" if said else ""))
    return [f"## {heading}", "\n".join(lines)]


def _parameters(parameters: Mapping[str, Parameter]) -> list[str]:
    if not parameters:
        return []
    return ["## Parameters", *(_parameter(parameter) for parameter in parameters.values())]


def _parameter(parameter: Parameter) -> str:
    """Name and help, then what it takes."""
    facts = [_range(parameter), f"default {_value(parameter.default, parameter.unit)}"]
    if parameter.choices:
        facts.insert(0, "one of " + ", ".join(_value(choice, "") for choice in parameter.choices))
    facts.append("changes while it runs" if parameter.live else "changes at the next start")
    doc = f": {plain(parameter.doc)}" if parameter.doc else ""
    name = f"**{plain(readable_name(parameter))}** `{parameter.name}`"
    return f"{name}{doc}\n\n{FACTS} {' · '.join(fact for fact in facts if fact)}"


def _range(parameter: Parameter) -> str:
    low, high, unit = parameter.minimum, parameter.maximum, parameter.unit
    suffix = f" {plain(unit)}" if unit else ""
    if low is not None and high is not None:
        return f"{_number(low)} to {_number(high)}{suffix}"
    if low is not None:
        return f"at least {_number(low)}{suffix}"
    if high is not None:
        return f"at most {_number(high)}{suffix}"
    kinds = {"bool": "yes or no", "str": "text", "int": "whole number", "float": "number"}
    return "" if parameter.choices else kinds.get(parameter.type.__name__, parameter.type.__name__) + suffix


def _number(value: float) -> str:
    """A number as people write it: 10,000,000 and not 1e+07."""
    return f"{value:,.10g}" if 1e-6 < abs(value) < 1e12 or not value else f"{value:g}"


def _value(value: Any, unit: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    if value == "":
        return "empty"
    if isinstance(value, (int, float)):
        return f"{_number(value)}{f' {plain(unit)}' if unit else ''}"
    return plain(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _neighbours(graph: Graph, id: str) -> list[str]:
    """The nodes it is wired to, as links."""
    before = dict.fromkeys(wire.from_node for wire in graph.wires.values() if wire.to_node == id)
    after = dict.fromkeys(wire.to_node for wire in graph.wires.values() if wire.from_node == id)
    lines = []
    for words, ids in (("Gets from", before), ("Gives to", after)):
        if ids:
            links = ", ".join(f"[{plain(graph.nodes[other].label)}]({NODE_LINK}{quote(other)})" for other in ids)
            lines.append(f"{words} {links}")
    return [f"## {plain(graph.nodes[id].label)} in this graph", "  \n".join(lines)] if lines else []


def _relatives(node_type: type[Node], types: Iterable[type[Node]]) -> list[str]:
    """The other types of its category, as links."""
    others = [kind for kind in types if kind.category == node_type.category and kind is not node_type]
    if not others:
        return []
    links = ", ".join(f"[{plain(kind.title)}]({TYPE_LINK}{quote(catalog.path_of(kind))})" for kind in others)
    return [f"## More in {plain(node_type.category)}", links]
