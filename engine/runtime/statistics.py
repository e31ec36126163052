"""What a run can tell about itself, and the ledger that makes it from the counts of the workers.

Counts are made where things happen and come here at most 10 times a second; rates are differences of counts.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from msgspec import structs

from engine.bridges.choose import BridgeKind
from engine.graph.location import Location
from engine.runtime.control import Counts, NodeCounts
from engine.runtime.orders import NodeOrder
from engine.runtime.plan import Plan
from engine.runtime.rates import RateMeter, smooth
from engine.runtime.states import NodeState
from engine.runtime.wire_ledger import WireLedger


@dataclass(frozen=True)
class NodeStatistics:
    """One node: what it has done since the run began, and how fast it is now.

    `load` is the share of its loop's time that it is at work, `busy_s` how long it has been so since the run began.
    """

    type: str
    location: str
    state: NodeState
    received: int = 0
    emitted: int = 0
    errors: int = 0
    skipped: int = 0
    unmatched: int = 0
    rate_hz: float = 0.0
    load: float = 0.0
    late: bool = False
    message: str = ""
    busy_s: float = 0.0


@dataclass(frozen=True)
class WireStatistics:
    """One wire: sent = delivered + dropped + discarded + lost + queued (as of the newest counts).

    `latency_p50_ms` and `latency_p99_ms` are of one message in each count of the last half minute, `queued_most` is the
    most that was queued when it was counted.
    """

    bridge: str
    capacity: int
    sent: int = 0
    delivered: int = 0
    dropped: int = 0
    discarded: int = 0
    lost: int = 0
    queued: int = 0
    rate_hz: float = 0.0
    bytes_per_s: float = 0.0
    latency_ms: float = 0.0
    latency_p50_ms: float = 0.0
    latency_p99_ms: float = 0.0
    queued_most: int = 0
    bytes_each: int = 0


@dataclass(frozen=True)
class ComputerStatistics:
    """One computer: `cpu` is the share of one core its loop uses, `lag_ms` how late its loop's last timer was.

    `restarts` is how often its process was started again after it had died, `memory_bytes` what its whole process has
    in memory (0: unknown), `startup_s` how long it took to get ready the last time (0: not yet).
    """

    location: str
    kind: str
    pid: int
    state: str
    exit_code: int | None = None
    cpu: float = 0.0
    lag_ms: float = 0.0
    restarts: int = 0
    memory_bytes: int = 0
    startup_s: float = 0.0


@dataclass(frozen=True)
class RunStatistics:
    """A snapshot of a run."""

    nodes: dict[str, NodeStatistics] = field(default_factory=dict)
    wires: dict[str, WireStatistics] = field(default_factory=dict)
    computers: dict[str, ComputerStatistics] = field(default_factory=dict)


class Ledger:
    """Keeps the newest counts of everything in a run. Written on the coordinator's thread, read from any."""

    def __init__(self) -> None:
        self.nodes: dict[str, NodeStatistics] = {}
        self.computers: dict[str, ComputerStatistics] = {}
        self._bridges: dict[str, tuple[BridgeKind, int]] = {}
        self.wires: dict[str, WireLedger] = {}
        self._meters: dict[str, RateMeter] = {}
        self._node_seen: dict[str, tuple[int, NodeCounts]] = {}
        self._nodes_before: dict[str, NodeStatistics] = {}  # what nodes had counted whose process has died
        self._worker_seen: dict[str, tuple[int, int]] = {}
        self._started: dict[str, float] = {}  # when each computer began to get ready, by the monotonic clock

    def open(self, plan: Plan) -> None:
        """Keep counts of everything in a plan."""
        for location, order in plan.orders.items():
            self.add_computer(location)
            for node in order.nodes:
                self.add_node(node, location)
            for wire in order.outgoing:
                self.add_wire(wire.key, wire.kind, wire.capacity)

    def add_computer(self, location: Location, pid: int = 0) -> None:
        """Keep counts of a computer."""
        kind = "main" if location.is_main else "thread" if location.thread else "process"
        self.computers[location.label] = ComputerStatistics(str(location), kind, pid, "preparing")
        self._started[location.label] = time.monotonic()

    def drop_computer(self, label: str) -> None:
        """Nothing runs there any more."""
        self.computers.pop(label, None)
        self._worker_seen.pop(label, None)

    def add_node(self, node: NodeOrder, location: Location) -> None:
        """Keep counts of a node, from 0 on."""
        self.drop_node(node.id)
        self.nodes[node.id] = NodeStatistics(node.type_path, str(location), NodeState.PREPARING)

    def drop_node(self, id: str) -> None:
        """A node is removed from the run."""
        for kept in (self.nodes, self._meters, self._node_seen, self._nodes_before):
            kept.pop(id, None)

    def drop_wire(self, key: str) -> None:
        """A wire is removed from the run."""
        self.wires.pop(key, None)

    def add_wire(self, key: str, kind: BridgeKind, capacity: int) -> None:
        """Keep counts of a wire."""
        self._bridges[key] = (kind, capacity)
        self.wires[key] = WireLedger()

    def grow_wire(self, key: str, capacity: int) -> None:
        """A wire holds more from now on."""
        self._bridges[key] = (self._bridges[key][0], capacity)

    def update_node(self, id: str, **changes: object) -> None:
        """Change what is known of a node."""
        self.nodes[id] = replace(self.nodes[id], **changes)  # type: ignore[arg-type]

    def update_computer(self, label: str, **changes: object) -> None:
        """Change what is known of a computer."""
        state = changes.get("state")
        if state == "preparing":
            self._started[label] = time.monotonic()
        elif state == "ready" and label in self._started:
            changes["startup_s"] = time.monotonic() - self._started.pop(label)
        self.computers[label] = replace(self.computers[label], **changes)  # type: ignore[arg-type]

    def take(self, label: str, counts: Counts) -> Counts:
        """Take the counts of a worker; returns them with those in them of workers that it took the place of."""
        before = self._worker_seen.get(label)
        self._worker_seen[label] = (counts.time_ns, counts.cpu_ns)
        if before is not None and counts.time_ns > before[0]:
            cpu = (counts.cpu_ns - before[1]) / (counts.time_ns - before[0])
            memory = counts.memory_bytes or self.computers[label].memory_bytes
            self.update_computer(label, cpu=min(1.0, max(0.0, cpu)), lag_ms=counts.lag_ns / 1e6, memory_bytes=memory)
        if any(node.id not in self.nodes for node in counts.nodes) or any(
            w.key not in self.wires for w in counts.wires
        ):
            counts = self._known(counts)
        for node in counts.nodes:
            self._take_node(node, counts.time_ns)
        for wire in counts.wires:
            self.wires[wire.key].take(wire, counts.time_ns)
        if not self._nodes_before:
            return counts
        nodes = [self._with_before(node) for node in counts.nodes]
        wires = [self.wires[wire.key].summed(wire) for wire in counts.wires]
        return structs.replace(counts, nodes=nodes, wires=wires)

    def _known(self, counts: Counts) -> Counts:
        """The counts of what is in the run: an edit has just removed, or not quite brought, the rest."""
        return structs.replace(
            counts,
            nodes=[node for node in counts.nodes if node.id in self.nodes],
            wires=[wire for wire in counts.wires if wire.key in self.wires],
        )

    def _take_node(self, counts: NodeCounts, time_ns: int) -> None:
        now = self._with_before(counts) if self._nodes_before else counts
        seen = self._node_seen.get(now.id)
        self._node_seen[now.id] = (time_ns, now)
        old = self.nodes[now.id]
        load = 0.0
        meter = self._meters.get(now.id)
        if meter is None:
            meter = self._meters[now.id] = RateMeter()
        rate = meter.rate(time_ns, max(now.received, now.emitted))
        if seen is not None and time_ns > seen[0]:
            passed = (time_ns - seen[0]) / 1e9
            load = smooth(old.load, min(1.0, (now.busy_ns - seen[1].busy_ns) / 1e9 / passed))
        figures = (now.received, now.emitted, now.errors, now.skipped, now.unmatched, rate, load)
        if figures != (old.received, old.emitted, old.errors, old.skipped, old.unmatched, old.rate_hz, old.load):
            # Written out, as `replace` takes several times as long: this is done ten times a second for each node.
            self.nodes[now.id] = NodeStatistics(
                old.type,
                old.location,
                old.state,
                *figures,
                late=old.late,
                message=old.message,
                busy_s=now.busy_ns / 1e9,
            )

    def _with_before(self, now: NodeCounts) -> NodeCounts:
        before = self._nodes_before.get(now.id)
        if before is None:
            return now
        return structs.replace(
            now,
            received=now.received + before.received,
            emitted=now.emitted + before.emitted,
            errors=now.errors + before.errors,
            skipped=now.skipped + before.skipped,
            unmatched=now.unmatched + before.unmatched,
            busy_ns=now.busy_ns + int(before.busy_s * 1e9),
        )

    def begin_anew(self, label: str, nodes: Iterable[str]) -> None:
        """A computer has died, and another will take its place that counts these nodes from 0 again."""
        self._worker_seen.pop(label, None)
        for id in nodes:
            self._node_seen.pop(id, None)
            self._nodes_before[id] = self.nodes[id]

    def waits_for(self, id: str) -> str:
        """What a node does or waits for, as of the newest counts."""
        seen = self._node_seen.get(id)
        return seen[1].waits_for if seen is not None else ""

    def rest(self, nodes: Iterable[str], wires: Iterable[str]) -> None:
        """No counts come of these nodes and wires: their computer has ended, or its loop is held."""
        for id in nodes:
            self.update_node(id, rate_hz=0.0, load=0.0)
        for key in wires:
            self.wires[key].rate_hz = 0.0

    def settle(self) -> None:
        """The run is over: what was under way is lost (at a computer that died) or was discarded by the stop."""
        for wire in self.wires.values():
            wire.settle()
        for id in self.nodes:
            self.update_node(id, rate_hz=0.0, load=0.0, late=False)

    def lose(self, key: str) -> None:
        """A computer at one end of a wire has died: what is on it is lost."""
        self.wires[key].lose()

    def snapshot(self) -> RunStatistics:
        """All that is known now."""
        wires = {}
        for key, wire in list(self.wires.items()):
            kind, capacity = self._bridges[key]  # which keeps what was removed, as others read it meanwhile
            wires[key] = WireStatistics(
                bridge=str(kind),
                capacity=capacity,
                **wire.figures,
                rate_hz=wire.rate_hz,
                bytes_per_s=wire.rate_hz * wire.bytes_each,
                latency_ms=wire.latency_ns / 1e6,
                latency_p50_ms=wire.latencies.quantile(0.5) / 1e6,
                latency_p99_ms=wire.latencies.quantile(0.99) / 1e6,
                queued_most=max(min(wire.queued_most, capacity), wire.figures["queued"]),  # its two ends count apart
                bytes_each=wire.bytes_each,
            )
        return RunStatistics(dict(self.nodes), wires, dict(self.computers))
