"""Loading the files of a `nodes/` folder anew when they have changed: what else runs keeps what it has.

A module that has changed is imported again, and with it every module of the folder that imports it. A module that
fails to import stays as it was, so that its node types go on working until it is mended.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import sys
import types
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.node.load_failure import LoadFailure
from engine.node.project import PROJECT_PREFIX, ProjectLoader, project_package


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a look at the files of a folder has changed.

    Attributes:
        modules: names, as type paths have them, of the modules that are others now (`nodes.mine`).
        removed: names of those whose file is gone.
        failures: why others could not be loaded anew; they are as they were.
    """

    modules: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    failures: tuple[LoadFailure, ...] = ()


_failed: dict[str, LoadFailure] = {}  # by the full name of the module, until it is mended
_editions: dict[str, int] = {}  # how often the modules of a folder have changed, by package


def reload_project(folder: Path) -> Reloaded:
    """Import anew what has changed of the modules of `folder/nodes/` that are imported. Runs their code."""
    package = project_package(folder)
    loaded = {
        name: module for name, module in list(sys.modules.items()) if name.startswith(f"{package}.") and _loader(module)
    }
    for name in [name for name in _failed if name.startswith(f"{package}.") and name not in loaded]:
        del _failed[name]
    now = {name: _digest(module) for name, module in loaded.items()}
    stale = {name for name, module in loaded.items() if now[name] != _loaded_digest(module)}
    for name in [name for name in _failed if name in loaded and name not in stale]:
        del _failed[name]  # its file is again as it was when it was loaded; what it imports is looked at below
    stale = _with_dependents(stale, loaded)
    if not stale:
        return Reloaded()
    for name in stale:
        del sys.modules[name]
    importlib.invalidate_caches()
    gone = {name for name in stale if now[name] is None}
    for name in sorted(stale - gone):
        _failed.pop(name, None)
        try:
            importlib.import_module(name)
        except KeyboardInterrupt:
            sys.modules.update({lost: loaded[lost] for lost in stale if lost not in sys.modules})
            raise
        except BaseException as error:  # whatever a stranger's module raises
            _failed[name] = LoadFailure.of(what_of(Path(str(loaded[name].__file__))), error)
    failed = {name for name in stale if name in _failed}
    sys.modules.update({name: loaded[name] for name in failed})
    fresh = stale - gone - failed
    if fresh or gone:
        _editions[package] = _editions.get(package, 0) + 1
    return Reloaded(
        tuple(sorted(_path_name(name) for name in fresh)),
        tuple(sorted(_path_name(name) for name in gone)),
        tuple(_failed[name] for name in sorted(failed)),
    )


def failure_of(module: types.ModuleType) -> LoadFailure | None:
    """Why the file of a module, as it is now, could not be loaded; None when the module is what is in its file."""
    return _failed.get(module.__name__)


def edition_of(folder: Path | None) -> int:
    """How often the modules of a folder have changed in this process."""
    return _editions.get(project_package(folder), 0) if folder is not None and (folder / "nodes").is_dir() else 0


def take_edition(folder: Path, edition: int) -> None:
    """What is loaded here is that edition of the folder's modules: so says the process in which it was counted."""
    _editions[project_package(folder)] = edition


def what_of(file: Path) -> str:
    """A file of node types as messages name it."""
    return f"{file.name} in {file.parent.name}/"


def _with_dependents(changed: Iterable[str], loaded: dict[str, types.ModuleType]) -> set[str]:
    """Modules, with all that import one of them, however indirectly, and what lies below them."""
    found = set(changed)
    imports = {name: _imports_of(module) for name, module in loaded.items()}
    while more := {
        name for name in loaded if name not in found and (imports[name] & found or name.rpartition(".")[0] in found)
    }:
        found |= more
    return found


def _imports_of(module: types.ModuleType) -> set[str]:
    """The full names of what a module imports from its own package."""
    loader = _loader(module)
    assert loader is not None
    package = module.__package__ or ""
    found: set[str] = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they were told when it was imported
        tree = ast.parse(loader.source)
    for part in ast.walk(tree):
        if isinstance(part, ast.ImportFrom) and part.level:
            base = package.rsplit(".", part.level - 1)[0] if part.level > 1 else package
            name = f"{base}.{part.module}" if part.module else base
            found |= {name, *(f"{name}.{alias.name}" for alias in part.names)}
    return found


def _loader(module: types.ModuleType) -> ProjectLoader | None:
    loader = getattr(getattr(module, "__spec__", None), "loader", None)
    return loader if isinstance(loader, ProjectLoader) else None


def _digest(module: types.ModuleType) -> str | None:
    """The hash of what is in a module's file now; None when it is gone."""
    try:
        return hashlib.sha256(Path(str(module.__file__)).read_bytes()).hexdigest()
    except OSError:
        return None


def _loaded_digest(module: types.ModuleType) -> str:
    loader = _loader(module)
    return hashlib.sha256(loader.source).hexdigest() if loader is not None else ""


def _path_name(full_name: str) -> str:
    return PROJECT_PREFIX + full_name.partition(".")[2]
