"""`TraceItem`: many traces in one item of a pyqtgraph plot.

Few points are drawn as smooth lines, many as a raster of pixels that scrolls: at 64 channels that is the difference
between 13 and 60 frames a second.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyqtgraph as pg
from pyqtgraph import functions
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.plots.envelope import Columns, Samples
from app.plots.kept_columns import KeptColumns
from app.plots.raster import Raster
from app.plots.spans import PixelGrid, kept_spans

SMOOTH_INK_PX = 24_000  # how much line may be drawn smooth; more is drawn in plain pixels
SMOOTH_POINTS = 12_000  # in so many points
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
        self._raster: Raster | None = None  # there while the traces are drawn as pixels
        self._kept = KeptColumns()  # of the rows of these channels:
        self._shown: list[int] = []
        self.setZValue(10)

    @property
    def is_raster(self) -> bool:
        """Are the traces drawn as pixels, not as lines?"""
        return self._raster is not None

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
            self._raster = None
            self.update()
            return
        size = len(shown) * len(columns.at) * (1 if columns.low is columns.high else 2)
        if columns.step and size > SMOOTH_POINTS:
            self._show_raster(columns, scales, offsets, colors, shown)
            return
        x, values = outlines(columns, shown)
        pixel_width, pixel_height = self._pixel_size()
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is far outside: it leaves a gap
            y = values * np.asarray(scales)[shown, None] + np.asarray(offsets)[shown, None]
            ink = float(np.nansum(np.abs(np.diff(y, axis=1)))) / pixel_height
        self._smooth = ink <= SMOOTH_INK_PX * (1.0 if self._raster is None else 0.8)  # not to and fro
        if columns.step and not self._smooth:
            self._show_raster(columns, scales, offsets, colors, shown)
            return
        self._raster = None
        self._wide = ink <= WIDE_INK_PX and y.size <= WIDE_POINTS
        # A wide line is quick only in single pieces, a thin one as a whole.
        whole = np.isfinite(y).all(axis=1) & (not self._wide and len(x) > 1)
        for i, channel in enumerate(shown):
            line = _polygon(x, y[i]) if whole[i] else _pieces(x, y[i], DOT_PX * pixel_width)
            self._lines.append((colors[channel], line))
        self._bound(x, float(np.fmin.reduce(y, axis=None)), float(np.fmax.reduce(y, axis=None)))
        self.update()

    def _show_raster(
        self,
        columns: Columns,
        scales: Sequence[float],
        offsets: Sequence[float],
        colors: Sequence[QColor | None],
        shown: list[int],
    ) -> None:
        view = self.getViewBox()
        if view is None:
            return
        area, ratio = view.viewRect(), self._pixel_ratio()
        count, rows = round(view.width() * ratio), round(view.height() * ratio)
        if count < 1 or rows < 1 or not (area.width() > 0 and area.height() > 0):
            return
        width, height = area.width() / count, area.height() / rows
        first = math.floor((area.left() + columns.origin) / width)
        # One more at the right edge, because the left one may be seen in part.
        grid = PixelGrid(first, count + 1, width, area.bottom(), rows, height, max(1, round(ratio)))
        if shown != self._shown:
            self._shown = shown
            self._kept.forget()
        if len(shown) < len(colors):
            low = columns.low[shown]
            high = low if columns.low is columns.high else columns.high[shown]
            columns = replace(columns, low=low, high=high)
        lanes = np.asarray(scales)[shown], np.asarray(offsets)[shown]
        upper, lower = kept_spans(self._kept, columns, *lanes, grid)
        self._raster = self._raster or Raster()
        inks = [color.rgba() for color in colors if color is not None]
        self._raster.show(first, upper, lower, rows, inks)
        bounds = QRectF(first * width - columns.origin, area.top(), (count + 1) * width, area.height())
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds
        self.update()

    def _bound(self, x: Samples, low: float, high: float) -> None:
        if low <= high:
            bounds = QRectF(float(x[0]), low, float(x[-1] - x[0]) or 1e-9, (high - low) or 1e-9)
            if bounds != self._bounds:
                self.prepareGeometryChange()
                self._bounds = bounds

    def _pixel_ratio(self) -> float:
        widget = self.getViewWidget()
        return float(widget.devicePixelRatioF()) if widget is not None else 1.0

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
        if self._raster is not None:
            self._paint_raster(painter, self._raster)
            return
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

    def _paint_raster(self, painter: QPainter, raster: Raster) -> None:
        """Pixel on pixel, on whole ones; stretched where the view is another one than it was drawn for."""
        target = painter.worldTransform().mapRect(self._bounds)
        ratio = painter.device().devicePixelRatioF()
        columns, rows = raster.size
        if abs(target.width() * ratio - columns) < 1 and abs(target.height() * ratio - rows) < 1:
            corner = QPointF(round(target.left() * ratio) / ratio, round(target.top() * ratio) / ratio)
            target = QRectF(corner, QSizeF(columns / ratio, rows / ratio))
        painter.save()
        painter.resetTransform()
        raster.paint(painter, target)
        painter.restore()


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
