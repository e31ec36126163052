"""Takes the statistics of a run to the items, at most ten times a second, and only where something changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from app.canvas.activity import node_activity, wire_activity

if TYPE_CHECKING:
    from app.canvas.mirror import Mirror
    from app.workbench import Workbench

INTERVAL_MS = 100


class LiveFigures(QObject):
    """Keeps the newest statistics and shows them when their turn comes; what comes in between is passed over."""

    def __init__(self, mirror: Mirror, workbench: Workbench, parent: QObject) -> None:
        super().__init__(parent)
        self._mirror = mirror
        self._workbench = workbench
        self._newest: Any = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._pause_over)
        self._is_waiting = False
        workbench.statistics_changed.connect(self.take)
        workbench.run_changed.connect(self._run_changed)
        workbench.document_replaced.connect(self._forget)

    def take(self, statistics: Any) -> None:
        """Show these figures now, or when the pause after the last ones is over."""
        self._newest = statistics
        if self._timer.isActive():
            self._is_waiting = True
        else:
            self.show_newest()
            self._timer.start()

    def show_newest(self) -> None:
        """Bring the newest figures to the items."""
        self._is_waiting = False
        if self._newest is None:
            return
        is_running = self._workbench.is_running
        for id, node in self._newest.nodes.items():
            self._mirror.show_node_activity(id, node_activity(node))
        graph = self._workbench.graph
        for key, figures in self._newest.wires.items():
            wire = graph.wires.get(key)
            if wire is not None:
                ends = graph.nodes[wire.from_node].location, graph.nodes[wire.to_node].location
                activity = wire_activity(figures, crosses=ends[0] != ends[1], is_running=is_running)
                self._mirror.show_wire_activity(key, activity)

    def _pause_over(self) -> None:
        if self._is_waiting:
            self.show_newest()
            self._timer.start()

    def _run_changed(self) -> None:
        if self._workbench.run is None:
            self._forget()
        else:
            self.show_newest()

    def _forget(self) -> None:
        self._newest = None
        self._is_waiting = False
        self._mirror.forget_run()
