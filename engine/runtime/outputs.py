"""A node's output port in a run: checks what is emitted, and puts it on every wire and tap of the port."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Mapping
from time import monotonic_ns
from typing import Any

import numpy as np
from numpy import ndarray
from numpy.typing import NDArray

from engine.bridges.bridge import SenderEnd
from engine.bridges.loans import loan_of, loans_out
from engine.bridges.message import PLAIN, Message, is_container, isolated
from engine.computers.thread import Interrupted
from engine.errors import NodeError
from engine.node.port import Out, admits, type_name
from engine.overflow import Overflow
from engine.runtime.failing import one_line

SHOW_EVERY_S = 1 / 60  # who wants the newest message alone looks at a screen


class OutgoingWire:
    """The sender's end of a wire, and behind it what had to wait because it was full."""

    __slots__ = ("backlog", "key", "sender", "tells_ticks")

    def __init__(self, key: str, sender: SenderEnd, tells_ticks: bool) -> None:
        self.key = key
        self.sender = sender
        self.tells_ticks = tells_ticks
        self.backlog: deque[Message] = deque()

    def try_put(self) -> bool:
        """Put the first message that waits. Raises what a put raises; the message that cannot travel is taken out."""
        try:
            is_put = self.sender.try_put(self.backlog[0])
        except BaseException:
            self.backlog.popleft()
            raise
        if is_put:
            self.backlog.popleft()
        return is_put


class OutputPort:
    """One output port.

    Attributes:
        emitted: messages emitted.
        last_tick: tick of the last message or told tick; -1 before the first.
        is_held: keep everything back (before the start barrier is released).
        is_full: does something wait because a wire is full (or the port is held)?
    """

    def __init__(self, port: Out, wires: list[OutgoingWire]) -> None:
        self.port = port
        self.name = port.name
        self.wires = wires
        self.taps: list[SenderEnd] = []
        self._taps_of_all: list[SenderEnd] = []  # of these, those that may want more than the newest message
        self._newest: Message | None = None  # what the others are given next
        self._timer: asyncio.TimerHandle | None = None  # until they are
        self._shown_at = -SHOW_EVERY_S
        self._shows_later = False  # is that all to be done for the taps with a message that nobody can change?
        self._shown_from = 0  # `emitted` with the first message of those of which they are given the newest
        self.emitted = 0
        self.last_tick = -1
        self.is_held = True
        self.is_full = False
        self.is_closed = False
        self._is_ending = False
        self._has_ended = False  # nothing more may be sent
        self._type = port.type
        self._takes_all = port.type is Any or port.type is object
        self._only = wires[0] if len(wires) == 1 else None
        self._tells = [wire for wire in wires if wire.tells_ticks]

    def send(self, value: Any, tick: int, time_ns: int) -> None:
        """Send a value; what finds no room waits in the wires' backlogs (`is_full` is then set).

        Raises:
            NodeError: the port is closed or the value is not of its type.
        """
        if self._has_ended:
            raise NodeError(f"output {self.name!r} has ended: nothing can be emitted on it any more")
        kind = type(value)
        if kind is not self._type and not self._takes_all and not admits(self._type, value):
            raise NodeError(
                f"output {self.name!r} carries {type_name(self._type)}, not {kind.__name__}: {_shown(value)}",
                rule=f"type of {self.name}, {kind.__name__}",
            )
        self.emitted += 1
        self.last_tick = tick
        if kind is ndarray and value.base is None:  # the usual case of `isolated`, without a call
            if value.flags.writeable:
                value.flags.writeable = False
        elif kind not in PLAIN:
            value = isolated(value)
        message = Message(value, tick, time_ns, monotonic_ns())
        if self.taps:
            if self._shows_later and kind is ndarray and not loans_out:
                self._newest = message  # as `_show` would, without a call
            else:
                self._show(message)
        only = self._only
        if only is not None:
            if self.is_held or only.backlog or not only.sender.try_put(message):
                only.backlog.append(message)
                self.is_full = True
            return
        for index, wire in enumerate(self.wires):
            if index and is_container(value):  # each consumer gets a container of its own
                message = Message(isolated(value), tick, time_ns, message.sent_ns)
            if self.is_held or wire.backlog or not wire.sender.try_put(message):
                wire.backlog.append(message)
                self.is_full = True

    # -- edits of the graph while it runs

    def change_wires(self, drop: Collection[str], add: list[OutgoingWire], telling: Mapping[str, bool]) -> None:
        """Send on other wires from now on; what waited for room on one that is dropped is counted as discarded."""
        dropped = [wire for wire in self.wires if wire.key in drop]
        for wire in dropped:
            wire.sender.put_count += len(wire.backlog)
            wire.sender.discarded += len(wire.backlog)
            wire.backlog.clear()
        self.wires = [wire for wire in self.wires if wire not in dropped] + add
        for wire in self.wires:
            wire.tells_ticks = telling.get(wire.key, wire.tells_ticks)
        self._only = self.wires[0] if len(self.wires) == 1 else None
        self._tells = [wire for wire in self.wires if wire.tells_ticks]
        for wire in [*dropped, *(add if self.is_closed else ())]:
            wire.sender.close()

    # -- taps

    def add_tap(self, tap: SenderEnd) -> None:
        """Show a tap what is sent from now on."""
        self._show_newest()  # that was before its time
        self.taps.append(tap)
        if tap.overflow is not Overflow.LATEST:
            self._taps_of_all.append(tap)

    def remove_tap(self, tap: SenderEnd) -> None:
        """Show it no more; nothing when that was so already."""
        for taps in (self.taps, self._taps_of_all):
            if tap in taps:
                taps.remove(tap)

    def _show(self, message: Message) -> None:
        """Show a message to the taps: to those that want the newest alone a little later, as it may not stay so."""
        value = message.payload
        if loan_of(value) is None if type(value) is ndarray else not is_container(value):
            if self._newest is None:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_at(max(loop.time(), self._shown_at + SHOW_EVERY_S), self._show_newest)
                self._shown_from = self.emitted
                self._shows_later = not self._taps_of_all
            self._newest = message
            for tap in tuple(self._taps_of_all):
                self._put_on(tap, message)
            return
        self._show_newest(1)
        for tap in tuple(self.taps):  # what may be changed, or overwritten, once it is under way: a copy, now
            own = value.copy() if isinstance(value, ndarray) else value
            self._put_on(tap, Message(isolated(own), message.tick, message.time_ns, message.sent_ns))

    def _show_newest(self, n_behind: int = 0) -> None:
        """Show the newest message, behind which so many were sent that are not of those."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._newest is not None:
            self._shown_at = asyncio.get_running_loop().time()
        newest, self._newest = self._newest, None
        self._shows_later = False
        for tap in tuple(self.taps):
            if newest is not None and tap.overflow is Overflow.LATEST:
                tap.skip(self.emitted - n_behind - self._shown_from)
                self._put_on(tap, newest)

    def _put_on(self, tap: SenderEnd, message: Message) -> None:
        try:
            tap.try_put(message)
        except (Interrupted, KeyboardInterrupt):  # the user wants an end
            raise
        except BaseException as error:  # what cannot travel there is the tap's misfortune, not the node's
            self.remove_tap(tap)
            tap.abandon(f"a value cannot be sent to where it is read: {one_line(error)}")

    def loan(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
        """An array to be filled and sent; its memory needs no copy where one wire alone leads to another process."""
        values = self._only.sender.loan(shape, dtype) if self._only is not None and not self._has_ended else None
        return np.empty(shape, dtype) if values is None else values

    def tell_tick(self, tick: int, time_ns: int) -> None:
        """Tell the wires that want to know that nothing (more) comes for this tick, which was at this time."""
        if tick > self.last_tick and self._tells and not self.is_closed:
            self.last_tick = tick
            for wire in self._tells:
                if not wire.backlog:
                    wire.sender.put_empty(tick, time_ns)

    async def flush(self) -> None:
        """Wait until everything that found no room is on its wire; raises what a put raises."""
        for wire in self.wires:
            while wire.backlog:
                if not wire.try_put():
                    await wire.sender.wait_room()
        self.is_full = False
        if self._is_ending:
            self.close()

    def end(self) -> None:
        """End of stream as soon as what was emitted is on its wires; nothing more can be sent."""
        self._is_ending = self._has_ended = True
        if not self.is_full:
            self.close()

    def close(self) -> None:
        """End of stream. What still waits must have been flushed."""
        if not self.is_closed:
            self.is_closed = self._has_ended = True
            self._show_newest()
            for wire in self.wires:
                wire.sender.close()
            for tap in self.taps:
                tap.close()

    def abandon(self, reason: str) -> int:
        """End without end of stream; returns how many messages were thrown away that waited for room."""
        thrown = sum(len(wire.backlog) for wire in self.wires)
        for wire in self.wires:
            wire.backlog.clear()
        if not self.is_closed:
            self.is_closed = self._has_ended = True
            for end in [*(wire.sender for wire in self.wires), *self.taps]:
                end.abandon(reason)
        return thrown


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except Exception:
        return "a value that has no text"
    return text if len(text) <= 80 else text[:77] + "..."
