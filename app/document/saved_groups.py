"""Groups kept for reuse: graph files in a folder beside the settings, and in `groups/` beside the open graph.

Each is added like a node type; the path that stands for one begins with `group:`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.document.clipboard import pasted, text_of
from app.document.grouping import collapse
from app.document.groups import TOP, Group, read_groups, write_groups
from app.document.marks import read_marks
from app.document.settings import settings
from app.document.trust import EditorGraph
from app.document.wiring import connect_first
from engine import FileFormatError, Graph, GraphError, TidewireError
from engine.graph.disk import write_atomically
from engine.graph.file import format_graph, parse_graph

CATEGORY = "Groups"
_PREFIX = "group:"
_SUFFIX = ".tide"
_NAMED = 8
_NAME = re.compile(r"[^\\/:*?\"<>|.\x00-\x1f][^\\/:*?\"<>|\x00-\x1f]{0,79}")


@dataclass(frozen=True, slots=True)
class SavedGroup:
    """A group that can be added. `problem` says why its file cannot be read; empty when it can."""

    path: Path
    doc: str
    problem: str = ""

    @property
    def title(self) -> str:
        """What people call it: the name of its file."""
        return self.path.stem

    @property
    def type_path(self) -> str:
        """What stands for it where a type path is expected."""
        return f"{_PREFIX}{self.path}"


def is_saved_group(type_path: str) -> bool:
    """Does this stand for a saved group, not for a node type?"""
    return type_path.startswith(_PREFIX)


def path_of(type_path: str) -> Path:
    """The file of the saved group that this stands for."""
    return Path(type_path.removeprefix(_PREFIX))


def title_of(type_path: str) -> str:
    """The title of the saved group that this stands for."""
    return path_of(type_path).stem


def own_folder() -> Path:
    """Where groups are kept for this user: beside the settings."""
    return Path(settings().fileName()).parent / "groups"


def saved_groups(graph_folder: Path | None) -> list[SavedGroup]:
    """The groups that can be added, those beside the graph first; of two of the same name the first."""
    folders = [own_folder()] if graph_folder is None else [graph_folder / "groups", own_folder()]
    found: dict[str, SavedGroup] = {}
    for folder in folders:
        try:
            files = sorted(folder.glob(f"*{_SUFFIX}"), key=lambda file: file.stem.casefold())
        except OSError:
            continue
        for file in files:
            if file.is_file() and file.stem not in found:
                found[file.stem] = _look_at(file)
    return list(found.values())


def name_refusal(name: str) -> str | None:
    """Why a group cannot be saved under a name; None when it can."""
    if not _NAME.fullmatch(name):
        return 'type a name, without any of \\ / : * ? " < > |'
    if (own_folder() / f"{name}{_SUFFIX}").exists():
        return "there is a reusable group of this name already"
    return None


def save_group(graph: Graph, group: str, name: str) -> Path:
    """Keep a group with all that is in it for reuse.

    Raises:
        GraphError: it cannot be written, or the name is taken.
    """
    refusal = name_refusal(name)
    if refusal is not None:
        raise GraphError(refusal)
    groups = read_groups(graph)
    path = own_folder() / f"{name}{_SUFFIX}"
    text = text_of(graph, groups.nodes_below(group), (), groups.by_id[group].parent)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode("utf-8"))
    except OSError as error:
        raise GraphError(f"{path} cannot be written: {error.strerror or error}") from None
    return path


def set_aside(path: Path) -> Path:
    """Move the file of a group to a folder `removed` beside it, where it is not listed; raises `GraphError`."""
    place = path.parent / "removed"
    names = (path.name, *(f"{path.stem} {number}{path.suffix}" for number in range(2, 10_000)))
    try:
        place.mkdir(exist_ok=True)
        free = next(place / name for name in names if not (place / name).exists())
        path.rename(free)
    except OSError as error:
        raise GraphError(f"{path} cannot be moved: {error.strerror or error}") from None
    return free


def add_saved_group(
    graph: Graph,
    type_path: str,
    place: tuple[float, float],
    connect_from: str | None = None,
    connect_to: str | None = None,
) -> list[str]:
    """Add a saved group as a group of its own, and wire it; to be done inside `Document.edit`.

    Returns:
        The ids of its nodes.

    Raises:
        GraphError: its file cannot be read, or has no nodes.
        ConnectionRefused: none of its free ports fits.
    """
    path = path_of(type_path)
    try:
        part = _as_one_group(parse_graph(path.read_bytes(), EditorGraph, name=path.name), path.stem)
        content, added, _ = pasted(graph, format_graph(part), at=place, name=path.name)
    except OSError as error:
        raise GraphError(f"{path.name} cannot be read: {error.strerror or error}") from None
    except FileFormatError as error:
        raise GraphError(str(error)) from None
    if not added:
        raise GraphError(f"{path.name} has no nodes")
    graph.restore(content)
    if connect_from:
        connect_first(graph, [(connect_from, end) for end in free_ends(graph, added, is_input=True)])
    if connect_to:
        connect_first(graph, [(end, connect_to) for end in free_ends(graph, added, is_input=False)])
    return added


def free_ends(graph: Graph, nodes: Iterable[str], *, is_input: bool) -> list[str]:
    """The ports of nodes that have no wire, `node.port`, inputs that need one first."""
    wired = {wire.input if is_input else wire.output for wire in graph.wires.values()}
    found: list[tuple[bool, str]] = []
    for node in nodes:
        for name, port in _ports(graph, node, is_input=is_input).items():
            end = f"{node}.{name}"
            if end not in wired:
                found.append((bool(getattr(port, "optional", False)), end))
    return [end for _, end in sorted(found, key=lambda entry: entry[0])]


def fits(group: SavedGroup, port: Any, *, is_input: bool) -> bool:
    """Has a saved group a free port that a wire from this one could end at? `is_input`: the port is one."""
    try:
        part = parse_graph(group.path.read_bytes(), EditorGraph, name=group.title)
    except (OSError, FileFormatError):
        return False
    for end in free_ends(part, part.nodes, is_input=not is_input):
        node, _, name = end.partition(".")
        other = _ports(part, node, is_input=not is_input)[name]
        if (port.refusal(other) if is_input else other.refusal(port)) is None:
            return True
    return False


def _ports(graph: Graph, node: str, *, is_input: bool) -> dict[str, Any]:
    try:
        node_type = graph.type_of(node)
    except TidewireError:
        return {}
    return dict(node_type.node_inputs if is_input else node_type.node_outputs)


def _as_one_group(part: Graph, name: str) -> Graph:
    """The part with all that is on its outermost level in one group, named like the file."""
    groups = read_groups(part)
    cards = groups.cards(part, TOP)
    if len(cards) == 1 and cards[0] in groups.by_id:
        only = cards[0]
        write_groups(part, [_named(group, name, only) for group in groups.by_id.values()], ())
        return part
    if cards:
        collapse(part, cards, [mark.id for mark in read_marks(part).on_level(TOP, groups)], TOP, name)
    return part


def _named(group: Group, name: str, only: str) -> Group:
    return replace(group, name=name) if group.id == only else group


def _look_at(file: Path) -> SavedGroup:
    try:
        stat = file.stat()
    except OSError as error:
        return SavedGroup(file, "", str(error.strerror or error))
    return _looked_at(file, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=256)
def _looked_at(file: Path, _changed: int, _size: int) -> SavedGroup:
    try:
        part = parse_graph(file.read_bytes(), EditorGraph, name=file.name)
    except (OSError, FileFormatError) as error:
        return SavedGroup(file, "", str(error))
    labels = [spec.label for spec in part.nodes.values()]
    more = " …" if len(labels) > _NAMED else ""
    count = f"{len(labels)} node{'' if len(labels) == 1 else 's'}"
    return SavedGroup(file, f"group of {count}: {', '.join(labels[:_NAMED])}{more}")
