"""Axes and grid of a chart, painted once and then copied: pyqtgraph's own cost more than all the traces."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from app import theme
from app.plots.figures import short

_MOST_LINES = 14


class Axis(pg.AxisItem):
    """An axis whose ticks carry the unit, and whose picture is kept as a pixmap until something on it changes."""

    picture: Any  # of the base class, None when it must be made anew

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self.unit = ""
        self._pixmap = QPixmap()
        self._shown: tuple[Any, ...] = ()

    def set_unit(self, unit: str) -> None:
        """Write this behind every number."""
        if unit != self.unit:
            self.unit = unit
            self.picture = None
            self.update()

    def tickStrings(self, values: Any, scale: float, spacing: float) -> list[str]:
        """The numbers with their unit."""
        texts = [
            short(value * scale) if "e" in text and not self.logMode else text.replace("-", "−")
            for value, text in zip(values, super().tickStrings(values, scale, spacing), strict=True)
        ]
        return [f"{text} {self.unit}" if text and self.unit else text for text in texts]

    def paint(self, painter: QPainter, option: Any, widget: Any) -> None:
        """Draw the axis, from the kept pixmap when it is still right."""
        bounds: QRectF = self.boundingRect()
        ratio = painter.device().devicePixelRatio()
        if self.picture is None or self._shown != (id(self.picture), bounds, ratio):
            self._pixmap = QPixmap(bounds.size().toSize() * ratio)
            if self._pixmap.isNull():
                return
            self._pixmap.setDevicePixelRatio(ratio)
            self._pixmap.fill(Qt.GlobalColor.transparent)
            inner = QPainter(self._pixmap)
            inner.translate(-bounds.topLeft())
            super().paint(inner, option, widget)
            inner.end()
            self._shown = (id(self.picture), bounds, ratio)
        painter.drawPixmap(bounds.topLeft(), self._pixmap)


class Grid(pg.GraphicsObject):
    """Faint lines at the ticks of both axes, or between lanes."""

    def __init__(self, bottom: Axis, left: Axis) -> None:
        super().__init__()
        self._bottom = bottom
        self._left = left
        self.lanes = 0  # how many there are; 0 draws at the ticks of the left axis
        self.setZValue(-10)

    def boundingRect(self) -> QRectF:
        """All that is visible."""
        return QRectF(self.viewRect())

    def viewRangeChanged(self) -> None:
        """Follow the view."""
        self.prepareGeometryChange()

    def dataBounds(self, *_: Any, **__: Any) -> tuple[None, None]:
        """It has no data to be fitted."""
        return None, None

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Draw the lines."""
        view = self.viewRect()
        lines = [
            QLineF(x, view.top(), x, view.bottom())
            for x in _major(self._bottom, view.left(), view.right(), self._bottom.width())
        ]
        rows = (
            range(1, self.lanes) if self.lanes else _major(self._left, view.top(), view.bottom(), self._left.height())
        )
        lines += [QLineF(view.left(), y, view.right(), y) for y in rows]
        pen = QPen(theme.color("border"), 1.0)
        pen.setCosmetic(True)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(pen)
        painter.drawLines(lines)


def _major(axis: Axis, low: float, high: float, length: float) -> list[float]:
    if not low < high or length <= 0:
        return []
    levels = axis.tickValues(low, high, length)
    values = [float(value) for value in levels[0][1]] if levels else []
    if len(levels) > 1 and len(values) + len(levels[1][1]) <= _MOST_LINES:
        values += [float(value) for value in levels[1][1]]
    return values
