"""The entries about groups and frames in the menu of a node and of a group."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from app.canvas.menus.menu import add, submenu
from app.document import group_edits
from app.document.groups import TOP, read_groups

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


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
