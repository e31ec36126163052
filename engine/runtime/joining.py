"""Matching the messages of several inputs: by tick, by the latest, or each alone; by time see `time_joining`.

A joiner takes messages from its slots (one for each wire that ends at the node) and makes complete sets of keyword
arguments of them. It never waits itself: `take` gives None when a message is missing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from engine.bridges.bridge import ReceiverEnd
from engine.bridges.message import EMPTY, Message, isolated
from engine.graph.wire import NO_VALUE
from engine.node.node import Node
from engine.node.port import In

NOTHING: Any = object()  # a set of inputs that is none: its tick was filtered out


class Slot:
    """The end of one wire at a node."""

    def __init__(
        self,
        port: In,
        receiver: ReceiverEnd,
        *,
        feedback: bool = False,
        initial: Any = NO_VALUE,
        in_cycle: bool = False,
    ) -> None:
        self.in_cycle = in_cycle
        self.has_run_dry = False
        self.port = port
        self.receiver = receiver
        self.feedback = feedback
        self.head: Message | None = None
        self.held: Message | None = None  # a feedback wire's newest message: it stands until there is a newer one
        self._first: Message | None = None
        if feedback:
            self._first = Message(EMPTY if initial is NO_VALUE else isolated(initial), 0, 0, 0)

    def begin_at(self, tick: int) -> None:
        """The first message of a feedback wire is one of this tick."""
        if self._first is not None:
            self._first.tick = tick

    def take(self) -> Message | None:
        """The next message; a feedback wire delivers each one tick later, behind its initial value."""
        if not self.feedback:
            return self.receiver.take()
        if self._first is not None:
            first, self._first = self._first, None
            return first
        message = self.receiver.take()
        if message is not None:
            message = Message(message.payload, message.tick + 1, message.time_ns, message.sent_ns)
        return message

    @property
    def ended(self) -> bool:
        """Has its stream ended, read empty?"""
        return self._first is None and (self.receiver.ended or self.has_run_dry)


class Joiner(ABC):
    """Makes sets of inputs.

    Attributes:
        tick, time_ns: of the set that was taken last.
        received: messages that were part of a set.
        unmatched: messages that found no partner.
        finished: no set will come any more.
        lone_port: the input port of which each payload is a set by itself (`take_payload` then gives it); else "".
    """

    lone_port = ""

    def __init__(self, slots: list[Slot], ports: Mapping[str, In]) -> None:
        self.slots = slots
        self.ports = ports
        self.tick = 0
        self.time_ns = 0
        self.received = 0
        self.unmatched = 0
        self.finished = False
        self._node: Node | None = None
        self._absent: dict[str, Any] = dict.fromkeys(ports)
        self._by_port = {name: [slot for slot in slots if slot.port.name == name] for name in ports}

    def begin_at(self, tick: int) -> None:
        """Ticks count from this one on (see `Stepper.begin_at`)."""
        for slot in self.slots:
            slot.begin_at(tick)

    def follow(self, node: Node) -> None:
        """Match as this instance of the node says from now on."""
        self._node = node

    def succeed(self, old: Joiner) -> None:
        """Go on where another has stopped: some of its slots are ours."""
        for slot in old.slots:
            if slot not in self.slots and slot.head is not None and slot.head.payload is not EMPTY:
                old.unmatched += 1
        self.tick, self.time_ns = old.tick, old.time_ns
        self.received, self.unmatched = old.received, old.unmatched
        self._node = old._node

    def take_payload(self) -> Any:
        """See `SingleJoiner`; only where there is a `lone_port`."""
        raise NotImplementedError

    @abstractmethod
    def take(self) -> Any:
        """Keyword arguments for `process`, `NOTHING` for a tick that was filtered out, or None: nothing to do now."""

    def _inputs_of(self, payloads: Mapping[Slot, Any]) -> dict[str, Any]:
        """Keyword arguments of what there is at some of the slots."""
        inputs = self._absent.copy()
        for name, slots in self._by_port.items():
            values = [payloads[slot] for slot in slots if slot in payloads]
            if values:
                inputs[name] = values if self.ports[name].many else values[-1]
        return inputs

    def waits_for(self) -> list[str]:
        """The input ports on which a message is missing."""
        return sorted({slot.port.name for slot in self.slots if slot.head is None and not slot.ended})

    @property
    def is_fed_by_cycle_only(self) -> bool:
        """Have all streams ended that come from outside of the cycle the node is part of?"""
        return any(slot.in_cycle for slot in self.slots) and all(slot.ended for slot in self.slots if not slot.in_cycle)

    def end_feedback(self) -> None:
        """The cycle has run dry: nothing will come on feedback wires."""
        for slot in self.slots:
            slot.has_run_dry = slot.feedback

    def leave(self) -> None:
        """Take no more messages."""
        for slot in self.slots:
            if slot.head is not None and slot.head.payload is not EMPTY:
                self.unmatched += 1
                slot.head = None
            slot.receiver.stop_receiving()


class NoInput(Joiner):
    """No wire is left: nothing comes any more."""

    def take(self) -> Any:
        """See `Joiner.take`."""
        self.finished = True


class SingleJoiner(Joiner):
    """One wire: every message is a set."""

    def __init__(self, slots: list[Slot], ports: Mapping[str, In]) -> None:
        super().__init__(slots, ports)
        self._slot = slots[0]
        self._take = slots[0].take if slots[0].feedback else slots[0].receiver.take
        self._name = slots[0].port.name
        self._many = slots[0].port.many
        self.lone_port = "" if self._many or slots[0].feedback or len(ports) > 1 else self._name

    def take(self) -> Any:
        """See `Joiner.take`."""
        payload = self.take_payload()
        if payload is None or payload is NOTHING:
            return payload
        inputs = self._absent.copy()
        inputs[self._name] = [payload] if self._many else payload
        return inputs

    def take_payload(self) -> Any:
        """The payload alone; what is none as for `take`."""
        message = self._take()
        if message is None:
            if self._slot.ended:
                self.finished = True
            return None
        self.tick = message.tick
        self.time_ns = message.time_ns
        payload = message.payload
        if payload is EMPTY:
            return NOTHING
        self.received += 1
        return payload


class TickJoiner(Joiner):
    """The messages of one tick together. Ends with the first required stream that ends.

    A feedback wire holds its newest message: a tick without work (filtered out, or skipped after an error) does not
    empty the loop that the wire closes. Its first message belongs to the first tick of the others, wherever that is.
    """

    def __init__(self, slots: list[Slot], ports: Mapping[str, In]) -> None:
        super().__init__(slots, ports)
        self._has_begun = False

    def succeed(self, old: Joiner) -> None:
        """See `Joiner.succeed`."""
        super().succeed(old)
        self._has_begun = True

    def take(self) -> Any:
        """See `Joiner.take`."""
        lowest = None
        for slot in self.slots:
            head = slot.head
            if head is None:
                head = slot.head = slot.take()
                if head is None:
                    if not slot.ended:
                        return None
                    if not slot.port.optional:
                        self.finished = True
                        return None
                    continue
            if lowest is None or head.tick < lowest:
                lowest = head.tick
        if lowest is None:
            self.finished = True
            return None
        if not self._has_begun:
            lowest = self._begin(lowest)
        return self._set_at(lowest)

    def _begin(self, lowest: int) -> int:
        """Put the first messages of feedback wires on the first tick of the others; returns the lowest tick."""
        self._has_begun = True
        ticks = [slot.head.tick for slot in self.slots if slot.head is not None and not slot.feedback]
        first = min(ticks, default=lowest)
        for slot in self.slots:
            if slot.head is not None and slot.feedback:
                slot.head.tick = first
        return first

    def _set_at(self, tick: int) -> Any:
        present: dict[str, list[Message]] = {}
        is_complete = True
        count = 0  # messages of this tick, those on feedback wires apart
        for slot in self.slots:
            head = slot.head
            if head is not None and head.tick == tick:
                slot.head = None
                self.time_ns = self.time_ns if slot.feedback else head.time_ns
                if slot.feedback:
                    slot.held = head = slot.held if head.payload is EMPTY else head
                if head is not None and head.payload is not EMPTY:
                    present.setdefault(slot.port.name, []).append(head)
                    count += not slot.feedback
                    continue
            if not slot.port.optional:
                is_complete = False
        self.tick = tick
        if not is_complete or not count:
            self.unmatched += count
            return NOTHING
        self.received += sum(map(len, present.values()))
        inputs = self._absent.copy()
        for name, messages in present.items():
            inputs[name] = [m.payload for m in messages] if self.ports[name].many else messages[0].payload
        self.time_ns = next(iter(present.values()))[0].time_ns
        return inputs


def driving_slots(slots: list[Slot]) -> list[Slot]:
    """The wires whose messages call `process`: those of the driving ports, or else of the first port."""
    driving = [slot for slot in slots if slot.port.driving]
    return driving or [slot for slot in slots if slot.port.name == slots[0].port.name]


class LatestJoiner(Joiner):
    """On every message of the driving port, with the newest of the others. Ends when the driving streams end.

    Feedback wires keep nothing alive: where only they drive, it ends when the others have ended. Until something has
    come on one that a port requires, driving messages are unmatched.
    """

    def __init__(self, slots: list[Slot], ports: Mapping[str, In]) -> None:
        super().__init__(slots, ports)
        self._driving = driving_slots(slots)
        self._others = [slot for slot in slots if slot not in self._driving]
        self._feeds = [] if any(not slot.feedback for slot in self._driving) else self._others
        self._newest: dict[Slot, Any] = {}
        self._next = 0

    def succeed(self, old: Joiner) -> None:
        """See `Joiner.succeed`."""
        super().succeed(old)
        if isinstance(old, LatestJoiner):
            self._newest = {slot: payload for slot, payload in old._newest.items() if slot in self._others}

    def take(self) -> Any:
        """See `Joiner.take`."""
        lacks_feedback = False
        for slot in self._others:
            while (message := slot.take()) is not None:
                if message.payload is not EMPTY:
                    self._newest[slot] = message.payload
                    self.received += 1
            if slot not in self._newest and not slot.port.optional:
                lacks_feedback |= slot.feedback
                if not slot.feedback:
                    self.finished = slot.ended
                    return None
        if self._feeds and all(slot.ended for slot in self._feeds if not slot.feedback):
            self.finished = True
            return None
        for turn in range(len(self._driving)):
            slot = self._driving[(self._next + turn) % len(self._driving)]
            message = slot.take()
            if message is None:
                continue
            self._next += turn + 1
            self.tick, self.time_ns = message.tick, message.time_ns
            if message.payload is EMPTY:
                return NOTHING
            if lacks_feedback:
                self.unmatched += 1
                return NOTHING
            self.received += 1
            return self._inputs_of({**self._newest, slot: message.payload})
        self.finished = all(slot.ended for slot in self._driving)
        return None


class AnyJoiner(Joiner):
    """Every message alone, the wires in turn. Counts ticks of its own, as its inputs' clocks differ."""

    def __init__(self, slots: list[Slot], ports: Mapping[str, In]) -> None:
        super().__init__(slots, ports)
        self.tick = -1
        self._next = 0

    def begin_at(self, tick: int) -> None:
        """See `Joiner.begin_at`."""
        super().begin_at(tick)
        self.tick = tick - 1

    def take(self) -> Any:
        """See `Joiner.take`."""
        count = len(self.slots)
        for turn in range(count):
            slot = self.slots[(self._next + turn) % count]
            message = slot.take()
            while message is not None and message.payload is EMPTY:
                message = slot.take()
            if message is None:
                continue
            self._next = (self._next + turn + 1) % count
            self.tick += 1
            self.time_ns = message.time_ns
            self.received += 1
            inputs = self._absent.copy()
            name = slot.port.name
            inputs[name] = [message.payload] if slot.port.many else message.payload
            return inputs
        self.finished = all(slot.ended for slot in self.slots)
        return None
