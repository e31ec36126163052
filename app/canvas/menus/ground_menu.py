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
    place = canvas.viewer.mapToScene(position)
    add(menu, "Add node…", lambda: canvas.search_to_add(position), keys="Tab")
    add(menu, "Paste", lambda: canvas.workbench.paste((round(place.x()), round(place.y()))), keys="Ctrl+V")
    add(menu, "Select all", canvas.workbench.select_all, keys="Ctrl+A")
    menu.addSeparator()
    add(menu, "Fit", canvas.fit, keys="Home")
    add(menu, "Zoom to 100 %", lambda: canvas.zoom_to(1.0), keys="Ctrl+0")
    return menu
