"""The example graphs, as they are and without a clock: the same from run to run, and with an end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine import Graph, Signal
from engine.library.payloads import Event, Spectrum

FOLDER = Path(__file__).parents[2] / "resources" / "graphs"
NAMES = ("hello", "heart", "machine", "break_it")

Placement = Callable[[int], str]
PLACEMENTS: dict[str, Placement] = {
    "main": lambda turn: "",
    "one thread": lambda turn: "work",
    "threads": lambda turn: f"thread{turn}",
    "one process": lambda turn: "work:",
    "processes": lambda turn: f"process{turn % 3}:",
    "mixed": lambda turn: ("", "thread", "process:", "process:thread")[turn % 4],
}


def load(name: str) -> Graph:
    return Graph.load(FOLDER / f"{name}.tide")


def without_clock(name: str, **parameters: Any) -> tuple[Graph, list[str]]:
    """An example whose source runs as fast as the graph takes it, to an end, with a collector on every output.

    Nothing goes wrong in it on purpose, and nothing is dropped.

    Args:
        name: of the example.
        **parameters: of its source.

    Returns:
        The graph, and the ids of the collectors, one an output, named `of_NODE`.
    """
    graph = load(name)
    source = next(iter(graph.nodes))
    for parameter, value in {"realtime": False, "duration_s": 30.0, **parameters}.items():
        graph.set_parameter(source, parameter, value)
    for id, spec in graph.nodes.items():
        if spec.type.startswith("engine.library.faults:"):
            graph.set_parameter(id, "after", 10**6)
    for key in list(graph.wires):
        graph.set_wire(key, overflow="block")
    collectors = []
    for id in list(graph.nodes):
        for port in graph.type_of(id).node_outputs:
            collector = graph.add("engine.library.sinks:Collector", id=f"of_{id}").id
            graph.connect(f"{id}.{port}", f"{collector}.value")
            collectors.append(collector)
    return graph, collectors


def place(graph: Graph, placement: Placement) -> None:
    for turn, id in enumerate(graph.nodes):
        graph.set_location(id, placement(turn))


def as_bytes(payload: Any) -> tuple[Any, ...]:
    """A payload in a form that is equal only when every bit is."""
    match payload:
        case Signal():
            samples = payload.samples
            return (
                samples.tobytes(),
                samples.shape,
                samples.dtype.str,
                payload.rate_hz,
                payload.channels,
                payload.start_time_ns,
            )
        case Spectrum():
            return (payload.frequencies_hz.tobytes(), payload.power.tobytes(), payload.channels, payload.start_time_ns)
        case Event():
            return (payload.time_ns, payload.channel, payload.value.hex(), payload.label)
        case float():
            return (payload.hex(),)
    raise AssertionError(f"no example emits {type(payload).__name__}")
