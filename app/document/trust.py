"""Which node types may be looked up: opening a file must run no code that the user did not install or agree to."""

from __future__ import annotations

import importlib.machinery
from functools import cache
from pathlib import Path
from typing import Any

from app.document.agreed import (
    agree_to_code,
    agree_to_types,
    code_digest,
    displayed,
    has_agreed_to_code,
    has_agreed_to_type,
    project_code,
)
from engine import Graph, UnknownNodeType, catalog
from engine.node.catalog import ENTRY_POINT_GROUP
from engine.node.load_failure import LoadFailure
from engine.node.node import Node
from engine.node.packages import is_missing
from engine.node.project import PROJECT_PREFIX

_LIBRARY_PREFIX = "engine.library."
_CODE_SUFFIXES = tuple(importlib.machinery.all_suffixes())


class TrustedTypes:
    """Finds node types like the catalog, but imports only the library, installed node packages and what is agreed to.

    Code in a `nodes/` folder is agreed to by its content: when that has changed, it is asked for again. One for the
    whole app: what was imported once stays imported.
    """

    def __init__(self) -> None:
        self._verdicts: dict[Path, bool] = {}  # of the last look at each folder
        self._loadable: set[Path] = set()  # whose code was trusted at one time: it may be in memory

    def resolve(self, type_path: str, folder: Path | None = None) -> type[Node]:
        """The node type; raises `UnknownNodeType`, also when its code is not trusted."""
        known = catalog.known(type_path, folder)
        if known is not None:
            return known
        if is_missing(type_path):
            raise UnknownNodeType(f"node type {type_path} is not installed")
        if not self.is_trusted(type_path, folder) or (_is_of_project(type_path) and not self.look_again(folder)):
            raise UnknownNodeType(f"the code of node type {type_path} comes with the graph and is not loaded")
        return catalog.resolve(type_path, folder)

    def path_of(self, node_type: Any) -> str:
        """The text that stands for a node type in a graph."""
        return catalog.path_of(node_type)

    def is_trusted(self, type_path: str, folder: Path | None) -> bool:
        """May the module of this type be imported?"""
        module = type_path.partition(":")[0]
        if module.startswith(_LIBRARY_PREFIX):
            return True
        if _is_of_project(type_path) and folder is not None and (folder / "nodes").is_dir():
            return self.is_trusted_folder(folder)
        if any(module == name or module.startswith(f"{name}.") for name in _installed_modules()):
            return True
        return has_agreed_to_type(type_path, folder)

    def is_trusted_folder(self, folder: Path | None) -> bool:
        """May the `nodes/` folder in this folder be imported, as it was when it was last looked at?"""
        if folder is None:
            return False
        verdict = self._verdicts.get(folder)
        return self.look_again(folder) if verdict is None else verdict

    def look_again(self, folder: Path | None) -> bool:
        """Read what is in the folder's `nodes/` now: is it what the user has agreed to?"""
        if folder is None:
            return False
        verdict = self._verdicts[folder] = has_agreed_to_code(code_digest(folder))
        if verdict:
            self._loadable.add(folder)
        return verdict

    def has_changed(self, folder: Path | None) -> bool:
        """Is the code in the folder's `nodes/` no longer what it was when it was found to be trusted?"""
        self.is_trusted_folder(folder)  # the first look, if there was none
        return folder in self._loadable and not self.look_again(folder) and bool(project_code(folder))

    def trust(self, type_paths: list[str], folder: Path | None) -> None:
        """Let these types, of a graph that lies in this folder, and its `nodes/` folder as it is be imported."""
        agree_to_types([path for path in type_paths if not path.startswith(_LIBRARY_PREFIX)], folder)
        if folder is not None:
            agree_to_code(code_digest(folder))
            self.look_again(folder)

    def forget_installed(self) -> None:
        """Look anew at which packages are installed."""
        _installed_modules.cache_clear()

    def forget_verdicts(self) -> None:
        """Look at every folder anew when it is asked for."""
        self._verdicts.clear()
        self._loadable.clear()


def _is_of_project(type_path: str) -> bool:
    return type_path.startswith(PROJECT_PREFIX)


@cache
def _installed_modules() -> frozenset[str]:
    """The modules that installed packages offer as node types; reads metadata, imports nothing."""
    import importlib.metadata  # takes a while, and the window is painted before it is needed

    return frozenset(entry.module for entry in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP))


trusted_types = TrustedTypes()


class EditorGraph(Graph):
    """A graph whose node types are looked up only where the user's trust reaches."""

    types = trusted_types  # type: ignore[assignment]


def code_has_changed(graph: Graph) -> bool:
    """Would a worker that builds nodes of this graph import project code that nobody has agreed to as it is now?"""
    has_own = any(spec.type.startswith(PROJECT_PREFIX) for spec in graph.nodes.values())
    return has_own and trusted_types.has_changed(graph.folder)


def foreign_code(graph: Graph) -> list[str]:
    """What a graph brings as code of its own and is not loaded: node types, and files in its `nodes/` folder."""
    found: dict[str, None] = {}
    folder = graph.folder
    for spec in graph.nodes.values():
        known = catalog.known(spec.type, folder)
        if known is None and not trusted_types.is_trusted(spec.type, folder) and not is_missing(spec.type):
            found[spec.type] = None
    if folder is not None and not trusted_types.is_trusted_folder(folder):
        code = (file for file in project_code(folder) if file.name.endswith(_CODE_SUFFIXES))
        found.update({displayed(file, folder): None for file in code})
    return list(found)


def known_types(folder: Path | None) -> tuple[list[type[Node]], list[LoadFailure]]:
    """Every node type that can be added to a graph in this folder: library, installed, and the folder's if trusted.

    Returns:
        The types, and one failure for each package or file that could not be loaded.
    """
    return catalog.all_types(folder if trusted_types.look_again(folder) else None)
