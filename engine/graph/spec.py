"""What a graph consists of beside its wires: nodes, plots and computers as immutable values; a snapshot of it all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import GraphError
from engine.graph.location import MAIN, Location
from engine.graph.wire import Wire

MAX_TEXT = 1000


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One use of a node type in a graph.

    Attributes:
        id: unique in the graph.
        type: import path of the node type, `package.module:Class`.
        parameters: values that were set; the others have the type's defaults.
        location: where it runs.
        name: what people call it; empty shows the id.
        on_error: what follows an exception in it: "stop", "skip", "restart"; empty is the run's default.
        extra: fields of the file that this version does not know; saved back unchanged.
    """

    id: str
    type: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    location: Location = MAIN
    name: str = ""
    on_error: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name or self.id

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class PlotSpec:
    """A live plot on output ports: `port` is `node.port`, `kind` for example "scope", `options` its settings.

    `also` are further ports in the same plot; `extra` holds fields of the file that this version does not know; they
    are saved back.
    """

    port: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()

    @property
    def ports(self) -> tuple[str, ...]:
        """All ports that it shows, the first one first."""
        return (self.port, *self.also)


@dataclass(frozen=True, slots=True)
class ComputerSpec:
    """What is set for a process: what follows its death ("leave", "restart", "stop"; empty: its nodes decide).

    `extra` holds fields of the file that this version does not know; they are saved back.
    """

    location: Location
    on_death: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole content of a graph at one moment."""

    nodes: Mapping[str, NodeSpec]
    wires: Mapping[str, Wire]
    positions: Mapping[str, tuple[float, float]]
    plots: Mapping[str, PlotSpec]
    extra: Mapping[str, Any]
    version: int | None
    computers: Mapping[str, ComputerSpec] = field(default_factory=dict)


def refuse_long_text(**texts: str) -> None:
    """Raise `GraphError` when a name, type or the like is longer than people can read, and windows can lay out."""
    for what, text in texts.items():
        if len(text) > MAX_TEXT:
            raise GraphError(f"a {what} has at most {MAX_TEXT} characters, and this one {len(text)}: {text[:40]!r}…")
