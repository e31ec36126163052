from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.signal import butter, iirnotch, resample_poly, sosfilt, tf2sos

from engine import Signal
from engine.library.filters import BandPass, Delay, HighPass, LowPass, Notch, RollingMean
from engine.library.resampling import Decimate, Resample
from tests.engine.library.harness import begin, cut, cuts, end, joined, noise, step, through

WHOLE = noise(900, 3)
FILTERS = {
    "band-pass": (
        lambda: BandPass(low_hz=5.0, high_hz=40.0, order=3),
        butter(3, [5, 40], "bandpass", output="sos", fs=500),
    ),
    "high-pass": (lambda: HighPass(cutoff_hz=2.0), butter(2, 2, "highpass", output="sos", fs=500)),
    "low-pass": (lambda: LowPass(cutoff_hz=30.0, order=4), butter(4, 30, "lowpass", output="sos", fs=500)),
    "notch": (lambda: Notch(frequency_hz=50.0, quality=20.0), tf2sos(*iirnotch(50, 20, fs=500))),
}


@pytest.mark.parametrize("name", FILTERS)
@settings(max_examples=30)
@given(sizes=cuts)
def test_a_filter_gives_what_scipy_gives_for_the_whole_signal(name: str, sizes: list[int]) -> None:
    make, sections = FILTERS[name]
    chunks = through(make(), cut(WHOLE, sizes))
    assert np.array_equal(joined(chunks), sosfilt(sections, WHOLE.samples, axis=0))
    assert [c.start_time_ns for c in chunks] == [c.start_time_ns for c in cut(WHOLE, sizes)]


def test_input_is_not_written_to() -> None:
    before = WHOLE.samples.copy()
    through(BandPass(), [WHOLE])
    assert np.array_equal(WHOLE.samples, before)


@pytest.mark.parametrize(
    ("node", "words"),
    [
        (BandPass(low_hz=20.0, high_hz=10.0), "low_hz = 20 Hz must be below high_hz = 10 Hz"),
        (BandPass(low_hz=20.0, high_hz=250.0), "half the sampling rate"),
        (LowPass(cutoff_hz=300.0), "cutoff_hz = 300 Hz must be below half the sampling rate .500 Hz / 2 = 250 Hz"),
        (HighPass(cutoff_hz=250.0), "half the sampling rate"),
        (Notch(frequency_hz=1000.0), "half the sampling rate"),
    ],
)
def test_cut_offs_that_do_not_fit_are_refused_with_the_reason(node: BandPass, words: str) -> None:
    begin(node)
    with pytest.raises(ValueError, match=words):
        step(node, signal=WHOLE)


def test_a_live_change_takes_effect_at_the_next_chunk_without_a_jump() -> None:
    node = LowPass(cutoff_hz=20.0)
    begin(node)
    slow = Signal(np.sin(2 * np.pi * 1.0 * np.arange(2000) / 500)[:, None], 500.0)
    first, second = cut(slow, [1000])
    before = joined(step(node, signal=first))
    node.cutoff_hz = 25.0
    after = joined(step(node, signal=second))
    unchanged = through(LowPass(cutoff_hz=20.0), [first, second])[1].samples
    assert not np.array_equal(after, unchanged)
    assert abs(after[0, 0] - before[-1, 0]) < 0.05


def test_an_order_that_needs_another_state_starts_anew() -> None:
    node = LowPass(cutoff_hz=20.0)
    begin(node)
    step(node, signal=WHOLE)
    node.order = 8
    (after,) = step(node, signal=WHOLE)
    assert np.array_equal(after.samples, through(LowPass(cutoff_hz=20.0, order=8), [WHOLE])[0].samples)


def test_a_refused_live_change_changes_nothing_until_one_fits() -> None:
    node = BandPass(low_hz=5.0, high_hz=15.0)
    begin(node)
    step(node, signal=WHOLE)
    node.low_hz = 20.0
    with pytest.raises(ValueError, match="low_hz = 20 Hz must be below high_hz = 15 Hz"):
        node.on_param("low_hz", 20.0)
    second = step(node, signal=WHOLE)
    assert np.array_equal(second[0].samples, through(BandPass(low_hz=5.0, high_hz=15.0), [WHOLE, WHOLE])[1].samples)
    node.high_hz = 30.0
    node.on_param("high_hz", 30.0)
    third = step(node, signal=WHOLE)
    kept = through(BandPass(low_hz=5.0, high_hz=15.0), [WHOLE, WHOLE, WHOLE])[2]
    assert not np.array_equal(third[0].samples, kept.samples)


def test_another_rate_or_number_of_channels_starts_anew() -> None:
    node = BandPass()
    begin(node)
    step(node, signal=WHOLE)
    other = noise(200, 2, rate_hz=250.0)
    assert np.array_equal(step(node, signal=other)[0].samples, through(BandPass(), [other])[0].samples)


@settings(max_examples=30)
@given(sizes=cuts)
def test_a_missing_sample_does_not_spoil_what_follows(sizes: list[int]) -> None:
    samples = WHOLE.samples.copy()
    samples[[100, 101, 300], 1] = np.nan
    held = samples.copy()
    held[100:102, 1], held[300, 1] = samples[99, 1], samples[299, 1]
    filtered = joined(through(LowPass(), cut(WHOLE.replace(samples=samples), sizes)))
    expected = sosfilt(butter(2, 40, "lowpass", output="sos", fs=500), held, axis=0)
    assert np.array_equal(np.isnan(filtered), np.isnan(samples))
    assert np.array_equal(filtered[~np.isnan(samples)], expected[~np.isnan(samples)])


@settings(max_examples=30)
@given(sizes=cuts)
def test_a_rolling_mean_is_the_mean_of_the_last_samples(sizes: list[int]) -> None:
    chunks = through(RollingMean(length=17), cut(WHOLE, sizes))
    expected = np.array([WHOLE.samples[max(0, i - 16) : i + 1].mean(axis=0) for i in range(WHOLE.n_samples)])
    assert joined(chunks) == pytest.approx(expected, abs=1e-12)
    assert np.array_equal(joined(chunks), joined(through(RollingMean(length=17), [WHOLE])))


def test_a_rolling_mean_does_not_drift() -> None:
    huge_then_small = np.concatenate((np.full(100, 1e12), np.full(5000, 0.1)))
    chunks = through(RollingMean(length=10), cut(Signal(huge_then_small, 100.0), [7]))
    assert joined(chunks)[200:, 0] == pytest.approx(0.1, rel=1e-12)


@pytest.mark.parametrize(("rate", "up", "down"), [(500.0, 1, 1), (250.0, 1, 2), (360.0, 18, 25), (1500.0, 3, 1)])
@settings(max_examples=30)
@given(sizes=cuts)
def test_resampling_gives_what_scipy_gives_for_the_whole_signal(
    rate: float, up: int, down: int, sizes: list[int]
) -> None:
    chunks = through(Resample(rate_hz=rate), cut(WHOLE, sizes))
    expected = resample_poly(WHOLE.samples, up, down, axis=0)
    assert joined(chunks) == pytest.approx(expected, abs=1e-12)
    assert np.array_equal(joined(chunks), joined(through(Resample(rate_hz=rate), [WHOLE])))
    assert {chunk.rate_hz for chunk in chunks} == {rate}
    begins = np.cumsum([0] + [chunk.n_samples for chunk in chunks])[:-1]
    assert [chunk.start_time_ns for chunk in chunks] == [round(int(b) * 1e9 / rate) for b in begins]


@settings(max_examples=30)
@given(sizes=cuts)
def test_decimation_keeps_every_nth_sample_of_a_slow_signal(sizes: list[int]) -> None:
    times = np.arange(900) / 500
    slow = Signal(np.sin(2 * np.pi * 3 * times), 500.0)
    chunks = through(Decimate(factor=5), cut(slow, sizes))
    assert joined(chunks)[20:-20, 0] == pytest.approx(slow.samples[::5, 0][20:-20], abs=2e-3)
    assert chunks[0].rate_hz == 100.0


def test_decimation_takes_out_what_would_alias() -> None:
    fast = Signal(np.sin(2 * np.pi * 180 * np.arange(2000) / 500), 500.0)
    assert np.max(np.abs(joined(through(Decimate(factor=4), [fast]))[20:-20])) < 0.01


def test_a_stream_that_changes_its_rate_is_resampled_in_two_parts() -> None:
    node = Decimate(factor=2)
    begin(node)
    second = noise(100, 3, rate_hz=100.0)
    chunks = step(node, signal=WHOLE) + step(node, signal=second) + end(node)
    slow = [chunk for chunk in chunks if chunk.rate_hz == 50.0]
    assert sum(chunk.n_samples for chunk in chunks if chunk.rate_hz == 250.0) == 450
    assert np.allclose(joined(slow), resample_poly(second.samples, 1, 2, axis=0))


def test_a_refused_live_change_of_the_rate_changes_nothing() -> None:
    node = Resample(rate_hz=250.0)
    begin(node)
    step(node, signal=WHOLE)
    node.rate_hz = 123.4567
    with pytest.raises(ValueError, match="no ratio of whole numbers"):
        node.on_param("rate_hz", 123.4567)
    assert step(node, signal=WHOLE)[0].rate_hz == 250.0


def test_rates_without_a_simple_ratio_are_refused() -> None:
    node = Resample(rate_hz=123.4567)
    begin(node)
    with pytest.raises(ValueError, match="no ratio of whole numbers"):
        step(node, signal=WHOLE)


def test_a_delay_gives_its_first_value_and_then_each_message_one_tick_later() -> None:
    assert through(Delay(initial=1000.0), [1, 2, 3]) == [1000, 1, 2]
    assert through(Delay(initial=0.5), ["a", "b"]) == [0.5, "a"]
    first, second = through(Delay(initial=2.0), [WHOLE, WHOLE])
    assert first == WHOLE.replace(samples=np.full((900, 3), 2.0)) and second == WHOLE
    assert through(Delay(), [np.ones(3), np.ones(3)])[0].tolist() == [0, 0, 0]
