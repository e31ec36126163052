"""`InsightDocks`: the panels that say what a run does and where, as docks of the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDockWidget

from app.panels.locations import LocationsPanel
from app.panels.performance import PerformancePanel

if TYPE_CHECKING:
    from app.window import MainWindow


class InsightDocks(QObject):
    """Puts the performance panel beside the problems, and the locations beside the parameters."""

    def __init__(self, window: MainWindow, make_dock: Callable[..., QDockWidget]) -> None:
        super().__init__(window)
        self._window = window
        self.performance = PerformancePanel(window.workbench)
        area = Qt.DockWidgetArea.RightDockWidgetArea
        self.performance_dock = make_dock("performance", "Performance", self.performance, area)
        window.tabifyDockWidget(window.log_dock, self.performance_dock)
        self.locations = LocationsPanel(window.workbench)
        self.locations_dock = make_dock("locations", "Locations", self.locations, area)
        window.tabifyDockWidget(window.parameter_dock, self.locations_dock)
        self.performance.node_chosen.connect(self._focus)
        self.locations.focus_asked.connect(self._focus)

    @property
    def docks(self) -> list[QDockWidget]:
        """All of them."""
        return [self.performance_dock, self.locations_dock]

    def explain(self) -> None:
        """Show why it is slow."""
        self._bring(self.performance_dock)
        self.performance.explain()
        self.performance.why.setFocus()

    def suggest(self) -> None:
        """Show where the nodes should run."""
        self._bring(self.locations_dock)
        self.locations.show_suggestion()

    def _bring(self, dock: QDockWidget, height: int = 420) -> None:
        dock.show()
        dock.raise_()
        wished = min(height, self._window.height() // 2)
        if not dock.isFloating() and dock.height() < wished:
            self._window.resizeDocks([dock], [wished], Qt.Orientation.Vertical)

    def _focus(self, node: str) -> None:
        if self._window.canvas is not None:
            self._window.canvas.focus_node(node)
