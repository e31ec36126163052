from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.plots.envelope import BLOCK, Envelope


def fed(envelope: Envelope, samples: np.ndarray, sizes: list[int]) -> Envelope:
    begin = 0
    for size in [*sizes, len(samples)]:
        envelope.append(samples[begin : begin + size])
        begin += size
        if begin >= len(samples):
            break
    return envelope


@given(
    length=st.integers(1, 5000),
    total=st.integers(1, 9000),
    sizes=st.lists(st.integers(1, 900), max_size=12),
    columns=st.integers(2, 300),
    part=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
@settings(max_examples=150)
def test_columns_hold_the_least_and_greatest_of_exactly_their_samples(length, total, sizes, columns, part) -> None:
    samples = np.random.default_rng(total).standard_normal((total, 2))
    envelope = fed(Envelope(2, length), samples, sizes)
    assert envelope.end == total
    kept = min(length, total)
    start = total - kept + kept * min(part)
    stop = total - kept + kept * max(part)
    if stop <= start:
        return
    found = envelope.columns(start, stop, columns)
    width = np.diff(found.at).max() if len(found.at) > 1 else 1.0
    assert len(found.at) <= 2 * columns + 6
    seen = samples[max(int(start), total - kept) : int(stop) + 1].T
    assert np.nanmin(found.low) <= seen.min()
    assert np.nanmax(found.high) >= seen.max()
    for at, low, high in zip(found.at, found.low.T, found.high.T, strict=True):
        first = int(np.floor(at - width / 2 + 0.5)) if width > 1 else int(at)
        if first < total - kept:
            continue
        block = samples[first : int(np.floor(at + width / 2 + 0.5))] if width > 1 else samples[int(at)][None]
        assert low == pytest.approx(block.min(axis=0))
        assert high == pytest.approx(block.max(axis=0))


@pytest.mark.parametrize("zoom", [1.0, 0.5, 0.1, 0.01, 0.001])
@pytest.mark.parametrize("length", [2_000, 100_000, 1_000_000])
def test_a_spike_of_one_sample_is_seen_at_every_zoom(length: int, zoom: float) -> None:
    samples = np.zeros((length, 1))
    where = length // 3 + 17
    samples[where] = 5.0
    envelope = Envelope(1, length)
    for begin in range(0, length, 9973):
        envelope.append(samples[begin : begin + 9973])
    half = length * zoom / 2
    found = envelope.columns(where - half, where + half, 400)
    assert found.high.max() == 5.0
    at = found.at[np.argmax(found.high[0])]
    assert abs(at - where) <= max(1.0, 2 * half / 400 * 2)


def test_the_cost_of_looking_does_not_depend_on_the_number_of_samples() -> None:
    touched = []
    for length in (10_000, 1_000_000):
        envelope = Envelope(1, length)
        envelope.append(np.zeros((length, 1)))
        read = envelope._read
        sizes: list[int] = []

        def counting(store, level, first, last, read=read, sizes=sizes):
            sizes.append(last - first)
            return read(store, level, first, last)

        envelope._read = counting
        envelope.columns(0, length, 500)
        touched.append(sum(sizes))
    assert max(touched) <= 2 * 500 * BLOCK


def test_samples_that_are_not_finite_leave_a_gap_and_do_not_spread() -> None:
    samples = np.ones((1000, 1))
    samples[100:200] = np.nan
    samples[500] = np.inf
    envelope = Envelope(1, 1000)
    envelope.append(samples)
    exact = envelope.columns(0, 1000, 1000)
    assert np.isnan(exact.low[0, 100:200]).all()
    assert np.isnan(exact.low[0, 500])
    assert np.isfinite(exact.low[0, [99, 200, 499, 501]]).all()
    coarse = envelope.columns(0, 1000, 20)
    assert np.nanmax(coarse.high) == 1.0
    assert np.isnan(coarse.low).any()


def test_old_samples_do_not_shine_through_after_many_rounds() -> None:
    envelope = Envelope(1, 1500)
    envelope.append(np.full((40_000, 1), 9.0))
    envelope.append(np.zeros((4_000, 1)))
    assert envelope.columns(envelope.end - 1500, envelope.end, 50).high.max() == 0.0


def test_more_than_fits_is_kept_as_least_and_greatest() -> None:
    envelope = Envelope(1, 100_000, max_values=10_000)
    assert envelope.thin == 10
    samples = np.zeros((100_000, 1))
    samples[54_321] = 1.0
    samples[54_329] = -1.0
    for begin in range(0, 100_000, 777):
        envelope.append(samples[begin : begin + 777])
    assert envelope.end == 100_000
    found = envelope.columns(54_000, 55_000, 1000)
    assert found.high.max() == 1.0
    assert found.low.min() == -1.0
    assert envelope.columns(0, 100_000, 300).high.max() == 1.0


def test_a_longer_window_keeps_what_was_there() -> None:
    envelope = Envelope(2, 1000)
    samples = np.random.default_rng(1).standard_normal((1700, 2))
    envelope.append(samples)
    longer = envelope.resized(5000)
    assert longer.end == 1700
    assert np.array_equal(longer.newest(1000), samples[-1000:].T)
    longer.append(samples)
    assert np.array_equal(longer.newest(2700), np.concatenate((samples[-1000:], samples)).T)


def test_nothing_to_look_at_is_no_columns() -> None:
    envelope = Envelope(3, 100)
    assert envelope.columns(-10, 0, 100).low.shape == (3, 0)
    envelope.append(np.ones((10, 3)))
    assert envelope.columns(50, 60, 100).at.size == 0
