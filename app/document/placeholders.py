"""Why a node is a placeholder, and what helps: its package is not installed, or its code is not loaded."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from app.document.trust import trusted_types
from app.workbench import Workbench
from engine import Graph, NodeSpec, UnknownNodeType
from engine.graph.packages import Package, recorded_package
from engine.node.packages import is_missing
from engine.node.project import PROJECT_PREFIX


@dataclass(frozen=True)
class Placeholder:
    """What is told of a node whose type is not there.

    Attributes:
        short: in two or three words.
        text: why, and what helps, in a sentence or two.
    """

    short: str
    text: str


def placeholder_of(graph: Graph, spec: NodeSpec) -> Placeholder | None:
    """Why this node is a placeholder; None when its type is there."""
    try:
        graph.type_of(spec)
    except UnknownNodeType as error:
        reason = str(error)
    else:
        return None
    package = recorded_package(graph.extra, spec.type)
    module = spec.type.partition(":")[0]
    if is_missing(spec.type):
        if package is None:
            name = module.partition(".")[0]
            return Placeholder("unknown type", f"No installed package has a module {name}: install the one it is from.")
        text = f"It comes from the package {package}, which is not installed: {package.command}"
        return Placeholder(f"needs {package.name}", text)
    if not trusted_types.is_trusted(spec.type, graph.folder):
        return Placeholder("not loaded", f"Its code, {module}, came with the graph and is not loaded.")
    if package is not None:
        text = f"{_sentence(reason)} It was made with {package}: pip install --upgrade {package.name}"
        return Placeholder(f"needs {package.name}", text)
    if module.startswith(PROJECT_PREFIX):
        return Placeholder("unknown type", f"{_sentence(reason)} It belongs into the folder nodes beside the graph.")
    return Placeholder("unknown type", _sentence(reason))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def missing_packages(graph: Graph) -> tuple[list[Package], list[str]]:
    """What is to be installed for a graph.

    Returns:
        The packages that its file names and that are not there, and the modules that are not there and of no package.
    """
    packages: dict[Package, None] = {}
    modules: dict[str, None] = {}
    for type_path in {spec.type: None for spec in graph.nodes.values()}:
        if is_missing(type_path):
            package = recorded_package(graph.extra, type_path)
            if package is not None:
                packages[package] = None
            else:
                modules[type_path.partition(":")[0].partition(".")[0]] = None
    return list(packages), list(modules)


def install_command(packages: list[Package]) -> str:
    """What installs these packages."""
    return f"pip install {' '.join(package.name for package in packages)}"


def look_for_packages(workbench: Workbench) -> bool:
    """Look again for what was installed meanwhile; is everything there now? Views show the graph anew."""
    importlib.invalidate_caches()
    trusted_types.forget_installed()
    workbench.document_replaced.emit()
    workbench.document_changed.emit()
    workbench.selection_changed.emit()
    if workbench.foreign_code:
        workbench.foreign_code_found.emit(workbench.foreign_code)
    return missing_packages(workbench.graph) == ([], [])
