from __future__ import annotations

import numpy as np
import pytest

from engine import Graph, Signal
from engine.library.arithmetic import Add, Gain, Multiply, Offset, Subtract
from engine.library.filters import BandPass
from engine.library.sources import Ramp, Tone
from tests.engine.library.harness import noise, through

WHOLE = noise(20, 2)


@pytest.mark.parametrize("operand", [WHOLE, WHOLE.samples, 2.5, 3])
def test_gain_and_offset_work_on_signals_arrays_and_numbers(operand: object) -> None:
    plain = operand.samples if isinstance(operand, Signal) else operand
    for node, expected in ((Gain(factor=3.0), plain * 3.0), (Offset(offset=-1.5), plain - 1.5)):  # type: ignore[operator]
        (result,) = through(node, [operand])
        assert type(result) is (Signal if isinstance(operand, Signal) else type(expected))
        assert np.array_equal(result.samples if isinstance(result, Signal) else result, expected)


def test_gain_keeps_the_clock_and_the_precision() -> None:
    signal = Signal(np.ones((4, 2), np.float32), 100.0, ("x", "y"), 77)
    (result,) = through(Gain(factor=2.0), [signal])
    assert result == Signal(np.full((4, 2), 2, np.float32), 100.0, ("x", "y"), 77)


@pytest.mark.parametrize(("node", "expected"), [(Add(), 7.0), (Subtract(), 3.0), (Multiply(), 10.0)])
def test_two_operands_are_combined(node: Add, expected: float) -> None:
    assert node.process(a=5.0, b=2.0) == expected
    a, b = WHOLE.replace(samples=np.full((20, 2), 5.0)), WHOLE.replace(samples=np.full((20, 2), 2.0))
    assert node.process(a=a, b=b) == WHOLE.replace(samples=np.full((20, 2), expected))
    assert node.process(a=a, b=2.0) == WHOLE.replace(samples=np.full((20, 2), expected))
    assert (node.process(a=np.full(3, 5.0), b=np.full(3, 2.0)) == expected).all()


def test_one_channel_is_taken_from_each_of_several() -> None:
    one = WHOLE.replace(samples=WHOLE.samples[:, :1], channels=("reference",))
    assert Subtract().process(a=WHOLE, b=one).channels == WHOLE.channels
    assert np.array_equal(Subtract().process(a=one, b=WHOLE).samples, one.samples - WHOLE.samples)
    assert Subtract().process(a=one, b=WHOLE).channels == WHOLE.channels


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (WHOLE, WHOLE.replace(rate_hz=1.0), "500 Hz and b has 1 Hz"),
        (WHOLE, WHOLE.replace(samples=WHOLE.samples[:5]), "20 samples a chunk and b has 5"),
        (np.ones(3), np.ones(4), r"\(3,\) and b \(4,\) do not fit"),
        (noise(20, 2), noise(20, 3), "do not fit"),
        (WHOLE, np.ones((3, 20, 2)), "would become"),
    ],
)
def test_operands_that_do_not_fit_are_refused_with_the_reason(a: object, b: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Add().process(a=a, b=b)


def test_they_can_be_wired_to_signals_and_numbers() -> None:
    graph = Graph()
    graph.add(Tone, id="tone")
    graph.add(Ramp, id="ramp")
    graph.add(Gain, id="gain")
    graph.add(Gain, id="gain2")
    graph.add(BandPass, id="band")
    graph.connect("tone.signal", "gain.signal")
    graph.connect("gain.scaled", "band.signal")
    graph.connect("ramp.value", "gain2.signal")
    assert graph.problems() == []
