"""`PlotArea`: a dock for every plot of the document, and the one timer that draws them all.

Imports no pyqtgraph: that happens when the first plot has been painted.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow

from app import theme
from app.plots.options import written
from app.plots.panel import PlotPanel
from engine import PlotSpec

if TYPE_CHECKING:
    from app.workbench import Workbench
    from engine import Run

FRAMES_MS = 12.0  # for all plots together, in one turn of the loop
SIDE_BY_SIDE = 3  # more are put behind these as tabs
_HEIGHT = 270
_LOOK_AGAIN_MS = 200
_FRAME_MS = 16


class PlotDock(QDockWidget):
    """A plot that can be moved, floated and closed. Being closed by a person is said, being hidden is not."""

    closed_by_hand = Signal(str)

    def __init__(self, plot_id: str, panel: PlotPanel, parent: QMainWindow) -> None:
        super().__init__(parent)
        self.plot_id = plot_id
        self.panel = panel
        self.setObjectName(f"plot:{plot_id}")
        self.setWidget(panel)

    def show_title(self, title: str) -> None:
        """Show a title, whatever characters it has."""
        self.setWindowTitle(title.replace("&", "&&"))
        self.setAccessibleName(f"Plot of {title}")
        self.panel.toolbar.setAccessibleName(f"Plot of {title}")

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close. The panel, hidden by it, lets go of its tap at once."""
        super().closeEvent(event)
        if event.isAccepted():
            self.closed_by_hand.emit(self.plot_id)


class PlotArea(QObject):
    """Keeps one dock per plot of the document.

    Invariant: after every `document_changed` the docks are those of `workbench.graph.plots`.
    """

    def __init__(self, workbench: Workbench, main_window: QMainWindow) -> None:
        super().__init__(main_window)
        self._workbench = workbench
        self._window = main_window
        self._run: Run | None = None
        self._is_restoring = True  # the layout remembered from the last time has places for these docks
        self._closed: set[str] = set()  # plots of this document that had a dock
        self._opening = True  # the docks to come are those of a document, not one that somebody asked for
        self.docks: dict[str, PlotDock] = {}
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_frame)
        workbench.document_replaced.connect(self._close_all)
        workbench.document_changed.connect(self._match)
        workbench.run_changed.connect(self._on_run_changed)
        workbench.run_edited.connect(self._on_run_edited)
        theme.changed.connect(self._retheme)
        self._on_run_changed()
        self._match()
        self._is_restoring = False

    # -- docks

    def panel(self, plot_id: str) -> PlotPanel:
        """The panel of a plot; raises `KeyError` when there is none."""
        return self.docks[plot_id].panel

    def _match(self) -> None:
        plots = self._workbench.graph.plots
        for plot_id in [
            id for id, dock in self.docks.items() if id not in plots or dock.panel.spec.port != plots[id].port
        ]:
            self._drop(plot_id)
        for plot_id, spec in plots.items():
            if plot_id not in self.docks:
                self._add(plot_id, spec)
            elif self.docks[plot_id].panel.spec != spec:
                self.docks[plot_id].panel.apply(spec)
            titles = tuple(map(self._title, spec.ports))
            self.docks[plot_id].panel.name_sources(titles)
            self.docks[plot_id].show_title(titles[0] + (f" and {len(titles) - 1} more" if titles[1:] else ""))
        self._opening = False

    def _add(self, plot_id: str, spec: PlotSpec) -> None:
        panel = PlotPanel(spec, self._port_type(spec.port))
        dock = PlotDock(plot_id, panel, self._window)
        before = list(self.docks.values())
        self.docks[plot_id] = dock
        panel.woken.connect(self._wake)
        panel.kind_chosen.connect(lambda kind: self._workbench.set_plot(plot_id, kind=kind))
        panel.option_chosen.connect(lambda name, value: self._set_option(plot_id, name, value))
        dock.closed_by_hand.connect(self._on_closed_by_hand)
        self._place(dock, [other for other in before if not other.isFloating()])
        panel.begin_run(self._run)
        dock.show()
        if not self._opening:
            dock.raise_()

    def _place(self, dock: PlotDock, others: list[PlotDock]) -> None:
        # Ids come again in other documents, where their old places would mean nothing.
        has_place = self._is_restoring or dock.plot_id in self._closed
        if has_place and self._window.restoreDockWidget(dock):
            QTimer.singleShot(0, self, self._share_room)  # put back one by one, they are squeezed
            return
        self._window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
        if len(others) >= SIDE_BY_SIDE:
            front = others[len(others) % SIDE_BY_SIDE]
            self._window.tabifyDockWidget(front, dock)
            front.raise_()
            return
        if others:
            self._window.splitDockWidget(others[-1], dock, Qt.Orientation.Horizontal)
        # After the layout knows the new dock: as high as a plot should be, all plots equally wide.
        QTimer.singleShot(0, self, self._share_room)

    def _share_room(self) -> None:
        docks = [dock for dock in self.docks.values() if self._is_at_bottom(dock)]
        if not docks:
            return
        beside = [
            other
            for other in self._window.findChildren(QDockWidget)
            if not isinstance(other, PlotDock) and self._is_at_bottom(other) and other.isVisible()
        ]
        self._window.resizeDocks([*docks, *beside], [2] * len(docks) + [1] * len(beside), Qt.Orientation.Horizontal)
        if docks[0].height() < _HEIGHT:
            self._window.resizeDocks(docks[:1], [_HEIGHT], Qt.Orientation.Vertical)

    def _is_at_bottom(self, dock: QDockWidget) -> bool:
        area = self._window.dockWidgetArea(dock)
        return area == Qt.DockWidgetArea.BottomDockWidgetArea and not dock.isFloating()

    def _drop(self, plot_id: str) -> None:
        dock = self.docks.pop(plot_id)
        self._closed.add(plot_id)
        dock.panel.close_tap()
        self._window.removeDockWidget(dock)
        dock.setObjectName("")  # it lives a little longer, and its name may come back
        dock.deleteLater()

    def _close_all(self) -> None:
        self._opening = True
        for plot_id in list(self.docks):
            self._drop(plot_id)
        self._closed.clear()

    def _on_closed_by_hand(self, plot_id: str) -> None:
        # When the app quits, floating docks are closed too: then the window is gone by the next turn of the loop.
        QTimer.singleShot(0, self, lambda: self._remove_closed(plot_id))

    def _remove_closed(self, plot_id: str) -> None:
        if self._window.isVisible() and plot_id in self._workbench.graph.plots:
            self._workbench.remove_plot(plot_id)

    def _set_option(self, plot_id: str, name: str, value: Any) -> None:
        plot = self._workbench.graph.plots.get(plot_id)
        if plot is not None:
            self._workbench.set_plot(plot_id, options=written(plot.options, name, value))

    def _title(self, port: str) -> str:
        node, _, name = port.partition(".")
        spec = self._workbench.graph.nodes.get(node)
        return f"{spec.label if spec else node} · {name}"

    def _port_type(self, port: str) -> Any:
        node, _, name = port.partition(".")
        node_type = self._workbench.node_type(node)
        output = node_type.node_outputs.get(name) if node_type is not None else None
        return Any if output is None else output.type

    def _retheme(self) -> None:
        for dock in self.docks.values():
            dock.panel.retheme()

    # -- frames

    def _on_run_changed(self) -> None:
        run = self._workbench.run
        if run is not self._run:
            self._run = run
            for dock in self.docks.values():
                dock.panel.begin_run(run)
        self._wake()

    def _on_run_edited(self, done: Any) -> None:
        """Nodes were made anew while the graph runs: read along with those."""
        for dock in self.docks.values():
            if dock.panel.is_refused or any(port.partition(".")[0] in done.added for port in dock.panel.spec.ports):
                dock.panel.begin_run(self._run)

    def _wake(self) -> None:
        # A timer whose interval is set begins anew, and a frame would come so much later as the last one took.
        if not self._timer.isActive() or self._timer.interval() != _FRAME_MS:
            self._timer.start(_FRAME_MS)

    def _on_frame(self) -> None:
        """Draw the plots that are due, those that waited longest first, as many as there is time for."""
        begun = time.monotonic()
        busy = []
        for dock in self.docks.values():
            if not dock.panel.is_seen:
                dock.panel.close_tap()
            elif dock.panel.is_busy:
                busy.append(dock.panel)
        for panel in sorted(busy, key=lambda panel: panel.last_frame_s):
            if panel.is_due(begun) and (time.monotonic() - begun) * 1e3 < FRAMES_MS:
                panel.frame()
        if busy:
            self._wake()
            return
        if self._run is not None and not self._run.state.is_over and self.docks:
            self._timer.setInterval(_LOOK_AGAIN_MS)  # a dock behind a tab says nothing when it comes forward
        else:
            self._timer.stop()
