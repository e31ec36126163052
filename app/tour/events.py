"""What a tip waits for: each event is noticed by what it changes in the document, the selection or the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.tour.script import Done

if TYPE_CHECKING:
    from app.window import MainWindow


class Watch(QObject):
    """Waits for one event from now on; `happened` is emitted once. `end` stops waiting."""

    happened = Signal()

    def __init__(self, window: MainWindow, done: Done) -> None:
        super().__init__(window)
        self._window = window
        self._bench = window.workbench
        self._of = done.of
        self._before = self._bench.graph.snapshot()
        self._failures = self._errors()
        tests: dict[str, tuple[Any, Callable[[], bool]]] = {
            "parameter_changed": (self._bench.document_changed, self._is_parameter_changed),
            "node_wired": (self._bench.document_changed, self._is_node_wired),
            "process_given": (self._bench.document_changed, self._is_process_given),
            "node_failed": (self._bench.statistics_changed, self._has_failed),
        }
        if window.canvas is not None:
            tests["wire_clicked"] = (window.canvas.wires_selected, self._is_wire_selected)
        self._signal, self._test = tests.get(done.event, (None, lambda: False))
        if self._signal is not None:
            self._signal.connect(self._look)

    def end(self) -> None:
        """Stop waiting."""
        if self._signal is not None:
            self._signal.disconnect(self._look)
            self._signal = None
        self.deleteLater()

    def _look(self) -> None:
        if self._signal is not None and self._test():
            self.happened.emit()

    def _is_parameter_changed(self) -> bool:
        id, _, name = self._of.partition(".")
        old, new = self._before.nodes.get(id), self._bench.graph.nodes.get(id)
        return old is not None and new is not None and old.parameters.get(name) != new.parameters.get(name)

    def _is_node_wired(self) -> bool:
        graph = self._bench.graph
        ends = {end for wire in graph.wires.values() for end in (wire.from_node, wire.to_node)}
        return any(id in ends for id in graph.nodes if id not in self._before.nodes)

    def _is_process_given(self) -> bool:
        before = self._before.nodes
        return any(
            spec.location.process and id in before and before[id].location != spec.location
            for id, spec in self._bench.graph.nodes.items()
        )

    def _is_wire_selected(self) -> bool:
        return self._window.canvas is not None and bool(self._window.canvas.mirror.selected_wires)

    def _errors(self) -> dict[str, int]:
        run = self._bench.run
        return {id: figures.errors for id, figures in run.statistics().nodes.items()} if run is not None else {}

    def _has_failed(self) -> bool:
        return any(count > self._failures.get(id, 0) for id, count in self._errors().items())
