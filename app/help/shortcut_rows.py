"""All shortcuts as rows: from the action records, the canvas's keys and the mouse's gestures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.actions.action import Action, Submenu
from app.canvas.manual import KEYS, MOUSE
from app.commands.sources import shown_keys


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One row: keys or a gesture, what it does, and the heading it stands under."""

    group: str
    keys: str
    text: str
    tip: str = ""

    def has(self, words: Iterable[str]) -> bool:
        """Does every word occur in it?"""
        all_text = f"{self.group} {self.keys} {self.text} {self.tip}".casefold()
        return all(word in all_text for word in words)


ANYWHERE = (
    ("Tab", "Go to the next field of a panel"),
    ("Esc", "Close a search, a tip or a menu"),
)


def shortcut_rows(records: Iterable[Action | Submenu]) -> list[Shortcut]:
    """Every shortcut there is, group by group."""
    return [*_of_records(records), *_of_keys("Anywhere", ANYWHERE), *_of_keys("On the canvas", KEYS), *_of_mouse()]


def _of_records(records: Iterable[Action | Submenu]) -> Iterator[Shortcut]:
    rows = [record for record in records if isinstance(record, Action) and record.shortcut]
    menus = dict.fromkeys(record.menu.partition("/")[0] or "Window" for record in rows)
    for menu in menus:
        for record in rows:
            if (record.menu.partition("/")[0] or "Window") == menu:
                title = record.title.rstrip("…")
                yield Shortcut(menu, shown_keys(record.shortcut), title, record.tip if record.tip != title else "")


def _of_keys(group: str, rows: Iterable[tuple[str, str]]) -> Iterator[Shortcut]:
    for keys, text in rows:
        yield Shortcut(group, shown_keys(keys), text)


def _of_mouse() -> Iterator[Shortcut]:
    for gesture, text in MOUSE:
        yield Shortcut("With the mouse, on the canvas", gesture, text)
