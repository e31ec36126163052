"""The context menus of a group, and of what is outside it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from app.canvas.card_layout import Part
from app.canvas.menus.group_entries import add_group_entries
from app.canvas.menus.location_menu import fill_location_menu
from app.canvas.menus.menu import add, new_menu, submenu
from app.canvas.menus.node_menu import fill_plot_menu
from app.canvas.node_item import NodeItem

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def group_menu(canvas: CanvasView, group: NodeItem) -> QMenu:
    """What can be done with a group, and with all that is selected together with it."""
    workbench, id = canvas.workbench, group.card.id
    menu = new_menu(canvas, "Group")
    menu.setObjectName("group_menu")
    add(menu, "Look inside", lambda: workbench.whereabouts.enter(id), keys="Ctrl+Down")
    add(
        menu,
        "Ungroup",
        canvas.levels.ungroup_selected,
        keys="Ctrl+Shift+G",
        tip="leave what is inside, without a group",
    )
    add(menu, "Rename", lambda: canvas.rename(id), keys="F2")
    add(menu, "Save as reusable group…", canvas.levels.keep_selected, tip="list it with the node types")
    menu.addSeparator()
    add(menu, "Duplicate", workbench.duplicate, keys="Ctrl+D")
    add(menu, "Copy", workbench.copy, keys="Ctrl+C")
    add(menu, "Delete", canvas.delete_selected, keys="Del", tip="remove the group with the nodes inside")
    menu.addSeparator()
    add_group_entries(canvas, menu)
    menu.addSeparator()
    fill_location_menu(canvas, submenu(menu, "Runs on"), workbench.selection)
    plots = submenu(menu, "Show in plot")
    plots.setEnabled(bool(group.outputs))
    for port in group.outputs:
        fill_plot_menu(canvas, submenu(plots, port.face.text), port)
    if group.activity.error:
        menu.addSeparator()
        add(menu, "Show the error", partial(canvas.click_part, id, Part.ERROR))
    return menu


def outside_menu(canvas: CanvasView) -> QMenu:
    """What can be done with the card that stands for what is outside a group."""
    menu = new_menu(canvas, "Outside")
    menu.setObjectName("outside_menu")
    add(menu, "Leave this group", canvas.levels.leave, keys="Ctrl+Up")
    return menu
