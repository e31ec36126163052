"""Tests of the node types: as plain objects, and once in a graph."""

from __future__ import annotations

import numpy as np
from tidewire_example.nodes import Burst, MovingAverage

from engine import Graph, Signal


def test_the_average_does_not_depend_on_how_the_signal_is_cut() -> None:
    samples = np.random.default_rng(1).standard_normal((50, 2))
    wished = [samples[max(0, end - 7) : end].mean(axis=0) for end in range(1, 51)]
    node = MovingAverage(width=7)
    node.on_start()
    chunks = [node.process(Signal(part, 100.0)).samples for part in np.split(samples, [1, 2, 13, 40])]
    np.testing.assert_allclose(np.concatenate(chunks), wished)


def test_a_graph_of_both_gives_the_share_of_pulses() -> None:
    graph = Graph()
    graph.add(Burst, id="burst", every_s=0.1, chunks=3)
    graph.add(MovingAverage, id="average", width=100)
    graph.add("engine.library.sinks:Collector", id="seen")
    graph.connect("burst.signal", "average.signal")
    graph.connect("average.averaged", "seen.value")
    with graph.start() as run:
        assert run.wait(10.0)
    last = run.result("seen")[-1]
    np.testing.assert_allclose(last.samples[:, 0], 0.01)
