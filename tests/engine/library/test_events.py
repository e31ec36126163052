from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, find_peaks, sosfiltfilt

from engine import Signal
from engine.library.events import HeartRate, RPeaks, Threshold
from engine.library.files import NpzReader
from engine.library.payloads import Event
from engine.library.sources import EcgGenerator
from tests.engine.library.harness import begin, cut, cuts, joined, noise, play, step, through

RECORDING = Path(__file__).parents[4] / "shared" / "data" / "ecg_mitbih208_360hz.npz"


def crossings(samples: list[float], **options: object) -> list[tuple[int, str]]:
    signal = Signal(np.array(samples, dtype=float), 1.0)
    return [(event.time_ns // 10**9, event.label) for event in through(Threshold(**options), cut(signal, [2]))]


def test_a_crossing_is_reported_at_the_first_sample_beyond_the_level() -> None:
    wave = [0, 1, 2, 1, 0, 0, 3, 0]
    assert crossings(wave, level=1.5) == [(2, "rising"), (6, "rising")]
    assert crossings(wave, level=1.5, edge="falling") == [(3, "falling"), (7, "falling")]
    assert crossings(wave, level=1.5, edge="both", label="x") == [(2, "x"), (3, "x"), (6, "x"), (7, "x")]


def test_the_first_sample_is_no_crossing() -> None:
    assert crossings([5, 6, 7], level=1.0) == []
    assert crossings([5, 0, 7], level=1.0) == [(2, "rising")]


def test_within_the_hysteresis_nothing_crosses_again() -> None:
    wave = [0, 2, 0.8, 2, 0.8, 2, 0, 2]
    assert crossings(wave, level=1.0) == [(1, "rising"), (3, "rising"), (5, "rising"), (7, "rising")]
    assert crossings(wave, level=1.0, hysteresis=0.5) == [(1, "rising"), (7, "rising")]


@given(sizes=cuts)
def test_crossings_do_not_depend_on_the_chunks(sizes: list[int]) -> None:
    whole = noise(800, 3)
    options = {"level": 0.3, "hysteresis": 0.4, "edge": "both"}
    expected = sorted(through(Threshold(**options), [whole]), key=lambda e: (e.time_ns, e.channel))
    events = through(Threshold(**options), cut(whole, sizes))
    assert sorted(events, key=lambda e: (e.time_ns, e.channel)) == expected
    assert [event.time_ns for event in events] == sorted(event.time_ns for event in events)
    assert len({event.channel for event in events}) == 3


def test_an_event_carries_the_value_of_its_channel() -> None:
    (event,) = through(Threshold(level=1.0), [Signal(np.array([[0, 0], [0, 4.5]]), 10.0, ("a", "b"), 500)])
    assert event == Event(500 + 10**8, "b", 4.5, "rising")


def ecg(**options: object) -> Signal:
    chunks = play(EcgGenerator(realtime=False, block_size=5000, **options))
    return chunks[0].replace(samples=joined(chunks))


@pytest.mark.parametrize("bpm", [45.0, 75.0, 150.0])
@pytest.mark.parametrize("rate_hz", [128.0, 360.0, 1000.0])
def test_every_beat_of_the_model_is_found_once(bpm: float, rate_hz: float) -> None:
    whole = ecg(heart_rate_bpm=bpm, duration_s=40.0, noise=0.03, rate_hz=rate_hz)
    clean = ecg(heart_rate_bpm=bpm, duration_s=40.0, noise=0.0, wander_mv=0.0, rate_hz=rate_hz)
    truth, _ = find_peaks(clean.samples[:, 0], height=0.6, distance=max(1, int(0.25 * rate_hz)))
    found = np.array([event.time_s * rate_hz for event in through(RPeaks(), [whole])])
    inner = truth[(truth > 0.3 * rate_hz) & (truth < whole.n_samples - 0.3 * rate_hz)]
    assert all(np.min(np.abs(found - beat)) <= max(3, 0.02 * rate_hz) for beat in inner)
    assert len(inner) <= len(found) <= len(truth) + 1


@settings(max_examples=25)
@given(sizes=st.lists(st.integers(0, 3000), min_size=1, max_size=6).filter(any))
def test_beats_do_not_depend_on_the_chunks(sizes: list[int]) -> None:
    expected = through(RPeaks(), [NOISY])
    assert through(RPeaks(), cut(NOISY, sizes)) == expected
    assert len(expected) > 20


NOISY = ecg(duration_s=30.0, noise=0.15, seed=3)


def test_beats_are_found_again_after_the_signal_became_small() -> None:
    whole = ecg(duration_s=80.0, heart_rate_bpm=60.0)
    scale = np.where(np.arange(whole.n_samples) < 20 * 360, 1.0, 0.05)[:, None]
    events = through(RPeaks(), cut(whole.replace(samples=whole.samples * scale), [36]))
    assert len([event for event in events if event.time_s > 50]) == pytest.approx(30, abs=2)


def test_missing_samples_do_not_end_the_search() -> None:
    samples = NOISY.samples.copy()
    samples[3000:3100] = np.nan
    found = through(RPeaks(), [NOISY.replace(samples=samples)])
    assert len(found) >= len(through(RPeaks(), [NOISY])) - 2


def test_a_flat_line_has_no_beats() -> None:
    assert through(RPeaks(), [Signal(np.zeros(5000), 250.0)]) == []
    assert through(RPeaks(), []) == []


def test_a_channel_that_is_not_there_and_a_rate_that_is_too_low_are_refused() -> None:
    for node, signal, words in (
        (RPeaks(channel=2), noise(10, 2), "channel 2 .* has 2"),
        (RPeaks(), noise(10, rate_hz=20.0), "50 Hz or more"),
    ):
        begin(node)
        with pytest.raises(ValueError, match=words):
            step(node, signal=signal)


def test_heart_rate_is_sixty_seconds_over_the_median_interval() -> None:
    times_s = [0.0, 1.0, 2.0, 2.5, 3.5]
    rates = through(HeartRate(intervals=3), [Event(int(t * 1e9)) for t in times_s])
    assert rates == [60.0, 60.0, 60.0, 60.0]
    assert through(HeartRate(intervals=1), [Event(int(t * 1e9)) for t in times_s]) == [60.0, 60.0, 120.0, 60.0]


def test_a_gap_begins_anew() -> None:
    times_s = [0.0, 1.0, 11.0, 11.5]
    assert through(HeartRate(), [Event(int(t * 1e9)) for t in times_s]) == [60.0, 120.0]


def test_events_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="came after"):
        through(HeartRate(), [Event(10**9), Event(0)])


@pytest.mark.skipif(not RECORDING.exists(), reason="the recordings are not beside this checkout")
def test_the_beats_of_a_real_recording_are_found() -> None:
    """Against peaks of the QRS energy of the whole signal, filtered without delay: an independent, offline method.

    Checked by hand against detectors of other libraries as well (record 208, premature beats, lead saturated three
    times): of Christov's 500 beats 500 are found, none more; of gqrs' 503 498; by eye the rest is artefact.
    """
    reader = NpzReader(path=str(RECORDING), rate_hz=360.0, offset=1024.0, scale=1 / 200, realtime=False, block_size=30)
    chunks = play(reader)
    whole = joined(chunks)[:, 0]
    assert (len(whole), chunks[0].rate_hz) == (108_000, 360.0)
    found = np.array([round(event.time_s * 360) for event in through(RPeaks(), chunks)])
    band = sosfiltfilt(butter(2, [5, 15], "bandpass", output="sos", fs=360), whole)
    energy = np.convolve(np.gradient(band) ** 2, np.hanning(43), mode="same")
    level = np.median(energy)
    reference, _ = find_peaks(energy, height=4 * level, distance=72, prominence=4 * level)
    near = np.array([np.min(np.abs(found - beat)) <= 54 for beat in reference])
    right = np.array([np.min(np.abs(reference - beat)) <= 54 for beat in found])
    assert 495 <= len(found) <= 505
    assert near.mean() >= 0.985, f"sensitivity {near.mean():.4f} of {len(reference)}"
    assert right.mean() >= 0.99, f"precision {right.mean():.4f} of {len(found)}"
