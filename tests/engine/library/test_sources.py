from __future__ import annotations

import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import find_peaks

from engine import ParameterError, Signal
from engine.library import clock
from engine.library.sources import EcgGenerator, MachineCounters, Ramp, Tone
from tests.engine.library.harness import FakeContext, joined, play


@pytest.fixture
def fake_clock(monkeypatch: pytest.MonkeyPatch) -> FakeContext:
    context = FakeContext()
    monkeypatch.setattr(clock.time, "monotonic", lambda: context.now)
    return context


@pytest.mark.parametrize("source_type", [Tone, EcgGenerator])
@given(block_size=st.integers(1, 700))
def test_a_stream_is_the_same_whatever_the_block_size(source_type: type, block_size: int) -> None:
    options = {"realtime": False, "duration_s": 2.0, "noise": 0.3, "seed": 7}
    expected = joined(play(source_type(block_size=64, **options)))
    chunks = play(source_type(block_size=block_size, **options))
    assert np.array_equal(joined(chunks), expected)
    ends = np.cumsum([0] + [chunk.n_samples for chunk in chunks])
    assert [chunk.start_time_ns for chunk in chunks] == [
        round(int(begin) * 1e9 / chunks[0].rate_hz) for begin in ends[:-1]
    ]


def test_a_tone_is_a_sine_of_its_frequency_and_amplitude() -> None:
    chunks = play(Tone(frequency_hz=12.5, amplitude=3.0, rate_hz=1000.0, duration_s=2.0, realtime=False))
    times = np.arange(2000) / 1000.0
    assert joined(chunks)[:, 0] == pytest.approx(3 * np.sin(2 * np.pi * 12.5 * times), abs=1e-9)


def test_channels_are_spread_over_one_turn() -> None:
    chunks = play(Tone(frequency_hz=10.0, channels=4, duration_s=1.0, realtime=False))
    samples = joined(chunks)
    assert samples[:, 2] == pytest.approx(-samples[:, 0], abs=1e-12)


def test_a_change_of_frequency_keeps_the_phase() -> None:
    tone = Tone(frequency_hz=5.0, rate_hz=1000.0, block_size=37, realtime=False)
    chunks: list[Signal] = []

    class Changing(FakeContext):
        @property
        def stopping(self) -> bool:  # asked before each block
            if len(self.lines) == 20:
                tone.frequency_hz = 11.0
            self.lines.append("")
            return False

        @stopping.setter
        def stopping(self, value: bool) -> None:
            pass

    chunks = play(tone, 60, Changing())
    samples = joined(chunks)[:, 0]
    assert np.max(np.abs(np.diff(samples))) <= 2 * np.pi * 11.0 / 1000.0  # no step steeper than the faster wave
    crossings = np.count_nonzero((samples[900:-1] < 0) & (samples[901:] >= 0))
    assert crossings == pytest.approx(11.0 * (len(samples) - 900) / 1000, abs=1)


def test_noise_has_the_deviation_asked_for_and_follows_the_seed() -> None:
    def noise(seed: int) -> np.ndarray:
        return joined(play(Tone(amplitude=0.0, noise=2.0, duration_s=40.0, realtime=False, seed=seed)))

    assert np.std(noise(1)) == pytest.approx(2.0, rel=0.03)
    assert np.array_equal(noise(1), noise(1))
    assert not np.array_equal(noise(1), noise(2))


def test_duration_is_exact_and_zero_is_for_ever() -> None:
    assert sum(c.n_samples for c in play(Tone(duration_s=1.25, block_size=64, realtime=False))) == 625
    assert len(play(Tone(realtime=False), 1000)) == 1000


def test_realtime_keeps_to_an_absolute_schedule(fake_clock: FakeContext) -> None:
    begun = fake_clock.now
    play(Tone(rate_hz=1000.0, block_size=10), 1000, fake_clock)
    assert fake_clock.now - begun == pytest.approx(10.0)


def test_lateness_is_caught_up_and_never_added(fake_clock: FakeContext) -> None:
    begun = fake_clock.now

    class Late(FakeContext):
        async def sleep(self, seconds: float) -> None:
            fake_clock.now += seconds + 0.003  # every sleep takes too long

    play(Tone(rate_hz=1000.0, block_size=10), 1000, Late())
    assert fake_clock.now - begun == pytest.approx(10.0, abs=0.01)


def test_a_source_ends_when_it_is_asked_to_stop_while_it_waits(fake_clock: FakeContext) -> None:
    class Stopping(FakeContext):
        async def sleep(self, seconds: float) -> None:
            self.stopping = True

    assert play(Tone(), context=Stopping()) == []


def test_turning_realtime_on_later_does_not_wait_for_what_ran_ahead(fake_clock: FakeContext) -> None:
    tone = Tone(rate_hz=1000.0, block_size=100, realtime=False)

    class Switching(FakeContext):
        @property
        def stopping(self) -> bool:
            self.lines.append("")
            tone.realtime = len(self.lines) > 500
            return False

        @stopping.setter
        def stopping(self, value: bool) -> None:
            pass

        async def sleep(self, seconds: float) -> None:
            self.sleeps.append(seconds)
            fake_clock.now += seconds

    context = Switching()
    play(tone, 520, context)
    assert context.sleeps and max(context.sleeps) <= 0.1 + 1e-9


def test_limits_are_kept() -> None:
    for wrong in ({"rate_hz": 0.0}, {"block_size": 0}, {"noise": -1.0}, {"channels": 0}, {"seed": -1}):
        with pytest.raises(ParameterError):
            Tone(**wrong)


def test_the_ecg_has_the_heart_rate_and_shape_of_the_model() -> None:
    chunks = play(
        EcgGenerator(heart_rate_bpm=75.0, noise=0.0, wander_mv=0.0, duration_s=120.0, realtime=False, block_size=999)
    )
    ecg = joined(chunks)[:, 0]
    peaks, _ = find_peaks(ecg, height=0.6, distance=100)
    assert len(peaks) == pytest.approx(150, abs=6)
    assert np.median(ecg[peaks]) == pytest.approx(1.1, abs=0.25)  # millivolts
    assert 0.005 < np.std(np.diff(peaks)) / np.mean(np.diff(peaks)) < 0.08
    assert chunks[0].channels == ("ECG",)


def test_a_new_heart_rate_takes_effect_with_the_next_beat() -> None:
    model = EcgGenerator(noise=0.0, wander_mv=0.0, variability=0.0, realtime=False, block_size=360)
    fast: list[Signal] = []
    context = FakeContext()
    model.heart_rate_bpm = 60.0
    chunks = play(model, 10, context)
    model.heart_rate_bpm = 120.0
    fast = play(model, 10, context)
    count = [len(find_peaks(joined(part)[:, 0], height=0.6, distance=60)[0]) for part in (chunks, fast)]
    assert count == [10, 20]


def test_a_ramp_counts() -> None:
    assert play(Ramp(count=5)) == [0, 1, 2, 3, 4]
    assert play(Ramp(count=0)) == []


def test_a_ramp_keeps_its_interval(fake_clock: FakeContext) -> None:
    begun = fake_clock.now
    assert play(Ramp(count=11, interval=0.25), context=fake_clock) == list(range(11))
    assert fake_clock.now - begun == pytest.approx(2.5)


def test_counters_measure_load_and_traffic(monkeypatch: pytest.MonkeyPatch, fake_clock: FakeContext) -> None:
    received = iter(range(0, 100_000_000, 1_000_000))
    monkeypatch.setattr(psutil, "net_io_counters", lambda: psutil._ntuples.snetio(0, next(received), *[0] * 6))
    samples = play(MachineCounters(interval=0.5, count=4), context=fake_clock)
    loads = joined([sample["load"] for sample in samples])
    traffic = joined([sample["traffic"] for sample in samples])
    assert loads.shape == (4, 2) and (loads >= 0).all() and (loads <= 100).all()
    assert traffic[:, 0] == pytest.approx(2.0)  # a megabyte each half second
    assert samples[0]["load"].rate_hz == 2.0
    assert samples[3]["load"].start_time_ns == 1_500_000_000


def test_counters_work_where_the_system_keeps_no_disk_statistics(
    monkeypatch: pytest.MonkeyPatch, fake_clock: FakeContext
) -> None:
    monkeypatch.setattr(psutil, "disk_io_counters", lambda: None)
    monkeypatch.setattr(psutil, "net_io_counters", lambda: None)
    (sample,) = play(MachineCounters(count=1), context=fake_clock)
    assert (sample["traffic"].samples == 0).all()
