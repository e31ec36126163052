"""The section `packages` of a graph file: which installed packages its node types came from, with their versions.

It is read where a package is missing, to say what to install. A file may come from anyone: what it says is checked, and
nothing of it is run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SECTION = "packages"
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?\Z")
_VERSION = re.compile(r"[A-Za-z0-9.+!_-]{1,40}\Z")


@dataclass(frozen=True, slots=True)
class Package:
    """An installable package: its name and version, and the modules that node types of a graph are in."""

    name: str
    version: str = ""
    modules: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()

    @property
    def command(self) -> str:
        """What installs it."""
        return f"pip install {self.name}"

    def has(self, type_path: str) -> bool:
        """Is this node type in one of its modules, or below?"""
        module = type_path.partition(":")[0]
        return any(module == known or module.startswith(f"{known}.") for known in self.modules)

    def entry(self) -> dict[str, Any]:
        """What stands for it in a file, below its name."""
        return {"version": self.version, "modules": list(self.modules)}


def recorded_packages(extra: Mapping[str, Any]) -> list[Package]:
    """The packages that a graph's file names; what is no record of a package is left out."""
    section = extra.get(SECTION)
    if not isinstance(section, Mapping):
        return []
    found = (_read(name, entry) for name, entry in section.items())
    return [package for package in found if package is not None]


def recorded_package(extra: Mapping[str, Any], type_path: str) -> Package | None:
    """The package that a node type came from, as the file says; None when it does not."""
    return next((package for package in recorded_packages(extra) if package.has(type_path)), None)


def with_recorded(extra: Mapping[str, Any], packages: list[Package]) -> dict[str, Any]:
    """The sections of a file with these packages recorded, sorted; what is no record of a package is kept."""
    section = extra.get(SECTION, {})
    if not isinstance(section, Mapping):
        return dict(extra)
    others = {name: entry for name, entry in section.items() if _read(name, entry) is None}
    entries = {package.name: package.entry() for package in sorted(packages, key=lambda found: found.name)}
    if entries or others:
        return {**extra, SECTION: {**entries, **others}}
    return {key: value for key, value in extra.items() if key != SECTION}


def _read(name: Any, entry: Any) -> Package | None:
    if not (isinstance(name, str) and _NAME.match(name) and isinstance(entry, Mapping)):
        return None
    version, modules = entry.get("version", ""), entry.get("modules", [])
    if not isinstance(version, str) or not isinstance(modules, list) or entry.keys() - {"version", "modules"}:
        return None
    if version and not _VERSION.match(version):
        return None
    if not all(isinstance(module, str) and module for module in modules):
        return None
    return Package(name, version, tuple(modules))
