"""What a run does with node types that were loaded anew: those that would lose something go on with their old code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.document.trust import trusted_types
from engine import Graph, Node, UnknownNodeType
from engine.node.state import keeps_state

Types = dict[str, type[Node]]


class HeldTypes:
    """Finds node types as the editor does, but for some the class that they were."""

    def __init__(self, held: Mapping[str, type[Node]]) -> None:
        self._held = held

    def resolve(self, type_path: str, folder: Path | None = None) -> type[Node]:
        """The class that the run is to use; raises `UnknownNodeType`."""
        return self._held.get(type_path) or trusted_types.resolve(type_path, folder)

    def path_of(self, node_type: Any) -> str:
        """The text that stands for a node type in a graph."""
        return trusted_types.path_of(node_type)


class CodeInUse:
    """Which classes a run uses, and for which types that is no longer what is in their files.

    Attributes:
        waiting: the nodes, by type path, that go on with their old code until the next start, or until they are told
            to begin anew; all those of one type wait together.
    """

    def __init__(self) -> None:
        self.waiting: dict[str, list[str]] = {}
        self._used: Types = {}
        self._wanted: set[str] = set()

    def begin(self, graph: Graph) -> None:
        """A run of this graph has begun, with the newest code."""
        self.waiting, self._wanted, self._used = {}, set(), types_of(graph)

    def want(self, type_paths: list[str]) -> None:
        """Nodes of these types may begin anew."""
        self._wanted.update(type_paths)

    def bind(self, graph: Graph) -> None:
        """Let a graph find those classes that its run is to use from now on.

        A type that keeps something from call to call stays as it was, and so does one whose file is gone: its nodes
        would begin anew, or end, while someone else works on their code.
        """
        now = types_of(graph)
        held: Types = {}
        for path, used in self._used.items():
            new = now.get(path)
            if new is used or path in self._wanted:
                continue
            if new is None or keeps_state(used):
                held[path] = used
        self.waiting = {
            path: [id for id, spec in graph.nodes.items() if spec.type == path] for path in held if path in now
        }
        self.waiting = {path: ids for path, ids in self.waiting.items() if ids}
        self._wanted.clear()
        if held:
            graph.types = HeldTypes(held)  # type: ignore[misc, assignment]  # of this one graph
        self._used = {**self._used, **now, **held}


def types_of(graph: Graph) -> Types:
    """The node types of a graph that are known, by type path."""
    found: Types = {}
    for spec in graph.nodes.values():
        if spec.type not in found:
            try:
                found[spec.type] = graph.type_of(spec)
            except UnknownNodeType:
                continue
    return found
