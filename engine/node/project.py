"""A project's own node types: the `nodes/` folder beside a graph file, imported under a name of its own."""

from __future__ import annotations

import hashlib
import importlib
import importlib.machinery
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

PROJECT_PREFIX = "nodes."
PACKAGE_PREFIX = "tidewire_project_"


def project_files(folder: Path) -> list[Path]:
    """The Python files of a project's `nodes/` folder, sorted."""
    nodes = folder / "nodes"
    return sorted(file for file in nodes.glob("*.py") if file.stem != "__init__") if nodes.is_dir() else []


def project_package(folder: Path) -> str:
    """The name under which a project's `nodes/` folder is imported; registers the package when it is new."""
    nodes = (folder / "nodes").resolve()
    name = PACKAGE_PREFIX + hashlib.sha256(str(nodes).encode()).hexdigest()[:12]
    if name not in sys.modules:
        if not any(isinstance(finder, _ProjectFinder) for finder in sys.meta_path):
            sys.meta_path.insert(0, _ProjectFinder())
        package = types.ModuleType(name, f"The nodes of {folder.name}.")
        package.__path__ = [str(nodes)]
        sys.modules[name] = package
    return name


class _ProjectFinder:
    """Finds the modules of projects as Python does, but has them compiled from what people can read.

    A downloaded folder may bring a `__pycache__` with other code in it than the sources that its user looked at.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """See `importlib.abc.MetaPathFinder`."""
        if not fullname.startswith(PACKAGE_PREFIX) or path is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and type(spec.loader) is importlib.machinery.SourceFileLoader:
            spec.loader = ProjectLoader(spec.loader.name, spec.loader.path)
            spec.cached = None
        return spec


class ProjectLoader(importlib.machinery.SourceFileLoader):
    """Neither reads nor writes byte code. `source` is what the module was made from."""

    source = b""

    def get_data(self, path: str) -> bytes:
        """What is in the file."""
        self.source = super().get_data(path)
        return self.source

    def path_stats(self, path: str) -> NoReturn:
        """Without a time of the source there is no cache that could be of that time."""
        raise OSError("the code of projects is not cached")


def import_project_module(folder: Path, name: str) -> types.ModuleType:
    """Import `folder/nodes/name.py`, or take it as it is when a script has imported it already as `nodes.name`."""
    imported = sys.modules.get(PROJECT_PREFIX + name)
    if imported is not None and _lies_at(imported, project_file(folder, name)):
        return imported
    full_name = f"{project_package(folder)}.{name}"
    if full_name not in sys.modules:
        importlib.invalidate_caches()  # the file may be newer than what the import system remembers of the folder
    return importlib.import_module(full_name)


def project_file(folder: Path, name: str) -> Path:
    """The file of a project's module."""
    return (folder / "nodes").joinpath(*name.split(".")).with_suffix(".py")


def _lies_at(module: types.ModuleType, file: Path) -> bool:
    path = getattr(module, "__file__", None)
    return path is not None and Path(path).resolve() == file.resolve()


def home_of(type_path: str, folder: Path | None) -> Path | None:
    """The folder to which a node type belongs when it is one of a project's."""
    return folder if folder is not None and project_module(type_path, folder) is not None else None


def project_module(type_path: str, folder: Path) -> str | None:
    """The module of a `nodes.module:Class` path that lies in the project's folder, else None."""
    module = type_path.partition(":")[0]
    if not module.startswith(PROJECT_PREFIX):
        return None
    relative = module.removeprefix(PROJECT_PREFIX)
    try:
        return relative if is_dotted(relative) and project_file(folder, relative).is_file() else None
    except OSError:  # longer than a file's name may be
        return None


def is_dotted(name: str) -> bool:
    """Is this a dotted name, such as Python's modules and classes have (in a file's name '-' may stand too)?"""
    return all(part.replace("-", "_").isidentifier() for part in name.split("."))
