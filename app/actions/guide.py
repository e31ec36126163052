"""What helps people find their way, as records: the command palette, help, examples and settings."""

from __future__ import annotations

from app.actions.action import Action
from app.guide import Guide


def guide_actions(guide: Guide) -> list[Action]:
    """The commands of the Help menu, and those that stand in other menus."""
    return [
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
            "Graphs to open, run and change",
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
