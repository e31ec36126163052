"""Which entries of the command palette are used: kept between sessions, the newest first."""

from __future__ import annotations

from app.document.settings import settings

_KEY = "commands/used"
_KEPT = 40


def used() -> list[str]:
    """The ids of the entries that were chosen, the newest first."""
    stored = settings().value(_KEY, [])
    texts = [stored] if isinstance(stored, str) else list(stored or [])
    return [str(text) for text in texts]


def remember_used(id: str) -> None:
    """Put an entry at the head."""
    others = [known for known in used() if known != id]
    settings().setValue(_KEY, [id, *others][:_KEPT])


def learned() -> dict[str, float]:
    """Id of an entry -> how much it is used, from 1 for the last one down to nothing."""
    ids = used()
    return {id: 1.0 - index / _KEPT for index, id in enumerate(ids)}
