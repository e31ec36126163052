"""Making menus: entries that call a function, texts that are plain text."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QMenu, QWidget


def new_menu(parent: QWidget, title: str = "") -> QMenu:
    """An empty menu with tooltips that deletes itself when it has been closed."""
    menu = QMenu(plain(title), parent)
    menu.setToolTipsVisible(True)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return menu


def submenu(menu: QMenu, title: str) -> QMenu:
    """A menu inside another; it goes with that one."""
    inner = QMenu(plain(title), menu)
    inner.setToolTipsVisible(True)
    menu.addMenu(inner)
    return inner


def add(
    menu: QMenu, text: str, do: Callable[[], object], *, keys: str = "", tip: str = "", icon: QIcon | None = None
) -> QAction:
    """An entry. `keys` are shown only: the shortcut itself belongs to the canvas or the window."""
    action = QAction(plain(text) + (f"\t{keys}" if keys else ""), menu)
    if icon is not None:
        action.setIcon(icon)
    action.setToolTip(tip or text)
    action.triggered.connect(lambda _checked=False: do())
    menu.addAction(action)
    return action


def add_choice(
    menu: QMenu, text: str, is_chosen: bool, do: Callable[[], object], *, tip: str = "", icon: QIcon | None = None
) -> QAction:
    """An entry with a tick when it is what holds now; where an icon takes the place of the tick, it is in the text."""
    action = add(menu, f"{text}  ✓" if is_chosen and icon is not None else text, do, tip=tip, icon=icon)
    action.setCheckable(True)
    action.setChecked(is_chosen)
    return action


def add_heading(menu: QMenu, text: str, tip: str = "") -> None:
    """A line that says what follows."""
    action = QAction(plain(text), menu)
    action.setEnabled(False)
    action.setToolTip(tip or text)
    menu.addAction(action)


def show(menu: QMenu, global_position: QPoint) -> QMenu:
    """Open it without waiting for it."""
    menu.popup(global_position)
    return menu


def plain(text: str) -> str:
    """A text of which no letter becomes a mnemonic."""
    return text.replace("&", "&&")
