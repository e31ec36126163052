"""`TraceItem`: many traces in one item of a pyqtgraph plot, as lines over the columns of pixels.

One item instead of one per channel: at 64 channels that is the difference between 13 and 60 frames a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from pyqtgraph import functions
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.plots.envelope import Columns, Samples

SMOOTH_INK_PX = 24_000  # how much line may be drawn smooth; more is drawn in plain pixels
WIDE_INK_PX = 6_000  # how much may be drawn wider than a pixel, in so many points
WIDE_POINTS = 8_000
DOT_PX = 3


class TraceItem(pg.GraphicsObject):
    """Draws traces in the coordinates of the view.

    Invariant: what is drawn is what the last `show_columns` gave, each channel scaled and moved by its own numbers.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[tuple[QColor | None, Any]] = []
        self._bounds = QRectF()
        self._smooth = True
        self._wide = True
        self.setZValue(10)

    def show_columns(
        self,
        columns: Columns,
        scales: Sequence[float],
        offsets: Sequence[float],
        colors: Sequence[QColor | None],
    ) -> None:
        """Draw channel i at `value * scales[i] + offsets[i]`; those without a colour are left out."""
        shown = [i for i, color in enumerate(colors) if color is not None]
        self._lines = []
        if not shown or not len(columns.at):
            self.update()
            return
        x, values = outlines(columns, shown)
        pixel_width, pixel_height = self._pixel_size()
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is far outside: it leaves a gap
            y = values * np.asarray(scales)[shown, None] + np.asarray(offsets)[shown, None]
            ink = float(np.nansum(np.abs(np.diff(y, axis=1)))) / pixel_height
        self._smooth = ink <= SMOOTH_INK_PX
        self._wide = ink <= WIDE_INK_PX and y.size <= WIDE_POINTS
        # A wide line is quick only in single pieces, a thin one as a whole.
        whole = np.isfinite(y).all(axis=1) & (not self._wide and len(x) > 1)
        for i, channel in enumerate(shown):
            line = _polygon(x, y[i]) if whole[i] else _pieces(x, y[i], DOT_PX * pixel_width)
            self._lines.append((colors[channel], line))
        self._bound(x, float(np.fmin.reduce(y, axis=None)), float(np.fmax.reduce(y, axis=None)))
        self.update()

    def _bound(self, x: Samples, low: float, high: float) -> None:
        if low <= high:
            bounds = QRectF(float(x[0]), low, float(x[-1] - x[0]) or 1e-9, (high - low) or 1e-9)
            if bounds != self._bounds:
                self.prepareGeometryChange()
                self._bounds = bounds

    def _pixel_size(self) -> tuple[float, float]:
        """Width and height of a pixel in the coordinates of the view."""
        view = self.getViewBox()
        width, height = view.viewPixelSize() if view is not None else (0.0, 0.0)
        return float(width), float(height) or 1.0

    def boundingRect(self) -> QRectF:
        """Where it draws."""
        return self._bounds

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Draw the traces."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self._smooth)
        width = 1.5 if self._wide else 1.0
        for color, line in self._lines:
            pen = QPen(color or QColor(), width)
            pen.setCosmetic(True)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            if isinstance(line, PrimitiveArray):
                painter.drawLines(*line.drawargs())
            else:
                painter.drawPolyline(line)


def outlines(columns: Columns, channels: Sequence[int]) -> tuple[Samples, Samples]:
    """The points x (n,), y (n_channels, n) of the lines of some channels: each column up and down, or each sample."""
    if columns.low is columns.high:
        return columns.at, columns.low[channels]
    low, high = columns.low[channels], columns.high[channels]
    y = np.empty((len(channels), 2 * len(columns.at)))
    # Up one column and down the next, so that neighbours join without a cross stroke.
    y[:, 0::4], y[:, 1::4] = low[:, 0::2], high[:, 0::2]
    y[:, 2::4], y[:, 3::4] = high[:, 1::2], low[:, 1::2]
    return np.repeat(columns.at, 2), y


def _polygon(x: Samples, y: Samples) -> QPolygonF:
    polygon: QPolygonF = functions.create_qpolygonf(len(x))
    points = functions.ndarray_from_qpolygonf(polygon)
    points[:, 0], points[:, 1] = x, y
    return polygon


def _pieces(x: Samples, y: Samples, dot: float) -> PrimitiveArray:
    """Separate lines, not over gaps; a point that stands alone is as wide as `dot`."""
    there = np.isfinite(y)
    joined = there[:-1] & there[1:]
    alone = there.copy()
    alone[1:] &= ~joined
    alone[:-1] &= ~joined
    starts, dots = np.flatnonzero(joined), np.flatnonzero(alone)
    lines = PrimitiveArray(QLineF, 4)
    lines.resize(len(starts) + len(dots))
    table = lines.ndarray()
    table[:, 0] = np.concatenate((x[starts], x[dots] - dot / 2))
    table[:, 1] = np.concatenate((y[starts], y[dots]))
    table[:, 2] = np.concatenate((x[starts + 1], x[dots] + dot / 2))
    table[:, 3] = np.concatenate((y[starts + 1], y[dots]))
    return lines
