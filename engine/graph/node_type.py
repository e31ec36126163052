"""What the document needs to know of a node type, as protocols, so that it need not know how nodes are written."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

from engine.errors import ConnectionRefused, ConnectionRefusedByType, ParameterError
from engine.graph.wire import Wire


class OutputPort(Protocol):
    """A typed output of a node type."""

    @property
    def type_name(self) -> str:
        """The payload type as people read it."""
        ...


class InputPort(Protocol):
    """A typed input of a node type."""

    optional: bool
    many: bool

    @property
    def type_name(self) -> str:
        """The payload type as people read it."""
        ...

    def refusal(self, output: Any) -> str | None:
        """Why a wire from this output cannot be, or None when it can."""
        ...


class ParameterType(Protocol):
    """A typed, named value of a node."""

    default: Any
    live: bool

    def validate(self, value: Any) -> Any:
        """The value as the node gets it; raises `ParameterError`."""
        ...


class NodeType(Protocol):
    """A node type: its ports and parameters by name."""

    __name__: str
    node_inputs: ClassVar[Mapping[str, InputPort]]
    node_outputs: ClassVar[Mapping[str, OutputPort]]
    node_parameters: ClassVar[Mapping[str, ParameterType]]


class NodeTypes(Protocol):
    """Finds node types by their text in the graph, and texts by their type."""

    def resolve(self, type_path: str, folder: Path | None) -> Any:
        """The node type; raises `UnknownNodeType`. `folder` is where the graph file lies."""
        ...

    def path_of(self, node_type: Any) -> str:
        """The text that stands for this type in a graph; raises `GraphError` when it is no node type."""
        ...


def validated(node_type: Any, name: str, value: Any) -> Any:
    """A parameter's value as the node gets it, a copy when the type is unknown (None); raises `ParameterError`."""
    if node_type is None:
        return copy.deepcopy(value)
    parameter = node_type.node_parameters.get(name)
    if parameter is None:
        known = ", ".join(node_type.node_parameters) or "none"
        raise ParameterError(f"{node_type.__name__} has no parameter {name!r}; it has: {known}")
    return parameter.validate(value)


def snake_case(name: str) -> str:
    """A class's name in small letters: `MovingAverage` gives `moving_average`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return words.lower()


def type_refusal_of(wire: Wire, output_type: Any, input_type: Any) -> ConnectionRefused | None:
    """Why a wire does not fit the node types at its ends, None standing for an unknown one; None when it fits."""
    try:
        output = port_of(output_type, "output", wire.from_port)
        input = port_of(input_type, "input", wire.to_port)
    except ConnectionRefused as refused:
        return ConnectionRefused(f"cannot connect {wire.key}: {refused}")
    reason = None if output is None or input is None else input.refusal(output)
    if reason is None:
        return None
    return ConnectionRefusedByType(f"cannot connect {wire.key}: {reason}")


def port_of(node_type: Any, kind: str, name: str) -> Any:
    """A port of a node type, None when that is unknown; raises `ConnectionRefused` when there is no such port."""
    if node_type is None:
        return None
    ports = node_type.node_outputs if kind == "output" else node_type.node_inputs
    if name not in ports:
        known = ", ".join(ports) or "none"
        raise ConnectionRefused(f"{node_type.__name__} has no {kind} {name!r}; it has: {known}")
    return ports[name]
