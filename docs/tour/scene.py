"""`Scene`: what a step of the tour has at hand: the screen, the mouse, the editor, and the folder for pictures."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from editor import Editor
from hand import Hand
from screen import Screen

_SETTLE_S = 0.35  # menus and hints appear, plots draw


@dataclass
class Scene:
    """Everything a step needs. Pictures are numbered in the order they are taken."""

    screen: Screen
    hand: Hand
    editor: Editor
    out: Path
    scale: float
    files: Path
    taken: list[str] = field(default_factory=list)

    def picture(self, name: str) -> None:
        """Take a picture of the screen when it has settled."""
        time.sleep(_SETTLE_S)
        self.taken.append(name)
        self.screen.picture(self.out / f"{len(self.taken):02d}-{name}.png")

    def fill_screen(self) -> None:
        """Give the window the whole screen, by a double click on its title."""
        before = self.state()["size"]
        self.hand.double_click(self.editor.ask("title_bar"))
        self.expect("a larger window", lambda s: s["size"] != before)

    def click(self, question: str, *arguments: object, button: int = 1) -> None:
        """Find a thing and click it."""
        self.hand.click(self.editor.find(question, *arguments), button)

    def menu(self, title: str, *entries: str) -> None:
        """Open a menu of the menu bar and walk to an entry."""
        self.click("menu_title", title)
        self.walk(*entries)

    def walk(self, *entries: str) -> None:
        """Click through the entries of the open menu."""
        for text in entries:
            self.click("entry", text)

    def state(self) -> dict[str, Any]:
        """What the editor shows."""
        state: dict[str, Any] = self.editor.ask("state")
        return state

    def expect(self, what: str, holds: Any) -> dict[str, Any]:
        """Wait until something is true of the state."""
        return self.editor.until(what, holds)

    def is_moving(self, plot: str, timeout_s: float = 5.0) -> bool:
        """Do the pixels of a plot change?"""
        area = self.editor.find("area", f"plot:{plot}")
        first = self.screen.pixels(area)
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            if self.screen.pixels(area) != first:
                return True
        return False
