"""What a wire costs where it is: the bridge it gets, how large its messages are, and what one of them costs there."""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

from app.insight.costs import CALLED, BridgeCosts
from engine import Array, Signal, choose_bridge

if TYPE_CHECKING:
    from engine import Graph, Location, Wire

_NUMBER = (64, 64)
_TEXT = (64, 1 << 10)
_SIGNAL = (256, 16 << 10)  # 16 samples of two channels, 32 of 64, in float64
_ROW = (256, 64 << 10)
_TABLE = (64 << 10, 1 << 20)
_ANYTHING = (64, 64 << 10)


@dataclass(frozen=True, slots=True)
class Crossing:
    """What one wire is to its messages.

    Attributes:
        kind: of bridge, "loop", "thread" or "stream"; empty where it cannot be said.
        low_us, high_us: processor time of a message, both ends; 0 where it was not measured.
        bytes_each: the size it is worked out for, when that was measured; 0 for a guess by the type of the port.
        latency_us: how long a small message is under way; 0 when unknown.
    """

    kind: str
    low_us: float = 0.0
    high_us: float = 0.0
    bytes_each: int = 0
    latency_us: float = 0.0

    @property
    def called(self) -> str:
        """The bridge, as people read it."""
        return CALLED.get(self.kind, self.kind)

    @property
    def cost(self) -> str:
        """What a message costs: `12 µs`, or `~10–18 µs` where its size is not known; empty when unknown."""
        if not self.high_us:
            return ""
        low, high = microseconds(self.low_us), microseconds(self.high_us)
        if low == high:
            return low if self.bytes_each else f"~{low}"
        return f"~{low.removesuffix(' µs')}–{high}" if high.endswith("µs") else f"~{low}–{high}"

    @property
    def badge(self) -> str:
        """The text on a wire: `process · ~12 µs`; empty for a wire that stays on its loop."""
        if self.kind in ("", "loop"):
            return ""
        return f"{self.called} · {self.cost}" if self.cost else self.called


NOT_CROSSING = Crossing("loop")


def bridge_between(sender: Location, receiver: Location) -> str:
    """The kind of bridge between two locations; empty for one to another host."""
    if sender.host or receiver.host:
        return "" if sender != receiver else "loop"
    ends = [(place.host, place.process, place.thread) for place in (sender, receiver)]
    return str(choose_bridge(*ends))


def crossing_of(graph: Graph, wire: Wire, costs: BridgeCosts, port_type: Any = Any, bytes_each: int = 0) -> Crossing:
    """What a message on a wire costs.

    Args:
        graph: where the wire is.
        wire: the wire.
        costs: of the kinds of bridge.
        port_type: of the output it begins at.
        bytes_each: the size of a message, where that was measured.
    """
    kind = bridge_between(graph.nodes[wire.from_node].location, graph.nodes[wire.to_node].location)
    bridge = costs.bridges.get(kind)
    if bridge is None:
        return Crossing(kind)
    low, high = (bytes_each, bytes_each) if bytes_each else typical_bytes(port_type)
    least, most = sorted((bridge.cost_us(low), bridge.cost_us(high)))  # not even of bridges that copy nothing
    return Crossing(kind, least, most, bytes_each, bridge.latency_us)


def typical_bytes(port_type: Any) -> tuple[int, int]:
    """How small and how large messages of a type usually are."""
    if get_origin(port_type) in (Union, types.UnionType):
        sizes = [typical_bytes(part) for part in get_args(port_type) if part is not type(None)]
        return min(low for low, _ in sizes), max(high for _, high in sizes)
    if isinstance(port_type, Array):
        return _ROW if port_type.ndim == 1 else _TABLE if port_type.ndim else _ANYTHING
    if not isinstance(port_type, type):
        return _ANYTHING
    if issubclass(port_type, Signal):
        return _SIGNAL
    if issubclass(port_type, (bool, int, float, complex)):
        return _NUMBER
    return _TEXT if issubclass(port_type, str) else _ANYTHING


def microseconds(value: float) -> str:
    """A short duration: `4 µs`, `12 µs`, `0.73 ms`, `12 ms`. Coarse, so that it does not flicker."""
    if value < 9.5:
        return f"{value:.0f} µs" if value >= 0.95 else f"{value:.1f} µs"
    if value < 100:
        return f"{value:.0f} µs"
    if value < 1000:
        return f"{round(value, -1):.0f} µs"
    return f"{value / 1000:.1f} ms" if value < 9950 else f"{value / 1000:.0f} ms"
