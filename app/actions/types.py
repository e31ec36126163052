"""Node types of one's own and the way to code, as records."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

from app.actions.action import Action
from app.types.new_type import NewType
from app.workbench import Workbench
from engine.graph.as_python import python_of


def type_actions(workbench: Workbench, new_type: NewType) -> list[Action]:
    """The commands that lead from the graph to code."""

    def copy_as_python() -> None:
        QGuiApplication.clipboard().setText(python_of(workbench.graph))
        workbench.message.emit("info", "Copied as Python: a script that builds and runs this graph.")

    return [
        Action(
            "edit.copy_python",
            "Copy as P&ython",
            copy_as_python,
            "Edit",
            "",
            "copy",
            "Copy a script that builds and runs this graph",
            9,
            is_enabled=lambda: bool(workbench.graph.nodes),
            why_not="The graph has no nodes",
        ),
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
