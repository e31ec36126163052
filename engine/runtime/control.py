"""What a run and its workers say to each other: plain data that travels in memory or over a process's control socket.

Commands go to a worker, reports come from it. The desired state of a worker (release, drain, abort) is latched: a
worker that is late acts on the newest.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import msgspec

from engine.overflow import Overflow
from engine.runtime.failing import tellable
from engine.runtime.orders import Order

# Commands


class Command(msgspec.Struct, tag=True):
    """Base of what is said to workers; `location` says to which."""

    location: str


class Prepare(Command):
    """Build the nodes. `classes` are classes of a script's `__main__` and such, pickled by value."""

    order: Order
    classes: bytes


class Release(Command):
    """Let the messages flow: every node of the run is ready."""


class Drain(Command):
    """End the sources; finish what is in flight."""


class Abort(Command):
    """Let each current `process` call return, then stop."""


class EndFeedback(Command):
    """The cycle that these nodes are part of has run dry: their feedback wires have ended."""

    nodes: list[str]


class GrowWire(Command):
    """Let a wire hold more, because the run stands still."""

    key: str
    capacity: int


class SetParameter(Command):
    """Change a parameter live."""

    request: int
    node: str
    name: str
    value: Any


class AttachTap(Command):
    """Send what an output port emits to one more, lossy consumer, over the socket that comes with this."""

    tap: int
    node: str
    port: str
    policy: Overflow
    capacity: int


class DetachTap(Command):
    """End a tap."""

    tap: int


class Part(Command):
    """The process at the other end of these wires has died; is it final, it does not come back."""

    keys: list[str]
    is_final: bool


class Rewire(Command):
    """The other end of a wire is there again: go on over the socket that comes with this."""

    key: str
    descriptor: int


class GiveStack(Command):
    """Say where the loop is just now."""


class PrepareEdit(Command):
    """The first step of an edit: build new nodes beside those that run, with their ends of new wires.

    Attributes:
        edition: the number of the edit.
        order: the new nodes, and all ends of new wires at the worker.
        classes: as for `Prepare`.
    """

    edition: int
    order: Order
    classes: bytes


class TakeInputs(Command):
    """The second step: nodes that go on read no more from these wires, and from their new ones."""

    edition: int
    drop: list[str]


class FinishEdit(Command):
    """The last step: end nodes, drop and add ends of wires that begin here, run the new nodes; or give it all up.

    Attributes:
        is_wanted: False undoes the first step.
        remove: ids of nodes.
        drop: keys of wires that begin at nodes that go on.
        telling: wires that stay, and whether they tell empty ticks.
        policies: what follows an exception, by node.
    """

    edition: int
    is_wanted: bool
    remove: list[str] = []
    drop: list[str] = []
    telling: dict[str, bool] = {}
    policies: dict[str, str] = {}


CommandMessage = (
    Prepare
    | Release
    | Drain
    | Abort
    | EndFeedback
    | GrowWire
    | SetParameter
    | AttachTap
    | DetachTap
    | Part
    | Rewire
    | GiveStack
    | PrepareEdit
    | TakeInputs
    | FinishEdit
)


# Reports


class Report(msgspec.Struct, tag=True):
    """Base of what workers say; `location` says which."""

    location: str


class Ready(Report):
    """All nodes are built and started; nothing has moved yet."""


class NodeMoved(Report):
    """A node is in another state; `reason` may be empty. `result` is the pickle of what its `result()` gave."""

    node: str
    state: str
    reason: str = ""
    result: bytes = b""


class NodeFailure(Report):
    """An exception in a node, as text; `is_final` when the node does not go on."""

    node: str
    error: str
    traceback: str
    is_final: bool
    phase: str


class NodeNote(Report):
    """A line for the log of the run."""

    node: str
    text: str


class StackGiven(Report):
    """The answer to `GiveStack`: the number of the node at work, 0 for none, and the stack of the loop's thread."""

    node: int
    stack: str


class NodeActivity(IntEnum):
    """What a node does just now."""

    WORKING = 0
    WAITING = 1  # for input or for room
    OVER = 2


class NodeCounts(msgspec.Struct, array_like=True):
    """What a node has counted since it began."""

    id: str
    received: int
    emitted: int
    errors: int
    skipped: int
    unmatched: int
    busy_ns: int
    is_idle_in_cycle: bool = False
    activity: int = NodeActivity.WORKING
    full_wires: list[str] = []
    waits_for: str = ""


class WireCounts(msgspec.Struct, array_like=True):
    """What one end of a wire has counted; -1 for what the other end counts. `tick`: the last one it knows of."""

    key: str
    put: int = -1
    dropped: int = 0
    discarded: int = 0
    under_way: int = 0
    delivered: int = -1
    latency_ns: int = 0
    bytes_each: int = 0
    lost: int = 0
    queued: int = 0
    tick: int = -1


class Counts(Report):
    """A worker's counts so far, at most 10 times a second and once at its end; memory is told now and then, else 0."""

    time_ns: int
    cpu_ns: int
    lag_ns: int
    nodes: list[NodeCounts]
    wires: list[WireCounts]
    memory_bytes: int = 0


class ParameterSet(Report):
    """The answer to `SetParameter`; `error` is empty when it is in effect."""

    request: int
    error: str


class Parted(Report):
    """The answer to `Part`: what the ends here had counted when they were parted."""

    wires: list[WireCounts]


class Rewired(Report):
    """The answer to `Rewire`, unless the worker has ended."""

    key: str


class Edited(Report):
    """A step of an edit is done; `error` says why not, `node` at which new node."""

    edition: int
    step: int
    error: str = ""
    node: str = ""


class Done(Report):
    """The worker has ended; nothing of it is left."""


ReportMessage = (
    Ready | NodeMoved | NodeFailure | NodeNote | StackGiven | Counts | ParameterSet | Parted | Rewired | Edited | Done
)

_encoder = msgspec.msgpack.Encoder()
_commands = msgspec.msgpack.Decoder(CommandMessage)
_reports = msgspec.msgpack.Decoder(ReportMessage)


def encode(message: Command | Report) -> bytes:
    """A command or report as bytes.

    What cannot be text in a report is written as escapes: no report is lost by its words. A command must arrive as it
    is, or not at all.

    Raises:
        Exception: a value in it is no plain data, is no text or is too large.
    """
    try:
        return _encoder.encode(message)
    except (UnicodeEncodeError, TypeError):
        if isinstance(message, Report):
            return _encoder.encode(_with_tellable_texts(message))
        raise


def _with_tellable_texts(value: Any) -> Any:
    if isinstance(value, str):
        return tellable(value)
    if isinstance(value, list):
        return [_with_tellable_texts(part) for part in value]
    if isinstance(value, msgspec.Struct):
        return type(value)(*(_with_tellable_texts(part) for part in msgspec.structs.astuple(value)))
    return value


def decode_command(data: bytes) -> CommandMessage:
    """A command from its bytes."""
    command: CommandMessage = _commands.decode(data)
    return command


def decode_report(data: bytes) -> ReportMessage:
    """A report from its bytes."""
    report: ReportMessage = _reports.decode(data)
    return report
