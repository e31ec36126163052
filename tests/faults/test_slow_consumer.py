"""A slow consumer for a minute: its source is slowed, memory stays flat, and the rates that are shown are true."""

from __future__ import annotations

import time

import psutil
import pytest

from engine import Graph, RunState
from tests.engine.runtime.placements import until
from tests.nodes_for_tests import Arrays, CheckArrays, Slow

pytestmark = pytest.mark.timeout(150)
ENDS = {"loop": ("", ""), "thread": ("", "t"), "stream": ("p:", "q:"), "far": ("t2", "q:io")}
DELAY_S = 0.02
MINUTE_S = 60.0


@pytest.mark.long
@pytest.mark.minutes
def test_a_slow_consumer_for_a_minute_slows_its_source_and_memory_stays_flat() -> None:
    graph = Graph()
    for name, (source, sink) in ENDS.items():
        graph.add(Arrays, id=f"{name}-a", count=0, size=100_000, location=source)
        graph.add(Slow, id=f"{name}-slow", delay=DELAY_S, location=sink)
        graph.add(CheckArrays, id=f"{name}-c", location=sink)
        graph.connect(f"{name}-a.array", f"{name}-slow.x")
        graph.connect(f"{name}-slow.y", f"{name}-c.x")
    run = graph.start()

    def memory() -> int:
        pids = {computer.pid for computer in run.statistics().computers.values()}
        return sum(psutil.Process(pid).memory_info().rss for pid in pids)

    wires = {name: f"{name}-a.array -> {name}-slow.x" for name in ENDS}
    until(lambda: all(run.statistics().wires[key].delivered > 300 for key in wires.values()), timeout=40.0)
    before, began = memory(), time.monotonic()
    counts = {name: run.statistics().wires[key].delivered for name, key in wires.items()}
    peak = before
    while time.monotonic() - began < MINUTE_S:
        assert not run.wait(1.0)
        peak = max(peak, memory())
        for key in wires.values():
            wire = run.statistics().wires[key]
            assert wire.queued <= wire.capacity + 0.2 / DELAY_S, "counts of two sides are up to 0.1 s apart each"
    passed = time.monotonic() - began
    assert peak - before < 12_000_000, f"memory grew by {(peak - before) / 1e6:.1f} MB in a minute"
    for name, key in wires.items():
        wire = run.statistics().wires[key]
        rate = (wire.delivered - counts[name]) / passed
        assert 0.3 / DELAY_S < rate < 1.0 / DELAY_S, name
        assert wire.rate_hz == pytest.approx(rate, rel=0.4), name
    run.stop()
    assert (run.state, run.failures) == (RunState.STOPPED, [])
    for name in ENDS:
        assert run.result(f"{name}-c") == (run.statistics().nodes[f"{name}-a"].emitted, 0)
