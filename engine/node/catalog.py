"""Finding node types: the built-in library, entry points, a `nodes/` folder beside the graph file, import paths."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.errors import GraphError, UnknownNodeType
from engine.node.load_failure import LoadFailure, place_of, said_by
from engine.node.node import Node, Source
from engine.node.project import (
    PACKAGE_PREFIX,
    PROJECT_PREFIX,
    home_of,
    import_project_module,
    is_dotted,
    project_files,
    project_module,
    project_package,
)
from engine.node.reloading import Reloaded, edition_of, failure_of, reload_project, take_edition, what_of

ENTRY_POINT_GROUP = "tidewire.nodes"
LIBRARY = (
    "sources",
    "files",
    "arithmetic",
    "conversions",
    "filters",
    "resampling",
    "spectra",
    "events",
    "aligning",
    "expression",
    "sinks",
    "faults",
)


class Catalog:
    """All node types known to this process. Thread-safe; a type that was found stays found."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Path | None], type[Node]] = {}
        self._lock = threading.RLock()

    def resolve(self, type_path: str, folder: Path | None = None) -> type[Node]:
        """The node type of an import path `package.module:Class`; imports the module.

        Args:
            type_path: the path; `nodes.module:Class` is looked for in `folder/nodes/` first.
            folder: where the graph file lies.

        Raises:
            UnknownNodeType: it cannot be found, its module fails to import, or it is no node type.
        """
        with self._lock:
            known = self._found(type_path, folder)
            if known is None:
                known = self._import(type_path, folder)
                self._known[type_path, home_of(type_path, folder)] = known
            return known

    def known(self, type_path: str, folder: Path | None = None) -> type[Node] | None:
        """The node type if it was found before or its module is imported already; imports nothing."""
        found = self._found(type_path, folder)
        if found is not None:
            return found
        module, _, name = type_path.partition(":")
        if module not in sys.modules or home_of(type_path, folder) is not None:
            return None
        kind: Any = sys.modules[module]
        for part in name.split("."):  # by `vars`: a module may import more when it is asked for a name it does not have
            kind = vars(kind).get(part) if isinstance(kind, (types.ModuleType, type)) else None
        return kind if _is_node_type(kind) else None

    def _found(self, type_path: str, folder: Path | None) -> type[Node] | None:
        """The node type if it was found before: the project's own, else the one that all share."""
        found = self._known.get((type_path, folder))
        if found is None and home_of(type_path, folder) is None:
            found = self._known.get((type_path, None))
        return found

    def path_of(self, node_type: Any) -> str:
        """The text that stands for a node type in a graph; remembers the type, so that it is found again.

        Raises:
            GraphError: it is no node type.
        """
        if not _is_node_type(node_type):
            raise GraphError(f"{node_type!r} is no node type: pass a subclass of Node or its import path")
        module = node_type.__module__
        folder = None
        if module.startswith(PACKAGE_PREFIX):
            package, _, rest = module.partition(".")
            module, folder = PROJECT_PREFIX + rest, Path(sys.modules[package].__path__[0]).parent
        type_path = f"{module}:{node_type.__qualname__}"
        with self._lock:
            if "<locals>" in type_path:
                type_path = self._path_of_local(type_path, node_type)
            if folder is None or _attribute(sys.modules.get(node_type.__module__), node_type.__qualname__) is node_type:
                self._known[type_path, folder] = node_type  # else its module was loaded anew since
        return type_path

    def _path_of_local(self, type_path: str, node_type: type[Node]) -> str:
        """A path of its own for each class that one and the same function has made."""
        number, numbered = 1, type_path
        while self._known.get((numbered, None), node_type) is not node_type:
            number += 1
            numbered = f"{type_path}-{number}"
        return numbered

    def remember(self, type_path: str, node_type: type[Node]) -> None:
        """Know a node type that came here by value."""
        with self._lock:
            self._known[type_path, None] = node_type

    def library(self) -> list[type[Node]]:
        """The built-in node types, family by family."""
        return [found for name in LIBRARY for found in _node_types(f"engine.library.{name}")]

    def installed(self) -> tuple[list[type[Node]], list[LoadFailure]]:
        """Node types that installed packages offer through the entry-point group `tidewire.nodes`.

        Returns:
            The types, and one failure for each entry point that could not be loaded.
        """
        import importlib.metadata  # takes a while, and worker processes do without

        found: list[type[Node]] = []
        failures: list[LoadFailure] = []
        for entry in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP):
            try:
                loaded = entry.load()
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # whatever a stranger's module raises, the others are listed
                failures.append(LoadFailure.of(f"node package {entry.name} ({entry.value})", error))
                continue
            if _is_node_type(loaded):
                found.append(loaded)
            elif isinstance(loaded, types.ModuleType):
                found.extend(_declared_in(loaded))
            else:
                what = f"node package {entry.name} ({entry.value})"
                failures.append(LoadFailure(what, "it is neither a node type nor a module"))
        return _once(found), failures

    def project(self, folder: Path) -> tuple[list[type[Node]], list[LoadFailure]]:
        """Node types of `folder/nodes/*.py`. Runs the code in them.

        Returns:
            The types, and one failure for each file that could not be loaded. One that could before keeps its types.
        """
        found: list[type[Node]] = []
        failures: list[LoadFailure] = []
        for file in project_files(folder):
            try:
                module = import_project_module(folder, file.stem)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                failures.append(LoadFailure.of(what_of(file), error))
                continue
            found.extend(_declared_in(module))
            failure = failure_of(module)
            if failure is not None:
                failures.append(failure)
        return _once(found), failures

    def reload(self, folder: Path) -> Reloaded:
        """Import anew what has changed of the modules of `folder/nodes/` that are imported. Runs the code in them."""
        with self._lock:
            done = reload_project(folder)
            changed = {*done.modules, *done.removed}
            for type_path, home in list(self._known):
                if home is not None and type_path.partition(":")[0] in changed and _is_same(home, folder):
                    del self._known[type_path, home]
            return done

    def bring_up_to(self, folder: Path, edition: int) -> None:
        """Import a folder's changed modules anew when the process that sent us here has done so since we did."""
        with self._lock:
            if edition_of(folder) < edition:
                self.reload(folder)
                take_edition(folder, edition)

    def all_types(self, folder: Path | None = None) -> tuple[list[type[Node]], list[LoadFailure]]:
        """Library, installed and project types together, and one failure for each that could not be loaded."""
        installed, failures = self.installed()
        found = [*self.library(), *installed]
        if folder is not None:
            of_project, more = self.project(folder)
            found += of_project
            failures += more
        return _once(found), failures

    def _import(self, type_path: str, folder: Path | None) -> type[Node]:
        module_name, colon, name = type_path.partition(":")
        if not (colon and is_dotted(module_name) and is_dotted(name.replace("<locals>", "locals"))):
            raise UnknownNodeType(f"{type_path!r} is no node type: write package.module:Class")
        if module_name.partition(".")[0] in sys.stdlib_module_names or module_name.endswith(".__main__"):
            # Importing is running, and some of them do more than to define something.
            raise UnknownNodeType(f"{type_path} is no node type: no node types are in {module_name}")
        if "<locals>" in name:
            raise UnknownNodeType(f"{type_path} was defined inside a function and cannot be found again by its name")
        if folder is not None and (folder / "nodes").is_dir():
            project_package(folder)  # payloads may be of the project's classes, whatever the node type
        in_project = project_module(type_path, folder) if folder is not None else None
        try:
            if in_project is not None and folder is not None:
                module = import_project_module(folder, in_project)
            else:
                module = importlib.import_module(module_name)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise UnknownNodeType(f"node type {type_path} cannot be imported: {_reason(error)}") from error
        found = _attribute(module, name)
        if not _is_node_type(found):
            what = "has no such class" if found is None else "is no node type"
            raise UnknownNodeType(f"node type {type_path} {what}")
        kind: type[Node] = found
        return kind


def _is_node_type(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, Node) and found not in (Node, Source)


def _attribute(found: Any, name: str) -> Any:
    """What a dotted name stands for in a module or class; None when there is no such thing."""
    for part in name.split("."):
        try:
            found = getattr(found, part, None)
        except Exception:  # a module's own `__getattr__`
            return None
    return found


def _reason(error: BaseException) -> str:
    """Why a module failed to import, in one line that ends with the file and line where it did."""
    file, line = place_of(error)
    return f"{said_by(error)} ({file.name}, line {line})" if file is not None else said_by(error)


def _is_same(one: Path, other: Path) -> bool:
    return one == other or one.resolve() == other.resolve()


def _once(found: list[type[Node]]) -> list[type[Node]]:
    return list(dict.fromkeys(found))


def _node_types(module_name: str) -> Iterator[type[Node]]:
    yield from _declared_in(importlib.import_module(module_name))


def _declared_in(module: types.ModuleType) -> Iterator[type[Node]]:
    for value in list(vars(module).values()):
        if (
            _is_node_type(value)
            and f"{value.__module__}.".startswith(f"{module.__name__}.")
            and not value.__name__.startswith("_")
        ):
            yield value


catalog = Catalog()
