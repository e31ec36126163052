"""Commands that say what a run does: the probe, why it is slow, where nodes should run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.actions.action import Action
from app.workbench import Workbench

if TYPE_CHECKING:
    from app.canvas.view import CanvasView
    from app.panels.insight import InsightDocks


def insight_actions(workbench: Workbench, canvas: Callable[[], CanvasView | None], docks: InsightDocks) -> list[Action]:
    """The commands; `docks` are the panels that answer."""

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
            docks.explain,
            "Run",
            "Ctrl+Shift+W",
            "gauge",
            "Name what holds the run up, and what would help",
            2,
        ),
        Action(
            "run.suggest_placement",
            "S&uggest placement",
            docks.suggest,
            "Run",
            "",
            "placement",
            "Propose where each node should run, and say why",
            2,
            is_enabled=lambda: bool(workbench.graph.nodes),
            why_not="The graph is empty",
        ),
    ]
