"""`Raster`: many traces as one picture that is a ring of columns of pixels.

A signal that scrolls by a pixel needs one new column, whatever the number of samples and channels; the others are
where they were in the ring, and the picture is put on the screen in two pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from app.plots.spans import EMPTY, Rows

MUCH_INK = 1_500_000  # pixels; more is drawn a channel at a time, which costs the same however high the columns are


class Raster:
    """Invariant: in the ring each column of pixels shows the rows that were given last for it."""

    def __init__(self) -> None:
        self._ink: NDArray[np.uint32] = np.zeros((0, 0), np.uint32)
        self._image = QImage()
        self._upper: Rows = np.empty((0, 0), np.int16)
        self._lower: Rows = np.empty((0, 0), np.int16)
        self._colors: NDArray[np.uint32] = np.empty(0, np.uint32)
        self._begin = 0  # where in the ring the left edge is

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        return self._ink.shape[1], self._ink.shape[0]

    def show(self, first: int, upper: Rows, lower: Rows, rows: int, colors: Sequence[int]) -> int:
        """Show other rows; draws the columns alone that differ, and says how many these were.

        Args:
            first: the number of the first column.
            upper: (n_channels, n_columns) the first row of each trace.
            lower: (n_channels, n_columns) its last row.
            rows: of the picture.
            colors: of each channel, as ARGB; later ones lie above.
        """
        wanted = np.asarray(colors, np.uint32)
        count = upper.shape[1]
        if (rows, count) != self._ink.shape or not np.array_equal(wanted, self._colors):
            self._ink = np.zeros((rows, count), np.uint32)
            self._upper, self._lower = np.full_like(upper, EMPTY), np.full_like(lower, -1)
            self._colors = wanted
        self._begin = first % count
        upper, lower = np.roll(upper, self._begin, axis=1), np.roll(lower, self._begin, axis=1)
        differ = np.flatnonzero((upper != self._upper).any(axis=0) | (lower != self._lower).any(axis=0))
        self._upper, self._lower = upper, lower
        if len(differ):
            self._draw(differ)
        # A wrapper around the same memory; a new one, because Qt may keep what it has seen of an old one.
        self._image = QImage(self._ink.data, count, rows, 4 * count, QImage.Format.Format_ARGB32_Premultiplied)
        return len(differ)

    def _draw(self, places: NDArray[np.intp]) -> None:
        self._ink[:, places] = 0
        upper, lower = self._upper[:, places].astype(np.int64), self._lower[:, places].astype(np.int64)
        lengths = np.maximum(lower - upper + 1, 0)
        total = int(lengths.sum())
        if total > MUCH_INK:
            self._draw_by_channel(places, upper, lower)
            return
        stride = self._ink.shape[1]
        flat = lengths.ravel()
        begins = np.cumsum(flat) - flat
        starts = (upper * stride + places).ravel() - begins * stride
        inked = np.repeat(starts, flat) + np.arange(total) * stride
        # Channel by channel, so that where traces cross the later one is written last.
        self._ink.reshape(-1)[inked] = np.repeat(self._colors, lengths.sum(axis=1))

    def _draw_by_channel(self, places: NDArray[np.intp], upper: NDArray[Any], lower: NDArray[Any]) -> None:
        rows = np.arange(self._ink.shape[0])[:, None]
        drawn = self._ink[:, places]
        for color, first, last in zip(self._colors, upper, lower, strict=True):
            np.copyto(drawn, color, where=(rows >= first) & (rows <= last))
        self._ink[:, places] = drawn

    def paint(self, painter: QPainter, target: QRectF) -> None:
        """Draw the picture into a rectangle of the painter."""
        columns, rows = self.size
        if not columns or not rows:
            return
        left = columns - self._begin
        split = target.left() + target.width() * left / columns
        older = QRectF(target.left(), target.top(), split - target.left(), target.height())
        painter.drawImage(older, self._image, QRectF(self._begin, 0, left, rows))
        if self._begin:
            newer = QRectF(split, target.top(), target.right() - split, target.height())
            painter.drawImage(newer, self._image, QRectF(0, 0, self._begin, rows))
