"""Which node types may be looked up: opening a file must run no code that the user did not install or agree to."""

from __future__ import annotations

import importlib.metadata
from functools import cache
from pathlib import Path
from typing import Any

from engine import Graph, UnknownNodeType, catalog
from engine.node.catalog import ENTRY_POINT_GROUP, PROJECT_PREFIX, project_files
from engine.node.node import Node

_LIBRARY_PREFIX = "engine.library."


class TrustedTypes:
    """Finds node types like the catalog, but imports only the library, installed node packages and trusted paths.

    One for the whole app: what was imported once stays imported.
    """

    def __init__(self) -> None:
        self._trusted: set[tuple[str, Path | None]] = set()
        self._trusted_folders: set[Path] = set()

    def resolve(self, type_path: str, folder: Path | None = None) -> type[Node]:
        """The node type; raises `UnknownNodeType`, also when its code is not trusted."""
        known = catalog.known(type_path, folder)
        if known is not None:
            return known
        if not self.is_trusted(type_path, folder):
            raise UnknownNodeType(f"the code of node type {type_path} comes with the graph and is not loaded")
        return catalog.resolve(type_path, folder)

    def path_of(self, node_type: Any) -> str:
        """The text that stands for a node type in a graph."""
        return catalog.path_of(node_type)

    def is_trusted(self, type_path: str, folder: Path | None) -> bool:
        """May the module of this type be imported?"""
        module = type_path.partition(":")[0]
        if module.startswith(_LIBRARY_PREFIX) or (type_path, folder) in self._trusted:
            return True
        if module.startswith(PROJECT_PREFIX) and folder in self._trusted_folders:
            return True
        return any(module == name or module.startswith(f"{name}.") for name in _installed_modules())

    def is_trusted_folder(self, folder: Path | None) -> bool:
        """May the `nodes/` folder in this folder be imported?"""
        return folder is not None and folder in self._trusted_folders

    def trust(self, type_paths: list[str], folder: Path | None) -> None:
        """Allow these types, of a graph that lies in this folder, and its `nodes/` folder to be imported."""
        self._trusted |= {(type_path, folder) for type_path in type_paths}
        if folder is not None:
            self._trusted_folders.add(folder)


@cache
def _installed_modules() -> frozenset[str]:
    """The modules that installed packages offer as node types; reads metadata, imports nothing."""
    return frozenset(entry.module for entry in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP))


trusted_types = TrustedTypes()


class EditorGraph(Graph):
    """A graph whose node types are looked up only where the user's trust reaches."""

    types = trusted_types  # type: ignore[assignment]


def foreign_code(graph: Graph) -> list[str]:
    """What a graph brings as code of its own and is not loaded: node types, and files in its `nodes/` folder."""
    found: dict[str, None] = {}
    for spec in graph.nodes.values():
        known = catalog.known(spec.type, graph.folder)
        if known is None and not trusted_types.is_trusted(spec.type, graph.folder):
            found[spec.type] = None
    if graph.folder is not None and not trusted_types.is_trusted_folder(graph.folder):
        found.update({f"nodes/{file.name}": None for file in project_files(graph.folder)})
    return list(found)


def known_types(folder: Path | None) -> tuple[list[type[Node]], list[str]]:
    """Every node type that can be added to a graph in this folder: library, installed, and the folder's if trusted.

    Returns:
        The types, and one message for each package or file that could not be loaded.
    """
    return catalog.all_types(folder if trusted_types.is_trusted_folder(folder) else None)
