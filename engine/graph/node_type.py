"""What the document needs to know of a node type, as protocols, so that it need not know how nodes are written."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

from engine.errors import ParameterError


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
