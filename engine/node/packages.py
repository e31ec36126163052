"""From node types to the installed packages they come from, by metadata alone: nothing is imported for it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.graph.packages import Package, recorded_packages, with_recorded
from engine.node.catalog import ENTRY_POINT_GROUP
from engine.node.project import PROJECT_PREFIX

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_OWN_PREFIX = "engine."


def sections_to_save(extra: Mapping[str, Any], type_paths: Iterable[str]) -> dict[str, Any]:
    """The sections of a file with the packages of its node types as they are installed now.

    A package that is not installed keeps the record that the file had; one that is not used any more goes. Neither the
    library nor a project's own `nodes/` folder is a package.
    """
    modules = sorted({_module_of(type_path) for type_path in type_paths if is_foreign(type_path)})
    used: dict[Package, list[str]] = {}
    for module, package in _installed(modules).items():
        used.setdefault(package or _recorded(extra, module), []).append(module)
    used.pop(_UNKNOWN, None)
    return with_recorded(extra, [Package(package.name, package.version, tuple(used[package])) for package in used])


def is_foreign(type_path: str) -> bool:
    """Is this node type neither of the library nor of a project's own?"""
    return not type_path.startswith((_OWN_PREFIX, PROJECT_PREFIX))


def is_missing(type_path: str) -> bool:
    """Is there no module at all that this node type could be in? Looks, and imports nothing."""
    name = _module_of(type_path).partition(".")[0]
    if not is_foreign(type_path) or name in sys.modules:
        return False
    try:
        return importlib.util.find_spec(name) is None
    except (ImportError, ValueError):
        return True


_UNKNOWN = Package("")


def _recorded(extra: Mapping[str, Any], module: str) -> Package:
    known = next((package for package in recorded_packages(extra) if package.has(module)), _UNKNOWN)
    return Package(known.name, known.version)


def _installed(modules: list[str]) -> dict[str, Package | None]:
    if not modules:
        return {}
    import importlib.metadata  # takes a while, and worker processes do without

    entries = list(importlib.metadata.entry_points(group=ENTRY_POINT_GROUP))
    return {module: _by_entry_point(module, entries) or _by_name(module) for module in modules}


def _by_entry_point(module: str, entries: list[EntryPoint]) -> Package | None:
    for entry in entries:
        distribution = entry.dist
        if distribution is not None and (module == entry.module or module.startswith(f"{entry.module}.")):
            return Package(distribution.name, distribution.version)
    return None


def _by_name(module: str) -> Package | None:
    """The package that is called like the module, if the module lies in it."""
    import importlib.metadata

    name = module.partition(".")[0]
    file = getattr(sys.modules.get(name), "__file__", None)
    try:
        distribution = importlib.metadata.distribution(name)
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return None
    if file is None or Path(str(distribution.locate_file(""))) not in Path(file).parents:
        return None
    return Package(distribution.name, distribution.version)


def _module_of(type_path: str) -> str:
    return type_path.partition(":")[0]
