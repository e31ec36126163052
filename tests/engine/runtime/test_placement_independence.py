"""The result of a deterministic graph does not depend on where its nodes run: not in one bit."""

from __future__ import annotations

import random

import numpy as np
import pytest

from engine import Graph, Signal
from tests.engine.runtime.placements import PLACEMENTS, finished, place
from tests.nodes_for_tests import Add, Collect, EveryThird, Mix, Noise, Numbers, Pair, Smooth, Square, Sum

pytestmark = pytest.mark.timeout(60)


def _graph() -> Graph:
    graph = Graph()
    graph.add(Noise, id="left", count=40)
    graph.add(Noise, id="right", count=40, seed=2)
    graph.add(Smooth, id="smooth")
    graph.add(Smooth, id="smoother", weight=0.05)
    graph.add(Mix, id="mix")
    graph.add(Mix, id="mix2")
    graph.add(Collect, id="signals")
    for output, input in (
        ("left.signal", "smooth.signal"),
        ("right.signal", "smoother.signal"),
        ("smooth.smoothed", "mix.a"),
        ("smoother.smoothed", "mix.b"),
        ("mix.difference", "mix2.a"),
        ("left.signal", "mix2.b"),
        ("mix2.difference", "signals.x"),
    ):
        graph.connect(output, input)
    graph.add(Numbers, id="n", count=300)
    graph.add(Square, id="square")
    graph.add(EveryThird, id="third")
    graph.add(Sum, id="sum")
    graph.add(Add, id="loop")
    graph.add(Pair, id="pair")
    graph.add(Collect, id="numbers")
    graph.add(Collect, id="sums")
    for output, input in (
        ("n.value", "square.x"),
        ("n.value", "third.x"),
        ("square.y", "sum.values"),
        ("third.y", "sum.values"),
        ("square.y", "loop.a"),
        ("loop.total", "pair.a"),
        ("sum.total", "sums.x"),
        ("third.y", "pair.b"),
        ("pair.both", "numbers.x"),
    ):
        graph.connect(output, input)
    graph.connect("loop.total", "loop.b", feedback=True, initial=0)
    return graph


def _bits(signals: list[Signal]) -> list[tuple[bytes, float, tuple[str, ...], int]]:
    return [(s.samples.tobytes(), s.rate_hz, s.channels, s.start_time_ns) for s in signals]


@pytest.fixture(scope="module")
def expected() -> tuple[object, object]:
    run = finished(_graph())
    numbers = (run.result("numbers"), run.result("sums"))
    assert [len(found) for found in numbers] == [100, 100]
    assert np.isfinite([s.samples.sum() for s in run.result("signals")]).all()
    return _bits(run.result("signals")), numbers


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_graph_gives_the_same_bits_wherever_it_runs(placement: str, expected: tuple[object, object]) -> None:
    run = finished(place(_graph(), placement))
    assert (_bits(run.result("signals")), (run.result("numbers"), run.result("sums"))) == expected


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 12))])
def test_a_graph_gives_the_same_bits_at_random_places_with_random_capacities(
    seed: int, expected: tuple[object, object]
) -> None:
    choose = random.Random(seed)
    graph = _graph()
    for id in graph.nodes:
        graph.set_location(id, choose.choice(["", "t", "p:", "p:io", "q:"]))
    for key in graph.wires:
        graph.set_wire(key, capacity=choose.choice([1, 2, 3, 16, 500]))
    run = finished(graph)
    assert (_bits(run.result("signals")), (run.result("numbers"), run.result("sums"))) == expected
