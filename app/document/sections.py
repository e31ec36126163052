"""Sections of a graph file that belong to the editor alone: lists of entries that the engine carries along unread.

What cannot be read is kept as it is, and written back after what can. Values are replaced, never changed in place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from engine import Graph, GraphError
from engine.graph.spec import MAX_TEXT

MARK_OF_IDS = "@"  # ids of groups, frames and comments begin with it, and those of nodes cannot
_LONGEST_ID = 100
_LARGEST = 1e9

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Section(Generic[E]):
    """A section as it was read.

    Attributes:
        entries: what could be read, by id, in the order of the file.
        unread: entries that could not, as they are in the file.
        complaint: why the whole section could not be read; empty when it could.
    """

    entries: Mapping[str, E]
    unread: tuple[Any, ...] = ()
    complaint: str = ""


def read_section(graph: Graph, key: str, read: Callable[[Mapping[str, Any]], E]) -> Section[E]:
    """Read a section of `graph.extra`.

    Args:
        graph: whose section.
        key: its name in the file.
        read: makes an entry of its fields; raises `ValueError` or `TypeError` for one that it cannot read.
    """
    raw = graph.extra.get(key, [])
    if not isinstance(raw, list):
        return Section({}, complaint=f'The section "{key}" of this file is no list: it is kept, and not shown.')
    entries: dict[str, E] = {}
    unread: list[Any] = []
    for fields in raw:
        try:
            id = id_of(fields)
            if id in entries:
                raise ValueError(f"{id} is there twice")
            entries[id] = read(fields)
        except (ValueError, TypeError):
            unread.append(fields)
    return Section(entries, tuple(unread))


def write_section(graph: Graph, key: str, entries: Iterable[Mapping[str, Any]], unread: Iterable[Any] = ()) -> None:
    """Replace a section, when that changes it; an empty one goes. Raises `GraphError` for one that cannot be read."""
    before = graph.extra.get(key, [])
    if not isinstance(before, list):
        raise GraphError(f'the section "{key}" of this file cannot be read, so it cannot be changed')
    after = [*map(dict, entries), *unread]
    if after == before:
        return
    if after:
        graph.extra[key] = after
    else:
        graph.extra.pop(key, None)


def unused_id(stem: str, taken: Iterable[str]) -> str:
    """An id for a new entry: `@stem1`, `@stem2` …"""
    known = set(taken)
    number = 1
    while f"{MARK_OF_IDS}{stem}{number}" in known:
        number += 1
    return f"{MARK_OF_IDS}{stem}{number}"


# -- reading fields: each raises ValueError or TypeError for what it cannot read


def id_of(fields: Any) -> str:
    """The id of an entry."""
    id = fields["id"] if isinstance(fields, dict) and "id" in fields else None
    if not isinstance(id, str) or not id.startswith(MARK_OF_IDS) or not 2 <= len(id) <= _LONGEST_ID:
        raise ValueError(f"{id!r} is no id of an entry")
    return id


def text_of(fields: Mapping[str, Any], name: str, longest: int = MAX_TEXT) -> str:
    """A field with a text; missing is empty."""
    text = fields.get(name, "")
    if not isinstance(text, str) or len(text) > longest:
        raise ValueError(f"{name} is no text")
    return text


def numbers_of(fields: Mapping[str, Any], name: str, count: int) -> tuple[float, ...]:
    """A field with some finite numbers."""
    values = fields.get(name)
    if not isinstance(values, list) or len(values) != count:
        raise ValueError(f"{name} is not {count} numbers")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{name} has something that is no number")
        if not math.isfinite(value) or abs(value) > _LARGEST:
            raise ValueError(f"{name} has a number that is no place")
    return tuple(float(value) for value in values)


def short(number: float) -> float | int:
    """A coordinate as the file has it: to the hundredth, whole where it is whole."""
    rounded = round(number, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def others(fields: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
    """The fields that this version does not know; they are written back."""
    names = set(known)
    return {name: value for name, value in fields.items() if name not in names}
