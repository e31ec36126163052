"""How well what was typed fits an entry: letters in a row before initials, initials before scattered letters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.commands.entry import Entry

_AT_START = 100.0
_AT_WORD = 80.0
_INSIDE = 55.0
_INITIALS = 60.0
_SCATTERED = 30.0
_IN_HELP = 18.0
_PER_LETTER = 0.2  # of two titles that fit alike the shorter one goes first
_LEARNED = 25.0
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that fits, how well, and the letters of its title that were meant."""

    entry: Entry
    score: float
    letters: tuple[int, ...]


def best_first(entries: Iterable[Entry], text: str, learned: Mapping[str, float]) -> list[Match]:
    """The entries in which every typed word occurs, the best first.

    Args:
        entries: in their own order, which decides among equals.
        text: what was typed; nothing shows all, those used lately first.
        learned: id of an entry -> how much it is used, 0 to 1.
    """
    words = text.casefold().split()
    found = [match for entry in entries if (match := _match(entry, words, learned.get(entry.id, 0.0))) is not None]
    return sorted(found, key=lambda match: -match.score)


def _match(entry: Entry, words: list[str], use: float) -> Match | None:
    title = entry.title.casefold()
    if len(title) != len(entry.title):  # a letter that casefolds to two: its places would be shifted
        title = entry.title.lower()
    score = entry.weight + _LEARNED * use * (1 if words else 100)
    letters: set[int] = set()
    for word in words:
        found = place_of(word, title)
        if found is not None:
            points, places = found
            score += points
            letters.update(places)
        elif word in f"{entry.kind} {entry.tip}".casefold():
            score += _IN_HELP
        else:
            return None
    if words:
        score -= _PER_LETTER * len(title)
    return Match(entry, score, tuple(sorted(letters)))


def place_of(word: str, title: str) -> tuple[float, tuple[int, ...]] | None:
    """How well a word fits a title, and at which letters; both in lower case. None when it does not."""
    if title.startswith(word):
        return _AT_START, tuple(range(len(word)))
    inside = place = title.find(word)
    while place >= 0:
        if not title[place - 1].isalnum():
            return _AT_WORD, tuple(range(place, place + len(word)))
        place = title.find(word, place + 1)
    if inside >= 0:
        return _INSIDE, tuple(range(inside, inside + len(word)))
    if len(word) < 2 or any(letter not in title for letter in word):
        return None
    starts = [match.start() for match in _WORD.finditer(title)]
    initials = "".join(title[index] for index in starts).find(word)
    if initials >= 0:
        return _INITIALS, tuple(starts[initials : initials + len(word)])
    return _scattered(word, title)


def _scattered(word: str, title: str) -> tuple[float, tuple[int, ...]] | None:
    """The letters in their order with others between them: the nearer together the better."""
    places: list[int] = []
    for letter in word:
        place = title.find(letter, places[-1] + 1 if places else 0)
        if place < 0:
            return None
        places.append(place)
    gaps = places[-1] - places[0] + 1 - len(word)
    if gaps > 3 * len(word):
        return None
    return _SCATTERED - gaps, tuple(places)
