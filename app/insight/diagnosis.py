"""`diagnose`: why a run is slow, out of its figures: what holds it up, in plain sentences, and what helps. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.canvas.figures import milliseconds_text, rate_text
from app.insight.costs import BridgeCosts
from app.insight.measured import BUSY, FULL_LOOP, Measured, percent
from app.insight.remedy import Remedy
from engine import Overflow

if TYPE_CHECKING:
    from engine import Graph, RunStatistics, Wire

LATE_MS = 50.0  # a loop that is so late is felt: a frame of the window is 16 ms
BRIDGE_SHARE = 0.15  # of a core, for carrying messages of one wire
GIL_FULL = 0.85
DROPPED_SHARE = 0.001
_MACHINE_FULL = 0.9
_ROOM = 0.7  # of a loop: two nodes that need no more between them can share it
_MORE = 4  # times the capacity


@dataclass(frozen=True)
class Finding:
    """One thing that makes the run slow, or loses messages.

    Attributes:
        title: what it is, in a few words.
        text: what was measured, in sentences.
        nodes: what to select for it.
        remedies: what would help, the best first.
        weight: how much it matters, from 0 to 2; the bottleneck has most.
    """

    title: str
    text: str
    nodes: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    weight: float = field(default=0.0, compare=False)


def diagnose(
    graph: Graph, statistics: RunStatistics, costs: BridgeCosts | None = None, cores: int | None = None
) -> list[Finding]:
    """Everything that makes a run slow, the worst first; empty when nothing does.

    Args:
        graph: what runs.
        statistics: what was measured.
        costs: of bridges; None leaves out what depends on them.
        cores: of this machine, when it is not the one this runs on.
    """
    measured = Measured(graph, statistics, costs or BridgeCosts(), cores or os.cpu_count() or 1)
    findings = [
        *_busy_nodes(measured),
        *_full_loops(measured),
        *_waiting_receivers(measured),
        *_shared_interpreters(measured),
        *_late_loops(measured),
        *_dropping_wires(measured),
        *_dear_bridges(measured),
        *_full_machine(measured),
    ]
    return sorted(findings, key=lambda finding: -finding.weight)


def all_clear(graph: Graph, statistics: RunStatistics) -> str:
    """What is to be said when nothing is slow: with the figures that show it."""
    measured = Measured(graph, statistics, BridgeCosts(), 1)
    if not measured.loads:
        return "Nothing is slow: no node has worked yet."
    id, load = max(measured.loads.items(), key=lambda entry: entry[1])
    lag = max((computer.lag_ms for computer in statistics.computers.values()), default=0.0)
    return (
        f"Nothing is slow. The busiest node, {measured.name(id)}, works {percent(load)} of the time of its loop; "
        f"no wire is full, and no loop is later than {milliseconds_text(max(1.0, lag))}."
    )


# -- what it can be


def _busy_nodes(measured: Measured) -> Iterator[Finding]:
    n_busy = sum(load >= BUSY for load in measured.loads.values())
    for id, load in measured.loads.items():
        if load < BUSY:
            continue
        name, place = measured.name(id), measured.location(id)
        is_source = not measured.incoming(id)
        held = [wire for wire in measured.incoming(id) if measured.is_full(wire.key)]
        if is_source and n_busy == 1:
            text = f"{name} makes as many messages as it can: it works {percent(load)} of the time of its loop"
        else:
            text = f"{name} works {percent(load)} of the time of its loop ({place.label})"
        text += f", {_each(measured, id)}."
        for wire in held[:3]:
            text += (
                f" The wire to it from {measured.name(wire.from_node)} is full ({measured.queue(wire.key)}): "
                f"{measured.name(wire.from_node)} waits for it."
            )
        others = [other for other in measured.on(place) if other != id]
        if place.is_main:
            text += " On main it also holds up this window."
        remedies: list[Remedy] = []
        if others or place.is_main or (place.thread and measured.has_company(place)):
            remedies.append(_own_process(measured, [id]))
            if others:
                text += f" It shares the loop with {measured.names(others)}."
        else:
            text += " It has its process to itself: only less work a message helps, or fewer messages."
        remedies += _keep_latest(measured, id, held)
        if measured.cores <= measured.busy_processes:
            text += f" This machine has {measured.cores} cores, and as many processes are busy."
        weight = 1.0 + load + 0.1 * len(held) - (0.3 if is_source and not others else 0.0)
        yield Finding(f"{name} is the bottleneck" if held else f"{name} is busy", text, (id,), tuple(remedies), weight)


def _full_loops(measured: Measured) -> Iterator[Finding]:
    for place, ids in measured.places():
        loads = {id: measured.loads.get(id, 0.0) for id in ids}
        total = sum(loads.values())
        if total < FULL_LOOP or any(load >= BUSY for load in loads.values()):
            continue
        heaviest = sorted(loads, key=lambda id: -loads[id])
        parts = ", ".join(f"{measured.name(id)} {percent(loads[id])}" for id in heaviest[:4])
        text = f"The nodes on {place.label} need {percent(total)} of its loop between them: {parts}."
        moved: list[str] = []
        while total > _ROOM and len(moved) < len(heaviest) - 1:
            total -= loads[heaviest[len(moved)]]
            moved.append(heaviest[len(moved)])
        remedy = _own_process(measured, moved)
        yield Finding(f"The loop of {place.label} is full", text, tuple(heaviest), (remedy,), 0.9 + sum(loads.values()))


def _waiting_receivers(measured: Measured) -> Iterator[Finding]:
    """Full wires to nodes that are not busy and do not wait for others further down."""
    for key, wire in measured.graph.wires.items():
        if not measured.is_full(key) or measured.is_busy(wire.to_node) or measured.is_crowded(wire.to_node):
            continue
        if any(measured.is_full(after.key) for after in measured.outgoing(wire.to_node)):
            continue
        sender, receiver = measured.name(wire.from_node), measured.name(wire.to_node)
        load = measured.loads.get(wire.to_node, 0.0)
        text = (
            f"The wire from {sender} is full ({measured.queue(key)}), though {receiver} works only "
            f"{percent(load)} of the time: it waits for something else, such as another input, a file or a device."
        )
        remedies = (*_keep_latest(measured, wire.to_node, [wire]), _more_room(measured, key))
        yield Finding(f"{receiver} holds {sender} up", text, (wire.to_node,), remedies, 0.95)


def _shared_interpreters(measured: Measured) -> Iterator[Finding]:
    for process, places in measured.processes():
        loops = {place: measured.cpu(place) for place in places if measured.cpu(place) >= 0.05}
        total = sum(loops.values())
        threads = [place for place in loops if place.thread]
        if len(loops) < 2 or total < GIL_FULL or not threads:
            continue
        busiest = max(threads, key=lambda place: loops[place])
        parts = ", ".join(f"{place.label} {percent(cpu)}" for place, cpu in sorted(loops.items(), key=lambda e: -e[1]))
        where = "the app's process, with this window" if process.is_main else f"process {process.label}"
        text = (
            f"The loops in {where} share one Python interpreter and its lock (the GIL): {parts}. Together they have "
            f"{percent(total)} of one core, and cannot have more."
        )
        ids = measured.on(busiest)
        yield Finding("Threads share the GIL", text, tuple(ids), (_own_process(measured, ids),), 0.8 + total / 2)


def _late_loops(measured: Measured) -> Iterator[Finding]:
    for label, computer in measured.statistics.computers.items():
        if computer.lag_ms < LATE_MS:
            continue
        ids = [id for id in measured.on_label(label) if measured.ms_each(id)]
        if any(measured.is_busy(id) for id in ids) or not ids:
            continue
        slowest = max(ids, key=measured.ms_each)
        text = (
            f"The loop of {label} is {milliseconds_text(computer.lag_ms)} late. Of its nodes {measured.name(slowest)} "
            f"holds it longest at a time: {_each(measured, slowest)}."
        )
        others = [id for id in ids if id != slowest]
        remedies = (_own_process(measured, [slowest]),) if others or label == "main" else ()
        yield Finding(f"{label} is late", text, (slowest,), remedies, 0.7 + min(0.5, computer.lag_ms / 1000))


def _dropping_wires(measured: Measured) -> Iterator[Finding]:
    for key, wire in measured.graph.wires.items():
        figures = measured.statistics.wires.get(key)
        if figures is None or wire.overflow is Overflow.LATEST or not figures.dropped:
            continue
        share = figures.dropped / max(1, figures.sent)
        if share < DROPPED_SHARE:
            continue
        sender, receiver = measured.name(wire.from_node), measured.name(wire.to_node)
        text = (
            f"The wire from {sender} to {receiver} has dropped {figures.dropped:,} of {figures.sent:,} messages "
            f"({percent(share)}): {receiver} does not keep up, and the wire is set to {_policy(wire.overflow)}."
        )
        wait = Remedy(
            f"Let {sender} wait instead",
            "Nothing is dropped any more; what feeds this wire becomes as slow as its receiver.",
            wires={key: {"overflow": Overflow.BLOCK.value}},
        )
        title = f"Messages to {receiver} are dropped"
        yield Finding(title, text, (wire.to_node,), (_more_room(measured, key), wait), 0.6 + min(0.3, share))


def _dear_bridges(measured: Measured) -> Iterator[Finding]:
    for key, wire in measured.graph.wires.items():
        figures = measured.statistics.wires.get(key)
        if figures is None or figures.bridge == "loop":
            continue
        cost_us = measured.costs.cost_us(figures.bridge, figures.bytes_each or 64)
        share = figures.rate_hz * (cost_us or 0.0) / 1e6
        if cost_us is None or share < BRIDGE_SHARE:
            continue
        sender, receiver = measured.name(wire.from_node), measured.name(wire.to_node)
        text = (
            f"{rate_text(figures.rate_hz)} cross from {sender} to {receiver}, at about {cost_us:.0f} µs each: "
            f"{percent(share)} of a core goes into carrying them."
        )
        together = measured.loads.get(wire.to_node, 0.0) + measured.total_load(measured.location(wire.from_node))
        remedies: tuple[Remedy, ...] = ()
        place = measured.location(wire.from_node)
        if together <= _ROOM and not place.is_main:
            moves = {wire.to_node: str(place)}
            remedies = (Remedy(f"Run {receiver} where {sender} runs", "Messages are then passed by reference.", moves),)
        else:
            text += " Larger messages, fewer of them, cost less."
        title = f"Carrying messages to {receiver} is dear"
        yield Finding(title, text, (wire.from_node, wire.to_node), remedies, 0.5 + min(0.5, share))


def _full_machine(measured: Measured) -> Iterator[Finding]:
    used = sum(computer.cpu for computer in measured.statistics.computers.values())
    if used >= _MACHINE_FULL * measured.cores:
        text = (
            f"The graph uses {used:.1f} of the {measured.cores} cores of this machine: moving nodes gains nothing now."
        )
        yield Finding("The machine is full", text, weight=0.4)


# -- words and remedies


def _each(measured: Measured, id: str) -> str:
    figures = measured.statistics.nodes[id]
    each = measured.ms_each(id)
    return f"{milliseconds_text(each)} a message at {rate_text(figures.rate_hz)}" if each else "without a message yet"


def _policy(overflow: Overflow) -> str:
    return {Overflow.DROP_OLDEST: "drop the oldest", Overflow.DROP_NEWEST: "drop the newest"}.get(overflow, overflow)


def _own_process(measured: Measured, ids: list[str]) -> Remedy:
    place = measured.unused_process
    many = "a process of its own" if len(ids) == 1 else "a process of their own"
    why = "It gets an interpreter and, where there is one free, a core of its own; its messages then cross by a bridge."
    return Remedy(f"Run {measured.names(ids)} in {many}", why, dict.fromkeys(ids, place))


def _keep_latest(measured: Measured, id: str, held: list[Wire]) -> list[Remedy]:
    wires = {wire.key: {"overflow": Overflow.LATEST.value} for wire in held if wire.overflow is Overflow.BLOCK}
    if not wires:
        return []
    why = "Its senders wait no more; messages that it has no time for are dropped, and counted."
    return [Remedy(f"Give {measured.name(id)} the latest message only", why, wires=wires)]


def _more_room(measured: Measured, key: str) -> Remedy:
    wire = measured.graph.wires[key]
    capacity = wire.capacity * _MORE
    why = "Helps where messages come in bursts; where the receiver is always too slow, it only puts the end off."
    return Remedy(f"Raise the capacity to {capacity}", why, wires={key: {"capacity": capacity}})
