"""What helps people find their way, as records: the command palette, help, examples and settings."""

from __future__ import annotations

from app.actions.action import Action
from app.canvas import grid
from app.guide import Guide


def guide_actions(guide: Guide) -> list[Action]:
    """The commands of the Help menu, and those that stand in other menus."""
    return [
        Action(
            "edit.settings",
            "Settings…",
            guide.settings,
            "Edit",
            "Ctrl+,",
            "settings",
            "Theme, text size, grid and autosave",
            9,
        ),
        Action(
            "view.grid",
            "&Grid",
            lambda: grid.change(is_shown=not grid.current().is_shown),
            "View",
            "Ctrl+'",
            tip="Show or hide the grid of the canvas",
            section=3,
            is_checked=lambda: grid.current().is_shown,
        ),
        Action(
            "view.snap",
            "&Snap to grid",
            lambda: grid.change(snaps=not grid.current().snaps),
            "View",
            "Ctrl+Shift+'",
            tip="Let nodes snap to the grid while they are moved",
            section=3,
            is_checked=lambda: grid.current().snaps,
        ),
        Action(
            "view.next_panel",
            "&Next panel",
            guide.next_panel,
            "View",
            "F6",
            tip="Give the keyboard to the next panel",
            section=4,
        ),
        Action(
            "view.previous_panel",
            "&Panel before",
            guide.previous_panel,
            "View",
            "Shift+F6",
            tip="Give the keyboard to the panel before",
            section=4,
        ),
        Action(
            "view.commands",
            "&Command palette…",
            guide.commands,
            "View",
            "Ctrl+P; Ctrl+Shift+P",
            "search",
            "Find everything that can be done by typing",
            4,
        ),
        Action(
            "help.node", "&Help on what is selected", guide.help, "Help", "F1", "help", "What a node does and takes", 1
        ),
        Action(
            "help.shortcuts",
            "&Keyboard shortcuts",
            guide.shortcuts,
            "Help",
            "?; Shift+?",
            "keyboard",
            "Every key and gesture",
            1,
            on_canvas_only=True,
        ),
        Action(
            "help.examples",
            "&Examples…",
            guide.examples,
            "Help",
            "Ctrl+Shift+E",
            "gallery",
            "A gallery of graphs to open, run and change",
            2,
        ),
        Action(
            "help.tour",
            "&Take the tour",
            guide.take_tour,
            "Help",
            icon="tour",
            tip="Five tips, each waiting until you have done it",
            section=2,
        ),
    ]
