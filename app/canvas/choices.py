"""The node types that can be added, as rows to search in; and which of them fit the wire in the hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.document.trust import trusted_types
from engine import Node, catalog

if TYPE_CHECKING:
    from app.canvas.port_item import PortItem
    from app.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Choice:
    """One node type that can be added."""

    type_path: str
    title: str
    category: str
    doc: str


def available_types(folder: Path | None) -> list[type[Node]]:
    """Node types of the library, of installed packages and, where the user trusts it, of the folder of the graph."""
    found = [*catalog.library(), *catalog.installed()[0]]
    if folder is not None and trusted_types.is_trusted_folder(folder):
        found += catalog.project(folder)[0]
    return found


def choices(types: Iterable[type[Node]]) -> list[Choice]:
    """Rows for node types, by category and title."""
    return sorted(map(_choice, types), key=lambda choice: (choice.category.casefold(), choice.title.casefold()))


def fitting_choices(types: Iterable[type[Node]], workbench: Workbench, port: PortItem) -> list[Choice]:
    """The node types with a port that a wire from this port can end at; same types before those that take anything."""
    node_type = workbench.node_type(port.node_id)
    if node_type is None or not port.face.is_known:
        return choices(types)
    side = node_type.node_inputs if port.is_input else node_type.node_outputs
    own = side[port.face.name]
    found = []
    for other in types:
        rank = _rank(own, other, is_input=port.is_input)
        if rank is not None:
            found.append((rank, _choice(other)))
    found.sort(key=lambda pair: (pair[0], pair[1].title.casefold()))
    return [choice for _, choice in found]


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


def _rank(own: Any, other: Any, *, is_input: bool) -> int | None:
    """0 for a port of the same type, 1 for another that fits, None when none does."""
    ports = other.node_outputs.values() if is_input else other.node_inputs.values()
    fits = [port for port in ports if (own.refusal(port) if is_input else port.refusal(own)) is None]
    if not fits:
        return None
    return 0 if any(port.type_name == own.type_name for port in fits) else 1


def _choice(node_type: type[Node]) -> Choice:
    doc = (node_type.__doc__ or "").strip().partition("\n")[0]
    return Choice(catalog.path_of(node_type), node_type.title, node_type.category, doc)
