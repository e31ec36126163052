"""The report of a run as plain data: what `tidewire run --json` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.graph.graph import Graph
from engine.runtime.events import Failure
from engine.runtime.run import Run
from engine.runtime.states import RunState


def report(graph: Graph, run: Run, start_error: str) -> dict[str, Any]:
    """What a run that is over has done, in the order of the graph.

    Args:
        graph: what ran.
        run: its run.
        start_error: why it could not start; empty when it has started.
    """
    statistics = run.statistics()
    nodes = {}
    for id in graph.nodes:
        node = statistics.nodes[id]
        nodes[id] = {
            "type": node.type,
            "location": node.location,
            "received": node.received,
            "emitted": node.emitted,
            "errors": node.errors,
            "state": str(node.state),
        }
    wires = []
    for key, wire in graph.wires.items():
        counts = statistics.wires[key]
        wires.append(
            {
                "from": wire.output,
                "to": wire.input,
                "bridge": counts.bridge,
                "delivered": counts.delivered,
                "dropped": counts.dropped,
                "lost": counts.lost,
            }
        )
    failures = [_failure(failure) for failure in failures_of(run, start_error)]
    duration_s = round(run.elapsed_s, 6)
    return {
        "state": str(RunState.FAILED if start_error else run.state),
        "duration_s": duration_s,
        "nodes": nodes,
        "wires": wires,
        "failures": failures,
    }


def failures_of(run: Run, start_error: str) -> Sequence[Failure]:
    """What went wrong; a start that nobody's failure explains (it took too long) is a failure itself."""
    if run.failures or not start_error:
        return run.failures
    error, _, details = start_error.partition("\n")
    return [Failure("", "", error, details, 0.0)]


def _failure(failure: Failure) -> dict[str, str]:
    return {
        "node": failure.node,
        "location": failure.location,
        "error": failure.error,
        "traceback": failure.traceback,
    }
