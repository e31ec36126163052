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
    ]
