"""Node types of one's own and the way to code, as records."""

from __future__ import annotations

from app.actions.action import Action
from app.types.new_type import NewType


def type_actions(new_type: NewType) -> list[Action]:
    """The commands about node types."""
    return [
        Action(
            "types.new",
            "New node &type…",
            new_type.ask,
            "Edit",
            "Ctrl+Alt+N",
            "node",
            "Write a node type of your own in a file beside the graph",
            9,
        ),
    ]
