"""Kinds, options, payloads, ranges, power: what plots decide without a window."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.signal import periodogram

from app.plots.autorange import SHRINK_AFTER_S, AutoRange
from app.plots.figures import round_values, short
from app.plots.kinds import NEWEST_ONLY, propose_kind, tap_policy
from app.plots.options import PlotOptions, written
from app.plots.payloads import array_of, describe, named_numbers_of, number_of, spectrum_of
from app.plots.power import fast_length, power_spectrum
from app.plots.table import value_text
from app.plots.traces import ArrayTraces, NumberTraces, SignalTraces, traces_for
from engine import Array, Signal
from engine.library.payloads import Event, Spectrum
from tests.app.plots.fakes import sine


class FineSignal(Signal):
    pass


@pytest.mark.parametrize(
    ("port_type", "kind"),
    [
        (Signal, "scope"),
        (FineSignal, "scope"),
        (Spectrum, "spectrum"),
        (int, "number"),
        (float, "number"),
        (bool, "number"),
        (int | float, "number"),
        (float | None, "number"),
        (int | str, "table"),
        (str, "table"),
        (dict, "table"),
        (Any, "table"),
        (Array(ndim=1), "scope"),
        (Array(ndim=3), "table"),
        (list[int], "table"),
        (None, "table"),
    ],
)
def test_the_kind_is_proposed_by_the_type_of_the_port(port_type: Any, kind: str) -> None:
    assert propose_kind(port_type) == kind


def test_only_a_ready_spectrum_is_taken_newest_only() -> None:
    assert tap_policy("spectrum", Spectrum) is NEWEST_ONLY
    assert tap_policy("spectrum", Signal).policy == "drop_oldest"
    assert tap_policy("scope", Signal).capacity == 256


def test_the_area_the_kinds_and_the_options_import_no_pyqtgraph() -> None:
    code = "import app.plots.area, app.plots.kinds, app.plots.options, sys; sys.exit('pyqtgraph' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_the_kinds_need_not_even_qt() -> None:
    code = "import app.plots.kinds, sys; sys.exit(any(m.startswith('PySide6') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_unusable_options_of_a_file_have_their_defaults() -> None:
    hostile = {"window_s": float("nan"), "stacked": "yes", "autoscale": 0, "hidden": "abc", "decibels": None}
    assert PlotOptions.read(hostile) == PlotOptions()
    assert PlotOptions.read({"window_s": 1e99}).window_s == 3600
    assert PlotOptions.read({"window_s": True}) == PlotOptions()
    assert PlotOptions.read({"hidden": ["a", 3], "stacked": False}) == PlotOptions(hidden=("a",), stacked=False)


def test_a_changed_option_keeps_what_this_version_does_not_know() -> None:
    assert written({"later": 1, "stacked": True}, "stacked", False) == {"later": 1, "stacked": False}
    assert written({}, "hidden", ("a",)) == {"hidden": ["a"]}


@pytest.mark.parametrize(
    ("payload", "number"),
    [(3, 3.0), (True, 1.0), (np.float32(0.5), 0.5), (Fraction(1, 4), 0.25), (np.array([[7]]), 7.0)],
)
def test_numbers_are_read(payload: Any, number: float) -> None:
    assert number_of(payload) == number


@pytest.mark.parametrize("payload", [None, "3", 1j, [1], np.zeros(3), object()])
def test_what_is_no_number_is_none(payload: Any) -> None:
    assert number_of(payload) is None


def test_an_integer_too_large_for_a_float_is_a_gap() -> None:
    assert np.isnan(number_of(10**400))


def test_arrays_and_dicts_of_numbers_are_read() -> None:
    assert array_of([1, 2.5]).tolist() == [1.0, 2.5]
    assert array_of(["a"]) is None
    assert array_of(np.zeros((2, 2, 2))) is None
    assert array_of(np.zeros(3, complex)) is None
    assert named_numbers_of({"cpu": 1, "memory": 2.0}) == {"cpu": 1.0, "memory": 2.0}
    assert named_numbers_of({"cpu": "high"}) is None
    assert named_numbers_of({}) is None


class LooksLikeSpectrum:
    frequencies_hz = np.arange(3.0)
    power = np.ones(4)


def test_a_spectrum_is_recognised_and_a_false_one_is_not() -> None:
    data = spectrum_of(Spectrum(np.arange(3.0), np.ones((3, 2)), ("x", "y")))
    assert data.power.shape == (3, 2)
    assert data.channels == ("x", "y")
    assert spectrum_of(LooksLikeSpectrum()) is None
    assert spectrum_of(sine(0, 10)) is None


def test_payloads_are_described_in_words() -> None:
    assert describe("x") == "a str"
    assert describe(3) == "an int"
    assert describe(np.zeros((2, 3, 4), np.int16)) == "an array of int16 (2 × 3 × 4)"


def test_an_axis_grows_at_once_and_shrinks_after_a_while() -> None:
    axis = AutoRange()
    low, high = axis.follow(-1.0, 1.0, 0.0)
    assert low < -1.0 < 1.0 < high
    assert axis.follow(-0.9, 0.9, 0.1) == (low, high)
    wide = axis.follow(-10.0, 10.0, 0.2)
    assert wide[0] < -10 and wide[1] > 10
    assert axis.follow(-1.0, 1.0, 1.0) == wide
    assert axis.follow(-1.0, 1.0, 1.0 + SHRINK_AFTER_S / 2) == wide
    assert axis.follow(-1.0, 1.0, 1.1 + SHRINK_AFTER_S)[1] < 2


@pytest.mark.parametrize("value", [0.0, 5.0, -1e-9, 1e300, 1e-300])
def test_an_axis_of_a_constant_has_room_around_it(value: float) -> None:
    low, high = AutoRange().follow(value, value, 0.0)
    assert low < high
    assert low <= min(value, 1e200) <= high


def test_an_axis_without_data_is_not_set() -> None:
    axis = AutoRange()
    axis.follow(float("nan"), float("nan"), 0.0)
    assert not axis.is_set


@pytest.mark.parametrize("count", [100, 101, 512, 8])
def test_power_is_that_of_scipy(count: int) -> None:
    samples = np.random.default_rng(count).standard_normal((3, count)) + 4.0
    frequencies, power = power_spectrum(samples, 250.0)
    expected_frequencies, expected = periodogram(samples, 250.0, window="hann", detrend="constant")
    assert frequencies == pytest.approx(expected_frequencies)
    assert np.allclose(power.T, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("count", "best"), [(1, 1), (8, 8), (1023, 1000), (997, 972), (65_537, 65_536)])
def test_transforms_have_quick_lengths(count: int, best: int) -> None:
    assert fast_length(count) == best


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5"),
        (-12.5, "−12.5"),
        (61.2e9, "61.2 G"),
        (3e-6, "3 µ"),
        (float("inf"), "∞"),
        (float("nan"), "–"),
        (1e-30, "1e−30"),
        (12345.6, "12346"),
    ],
)
def test_numbers_are_written_short(value: float, text: str) -> None:
    assert short(value) == text


def test_marks_of_a_scale_lie_well_inside() -> None:
    assert round_values(-2.8, 2.8) == (-2.0, 2.0)
    assert round_values(0.0, 0.0) is None


# -- traces


def test_chunks_join_without_a_seam_and_gaps_stay_gaps() -> None:
    traces = SignalTraces(sine(0, 100), window_s=2.0)
    for begin in (0, 100, 200):
        traces.add(sine(begin, 100), 0)
    traces.add(sine(400, 100), 0)
    found = traces.columns(-1.0, 0.0, 5000)
    assert np.diff(found.at) == pytest.approx(1 / 500)
    assert found.at[-1] == pytest.approx(0.0)
    assert np.isnan(found.low[0]).sum() == 100
    assert found.low[0, -100:] == pytest.approx(sine(400, 100).samples[:, 0])
    assert found.low[0, -500:-200] == pytest.approx(sine(0, 300).samples[:, 0])


def test_windows_that_overlap_are_drawn_once() -> None:
    traces = SignalTraces(sine(0, 256), window_s=10.0)
    for begin in range(0, 1024, 128):
        traces.add(sine(begin, 256), 0)
    found = traces.columns(-10.0, 0.0, 50_000)
    assert found.low[0] == pytest.approx(sine(0, 1152).samples[:, 0])


def test_a_source_that_begins_again_begins_an_empty_trace() -> None:
    traces = SignalTraces(sine(0, 100), window_s=2.0)
    for begin in (5000, 5100, 0):
        traces.add(sine(begin, 100), 0)
    assert traces.columns(-2.0, 0.0, 5000).at.size == 100


def test_stamps_that_tremble_make_no_gaps() -> None:
    traces = SignalTraces(sine(0, 25), window_s=2.0)
    random = np.random.default_rng(0)
    for begin in range(0, 500, 25):
        chunk = sine(begin, 25)
        traces.add(chunk.replace(start_time_ns=chunk.start_time_ns + int(random.uniform(-5e6, 5e6))), 0)
    found = traces.columns(-1.0, 0.0, 5000)
    assert found.at.size == 500
    assert not np.isnan(found.low).any()


def test_numbers_are_points_at_the_time_of_their_messages() -> None:
    traces = NumberTraces(("value",))
    for i in range(11):
        traces.add(float(i), i * 100_000_000)
    found = traces.columns(-1.0, 0.0, 400)
    assert found.at == pytest.approx(np.arange(-1.0, 0.05, 0.1))
    assert found.low[0].tolist() == list(range(11))


def test_many_numbers_keep_their_spikes() -> None:
    traces = NumberTraces(("value",))
    for i in range(300_000):
        traces.add(7.0 if i == 250_000 else 0.0, i * 1_000)
    found = traces.columns(-0.1, 0.0, 200)
    assert len(found.at) <= 210
    assert found.high.max() == 7.0


def test_an_array_replaces_the_one_before() -> None:
    traces = traces_for(np.zeros(1000), 5.0)
    assert isinstance(traces, ArrayTraces)
    values = np.zeros(100_000)
    values[77_777] = 3.0
    traces.add(values, 0)
    assert traces.span(5.0) == (0.0, 99_999.0)
    found = traces.columns(0, 99_999, 300)
    assert found.high.max() == 3.0
    assert abs(found.at[np.argmax(found.high[0])] - 77_777) < 400


@pytest.mark.parametrize("payload", ["text", None, np.zeros((2, 2, 2)), Signal(np.zeros((5, 0)), 1.0), object()])
def test_a_scope_has_no_traces_for_what_it_cannot_draw(payload: Any) -> None:
    assert traces_for(payload, 5.0) is None


# -- text


class Evil:
    def __repr__(self) -> str:
        raise RuntimeError("no")


def test_values_become_one_short_line_of_plain_text() -> None:
    assert value_text("<b>\n\x1b") == r"'<b>\n\x1b'"
    assert len(value_text("x" * 10_000)) <= 200
    assert "Evil" in value_text(Evil())
    assert value_text(np.arange(1e7)).startswith("float64 (10000000) [0, 1, 2,")
    assert value_text({"a": np.zeros(3)}) == "{'a': float64 (3) [0, 0, 0]}"
    assert value_text(sine(0, 10)).startswith("Signal(10 x 1 float64, 500 Hz) … ")
    assert value_text(Event(5, "ecg", 1.0 / 3, "R")) == "channel 'ecg', value 0.333333, label 'R'"
    assert len(value_text([[["deep"] * 100] * 100] * 100)) <= 200
