"""From columns or samples to the rows of pixels that a trace covers in each column of pixels. Imports no Qt.

The columns of pixels are counted from the origin of x, not from the edge of the view: a trace that scrolls moves by
whole pixels and keeps its picture, and a spike one sample wide is in some column of pixels at any zoom.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.plots.envelope import Columns, Samples
from app.plots.kept_columns import KeptColumns

Rows = NDArray[np.int16]

EMPTY = 32_000  # the upper row of a column in which a trace has nothing
_FAR = 16_000.0  # rows further out than this are all the same


@dataclass(frozen=True, slots=True)
class PixelGrid:
    """The pixels of a view.

    Attributes:
        first: the number of the column of pixels at the left edge, counted from the origin of x.
        count: how many columns there are.
        width: of a column, in units of x.
        top: the y at the upper edge.
        rows: how many rows there are.
        height: of a row, in units of y.
        thickness: how many rows a line covers at least.
    """

    first: int
    count: int
    width: float
    top: float
    rows: int
    height: float
    thickness: int = 1


def kept_spans(
    kept: KeptColumns, columns: Columns, scales: Samples, offsets: Samples, grid: PixelGrid
) -> tuple[Rows, Rows]:
    """What `spans` gives; what was kept of the last look, of the same traces, is not worked out again."""
    if columns.life is None:
        kept.forget()
    key = (columns.life, columns.step, replace(grid, first=0, count=0), scales.tobytes(), offsets.tobytes())
    wide = columns.step / grid.width  # a column of pixels looks at the one before it, too
    settled = math.ceil(columns.settled[0] * wide) + 2, math.floor((columns.settled[1] - 1) * wide) - 2

    def work_out(begin: int, end: int) -> tuple[Rows, Rows]:
        return spans(columns, scales, offsets, replace(grid, first=begin, count=end - begin))

    return kept.look(key, (grid.first, grid.first + grid.count), settled, work_out)


def spans(columns: Columns, scales: Samples, offsets: Samples, grid: PixelGrid) -> tuple[Rows, Rows]:
    """The first and the last row (n_channels, grid.count) of each trace in each column; none where first > last.

    Args:
        columns: evenly spaced ones, with their `step` and `origin`.
        scales: (n_channels,) a value v lies at y = v * scale + offset.
        offsets: (n_channels,).
        grid: the pixels.
    """
    low, high = extents(columns, grid.first - 1, grid.count + 1, grid.width)
    with np.errstate(invalid="ignore", over="ignore"):
        slope, shift = -scales[:, None] / grid.height, (grid.top - offsets[:, None]) / grid.height
        upper = np.floor(high * slope + shift)
        lower = np.floor(low * slope + shift)
        lower += grid.thickness - 1
        # A trace has no breaks: what lies beside the column before begins where that ended.
        upper[:, 1:], lower[:, 1:] = (
            np.where(upper[:, 1:] > lower[:, :-1], lower[:, :-1] + 1, upper[:, 1:]),
            np.where(lower[:, 1:] < upper[:, :-1], upper[:, :-1] - 1, lower[:, 1:]),
        )
        np.clip(upper, 0, _FAR, out=upper)
        np.clip(lower, -_FAR, grid.rows - 1, out=lower)
        there = (upper <= lower)[:, 1:]
    return (
        np.where(there, upper[:, 1:], EMPTY).astype(np.int16),
        np.where(there, lower[:, 1:], -1).astype(np.int16),
    )


def extents(columns: Columns, first: int, count: int, width: float) -> tuple[Samples, Samples]:
    """The least and the greatest (n_channels, count) of each trace in columns of pixels; NaN where it is not."""
    step = columns.step
    at = round((columns.at[0] + columns.origin) / step - 0.5)  # the number of the first column or sample
    edges = np.arange(first, first + count + 1) * (width / step)
    if columns.low is columns.high:
        return _of_samples(columns.low, edges - round((columns.at[0] + columns.origin) / step))
    if step >= width:
        return _picked(columns, np.floor((edges[:-1] + edges[1:]) / 2).astype(np.int64) - at)
    numbers = np.floor(edges[:-1]).astype(np.int64) - at
    low, high = _picked(columns, numbers)
    for more in range(1, math.ceil(width / step) + 1):
        inside = numbers + more < edges[1:] - at
        least, greatest = _picked(columns, np.where(inside, numbers + more, -1))
        np.fmin(low, least, out=low)
        np.fmax(high, greatest, out=high)
    return low, high


def _picked(columns: Columns, numbers: NDArray[np.int64]) -> tuple[Samples, Samples]:
    there = (numbers >= 0) & (numbers < len(columns.at))
    safe = np.where(there, numbers, 0)
    low, high = columns.low[:, safe], columns.high[:, safe]
    low[:, ~there], high[:, ~there] = np.nan, np.nan
    return low, high


def _of_samples(values: Samples, edges: Samples) -> tuple[Samples, Samples]:
    """Of the straight lines between samples; edges are in samples, 0 the first one."""
    last = values.shape[1] - 1
    at = np.clip(np.floor(edges).astype(np.int64), 0, max(last - 1, 0))
    part = np.clip(edges - at, 0.0, 1.0)
    crossed = values[:, at] * (1 - part) + values[:, np.minimum(at + 1, last)] * part
    crossed[:, (edges < 0) | (edges > last)] = np.nan
    low, high = np.fmin(crossed[:, :-1], crossed[:, 1:]), np.fmax(crossed[:, :-1], crossed[:, 1:])
    numbers = np.ceil(edges[:-1]).astype(np.int64)
    for more in range(math.ceil(edges[1] - edges[0]) + 1):
        inside = np.flatnonzero((numbers + more <= edges[1:]) & (numbers + more >= 0) & (numbers + more <= last))
        samples = values[:, numbers[inside] + more]
        low[:, inside] = np.fmin(low[:, inside], samples)
        high[:, inside] = np.fmax(high[:, inside], samples)
    return low, high
