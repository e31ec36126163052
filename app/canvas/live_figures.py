"""Takes the statistics of a run to the items, at most ten times a second, and only where something changed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from app.canvas.activity import IDLE_NODE, IDLE_WIRE, NodeActivity, node_activity, wire_activity
from app.canvas.crossings import Crossings
from app.document.refusal import at_node, node_of
from engine import Problem

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
        self._crossings = Crossings(mirror, workbench)
        self._workbench = workbench
        self._newest: Any = None
        self._is_waiting = False
        self._to_show: Iterator[None] = iter(())
        self._errors: dict[str, str] = {}  # what each node said last when something went wrong
        self._refused: dict[str, NodeActivity] = {}  # what a start that failed said of a node
        self._specs: dict[str, NodeSpec] = {}  # of the nodes as they ran
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(INTERVAL_MS)
        self._pause.timeout.connect(self._pause_over)
        self._slices = QTimer(self)
        self._slices.timeout.connect(self._show_some)
        workbench.statistics_changed.connect(self.take)
        workbench.run_changed.connect(self._run_changed)
        workbench.start_refused.connect(self._take_refusals)
        workbench.document_replaced.connect(self._replaced)

    def take(self, statistics: Any) -> None:
        """Show these figures now, or when the pause after the last ones is over."""
        self._newest = statistics
        if self._pause.isActive():
            self._is_waiting = True
        else:
            self.show_newest()
            self._pause.start()

    def show_document(self) -> None:
        """The document is another: show what can be said of it without a run, and the newest figures."""
        self._crossings.show_all()
        self.show_newest()

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
            yield from self._show_refused()
            return
        statistics, graph, is_running = self._newest, self._workbench.graph, self._workbench.is_running
        if is_running:
            self._specs = dict(graph.nodes)
        for id, figures in statistics.nodes.items():
            computer = statistics.computers.get(figures.location or "main")
            activity = node_activity(figures, self._errors.get(id, ""), computer.restarts if computer else 0)
            if activity.error and not activity.is_warning:
                self._errors[id] = activity.error
            if not is_running and graph.nodes.get(id) is not self._specs.get(id):
                activity = IDLE_NODE  # it was edited since: what the run said holds no longer
            self._mirror.show_node_activity(id, activity)
            yield
        for key, figures in statistics.wires.items():
            wire = graph.wires.get(key)
            if wire is not None:
                crossing = self._crossings.of(wire, figures.bytes_each)
                flow = wire_activity(figures, crossing=crossing, is_running=is_running)
                self._mirror.show_wire_activity(key, flow)
                yield
        if is_running:
            yield from self._show_left_out(statistics)

    def _show_left_out(self, statistics: Any) -> Iterator[None]:
        """Say of what the graph has and the run has not why that is."""
        graph, reasons = self._workbench.graph, self._workbench.left_out_of_run
        for id in graph.nodes.keys() - statistics.nodes.keys():
            reason = reasons.get(id, "")
            activity = NodeActivity(error=f"not in the run: {reason}", is_warning=True) if reason else IDLE_NODE
            self._mirror.show_node_activity(id, activity)
            yield
        for key in graph.wires.keys() - statistics.wires.keys():
            self._mirror.show_wire_activity(key, IDLE_WIRE)
            yield

    def _take_refusals(self, refusals: Iterable[object]) -> None:
        self._specs = dict(self._workbench.graph.nodes)
        for refusal in refusals:
            state = "idle" if isinstance(refusal, Problem) else "failed"
            self._refused.setdefault(node_of(refusal), NodeActivity(state=state, error=at_node(refusal)))
        self.show_newest()

    def _show_refused(self) -> Iterator[None]:
        nodes = self._workbench.graph.nodes
        for id, activity in list(self._refused.items()):
            is_edited = nodes.get(id) is not self._specs.get(id)
            self._mirror.show_node_activity(id, IDLE_NODE if is_edited else activity)
            yield

    def _pause_over(self) -> None:
        if self._is_waiting:
            self.show_newest()
            self._pause.start()

    def _run_changed(self) -> None:
        if self._workbench.run_state == "preparing":
            self._refused = {}
            self._specs = dict(self._workbench.graph.nodes)
            self._forget()
        elif self._workbench.run is None:
            self._forget()
        else:
            self.show_newest()

    def _forget(self) -> None:
        self._newest = None
        self._is_waiting = False
        self._errors = {}
        self._to_show = chain(self._mirror.forget_run(), self._show_refused())
        self._show_some()

    def _replaced(self) -> None:
        self._refused = {}
        self._forget()
