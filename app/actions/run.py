"""The Run menu, as records."""

from __future__ import annotations

from app.actions.action import Action
from app.workbench import Workbench


def run_actions(workbench: Workbench) -> list[Action]:
    """The commands of the Run menu."""
    return [
        Action(
            "run.start",
            "&Start",
            workbench.start,
            "Run",
            "F5",
            "start",
            "Start the graph",
            is_enabled=lambda: not workbench.is_running,
            why_not="The graph runs",
        ),
        Action(
            "run.stop",
            "S&top",
            workbench.stop,
            "Run",
            "Shift+F5",
            "stop",
            "Stop the sources and finish what is in flight",
            is_enabled=lambda: workbench.is_running,
            why_not="Nothing runs",
        ),
        Action(
            "run.force",
            "&Force stop",
            workbench.force_stop,
            "Run",
            "Ctrl+.",
            "force",
            "End the run now; what is in flight is lost and counted",
            is_enabled=lambda: workbench.is_running,
            why_not="Nothing runs",
        ),
    ]
