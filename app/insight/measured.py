"""`Measured`: a graph and the figures of its run, asked together; for diagnosis and for suggestions. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from app.canvas.figures import milliseconds_text
from engine import Location

if TYPE_CHECKING:
    from app.insight.costs import BridgeCosts
    from engine import Graph, RunStatistics, Wire

BUSY = 0.75  # a node that works this share of its loop's time has hardly any left
FULL_LOOP = 0.85  # nodes of one loop together
FULL = 0.8  # a queue
_NAMED = 3


class Measured:
    """Looks things up; of nodes that the graph has no more nothing is said."""

    def __init__(self, graph: Graph, statistics: RunStatistics, costs: BridgeCosts, cores: int) -> None:
        self.graph = graph
        self.statistics = statistics
        self.costs = costs
        self.cores = cores

    @cached_property
    def loads(self) -> dict[str, float]:
        """The share of its loop that each node works."""
        return {id: each.load for id, each in self.statistics.nodes.items() if id in self.graph.nodes}

    def name(self, id: str) -> str:
        """What people call a node."""
        return self.graph.nodes[id].label

    def names(self, ids: Sequence[str]) -> str:
        """Several of them: `a`, `a and b`, `a, b, c and 4 more`."""
        shown = [self.name(id) for id in ids[:_NAMED]]
        if len(ids) > _NAMED:
            return f"{', '.join(shown)} and {len(ids) - _NAMED} more"
        return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1]))) if shown else ""

    def location(self, id: str) -> Location:
        """Where a node ran when it was measured, else where it is to run."""
        figures = self.statistics.nodes.get(id)
        return Location.parse(figures.location) if figures is not None else self.graph.nodes[id].location

    def places(self) -> Iterator[tuple[Location, list[str]]]:
        """Each location and the nodes that ran there."""
        yield from self._by_place.items()

    def processes(self) -> Iterator[tuple[Location, list[Location]]]:
        """Each process, the app's own as main, and its loops."""
        found: dict[Location, list[Location]] = {}
        for computer in self.statistics.computers.values():
            place = Location.parse(computer.location)
            found.setdefault(place.process_location, []).append(place)
        yield from found.items()

    @cached_property
    def _by_place(self) -> dict[Location, list[str]]:
        found: dict[Location, list[str]] = {}
        for id in self.loads:
            found.setdefault(self.location(id), []).append(id)
        return found

    @cached_property
    def _wires_of(self) -> tuple[dict[str, list[Wire]], dict[str, list[Wire]]]:
        """Those that end at each node, and those that begin there."""
        incoming: dict[str, list[Wire]] = {}
        outgoing: dict[str, list[Wire]] = {}
        for wire in self.graph.wires.values():
            if not wire.feedback:
                incoming.setdefault(wire.to_node, []).append(wire)
                outgoing.setdefault(wire.from_node, []).append(wire)
        return incoming, outgoing

    @cached_property
    def _total_loads(self) -> dict[Location, float]:
        return {place: sum(self.loads[id] for id in ids) for place, ids in self._by_place.items()}

    def on(self, place: Location) -> list[str]:
        """The nodes that ran at a location."""
        return self._by_place.get(place, [])

    def on_label(self, label: str) -> list[str]:
        """The nodes that ran on a computer."""
        return [id for place, ids in self._by_place.items() if place.label == label for id in ids]

    def total_load(self, place: Location) -> float:
        """The share of a loop that its nodes need between them."""
        return self._total_loads.get(place, 0.0)

    def cpu(self, place: Location) -> float:
        """The share of a core that a loop has."""
        computer = self.statistics.computers.get(place.label)
        return computer.cpu if computer is not None else 0.0

    def has_company(self, place: Location) -> bool:
        """Are there other loops in its process? There are always the window's in the app's own."""
        if place.process_location.is_main:
            return True
        return any(process == place.process_location and len(loops) > 1 for process, loops in self.processes())

    @cached_property
    def busy_processes(self) -> int:
        """How many processes have much to do."""
        return sum(sum(self.cpu(place) for place in places) >= BUSY for _, places in self.processes())

    def is_busy(self, id: str) -> bool:
        """Has this node hardly any time left?"""
        return self.loads.get(id, 0.0) >= BUSY

    def is_crowded(self, id: str) -> bool:
        """Is it on a loop whose nodes need all of it?"""
        return id in self.loads and self.total_load(self.location(id)) >= FULL_LOOP

    def is_full(self, key: str) -> bool:
        """Does this wire hold its sender up?"""
        figures = self.statistics.wires.get(key)
        return figures is not None and figures.capacity > 1 and filled(figures) >= FULL * figures.capacity

    def queue(self, key: str) -> str:
        """How full a wire is: `15 of 16`."""
        figures = self.statistics.wires[key]
        return f"{filled(figures):.0f} of {figures.capacity}"

    def incoming(self, id: str) -> list[Wire]:
        """The wires to a node, feedback left out."""
        return self._wires_of[0].get(id, [])

    def outgoing(self, id: str) -> list[Wire]:
        """The wires from a node, feedback left out."""
        return self._wires_of[1].get(id, [])

    def ms_each(self, id: str) -> float:
        """Time in `process` for each message, milliseconds; 0 before the first."""
        return ms_each(self.statistics.nodes.get(id))

    @cached_property
    def unused_process(self) -> str:
        """The location of a process in which nothing runs."""
        taken = {str(spec.location.process_location) for spec in self.graph.nodes.values()}
        return next(text for number in itertools.count(1) if (text := f"process{number}:") not in taken)


def worst_of(latest: Sequence[RunStatistics]) -> RunStatistics:
    """The newest of some statistics with the fullest queues and the latest loops of all of them.

    Queues are counted ten times a second: one that is full most of the time may just have been emptied.
    """
    newest = latest[-1]
    wires = {
        key: replace(figures, queued=max(each.wires[key].queued for each in latest if key in each.wires))
        for key, figures in newest.wires.items()
    }
    computers = {
        label: replace(computer, lag_ms=max(each.computers[label].lag_ms for each in latest if label in each.computers))
        for label, computer in newest.computers.items()
    }
    return replace(newest, wires=wires, computers=computers)


def filled(figures: Any) -> float:
    """How many messages a wire holds, by its statistics.

    As many as were counted, or as must be there for one to take so long at that rate (Little's law): what is counted is
    a moment's, and the messages that are just being handed over are in none of its ends.
    """
    return float(min(figures.capacity, max(figures.queued, figures.rate_hz * figures.latency_ms / 1e3)))


def ms_each(figures: object) -> float:
    """Time in `process` for each message of a node's statistics: now while it works, else since it began."""
    load, rate = getattr(figures, "load", 0.0), getattr(figures, "rate_hz", 0.0)
    if load > 0 and rate > 0:
        return float(load / rate * 1e3)
    count = max(getattr(figures, "received", 0), getattr(figures, "emitted", 0))
    return float(getattr(figures, "busy_s", 0.0) / count * 1e3) if count else 0.0


def ms_each_text(figures: object) -> str:
    """The same as text; empty before the first message."""
    each = ms_each(figures)
    if not each:
        return ""
    return milliseconds_text(each) if each >= 0.0995 else f"{each * 1e3:.0f} µs"


def percent(share: float) -> str:
    """A share: `97 %`, `0.4 %`."""
    return f"{share * 100:.0f} %" if share >= 0.0095 else f"{share * 100:.1f} %"
