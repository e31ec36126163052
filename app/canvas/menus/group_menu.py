"""The context menu of a group, and the entries about groups in that of a node."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from app.canvas.card_layout import Part
from app.canvas.menus.location_menu import fill_location_menu
from app.canvas.menus.menu import add, new_menu, submenu
from app.canvas.node_item import NodeItem
from app.document import group_edits
from app.document.groups import TOP, read_groups

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


def add_group_entries(canvas: CanvasView, menu: QMenu) -> None:
    """What can be done with the selection about groups."""
    workbench = canvas.workbench
    here = workbench.whereabouts
    add(menu, "Group", canvas.levels.group_selected, keys="Ctrl+G", tip="put what is selected into a group")
    add(
        menu,
        "Frame",
        canvas.marking.frame_selected,
        keys="Ctrl+Shift+F",
        tip="draw a titled frame around what is selected",
    )
    cards = here.selected_cards()
    groups = read_groups(workbench.graph)
    others = [id for id in groups.inside.get(here.level, ()) if id not in cards]
    if others:
        into = submenu(menu, "Move into")
        for id in others:
            add(into, groups.by_id[id].label, partial(group_edits.move_into_group, workbench, cards, id))
    if here.level != TOP:
        name = groups.by_id[here.level].label
        add(menu, f"Move out of {name}", partial(group_edits.move_out_of_group, workbench))
