from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import periodogram, welch

from engine import Signal
from engine.library.payloads import Spectrum
from engine.library.spectra import PowerSpectrum, Rms, Window
from tests.engine.library.harness import begin, cut, cuts, joined, noise, step, through

WHOLE = noise(700, 2)


@given(sizes=cuts, length=st.integers(1, 200), hop=st.integers(1, 300))
def test_windows_are_the_slices_of_the_whole_signal(sizes: list[int], length: int, hop: int) -> None:
    windows = through(Window(length=length, hop=hop), cut(WHOLE, sizes))
    begins = range(0, WHOLE.n_samples - length + 1, hop)
    assert [window.start_time_ns for window in windows] == [round(b * 1e9 / 500) for b in begins]
    for window, start in zip(windows, begins, strict=True):
        assert np.array_equal(window.samples, WHOLE.samples[start : start + length])


def test_the_default_spectrum_is_the_periodogram_with_a_hann_taper() -> None:
    (spectrum,) = through(PowerSpectrum(), [WHOLE])
    frequencies, power = periodogram(WHOLE.samples, fs=500, window="hann", axis=0)
    assert np.array_equal(spectrum.frequencies_hz, frequencies)
    assert spectrum.power == pytest.approx(power)
    assert (spectrum.channels, spectrum.unit) == (WHOLE.channels, "unit²/Hz")


def test_segments_are_averaged_as_welch_does() -> None:
    (spectrum,) = through(PowerSpectrum(segment=100, taper="hamming", detrend="line"), [WHOLE])
    _, power = welch(WHOLE.samples, 500, "hamming", 100, detrend="linear", axis=0)
    assert spectrum.power == pytest.approx(power)


def test_the_integral_of_a_density_is_the_mean_square() -> None:
    (spectrum,) = through(PowerSpectrum(taper="boxcar", detrend="none"), [WHOLE])
    step_hz = spectrum.frequencies_hz[1]
    assert spectrum.power.sum(axis=0) * step_hz == pytest.approx(np.mean(WHOLE.samples**2, axis=0))


def test_power_scaling_shows_the_mean_square_of_a_sine_at_its_line() -> None:
    tone = Signal(3 * np.sin(2 * np.pi * 50 * np.arange(1000) / 500), 500.0)
    (spectrum,) = through(PowerSpectrum(scaling="power"), [tone])
    peak = int(np.argmax(spectrum.power[:, 0]))
    assert spectrum.frequencies_hz[peak] == 50.0
    assert spectrum.power[peak, 0] == pytest.approx(4.5)


def test_an_empty_window_has_no_spectrum() -> None:
    assert through(PowerSpectrum(), [WHOLE.replace(samples=WHOLE.samples[:0])]) == []


def test_a_segment_longer_than_the_window_is_the_window() -> None:
    short = noise(50)
    assert through(PowerSpectrum(segment=4096), [short]) == through(PowerSpectrum(), [short])


def test_a_spectrum_is_read_only_and_travels_unchanged() -> None:
    (spectrum,) = through(PowerSpectrum(), [WHOLE])
    with pytest.raises(ValueError, match="read-only"):
        spectrum.power[0] = 0
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(spectrum, protocol=5, buffer_callback=buffers.append)
    assert pickle.loads(data, buffers=buffers) == spectrum
    assert spectrum != through(PowerSpectrum(taper="boxcar"), [WHOLE])[0]
    assert spectrum != "text"


def test_a_spectrum_whose_parts_do_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="n_frequencies, n_channels"):
        Spectrum(np.arange(3.0), np.zeros((2, 1)), ("a",))


@settings(max_examples=30)
@given(sizes=cuts)
def test_rms_is_that_of_the_last_moments(sizes: list[int]) -> None:
    chunks = through(Rms(window_s=0.05), cut(WHOLE, sizes))
    expected = [np.sqrt(np.mean(WHOLE.samples[max(0, i - 24) : i + 1] ** 2, axis=0)) for i in range(700)]
    assert joined(chunks) == pytest.approx(np.array(expected))
    assert np.array_equal(joined(chunks), joined(through(Rms(window_s=0.05), [WHOLE])))


def test_rms_of_a_sine_is_its_amplitude_over_root_two() -> None:
    tone = Signal(2 * np.sin(2 * np.pi * 10 * np.arange(1000) / 500), 500.0)
    (chunk,) = through(Rms(window_s=0.5), [tone])
    assert chunk.samples[-1, 0] == pytest.approx(np.sqrt(2))


def test_a_live_change_of_the_window_starts_anew() -> None:
    node = Rms(window_s=1.0)
    begin(node)
    step(node, signal=WHOLE)
    node.window_s = 0.1
    assert np.array_equal(step(node, signal=WHOLE)[0].samples, through(Rms(window_s=0.1), [WHOLE])[0].samples)
