"""What a worker is to run, as plain data: nodes, and the ends of wires at its location."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.bridges.choose import BridgeKind
from engine.graph.wire import NO_VALUE
from engine.overflow import Overflow


class NodeOrder(msgspec.Struct, kw_only=True):
    """A node that a worker is to build and run.

    `first_tick`: where its own count of ticks begins; not 0 where it takes the place of one whose process has died.
    `code`: the edition of the code beside the graph, see `engine.node.reloading`; an older one is loaded anew.
    """

    id: str
    type_path: str
    folder: str
    parameters: dict[str, Any]
    on_error: str
    first_tick: int = 0
    code: int = 0


class WireOrder(msgspec.Struct, kw_only=True):
    """A wire that begins or ends (or both) at nodes of a worker.

    Attributes:
        descriptor: index of its socket, -1 in memory.
        restarts: a process at one of its ends may die and come back: the other end waits for that.
        generation: how many senders it has had before this one.
        peer_is_over: the node at its other end had ended before this end was opened.
        edition: which edit of the run it came with; 0 for the start. A wire that was made anew has the same key.
    """

    key: str
    from_node: str
    from_port: str
    to_node: str
    to_port: str
    capacity: int
    overflow: Overflow
    feedback: bool
    has_initial: bool
    initial: Any
    kind: BridgeKind
    sends_empty_ticks: bool
    in_cycle: bool = False
    descriptor: int = -1
    restarts: bool = False
    generation: int = 0
    peer_is_over: bool = False
    edition: int = 0

    @property
    def initial_value(self) -> Any:
        """The first message of a feedback wire, or `NO_VALUE`."""
        return self.initial if self.has_initial else NO_VALUE


class Order(msgspec.Struct, kw_only=True):
    """All that one worker is to run: the nodes of one location, and the ends of wires there.

    `pulse_at`: where the words of its loop begin in the memory that its process shares with the run, `pulse_room`: for
    how many nodes there is room, more than there are at first.
    """

    location: str
    nodes: list[NodeOrder]
    outgoing: list[WireOrder]
    incoming: list[WireOrder]
    pulse_at: int = 0
    pulse_room: int = 0
