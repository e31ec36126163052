"""The Group menu, as records: groups, frames and comments."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.actions.action import Action
from app.document import group_edits
from app.document.groups import TOP
from app.workbench import Workbench

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_MENU = "Group"


def group_actions(workbench: Workbench, canvas: Callable[[], CanvasView | None]) -> list[Action]:
    """The commands about groups, frames and comments; they act on the level that the canvas shows."""
    here = workbench.whereabouts

    def on_canvas(do: Callable[[CanvasView], object]) -> Callable[[], object]:
        def run() -> None:
            view = canvas()
            if view is not None:
                do(view)

        return run

    def is_selected() -> bool:
        return bool(workbench.selection)

    def is_group_selected() -> bool:
        return bool(group_edits.selected_groups(workbench))

    def is_inside() -> bool:
        return here.level != TOP

    return [
        Action(
            "group.group",
            "&Group",
            on_canvas(lambda view: view.levels.group_selected()),
            _MENU,
            "Ctrl+G",
            "group",
            "Put what is selected into a group, which is seen as one card",
            1,
            is_enabled=is_selected,
            why_not="Select a node first",
        ),
        Action(
            "group.ungroup",
            "&Ungroup",
            on_canvas(lambda view: view.levels.ungroup_selected()),
            _MENU,
            "Ctrl+Shift+G",
            "ungroup",
            "Leave what is in the group, without a group",
            1,
            is_enabled=is_group_selected,
            why_not="Select a group first",
        ),
        Action(
            "group.enter",
            "&Look inside",
            on_canvas(lambda view: view.levels.enter_selected()),
            _MENU,
            "Ctrl+Down",
            tip="Look at the inside of the selected group",
            section=2,
            is_enabled=is_group_selected,
            why_not="Select a group first",
            on_canvas_only=True,
        ),
        Action(
            "group.leave",
            "L&eave",
            on_canvas(lambda view: view.levels.leave()),
            _MENU,
            "Ctrl+Up",
            "group-leave",
            "Look at what is around this group",
            2,
            is_enabled=is_inside,
            why_not="This is the outermost level",
            on_canvas_only=True,
        ),
        Action(
            "group.move_out",
            "&Move out of the group",
            lambda: group_edits.move_out_of_group(workbench),
            _MENU,
            tip="Move what is selected to the level around this group",
            section=2,
            is_enabled=lambda: is_inside() and is_selected(),
            why_not="Select something inside a group",
        ),
        Action(
            "group.keep",
            "&Save as reusable group…",
            on_canvas(lambda view: view.levels.keep_selected()),
            _MENU,
            tip="List the selected group with the node types, to be added to any graph",
            section=2,
            is_enabled=is_group_selected,
            why_not="Select a group first",
        ),
        Action(
            "group.frame",
            "&Frame",
            on_canvas(lambda view: view.marking.frame_selected()),
            _MENU,
            "Ctrl+Shift+F",
            "frame",
            "Draw a titled frame around what is selected",
            3,
        ),
        Action(
            "group.comment",
            "Add &comment",
            on_canvas(lambda view: view.marking.add_comment()),
            _MENU,
            "Ctrl+Shift+M",
            "comment",
            "Put a text in Markdown on the canvas",
            3,
        ),
    ]
