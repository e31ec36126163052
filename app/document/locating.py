"""Edits of where nodes run: names that are free, and a computer under another name."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from engine import Location, LocationError

if TYPE_CHECKING:
    from app.document.document import Document
    from engine import Graph


def unused_thread(document: Document) -> str:
    """The location of a thread of the app that no node runs in yet."""
    taken = {str(location) for location in document.locations()}
    return next(text for number in itertools.count(1) if (text := f"thread{number}") not in taken)


def rename_location(document: Document, old: Location, name: str) -> str | None:
    """Give a thread or process another name: all that runs there moves along, and what follows its death.

    Args:
        document: where it is.
        old: the location.
        name: what is to stand in the place of its own name, without colons.

    Returns:
        Why it was refused; None when it was done.
    """
    text = name.strip().removesuffix(":").rpartition(":")[2]
    try:
        new = Location(old.host, old.process, text) if old.thread else Location(old.host, text)
    except LocationError as error:
        return str(error)
    if new == old:
        return None
    if not text or new.is_main:
        return "type a name: letters, digits, '_' or '-'"
    if new in document.locations():
        return f"there is a {new.label} already: drag the nodes there to join the two"

    def edit(graph: Graph) -> None:
        policy = graph.death_policy(old) if not old.thread else ""
        for spec in list(graph.nodes.values()):
            if spec.location == old:
                graph.set_location(spec.id, str(new))
            elif not old.thread and spec.location.process_location == old:
                graph.set_location(spec.id, str(Location(new.host, new.process, spec.location.thread)))
        if policy:
            graph.set_computer(new, on_death=policy)
            graph.set_computer(old, on_death="")

    return document.attempt(f"Rename {old.label}", edit)
