from __future__ import annotations

import math

import numpy as np
import pytest

from engine import Graph, NodeError, Signal
from engine.library.conversions import ToNumber, ToSignal
from engine.library.filters import LowPass
from engine.library.sinks import Collector
from engine.library.sources import Ramp
from tests.engine.library.harness import through

CHUNK = Signal(np.array([[3.0, 1.0], [4.0, -1.0]]), 100.0)


def test_numbers_become_samples_at_their_rate() -> None:
    first, second, third = through(ToSignal(rate_hz=4.0, channel="bpm"), [60, 61.5, -2])
    assert first == Signal([60.0], 4.0, ("bpm",), 0)
    assert second == Signal([61.5], 4.0, ("bpm",), 250_000_000)
    assert third.start_time_ns == 500_000_000


@pytest.mark.parametrize(
    ("take", "number"),
    [("last", 4.0), ("mean", 3.5), ("minimum", 3.0), ("maximum", 4.0), ("rms", math.sqrt(12.5))],
)
def test_a_chunk_becomes_one_number(take: str, number: float) -> None:
    (found,) = through(ToNumber(take=take), [CHUNK])
    assert type(found) is float
    assert found == pytest.approx(number)


def test_another_channel_is_taken_and_an_empty_chunk_gives_nothing() -> None:
    assert through(ToNumber(channel=2), [CHUNK, CHUNK.replace(samples=np.empty((0, 2)))]) == [-1.0]


def test_a_channel_that_is_not_there_is_refused_by_number() -> None:
    with pytest.raises(NodeError, match="channel 3 is taken, and the signal has 2"):
        through(ToNumber(channel=3), [CHUNK])


def test_they_make_wires_that_the_types_alone_refuse() -> None:
    graph = Graph()
    for kind, id in ((Ramp, "ramp"), (ToSignal, "signal"), (LowPass, "low"), (ToNumber, "number"), (Collector, "all")):
        graph.add(kind, id=id)
    for wire in (("ramp.value", "signal.number"), ("signal.signal", "low.signal"), ("low.filtered", "number.signal")):
        graph.connect(*wire)
    graph.connect("number.number", "all.value")
    assert not graph.problems()
