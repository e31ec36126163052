"""The context menu of the empty ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu

from app.canvas.menus.menu import add, new_menu

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def ground_menu(canvas: CanvasView, position: QPoint) -> QMenu:
    """What can be done where nothing is; `position` is in pixels of the viewport."""
    menu = new_menu(canvas, "Canvas")
    menu.setObjectName("ground_menu")
    add(menu, "Add node…", lambda: canvas.search_to_add(position), keys="Tab")
    add(menu, "Add comment", lambda: canvas.marking.add_comment(position), keys="Ctrl+Shift+M")
    add(menu, "Paste", lambda: canvas.pasting.paste(position), keys="Ctrl+V")
    add(menu, "Select all", canvas.workbench.select_all, keys="Ctrl+A")
    add(menu, "Auto layout", canvas.arranger.lay_out, keys="Ctrl+L")
    add(menu, "Find…", canvas.find_bar.open_bar, keys="Ctrl+F")
    menu.addSeparator()
    add(menu, "Fit", canvas.fit, keys="Home")
    add(menu, "Zoom to selection", canvas.zoom_to_selection, keys="Ctrl+8").setEnabled(
        bool(canvas.mirror.selected_cards())
    )
    add(menu, "Zoom to 100 %", lambda: canvas.zoom_to(1.0), keys="Ctrl+0")
    return menu
