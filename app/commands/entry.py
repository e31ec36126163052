"""`Entry`: one line of the command palette."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One thing that can be done.

    Attributes:
        id: what it is remembered by; the same from session to session.
        title: what it is called.
        run: does it.
        kind: what kind of thing it is: a menu, "Add node", "Go to" ...
        tip: one line of help.
        keys: its shortcut, as people read it.
        icon: name in `resources/icons`.
        weight: added to its score: how near it is to hand.
        is_enabled: may it be done now?
        why_not: what it needs first, where it may not.
    """

    id: str
    title: str
    run: Callable[[], object]
    kind: str
    tip: str = ""
    keys: str = ""
    icon: str = ""
    weight: float = 0.0
    is_enabled: bool = True
    why_not: str = ""
