"""`Signal`: its shapes, that it does not change, and that it travels."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from engine import Signal


class Tagged(Signal):
    """A signal of a user's own kind."""

    __slots__ = ()


def test_one_dimension_is_one_channel() -> None:
    signal = Signal([1.0, 2.0, 3.0], 100)
    assert signal.samples.shape == (3, 1) and signal.channels == ("ch1",)
    assert (signal.n_samples, signal.n_channels, signal.duration_s, signal.rate_hz) == (3, 1, 0.03, 100.0)
    assert type(signal.rate_hz) is float and signal.start_time_ns == 0


def test_samples_are_taken_without_a_copy_where_they_are_floating() -> None:
    samples = np.zeros((4, 2), "f4")
    signal = Signal(samples, 50, ("a", "b"), 7)
    assert signal.samples is samples and signal.channels == ("a", "b") and signal.start_time_ns == 7


@pytest.mark.parametrize("dtype", ["i1", "u2", "i8", "?"])
def test_whole_numbers_become_float64(dtype: str) -> None:
    assert Signal(np.ones((2, 2), dtype), 1).samples.dtype == np.float64


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4", "g"])
def test_floating_numbers_stay_what_they_are(dtype: str) -> None:
    assert Signal(np.ones((2, 2), dtype), 1).samples.dtype == np.dtype(dtype)


def test_times_follow_from_start_and_rate() -> None:
    signal = Signal(np.zeros(4), 2, start_time_ns=1_000_000_000)
    assert signal.times_s.tolist() == [1.0, 1.5, 2.0, 2.5]


def test_a_chunk_may_be_empty() -> None:
    assert Signal(np.zeros((0, 3)), 10).duration_s == 0.0
    assert Signal(np.zeros((5, 0)), 10).channels == ()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((np.zeros((2, 2, 2)), 1), "3-dimensional"),
        ((np.float64(3), 1), "0-dimensional"),
        ((np.zeros(3, complex), 1), "complex128"),
        ((["a", "b"], 1), "floating point"),
        ((np.array([object()]), 1), "object"),
        ((np.zeros(3), 0), "positive"),
        ((np.zeros(3), -5), "positive"),
        ((np.zeros(3), math.nan), "nan"),
        ((np.zeros(3), math.inf), "inf"),
        ((np.zeros((3, 2)), 1, ("a",)), "1 channel names for 2"),
        ((np.zeros(3), 1, ()), "0 channel names for 1"),
    ],
)
def test_parts_that_do_not_fit_are_refused(arguments: tuple[Any, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Signal(*arguments)


def test_a_signal_cannot_be_changed() -> None:
    signal = Signal(np.zeros(3), 1)
    for name in ("samples", "rate_hz", "channels", "start_time_ns", "new"):
        with pytest.raises(AttributeError, match="cannot be changed"):
            setattr(signal, name, 5)
    with pytest.raises(AttributeError):
        del signal.samples
    with pytest.raises(TypeError, match="unhashable"):
        hash(signal)


def test_replace_makes_a_new_one() -> None:
    signal = Signal(np.zeros((3, 2)), 10, ("a", "b"), 5)
    louder = signal.replace(samples=signal.samples + 1)
    assert louder.samples.tolist() == [[1, 1]] * 3 and signal.samples.tolist() == [[0, 0]] * 3
    assert (louder.rate_hz, louder.channels, louder.start_time_ns) == (10.0, ("a", "b"), 5)
    assert signal.replace() == signal and signal.replace(start_time_ns=6) != signal


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"sample": 1}, TypeError, "no sample; it has samples, rate_hz, channels, start_time_ns"),
        ({"samples": np.zeros((3, 1))}, ValueError, "2 channel names for 1"),
        ({"rate_hz": 0}, ValueError, "positive"),
        ({"channels": ("x",)}, ValueError, "1 channel names"),
    ],
)
def test_replace_refuses_what_does_not_fit(changes: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        Signal(np.zeros((3, 2)), 10).replace(**changes)


_samples = npst.arrays(
    st.sampled_from([np.float32, np.float64]), npst.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=4)
)


@given(_samples, st.floats(1e-3, 1e6), st.integers(0, 2**62))
def test_a_signal_that_travels_arrives_equal(samples: Any, rate_hz: float, start_time_ns: int) -> None:
    for kind in (Signal, Tagged):
        signal = kind(samples, rate_hz, None, start_time_ns)
        for arrived in (pickle.loads(pickle.dumps(signal, 5)), copy.copy(signal), copy.deepcopy(signal)):
            assert type(arrived) is kind and arrived == signal
            assert arrived.samples.dtype == samples.dtype and arrived.samples.shape == samples.shape
        assert type(signal.replace(start_time_ns=1)) is kind


def test_signals_are_equal_when_all_their_parts_are() -> None:
    one = Signal(np.array([1.0, math.nan]), 10, ("a",), 3)
    assert one == Signal(np.array([1.0, math.nan]), 10, ("a",), 3)
    assert one != Signal(np.array([1.0, math.nan], "f4"), 10, ("a",), 3)
    assert (
        one != one.replace(rate_hz=11) and one != one.replace(channels=("b",)) and one != one.replace(start_time_ns=4)
    )
    assert one != "a signal" and (one == 5) is False


def test_it_says_what_it_is() -> None:
    assert repr(Signal(np.zeros((250, 8), "f4"), 500)) == "Signal(250 x 8 float32, 500 Hz)"
