"""Commands that say what a run does: the probe, why it is slow, where nodes should run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.actions.action import Action
from app.workbench import Workbench

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def insight_actions(
    workbench: Workbench, canvas: Callable[[], CanvasView | None], explain: Callable[[], None]
) -> list[Action]:
    """The commands; `explain` shows why it is slow."""

    def probe() -> None:
        view = canvas()
        if view is not None and view.probes.open_next() is None:
            workbench.message.emit("info", "Select a wire, or a node with wires, to probe it.")

    return [
        Action(
            "run.probe",
            "&Probe",
            probe,
            "Run",
            "Ctrl+I",
            "probe",
            "Show what the selected wire carries, or the wires of the selected node in turn",
            2,
        ),
        Action(
            "run.why_slow",
            "&Why is it slow?",
            explain,
            "Run",
            "Ctrl+Shift+W",
            "gauge",
            "Name what holds the run up, and what would help",
            2,
        ),
    ]
