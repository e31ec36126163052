"""Matching the messages of inputs with different clocks by the times at which they were produced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.bridges.message import EMPTY, Message
from engine.node.node import Join, tolerance_of
from engine.node.port import In
from engine.runtime.joining import (
    NOTHING,
    AnyJoiner,
    Joiner,
    LatestJoiner,
    SingleJoiner,
    Slot,
    TickJoiner,
    driving_slots,
)


class TimeJoiner(Joiner):
    """On every message of the driving wire, with the nearest in time of each other wire.

    The driving wire is the first one of the driving port that is no feedback wire. A message of another wire may be
    the nearest of several; of one before and one after that are as near the earlier is taken, of several at the same
    time the last. It is known when a later one has come, or its source has told that it is past that time, or its
    stream has ended; until then the set waits. A driving message without a near partner on every required port is
    unmatched. A feedback wire gives its newest message, whatever its time. Ends when the driving stream ends, or when
    a required other has ended and nothing of it is near any more.

    Source: the as-of join of time series, nearest in both directions within a tolerance (pandas.merge_asof).
    """

    def __init__(self, slots: list[Slot], ports: Mapping[str, In]) -> None:
        super().__init__(slots, ports)
        self._driver = next((slot for slot in [*driving_slots(slots), *slots] if not slot.feedback), slots[0])
        self._feedback = [slot for slot in slots if slot.feedback and slot is not self._driver]
        self._others = [slot for slot in slots if not slot.feedback and slot is not self._driver]
        self._passed_ns: dict[Slot, int] = {}  # nothing older than this comes any more
        self._tolerance_ns = 0.0
        self._used: set[Message] = set()  # of those that still stand at a slot

    def take(self) -> Any:
        """See `Joiner.take`."""
        driver = self._driver
        if driver.head is None:
            driver.head = driver.take()
            if driver.head is None:
                self.finished = driver.ended
                return None
        message = driver.head
        if message.payload is EMPTY:
            driver.head = None
            self.tick, self.time_ns = message.tick, message.time_ns
            return NOTHING
        try:
            self._tolerance_ns = tolerance_of(self._node) * 1e9 if self._node is not None else 0.0
        except TypeError:
            driver.head = None
            self.unmatched += 1
            raise
        has_passed = [self._has_passed(slot, message.time_ns) for slot in self._others]  # ask each: it makes room
        if not all(has_passed):
            return None
        near = {slot: self._nearest(slot, message.time_ns) for slot in self._others}
        missing = [slot for slot, found in near.items() if found is None and not slot.port.optional]
        if any(slot.head is None and slot.ended for slot in missing):
            self.finished = True
            return None
        driver.head = None
        self.tick, self.time_ns = message.tick, message.time_ns
        self._renew_feedback()
        if missing or any(slot.held is None and not slot.port.optional for slot in self._feedback):
            self.unmatched += 1
            return NOTHING
        return self._set_of(message, near)

    def leave(self) -> None:
        """See `Joiner.leave`."""
        for slot in self._others:
            self._let_go(slot)
            if slot.head in self._used:
                slot.head = None
        super().leave()

    def _has_passed(self, slot: Slot, time_ns: int) -> bool:
        """Take from a wire until its next message is later than this; False when that has not come yet."""
        while True:
            if slot.head is None:
                slot.head = slot.take()
                if slot.head is None:
                    return slot.ended or self._is_settled(slot, time_ns)
            if slot.head.payload is EMPTY:
                self._passed_ns[slot] = slot.head.time_ns
            else:
                if slot.head.time_ns > time_ns:
                    return True
                self._let_go(slot)
                slot.held = slot.head
            slot.head = None

    def _is_settled(self, slot: Slot, time_ns: int) -> bool:
        """Is whatever comes yet further away than the tolerance, or than what has come?"""
        ahead = self._passed_ns.get(slot, 0) - time_ns
        return ahead > self._tolerance_ns or (slot.held is not None and ahead > time_ns - slot.held.time_ns)

    def _let_go(self, slot: Slot) -> None:
        """Forget the message before the next; nobody will use it any more."""
        if slot.held is not None:
            self.unmatched += slot.held not in self._used
            self._used.discard(slot.held)
            slot.held = None

    def _nearest(self, slot: Slot, time_ns: int) -> Message | None:
        candidates = [message for message in (slot.held, slot.head) if message is not None]
        nearest = min(candidates, key=lambda message: abs(message.time_ns - time_ns), default=None)
        is_near = nearest is not None and abs(nearest.time_ns - time_ns) <= self._tolerance_ns
        return nearest if is_near else None

    def _renew_feedback(self) -> None:
        for slot in self._feedback:
            while (newer := slot.take()) is not None:
                if newer.payload is not EMPTY:
                    slot.held = newer
                    self.received += 1

    def _set_of(self, message: Message, near: Mapping[Slot, Message | None]) -> dict[str, Any]:
        payloads = {self._driver: message.payload}
        self.received += 1
        for slot, found in near.items():
            if found is not None:
                payloads[slot] = found.payload
                self.received += found not in self._used
                self._used.add(found)
        for slot in self._feedback:
            if slot.held is not None:
                payloads[slot] = slot.held.payload
        return self._inputs_of(payloads)


_JOINERS: Mapping[Join, type[Joiner]] = {
    Join.TICK: TickJoiner,
    Join.LATEST: LatestJoiner,
    Join.ANY: AnyJoiner,
    Join.TIME: TimeJoiner,
}


def make_joiner(join: Join, slots: list[Slot], ports: Mapping[str, In]) -> Joiner:
    """The joiner of a node with these wires; with a single one, at which nothing stands, there is nothing to match."""
    is_single = len(slots) == 1 and slots[0].head is None and slots[0].held is None
    return (SingleJoiner if is_single else _JOINERS[join])(slots, ports)
