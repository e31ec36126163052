"""The Edit menu, as records."""

from __future__ import annotations

from collections.abc import Callable

from app.actions.action import Action
from app.document.dissolving import dissolve
from app.workbench import Workbench

_NO_NODE = "Select a node first"


def edit_actions(workbench: Workbench, delete: Callable[[], None], paste: Callable[[], None]) -> list[Action]:
    """The commands of the Edit menu; `delete` removes what is selected on the canvas, `paste` adds where it is seen."""
    stack = workbench.undo_stack

    def is_selected() -> bool:
        return bool(workbench.selection or workbench.whereabouts.marks)

    return [
        Action(
            "edit.undo",
            "Undo",
            stack.undo,
            "Edit",
            "Ctrl+Z",
            "undo",
            "Take back the last edit",
            1,
            is_enabled=stack.canUndo,
            why_not="Nothing was edited",
            label=lambda: f"Undo {stack.undoText()}".strip(),
        ),
        Action(
            "edit.redo",
            "Redo",
            stack.redo,
            "Edit",
            "Ctrl+Shift+Z; Ctrl+Y",
            "redo",
            "Repeat what was taken back",
            1,
            is_enabled=stack.canRedo,
            why_not="Nothing was taken back",
            label=lambda: f"Redo {stack.redoText()}".strip(),
        ),
        Action(
            "edit.cut",
            "Cu&t",
            workbench.cut,
            "Edit",
            "Ctrl+X",
            "cut",
            section=2,
            is_enabled=is_selected,
            why_not=_NO_NODE,
        ),
        Action(
            "edit.copy",
            "&Copy",
            workbench.copy,
            "Edit",
            "Ctrl+C",
            "copy",
            section=2,
            is_enabled=is_selected,
            why_not=_NO_NODE,
        ),
        Action("edit.paste", "&Paste", paste, "Edit", "Ctrl+V", "paste", section=2),
        Action(
            "edit.duplicate",
            "D&uplicate",
            workbench.duplicate,
            "Edit",
            "Ctrl+D",
            "duplicate",
            section=2,
            is_enabled=is_selected,
            why_not=_NO_NODE,
        ),
        Action(
            "edit.delete",
            "&Delete",
            delete,
            "Edit",
            "Del; Backspace",
            "delete",
            "Remove the selected nodes and wires",
            2,
            on_canvas_only=True,
        ),
        Action(
            "edit.dissolve",
            "Dissol&ve",
            lambda: dissolve(workbench, workbench.selection),
            "Edit",
            "Ctrl+Del; Ctrl+Backspace",
            "dissolve",
            "Remove the selected nodes and join the wires through them",
            2,
            is_enabled=is_selected,
            why_not="Select a node first",
            on_canvas_only=True,
        ),
        Action("edit.select_all", "Select &all", workbench.select_all, "Edit", "Ctrl+A", section=3),
    ]
