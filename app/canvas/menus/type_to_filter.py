"""`TypeToFilter`: what is typed while a menu is open leaves the entries that have it, and offers it as a new name."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QMenu

from app.canvas.menus.menu import add, plain

_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
Offers = Callable[[str], list[tuple[str, Callable[[], object]]]]


class TypeToFilter(QObject):
    """Listens to the keys of a menu.

    Invariant: while something is typed, what is seen are a line with it, the choices that have it in their text, and
    what `offers` makes of it; else the menu is as it was.

    Args:
        menu: the menu.
        choices: the entries that are filtered.
        offers: texts and deeds for what was typed, such as a new place of that name.
    """

    def __init__(self, menu: QMenu, choices: list[QAction], offers: Offers) -> None:
        super().__init__(menu)
        self._menu = menu
        self._choices = choices
        self._offers = offers
        self._others = [action for action in menu.actions() if action not in choices]
        self._shown_before = [action.isVisible() for action in self._others]
        self._made: list[QAction] = []
        self.text = ""
        menu.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take letters and Backspace; Escape first takes back what was typed."""
        if not isinstance(event, QKeyEvent) or event.type() is not QEvent.Type.KeyPress:
            return False
        typed = event.text()
        if event.key() == Qt.Key.Key_Backspace and self.text:
            self._filter(self.text[:-1])
        elif event.key() == Qt.Key.Key_Escape and self.text:
            self._filter("")
        elif typed and typed.isprintable() and not typed.isspace() and not event.modifiers() & _COMMANDS:
            self._filter(self.text + typed)
        else:
            return False
        return True

    def _filter(self, text: str) -> None:
        self.text = text
        for action in self._made:
            self._menu.removeAction(action)
            action.deleteLater()
        self._made = []
        for action, was_visible in zip(self._others, self._shown_before, strict=True):
            action.setVisible(was_visible and not text)
        for action in self._choices:
            action.setVisible(text.casefold() in action.text().casefold())
        if text:
            self._add_line(text)
        first = next((action for action in self._menu.actions() if action.isVisible() and action.isEnabled()), None)
        if first is not None:
            self._menu.setActiveAction(first)

    def _add_line(self, text: str) -> None:
        line = QAction(plain(f"“{text}”"), self._menu)
        line.setEnabled(False)
        line.setToolTip("Backspace takes back a letter, Escape all")
        self._menu.insertAction(self._menu.actions()[0], line)
        self._made.append(line)
        for words, do in self._offers(text):
            self._made.append(add(self._menu, words, do))
