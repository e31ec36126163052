"""`Chart`: a pyqtgraph plot in the colours of the theme, whose view follows the data until somebody moves it."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QFont, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.plots.axes import Axis, Grid

MAX_COLUMNS = 2400


class Chart(pg.PlotWidget):
    """Axes around items. Zooming and moving is pyqtgraph's; an axis that was moved by hand is left alone until `fit`.

    Attributes:
        paint_ms: what the last paint took of the processor.
        by_hand: (x, y) which axes were moved by hand.
    """

    moved = Signal()  # another part is visible, or the size is another

    def __init__(self, parent: QWidget | None = None) -> None:
        self.bottom, self.left = Axis("bottom"), Axis("left")
        super().__init__(parent, axisItems={"bottom": self.bottom, "left": self.left}, enableMenu=False)
        self.paint_ms = 0.0
        self.by_hand = [False, False]
        self._ranges: list[tuple[float, float]] = [(0.0, 0.0), (0.0, 0.0)]
        self.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.setMinimumSize(120, 60)
        plot = self.getPlotItem()
        plot.hideButtons()
        # pyqtgraph makes its menu even where it is not wanted, as a window without an owner.
        plot.ctrlMenu.setParent(self, plot.ctrlMenu.windowFlags())
        plot.setContentsMargins(2, 4, 14, 2)
        self.view = plot.getViewBox()
        self.view.disableAutoRange()
        self.grid = Grid(self.bottom, self.left)
        self.view.addItem(self.grid, ignoreBounds=True)
        self.view.setDefaultPadding(0.0)
        self.view.sigRangeChangedManually.connect(self._on_moved_by_hand)
        self.retheme()

    def retheme(self) -> None:
        """Take the colours of the theme in use."""
        self.setBackground(theme.color("field"))
        font = QFont(self.font())
        font.setPointSizeF(max(7.0, font.pointSizeF() * 0.88))
        for axis in (self.left, self.bottom):
            axis.setPen(theme.color("control_border"))
            axis.setTextPen(theme.color("text_muted"))
            axis.setTickFont(font)
            axis.setStyle(tickLength=-4, tickTextOffset=4)
            axis.label.setFont(font)
        self.grid.update()

    @property
    def columns(self) -> int:
        """How many columns of pixels the view has."""
        return max(16, min(MAX_COLUMNS, int(self.view.width() * self.devicePixelRatioF())))

    @property
    def x_range(self) -> tuple[float, float]:
        """The visible x."""
        low, high = self.view.viewRange()[0]
        return float(low), float(high)

    def follow(self, axis: int, low: float, high: float) -> None:
        """Make an axis (0 x, 1 y) show this range, unless somebody moved it by hand."""
        if self.by_hand[axis] or not (math.isfinite(low) and math.isfinite(high) and low < high):
            return
        if self._ranges[axis] != (low, high):
            self._ranges[axis] = (low, high)
            ranges = {"xRange" if axis == 0 else "yRange": (low, high)}
            self.view.setRange(**ranges, padding=0.0, disableAutoRange=False)

    def fit(self) -> None:
        """Let both axes follow the data again."""
        self.by_hand = [False, False]
        self._ranges = [(0.0, 0.0), (0.0, 0.0)]
        self.moved.emit()

    def set_axis(self, axis: Axis, text: str, unit: str) -> None:
        """Say what an axis shows: its unit at the ticks, or, where there is none, a label."""
        axis.set_unit(unit)
        label = "" if unit else text
        if axis.labelText != label:
            axis.setLabel(label)
            axis.showLabel(bool(label))

    def set_lanes(self, count: int, ticks: Sequence[Sequence[tuple[float, str]]] | None) -> None:
        """Divide the view in lanes and name them on the left axis; 0 and None give it numbers again."""
        self.grid.lanes = count
        self.left.setTicks(ticks)

    def _on_moved_by_hand(self, axes: Any) -> None:
        if isinstance(axes, (list, tuple)) and len(axes) == 2:
            self.by_hand = [self.by_hand[i] or bool(axes[i]) for i in (0, 1)]
        else:
            self.by_hand = [True, True]
        self._ranges = [(0.0, 0.0), (0.0, 0.0)]
        self.moved.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other columns, so other data to draw."""
        super().resizeEvent(event)
        if hasattr(self, "view"):  # the base class resizes while it is being made
            self.moved.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, and take the time."""
        begun = time.thread_time()
        super().paintEvent(event)
        self.paint_ms = (time.thread_time() - begun) * 1e3

    def pixel_of(self, x: float, y: float) -> QPointF:
        """Where in this widget a point of the view is drawn."""
        return QPointF(self.mapFromScene(self.view.mapViewToScene(QPointF(x, y))))
