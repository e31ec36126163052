"""Takes the statistics of a run to the items, at most ten times a second, and only where something changed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from app.canvas.activity import IDLE_NODE, node_activity, wire_activity

if TYPE_CHECKING:
    from app.canvas.mirror import Mirror
    from app.workbench import Workbench
    from engine import NodeSpec

INTERVAL_MS = 100
_SLICE_S = 0.004


class LiveFigures(QObject):
    """Keeps the newest statistics and shows them when their turn comes; what comes in between is passed over.

    Of a large graph only so much is shown at once that no frame is lost; the rest follows in the next turns.
    """

    def __init__(self, mirror: Mirror, workbench: Workbench, parent: QObject) -> None:
        super().__init__(parent)
        self._mirror = mirror
        self._workbench = workbench
        self._newest: Any = None
        self._is_waiting = False
        self._to_show: Iterator[None] = iter(())
        self._errors: dict[str, str] = {}  # what each node said last when something went wrong
        self._specs: dict[str, NodeSpec] = {}  # of the nodes as they ran
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(INTERVAL_MS)
        self._pause.timeout.connect(self._pause_over)
        self._slices = QTimer(self)
        self._slices.timeout.connect(self._show_some)
        workbench.statistics_changed.connect(self.take)
        workbench.run_changed.connect(self._run_changed)
        workbench.document_replaced.connect(self._forget)

    def take(self, statistics: Any) -> None:
        """Show these figures now, or when the pause after the last ones is over."""
        self._newest = statistics
        if self._pause.isActive():
            self._is_waiting = True
        else:
            self.show_newest()
            self._pause.start()

    def show_newest(self) -> None:
        """Bring the newest figures to the items."""
        self._is_waiting = False
        self._to_show = self._show_each()
        self._show_some()

    def _show_some(self) -> None:
        until = time.monotonic() + _SLICE_S
        for _ in self._to_show:
            if time.monotonic() >= until:
                self._slices.start()
                return
        self._slices.stop()

    def _show_each(self) -> Iterator[None]:
        """Show the newest figures of one item after the other."""
        if self._newest is None:
            return
        statistics, graph, is_running = self._newest, self._workbench.graph, self._workbench.is_running
        if is_running:
            self._specs = dict(graph.nodes)
        for id, figures in statistics.nodes.items():
            activity = node_activity(figures, self._errors.get(id, ""))
            if activity.error:
                self._errors[id] = activity.error
            if not is_running and graph.nodes.get(id) is not self._specs.get(id):
                activity = IDLE_NODE  # it was edited since: what the run said holds no longer
            self._mirror.show_node_activity(id, activity)
            yield
        for key, figures in statistics.wires.items():
            wire = graph.wires.get(key)
            if wire is not None:
                crosses = graph.nodes[wire.from_node].location != graph.nodes[wire.to_node].location
                flow = wire_activity(figures, crosses=crosses, is_running=is_running)
                self._mirror.show_wire_activity(key, flow)
                yield

    def _pause_over(self) -> None:
        if self._is_waiting:
            self.show_newest()
            self._pause.start()

    def _run_changed(self) -> None:
        if self._workbench.run is None or self._workbench.run_state == "preparing":
            self._forget()
        else:
            self.show_newest()

    def _forget(self) -> None:
        self._newest = None
        self._is_waiting = False
        self._errors = {}
        self._to_show = self._mirror.forget_run()
        self._show_some()
