"""Many traces as pixels: nothing is lost at any zoom, and what is drawn anew is what differs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from app.plots import raster as raster_module
from app.plots.envelope import Columns, Envelope
from app.plots.raster import Raster
from app.plots.spans import PixelGrid, spans

ONE = np.ones(1)
ZERO = np.zeros(1)


def looked(envelope: Envelope, start: float, stop: float, pixels: int) -> tuple[Columns, PixelGrid]:
    """What a view from one position to another has to draw, and its pixels; y from 0 to 10 in 100 rows."""
    width = (stop - start) / pixels
    return envelope.columns(start, stop, pixels), PixelGrid(int(start // width), pixels + 1, width, 10.0, 100, 0.1)


@given(
    at=st.integers(0, 19_999),
    start=st.floats(0.0, 19_000.0),
    length=st.floats(20.0, 20_000.0),
    pixels=st.integers(10, 900),
)
@settings(max_examples=150, deadline=None)
def test_a_spike_one_sample_wide_is_in_a_column_of_pixels_at_any_zoom(
    at: int, start: float, length: float, pixels: int
) -> None:
    samples = np.ones((20_000, 1))
    samples[at] = 9.05
    envelope = Envelope(1, 20_000)
    envelope.append(samples)
    columns, grid = looked(envelope, start, start + length, pixels)
    upper, _ = spans(columns, ONE, ZERO, grid)
    is_visible = start + grid.width < at < min(start + length - grid.width, 19_999)
    if is_visible:
        assert upper.min() == 9
        place = int(at // grid.width) - grid.first
        near = upper[0, max(place - 2, 0) : place + 3]
        assert near.min() == 9


def test_the_columns_of_a_trace_join_without_a_break() -> None:
    envelope = Envelope(1, 5000)
    envelope.append(5 + 4 * np.sin(np.arange(5000) / 9)[:, None])
    for length in (100.0, 700.0, 4900.0):
        columns, grid = looked(envelope, 10.0, 10.0 + length, 300)
        upper, lower = (rows[0, 1:-2] for rows in spans(columns, ONE, ZERO, grid))
        assert (upper <= lower).all()
        assert (upper[1:] <= lower[:-1] + 1).all()
        assert (lower[1:] >= upper[:-1] - 1).all()


def test_a_gap_stays_empty() -> None:
    samples = np.full((1000, 1), 5.0)
    samples[400:600] = np.nan
    envelope = Envelope(1, 1000)
    envelope.append(samples)
    for pixels in (100, 700):
        columns, grid = looked(envelope, 0.0, 1000.0, pixels)
        upper, lower = spans(columns, ONE, ZERO, grid)
        is_drawn = (upper <= lower)[0]
        assert is_drawn[int(0.2 * pixels)]
        assert not is_drawn[int(0.42 * pixels) : int(0.58 * pixels)].any()
        assert is_drawn[int(0.8 * pixels)]


def test_what_lies_outside_the_view_is_not_drawn_at_its_edge() -> None:
    columns = Columns(np.arange(10.0), np.full((1, 10), 50.0), np.full((1, 10), 60.0), step=1.0)
    upper, lower = spans(columns, ONE, ZERO, PixelGrid(0, 10, 1.0, 10.0, 100, 0.1))
    assert (upper > lower).all()


def test_a_trace_that_scrolls_moves_by_whole_columns_of_pixels() -> None:
    samples = np.random.default_rng(1).normal(5.0, 1.0, (40_000, 1))
    envelope = Envelope(1, 30_000)
    envelope.append(samples[:25_000])
    seen: dict[int, tuple[int, int]] = {}
    repeated = 0
    for end in range(25_000, 26_000, 37):
        envelope.append(samples[end : end + 37])
        columns, grid = looked(envelope, end - 10_000.0, float(end), 500)
        upper, lower = spans(columns, ONE, ZERO, grid)
        for place in range(grid.count - 4):  # the newest ones are not complete
            number, rows = grid.first + place, (int(upper[0, place]), int(lower[0, place]))
            repeated += number in seen
            assert seen.setdefault(number, rows) == rows
    assert repeated > 10_000


# -- the ring


def drawn(raster: Raster) -> np.ndarray:
    """What a raster paints, (rows, columns) of ARGB."""
    columns, rows = raster.size
    image = QImage(columns, rows, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    raster.paint(painter, QRectF(0, 0, columns, rows))
    painter.end()
    return np.frombuffer(image.constBits(), np.uint32).reshape(rows, columns).copy()


def painted_plainly(upper: np.ndarray, lower: np.ndarray, rows: int, colors: list[int]) -> np.ndarray:
    """The same, a pixel after the other."""
    picture = np.zeros((rows, upper.shape[1]), np.uint32)
    for color, first, last in zip(colors, upper, lower, strict=True):
        for column in range(upper.shape[1]):
            picture[first[column] : last[column] + 1, column] = color
    return picture


COLORS = [0xFF112233, 0xFF445566, 0xFF778899]


@pytest.mark.parametrize("much_ink", [0, raster_module.MUCH_INK], ids=["by channel", "by span"])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_the_ring_shows_what_plain_painting_would(much_ink: int, data: st.DataObject) -> None:
    before, raster_module.MUCH_INK = raster_module.MUCH_INK, much_ink
    try:
        raster, first, columns, rows = Raster(), data.draw(st.integers(-50, 50)), 7, 9
        cell = st.tuples(st.integers(0, rows), st.integers(0, rows))
        table = np.array(data.draw(st.lists(cell, min_size=3 * 40, max_size=3 * 40))).reshape(3, 40, 2)
        for _ in range(6):
            first += data.draw(st.integers(0, 9))
            at = np.arange(first, first + columns) % 40
            upper, lower = table[:, at, 0].astype(np.int16), (table[:, at, 1] - 1).astype(np.int16)
            raster.show(first, upper, lower, rows, COLORS)
            assert (drawn(raster) == painted_plainly(upper, lower, rows, COLORS)).all()
    finally:
        raster_module.MUCH_INK = before


def test_only_the_columns_that_differ_are_drawn() -> None:
    raster = Raster()
    upper = np.arange(20, dtype=np.int16)[None, :] % 6
    shown = [
        raster.show(first, upper[:, first : first + 8], upper[:, first : first + 8], 10, [0xFF0000FF])
        for first in (0, 0, 3)
    ]
    assert shown == [8, 0, 3]


def test_other_colors_or_another_size_draw_everything_anew() -> None:
    raster = Raster()
    rows = np.full((1, 8), 4, np.int16)
    counts = [
        raster.show(0, rows, rows, 10, [0xFF0000FF]),
        raster.show(0, rows, rows, 10, [0xFF00FF00]),
        raster.show(0, rows, rows, 12, [0xFF00FF00]),
        raster.show(0, rows[:, :6], rows[:, :6], 12, [0xFF00FF00]),
    ]
    assert counts == [8, 8, 8, 6]
    assert drawn(raster)[4].tolist() == [0xFF00FF00] * 6
