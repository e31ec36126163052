"""Every interleaving of two threads in the real bridge between them, switched at every shared access."""

from __future__ import annotations

from typing import Any

import pytest

from engine.bridges.bridge import SenderEnd
from engine.bridges.thread import ThreadBridge
from engine.overflow import Overflow
from tests.model.explorer import Counterexample, Explored, explore
from tests.model.interleaving import interleaved
from tests.model.thread_scenario import PRIVATE, Interleaved, ThreadCase, ThreadScenario

pytestmark = pytest.mark.timeout(240)  # much computing, on a machine that may be busy


def _explore(case: ThreadCase, bridge_type: Any = Interleaved) -> Explored:
    explored = explore(lambda choices: ThreadScenario(case, choices, bridge_type))
    print(f"{case}: {explored}")
    return explored


@pytest.mark.parametrize("overflow", [Overflow.BLOCK, Overflow.DROP_NEWEST])
def test_two_threads_deliver_every_message_once_and_in_order_or_count_it(overflow: Overflow) -> None:
    assert _explore(ThreadCase(1, overflow, 2)).states > 2000


def test_ticks_filtered_out_never_overtake_a_message() -> None:
    assert _explore(ThreadCase(1, Overflow.BLOCK, 2, frozenset({1}))).states > 800


def test_a_receiver_that_leaves_at_any_moment_leaves_no_sender_waiting_and_every_message_counted() -> None:
    assert _explore(ThreadCase(1, Overflow.BLOCK, 2, stop_after=1)).states > 1000
    assert _explore(ThreadCase(1, Overflow.DROP_NEWEST, 3, stop_after=1)).states > 1000


def test_a_sender_that_gives_up_is_not_taken_for_the_end_of_the_stream() -> None:
    assert _explore(ThreadCase(1, Overflow.DROP_NEWEST, 3, abandon_after=2)).states > 2000


def test_a_wire_that_grows_at_any_moment_resolves_what_a_join_waits_for() -> None:
    assert _explore(ThreadCase(1, count=2, needs=2, grows=True)).states > 500


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_wire_that_grows_at_any_moment_loses_nothing() -> None:
    cases = [
        ThreadCase(1, count=2, grows=True),
        ThreadCase(1, count=2, stop_after=1, grows=True),
        ThreadCase(1, count=2, abandon_after=1, grows=True),
    ]
    assert sum((_explore(case) for case in cases), Explored()).states > 5_000


@pytest.mark.long
@pytest.mark.timeout(300)
def test_three_messages_between_two_threads_in_every_interleaving() -> None:
    policies = [Overflow.BLOCK, Overflow.DROP_OLDEST, Overflow.DROP_NEWEST]
    cases = [ThreadCase(1, overflow, 3, stop_after=1) for overflow in policies]
    cases += [ThreadCase(1, overflow, 3, abandon_after=2) for overflow in policies]
    cases += [ThreadCase(1, Overflow.BLOCK, 3), ThreadCase(1, Overflow.DROP_OLDEST, 2)]
    cases += [ThreadCase(1, Overflow.LATEST, 3, frozenset({1, 2}))]
    total = sum((_explore(case) for case in cases), Explored())
    print(f"in all: {total}")
    assert total.states > 80_000


def _broken(old: str, new: str) -> Any:
    edited: list[str] = []

    def edit(source: str) -> str:
        if old in source:
            edited.append(old)
        return source.replace(old, new)

    bridge = interleaved(ThreadBridge, SenderEnd, private=PRIVATE, edit=edit)
    assert edited, f"nothing to break: {old!r} is not in the source"
    return bridge


BROKEN = {
    "does not look again before it waits for room": (
        "if self._has_room():\n            self._wake_senders()\n        await future",
        "await future",
        ThreadCase(),
        "sender waits for ever",
    ),
    "tells of room once only": (
        "self._room_coming = False\n        if self._receiver_gone:",
        "if self._receiver_gone:",
        ThreadCase(),
        "sender waits for ever",
    ),
    "tells of news once only": (
        "self._news_coming = False\n        self.on_news()",
        "self.on_news()",
        ThreadCase(),
        "waits for ever",
    ),
    "looks for the end in the wrong order": (
        "return self._closed and not self._queue",
        "return not self._queue and self._closed",
        ThreadCase(count=1),
        "overtook|are missing",
    ),
    "grows, and wakes nobody": (
        "self.capacity = max(self.capacity, capacity)\n        self._wake_senders()",
        "self.capacity = max(self.capacity, capacity)",
        ThreadCase(1, count=2, needs=2, grows=True),
        "sender waits for ever",
    ),
    "wakes, and does not grow": (
        "self.capacity = max(self.capacity, capacity)\n        self._wake_senders()",
        "self._wake_senders()",
        ThreadCase(1, count=2, needs=2, grows=True),
        "sender waits for ever",
    ),
    "counts in both threads": (
        "if not _call(self._sender_loop, self._tell_room):\n            self._throw_away()",
        "_call(self._sender_loop, self._tell_room)\n        self._throw_away()",
        ThreadCase(2, count=3, stop_after=1),
        "are missing|gone",
    ),
    "forgets the news of before it was attached": (
        "if self._news_coming or self._closed:",
        "if self._closed:",
        ThreadCase(),
        "waits for ever",
    ),
    "reads the tick behind the queue": (
        "return self._empty_tick(tick_told, time_told)",
        "return self._empty_tick(self._tick_told, time_told)",
        ThreadCase(2, count=2, empty=frozenset({1})),
        "ticks not once and in order|overtook",
    ),
    "takes what gave up for the end": (
        "self.broken = reason\n            self.close()",
        "self.close()",
        ThreadCase(abandon_after=1),
        "looks like end of stream",
    ),
    "counts no drop": (
        "self._queue.popleft()\n                self.dropped += 1",
        "self._queue.popleft()",
        ThreadCase(1, Overflow.DROP_OLDEST, 2),
        "are missing",
    ),
    "wakes the sender in the receiver's thread": (
        "_call(self._sender_loop, self._tell_room)\n        return message",
        "self._wake_senders()\n        return message",
        ThreadCase(),
        "not its own",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_bridge_is_found_and_the_interleaving_is_told(what: str) -> None:
    old, new, case, said = BROKEN[what]
    with pytest.raises(Counterexample, match=said) as found:
        _explore(case, _broken(old, new))
    assert "after this schedule" in str(found.value)


def test_an_attribute_that_is_private_to_no_side_is_noticed() -> None:
    bridge = interleaved(ThreadBridge, SenderEnd, private=PRIVATE | {"_tick_told"})
    with pytest.raises(Counterexample, match="both threads use"):
        _explore(ThreadCase(count=1, empty=frozenset({0})), bridge)
