"""What is kept of the last look is what looking anew would give."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.plots.envelope import Envelope
from app.plots.kept_columns import KeptColumns
from app.plots.spans import PixelGrid, kept_spans, spans

CHUNKS = st.lists(
    st.one_of(st.integers(1, 900), st.tuples(st.just("skip"), st.integers(1, 4000))), min_size=1, max_size=25
)


@given(
    chunks=CHUNKS,
    length=st.integers(50, 3000),
    window=st.integers(20, 3000),
    count=st.integers(5, 200),
    max_values=st.sampled_from([400, 10**6]),
)
@settings(max_examples=120, deadline=None)
def test_columns_are_those_of_an_envelope_that_is_looked_at_for_the_first_time(
    chunks: list, length: int, window: int, count: int, max_values: int
) -> None:
    random = np.random.default_rng(0)
    often, once = Envelope(2, length, max_values), Envelope(2, length, max_values)
    for chunk in chunks:
        if isinstance(chunk, tuple):
            often.skip(chunk[1])
            once.skip(chunk[1])
        else:
            samples = random.normal(size=(chunk, 2))
            often.append(samples)
            once.append(samples)
        once._kept.forget()
        end = float(often.end - 1)
        seen, anew = often.columns(end - window, end, count), once.columns(end - window, end, count)
        np.testing.assert_array_equal(seen.at, anew.at)
        np.testing.assert_array_equal(seen.low, anew.low)
        np.testing.assert_array_equal(seen.high, anew.high)


@given(
    chunks=CHUNKS,
    length=st.integers(50, 3000),
    window=st.floats(20.0, 3000.0),
    pixels=st.integers(5, 400),
    max_values=st.sampled_from([400, 10**6]),
    data=st.data(),
)
@settings(max_examples=120, deadline=None)
def test_rows_of_pixels_are_those_of_a_first_look(
    chunks: list, length: int, window: float, pixels: int, max_values: int, data: st.DataObject
) -> None:
    random = np.random.default_rng(0)
    envelope, kept = Envelope(2, length, max_values), KeptColumns()
    scales, offsets = np.array([3.0, 2.0]), np.array([5.0, 4.0])
    for chunk in chunks:
        if isinstance(chunk, tuple):
            envelope.skip(chunk[1])
        else:
            envelope.append(random.normal(size=(chunk, 2)))
        if data.draw(st.integers(0, 9)) == 0:
            scales = scales * 1.5
        end = float(envelope.end - 1)
        columns = envelope.columns(end - window, end, pixels)
        if not len(columns.at):
            continue
        width = window / pixels
        grid = PixelGrid(math.floor((end - window) / width), pixels + 1, width, 10.0, 50, 0.2)
        for seen, anew in zip(
            kept_spans(kept, columns, scales, offsets, grid), spans(columns, scales, offsets, grid), strict=True
        ):
            # At the left edge a first look lacks what lies before, with which the line joins.
            np.testing.assert_array_equal(seen[:, 2:], anew[:, 2:])


def test_only_new_columns_are_worked_out() -> None:
    kept, asked = KeptColumns(), []

    def work_out(begin: int, end: int) -> tuple[np.ndarray, np.ndarray]:
        asked.append((begin, end))
        values = np.arange(begin, end, dtype=float)[None, :]
        return values, values + 0.5

    for wanted, settled in (((0, 10), (0, 9)), ((2, 12), (0, 11)), ((2, 12), (0, 11)), ((1, 11), (1, 11))):
        low, high = kept.look("columns", wanted, settled, work_out)
        assert low.tolist() == [list(map(float, range(*wanted)))]
        assert (high == low + 0.5).all()
    assert asked == [(0, 10), (9, 12), (11, 12), (1, 2)]
    kept.look("other columns", (1, 11), (1, 11), work_out)
    kept.forget()
    kept.look("other columns", (1, 11), (1, 11), work_out)
    assert asked[4:] == [(1, 11), (1, 11)]
