"""Delivery: whatever the graph, its places, capacities and payloads, sinks get what a reference of 60 lines says."""

from __future__ import annotations

import pytest
from hypothesis import given, note

from engine import Run, RunState
from tests.properties.graphs import Step, build, graphs
from tests.properties.profiles import everyday, many, seeded
from tests.properties.reference import check_sink, streams_of

pytestmark = pytest.mark.timeout(120)
END_S = 20.0


def run_to_the_end(steps: list[Step]) -> Run:
    run = build(steps).start()
    if not run.wait(END_S):
        waiting = run.waiting_for()
        run.stop(force=True)
        raise AssertionError(f"the run does not end by itself: {waiting}\n{run.statistics()}")
    assert run.state is RunState.FINISHED, (run.state, run.failures)
    return run


def check(steps: list[Step]) -> None:
    note("\n".join(map(str, steps)))
    run = run_to_the_end(steps)
    streams = streams_of(steps)
    wires = run.statistics().wires
    for step in steps:
        if step.is_sink:
            check_sink(step, run.result(step.id), streams)
        for port, feeds in step.inputs.items():
            for feed in feeds:
                wire = wires[f"{feed.source}.y -> {step.id}.{port}"]
                assert wire.sent == wire.delivered + wire.dropped + wire.discarded, wire
                assert wire.queued == wire.lost == 0, wire
                assert wire.dropped == 0 or feed.overflow != "block", wire
                if step.kind == "Record":
                    assert wire.sent == len(streams[feed.source]), wire
                    assert wire.delivered == len(run.result(step.id)) and not wire.discarded, wire


@everyday(25)
@given(graphs())
def test_every_message_comes_once_and_in_order_whatever_the_graph(steps: list[Step]) -> None:
    check(steps)


@pytest.mark.long
@pytest.mark.timeout(300)
@seeded
@many(90)
@given(steps=graphs())
def test_every_message_comes_once_and_in_order_in_many_more_graphs(seed: int, steps: list[Step]) -> None:
    check(steps)
