"""Finding nodes, groups, frames and comments by what they are called or say, have set, or where they run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.document.groups import TOP, read_groups
from app.document.marks import Frame, read_marks

if TYPE_CHECKING:
    from app.document.document import Document
    from engine import NodeSpec

_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Match:
    """What has all words, and where: "name", "type Band Pass", "low_hz = 8.0". `is_mark`: a frame or comment."""

    id: str
    where: str
    is_group: bool = False
    is_mark: bool = False


def found(document: Document, text: str) -> list[Match]:
    """The nodes, groups, frames and comments with every typed word, in the order of the document; none for no words."""
    words = text.casefold().split()
    if not words:
        return []
    matches = []
    for spec in document.graph.nodes.values():
        where = _where(_texts(document, spec), words)
        if where is not None:
            matches.append(Match(spec.id, where))
    for group in read_groups(document.graph).by_id.values():
        where = _where(iter([("name", group.label)]), words)
        if where is not None:
            matches.append(Match(group.id, where, is_group=True))
    for mark in read_marks(document.graph).by_id.values():
        said = ("frame", mark.title) if isinstance(mark, Frame) else ("comment", mark.text)
        where = _where(iter([said]), words)
        if where is not None:
            matches.append(Match(mark.id, where, is_mark=True))
    return matches


def level_of(document: Document, match: Match) -> str:
    """The level on which it is seen: the group around it, or the whole."""
    groups = read_groups(document.graph)
    if match.is_mark:
        mark = read_marks(document.graph).by_id.get(match.id)
        return mark.group if mark is not None and mark.group in groups.by_id else TOP
    if not match.is_group:
        return groups.level_of(match.id)
    return groups.by_id[match.id].parent if match.id in groups.by_id else TOP


def _where(texts: Iterator[tuple[str, str]], words: list[str]) -> str | None:
    """Where the first word occurs, when each occurs somewhere."""
    missing = dict.fromkeys(words)
    first: str | None = None
    for where, text in texts:
        folded = text.casefold()
        hit = [word for word in missing if word in folded]
        if hit and first is None:
            first = where
        for word in hit:
            del missing[word]
        if not missing:
            return first
    return None


def _texts(document: Document, spec: NodeSpec) -> Iterator[tuple[str, str]]:
    """What a node is found by, the nearest to people first, each with what to say of it."""
    yield "name", spec.label
    yield f"id {spec.id}", spec.id
    node_type: Any = document.node_type(spec.id)
    title = node_type.title if node_type is not None else spec.type.rpartition(":")[2]
    yield f"type {title}", f"{title} {spec.type.rpartition(':')[2]}"
    yield f"runs on {spec.location.label}", f"{spec.location.label} {spec.location}"
    values = {}
    if node_type is not None:
        values = {name: parameter.default for name, parameter in node_type.node_parameters.items()}
    for name, value in {**values, **spec.parameters}.items():
        text = f"{name} = {value}"
        yield text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…", text
    yield f"from {spec.type.partition(':')[0]}", spec.type
