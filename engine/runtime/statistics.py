"""What a run can tell about itself, and the ledger that makes it from the counts of the workers.

Counts are made where things happen and come here at most 10 times a second; rates are differences of counts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from engine.bridges.choose import BridgeKind
from engine.runtime.control import Counts, NodeCounts, WireCounts
from engine.runtime.plan import Plan
from engine.runtime.states import NodeState

_MISSED_MESSAGES = 4
_SMOOTHING = 0.5  # weight of the newest rate


@dataclass(frozen=True)
class NodeStatistics:
    """One node: what it has done since the run began, and how fast it is now."""

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


@dataclass(frozen=True)
class WireStatistics:
    """One wire: sent = delivered + dropped + discarded + lost + queued (as of the newest counts)."""

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


@dataclass(frozen=True)
class ComputerStatistics:
    """One computer: `cpu` is the share of one core its loop uses, `lag_ms` how late its loop's last timer was."""

    location: str
    kind: str
    pid: int
    state: str
    exit_code: int | None = None
    cpu: float = 0.0
    lag_ms: float = 0.0


@dataclass(frozen=True)
class RunStatistics:
    """A snapshot of a run."""

    nodes: dict[str, NodeStatistics] = field(default_factory=dict)
    wires: dict[str, WireStatistics] = field(default_factory=dict)
    computers: dict[str, ComputerStatistics] = field(default_factory=dict)


class RateMeter:
    """The rate of a count: over the last half second, or as far back as 5 s where less than 10 came in that time.

    It is 0 once several messages that should have come at that rate have not.
    """

    def __init__(self) -> None:
        self._samples: deque[tuple[int, int]] = deque(maxlen=51)
        self._count = 0
        self._changed_ns = 0

    def rate(self, time_ns: int, count: int) -> float:
        """Take the count at a time; returns messages a second."""
        samples = self._samples
        samples.append((time_ns, count))
        for back in (6, 11, 21, 51):
            then_ns, then = samples[-min(back, len(samples))]
            if count - then >= 10:
                break
        rate = (count - then) / ((time_ns - then_ns) / 1e9) if time_ns > then_ns else 0.0
        if count != self._count:
            self._count, self._changed_ns = count, time_ns
        elif rate * (time_ns - self._changed_ns) / 1e9 > _MISSED_MESSAGES:
            return 0.0
        return rate


@dataclass
class _WireLedger:
    sent: int = 0
    dropped: int = 0
    discarded: int = 0
    delivered: int = 0
    taken: int = 0  # by credit, as the sender knows it: what a receiver that died can tell no more
    latency_ns: int = 0
    bytes_each: int = 0
    is_dead: bool = False
    rate_hz: float = 0.0
    meter: RateMeter = field(default_factory=lambda: RateMeter())

    @property
    def left(self) -> int:
        """Messages put and neither taken nor dropped nor discarded."""
        return max(0, self.sent - self.delivered - self.dropped - self.discarded)

    @property
    def lost(self) -> int:
        """What a computer that died took with it, and what was put on its wires afterwards."""
        return max(0, self.sent - self.delivered - self.dropped) if self.is_dead else 0


class Ledger:
    """Keeps the newest counts of everything in a run. Written on the coordinator's thread, read from any."""

    def __init__(self) -> None:
        self.nodes: dict[str, NodeStatistics] = {}
        self.computers: dict[str, ComputerStatistics] = {}
        self._bridges: dict[str, tuple[BridgeKind, int]] = {}
        self._wires: dict[str, _WireLedger] = {}
        self._meters: dict[str, RateMeter] = {}
        self._node_seen: dict[str, tuple[int, NodeCounts]] = {}
        self._worker_seen: dict[str, tuple[int, int]] = {}

    def open(self, plan: Plan) -> None:
        """Keep counts of everything in a plan."""
        for location, order in plan.orders.items():
            kind = "main" if location.is_main else "thread" if location.thread else "process"
            self.computers[location.label] = ComputerStatistics(str(location), kind, 0, "preparing")
            for node in order.nodes:
                self.nodes[node.id] = NodeStatistics(node.type_path, str(location), NodeState.PREPARING)
            for wire in order.outgoing:
                self.add_wire(wire.key, wire.kind, wire.capacity)

    def add_wire(self, key: str, kind: BridgeKind, capacity: int) -> None:
        """Keep counts of a wire."""
        self._bridges[key] = (kind, capacity)
        self._wires[key] = _WireLedger()

    def grow_wire(self, key: str, capacity: int) -> None:
        """A wire holds more from now on."""
        self._bridges[key] = (self._bridges[key][0], capacity)

    def update_node(self, id: str, **changes: object) -> None:
        """Change what is known of a node."""
        self.nodes[id] = replace(self.nodes[id], **changes)  # type: ignore[arg-type]

    def update_computer(self, label: str, **changes: object) -> None:
        """Change what is known of a computer."""
        self.computers[label] = replace(self.computers[label], **changes)  # type: ignore[arg-type]

    def take(self, label: str, counts: Counts) -> None:
        """Take the counts of a worker."""
        before = self._worker_seen.get(label)
        self._worker_seen[label] = (counts.time_ns, counts.cpu_ns)
        if before is not None and counts.time_ns > before[0]:
            cpu = (counts.cpu_ns - before[1]) / (counts.time_ns - before[0])
            self.update_computer(label, cpu=min(1.0, max(0.0, cpu)), lag_ms=counts.lag_ns / 1e6)
        for node in counts.nodes:
            self._take_node(node, counts.time_ns)
        for wire in counts.wires:
            self._take_wire(wire, counts.time_ns)

    def _take_node(self, now: NodeCounts, time_ns: int) -> None:
        seen = self._node_seen.get(now.id)
        self._node_seen[now.id] = (time_ns, now)
        load = 0.0
        moved = max(now.received, now.emitted)
        rate = self._meters.setdefault(now.id, RateMeter()).rate(time_ns, moved)
        if seen is not None and time_ns > seen[0]:
            passed = (time_ns - seen[0]) / 1e9
            old = self.nodes[now.id]
            load = _smooth(old.load, min(1.0, (now.busy_ns - seen[1].busy_ns) / 1e9 / passed))
        self.update_node(
            now.id,
            received=now.received,
            emitted=now.emitted,
            errors=now.errors,
            skipped=now.skipped,
            unmatched=now.unmatched,
            rate_hz=rate,
            load=load,
        )

    def _take_wire(self, now: WireCounts, time_ns: int) -> None:
        wire = self._wires[now.key]
        if now.put >= 0:
            wire.sent, wire.dropped, wire.discarded = now.put, now.dropped, now.discarded
            wire.taken = now.put - now.dropped - now.discarded - now.under_way
            if wire.is_dead:
                wire.delivered = max(wire.delivered, wire.taken)
        if now.delivered >= 0:
            wire.rate_hz = wire.meter.rate(time_ns, now.delivered)
            wire.delivered = now.delivered
            wire.latency_ns = now.latency_ns
            wire.bytes_each = now.bytes_each

    def waits_for(self, id: str) -> str:
        """What a node does or waits for, as of the newest counts."""
        seen = self._node_seen.get(id)
        return seen[1].waits_for if seen is not None else ""

    def rest(self, nodes: Iterable[str], wires: Iterable[str]) -> None:
        """No counts come of these nodes and wires: their computer has ended, or its loop is held."""
        for id in nodes:
            self.update_node(id, rate_hz=0.0, load=0.0)
        for key in wires:
            self._wires[key].rate_hz = 0.0

    def settle(self) -> None:
        """The run is over: what was under way is lost (at a computer that died) or was discarded by the stop."""
        for wire in self._wires.values():
            wire.sent = max(wire.sent, wire.delivered + wire.dropped)
            if not wire.is_dead:
                wire.discarded += wire.left
            wire.rate_hz = 0.0
        for id in self.nodes:
            self.update_node(id, rate_hz=0.0, load=0.0, late=False)

    def lose(self, key: str) -> None:
        """A computer at one end of a wire has died: what is on it is lost."""
        wire = self._wires[key]
        wire.is_dead = True
        wire.delivered = max(wire.delivered, wire.taken)
        wire.rate_hz = 0.0

    def snapshot(self) -> RunStatistics:
        """All that is known now."""
        wires = {}
        for key, wire in list(self._wires.items()):
            kind, capacity = self._bridges[key]
            wires[key] = WireStatistics(
                bridge=str(kind),
                capacity=capacity,
                sent=max(wire.sent, wire.delivered + wire.dropped),  # its two ends count apart, up to 0.1 s
                delivered=wire.delivered,
                dropped=wire.dropped,
                discarded=0 if wire.is_dead else wire.discarded,
                lost=wire.lost,
                queued=0 if wire.is_dead else wire.left,
                rate_hz=wire.rate_hz,
                bytes_per_s=wire.rate_hz * wire.bytes_each,
                latency_ms=wire.latency_ns / 1e6,
            )
        return RunStatistics(dict(self.nodes), wires, dict(self.computers))


def _smooth(old: float, new: float) -> float:
    if new == 0.0 and old < 0.5:
        return 0.0
    return new if old == 0.0 else old + _SMOOTHING * (new - old)
