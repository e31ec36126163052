"""The node types that can be added, as rows to search in: what fits first, and of that what was liked before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.document.learned import Learned
from app.document.saved_groups import CATEGORY, fits, saved_groups
from app.document.trust import trusted_types
from engine import Node, catalog

if TYPE_CHECKING:
    from app.canvas.port_item import PortItem
    from app.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Choice:
    """One node type that can be added; `note` says what it would be wired to at once."""

    type_path: str
    title: str
    category: str
    doc: str
    note: str = ""


def available_types(folder: Path | None) -> list[type[Node]]:
    """Node types of the library, of installed packages and, where the user trusts it, of the folder of the graph."""
    found = [*catalog.library(), *catalog.installed()[0]]
    if folder is not None and trusted_types.is_trusted_folder(folder):
        found += catalog.project(folder)[0]
    return found


def choices(types: Iterable[type[Node]]) -> list[Choice]:
    """Rows for node types: what was chosen before first, the others by category and title."""
    learned = Learned()
    return sorted(map(_choice, types), key=lambda choice: (-learned.liking(choice.type_path), *_alphabetic(choice)))


def fitting_choices(types: Iterable[type[Node]], workbench: Workbench, port: PortItem) -> list[Choice]:
    """The node types with a port that a wire from this port can end at.

    First those that were chosen for such a port before, then the same type, other types, those that take anything.
    """
    node_type = workbench.node_type(port.node_id)
    if node_type is None or not port.face.is_known:
        return choices(types)
    side = node_type.node_inputs if port.is_input else node_type.node_outputs
    own = side[port.face.name]
    ranks = {other: rank_of(own, other, is_input=port.is_input) for other in types}
    fitting = {other: rank for other, rank in ranks.items() if rank is not None}
    return ranked(fitting, situation_of(workbench, port.end))


def group_choices(workbench: Workbench, port: PortItem | None = None) -> list[Choice]:
    """Rows for the saved groups; with a port, for those that a wire from it could go to."""
    found = [group for group in saved_groups(workbench.graph.folder) if not group.problem]
    if port is not None:
        node_type = workbench.node_type(port.node_id)
        side = {} if node_type is None else node_type.node_inputs if port.is_input else node_type.node_outputs
        own = side.get(port.face.name)
        found = [group for group in found if own is not None and fits(group, own, is_input=port.is_input)]
    return [Choice(group.type_path, group.title, CATEGORY, group.doc) for group in found]


def ranked(fitting: Mapping[type[Node], int], situation: str, notes: Mapping[type[Node], str] = {}) -> list[Choice]:
    """Rows for node types by what was chosen in this situation before, then by how well they fit (0 is best)."""
    learned = Learned()
    rows = []
    for node_type, rank in fitting.items():
        row = _choice(node_type, notes.get(node_type, ""))
        likings = (-learned.liking(row.type_path, situation), rank, -learned.liking(row.type_path))
        rows.append((likings, *_alphabetic(row), row))
    rows.sort(key=lambda entry: entry[:-1])
    return [entry[-1] for entry in rows]


def situation_of(workbench: Workbench, end: str) -> str:
    """What is learned by: the kind of port from which something is added, `type path.port`."""
    id, _, port = end.partition(".")
    spec = workbench.graph.nodes.get(id)
    return f"{spec.type}.{port}" if spec is not None else ""


def has_fit(node_type: Any, output: Any, input: Any) -> bool:
    """Could this node type be put into a wire from one port to the other?"""
    takes = any(port.refusal(output) is None for port in node_type.node_inputs.values())
    gives = any(input.refusal(port) is None for port in node_type.node_outputs.values())
    return takes and gives


def filtered(all_choices: Sequence[Choice], text: str) -> list[Choice]:
    """The choices in which every typed word occurs: titles that begin with it first, then titles, then help."""
    words = text.lower().split()
    if not words:
        return list(all_choices)
    ranked = []
    for index, choice in enumerate(all_choices):
        ranks = [_word_rank(choice, word) for word in words]
        if all(rank is not None for rank in ranks):
            ranked.append((sum(rank or 0 for rank in ranks), index))
    return [all_choices[index] for _, index in sorted(ranked)]


def _word_rank(choice: Choice, word: str) -> int | None:
    title = choice.title.lower()
    if title.startswith(word):
        return 0
    if any(part.startswith(word) for part in title.replace("-", " ").split()):
        return 1
    texts: Iterable[str] = (title, choice.type_path.rpartition(":")[2].lower(), choice.category.lower())
    if any(word in text for text in texts):
        return 2
    return 3 if word in choice.doc.lower() else None


def rank_of(own: Any, other: Any, *, is_input: bool) -> int | None:
    """0 for a port of the same type, 1 for another that fits, 2 for one that fits all, None when none does."""
    ports = other.node_outputs.values() if is_input else other.node_inputs.values()
    fits = [port for port in ports if (own.refusal(port) if is_input else port.refusal(own)) is None]
    if not fits:
        return None
    if any(port.type_name == own.type_name for port in fits):
        return 0
    return 1 if any(port.type_name != "any" for port in fits) else 2


def _alphabetic(choice: Choice) -> tuple[str, str, str]:
    return choice.category.casefold(), choice.title.casefold(), choice.type_path


def _choice(node_type: type[Node], note: str = "") -> Choice:
    doc = (node_type.__doc__ or "").strip().partition("\n")[0]
    return Choice(catalog.path_of(node_type), node_type.title, node_type.category, doc, note)
