"""Every schedule of two programs on one loop with the real bridge between them."""

from __future__ import annotations

from typing import Any

import pytest

from engine.bridges.loop import LoopBridge
from engine.bridges.message import Message
from engine.overflow import Overflow
from tests.model.explorer import Counterexample, Explored, explore
from tests.model.loop_scenario import LoopCase, LoopScenario

pytestmark = pytest.mark.timeout(240)  # much computing, on a machine that may be busy


def _explore(case: LoopCase, scenario: type[LoopScenario] = LoopScenario) -> Explored:
    explored = explore(lambda choices: scenario(case, choices))
    print(f"{case}: {explored}")
    return explored


@pytest.mark.parametrize("overflow", Overflow)
def test_every_message_on_one_loop_is_delivered_once_and_in_order_or_counted(overflow: Overflow) -> None:
    total = sum((_explore(LoopCase(capacity, overflow, 5)) for capacity in (1, 2, 3)), Explored())
    assert total.states > 200 and total.ends > 5


@pytest.mark.parametrize("empty", [{0}, {1}, {2}, {1, 2}, {0, 1, 2, 3}], ids=str)
def test_ticks_filtered_out_on_one_loop_are_heard_of_and_overtake_nothing(empty: set[int]) -> None:
    for overflow in Overflow:
        assert _explore(LoopCase(1, overflow, 4 if 3 in empty else 3, frozenset(empty))).states > 15


@pytest.mark.parametrize("overflow", Overflow)
def test_either_end_may_give_up_at_any_moment_and_nobody_waits(overflow: Overflow) -> None:
    for after in range(4):
        assert _explore(LoopCase(1, overflow, 4, frozenset({2}), abandon_after=after)).ends > 1
        assert _explore(LoopCase(2, overflow, 4, stop_after=after + 1)).ends > 1


def test_a_wire_that_grows_at_any_moment_resolves_what_a_join_waits_for() -> None:
    grown: set[bool] = set()

    class Watched(LoopScenario):
        def check(self) -> None:
            super().check()
            grown.add(self.has_grown)

    assert _explore(LoopCase(1, count=3, needs=2, grows=True), Watched).states > 30
    assert _explore(LoopCase(2, count=5, needs=4, grows=True), Watched).states > 30
    assert grown == {False, True}


# -- the checker can fail


class GrowsAsleep(LoopBridge):
    """Makes room and tells nobody."""

    def grow(self, capacity: int) -> None:
        self.capacity = capacity


class EndsSilently(LoopBridge):
    """Does not tell of the end."""

    def close(self) -> None:
        self._closed = True


class EndsTooEarly(LoopBridge):
    """Says that it has ended while messages wait."""

    @property
    def ended(self) -> bool:
        return self._closed


class LeavesSilently(LoopBridge):
    """Does not tell the sender that nobody takes any more."""

    def stop_receiving(self) -> None:
        self._receiver_gone = True
        self.discarded += len(self._queue)
        self._queue.clear()


class ForgetsDrops(LoopBridge):
    """Drops without counting."""

    def try_put(self, message: Message) -> bool:
        before = self.dropped
        done = super().try_put(message)
        self.dropped = before
        return done


class MakesRoomSilently(LoopBridge):
    """Takes, and wakes nobody who waits for room."""

    def take(self) -> Message | None:
        waiting, self._room = self._room, []
        message = super().take()
        self._room = waiting + self._room
        return message


class TicksSilently(LoopBridge):
    """Does not tell of ticks filtered out until something else comes."""

    def put_empty(self, tick: int, time_ns: int = 0) -> None:
        self._tick_told = tick


class TicksFirst(LoopBridge):
    """Tells of ticks filtered out before the messages that wait."""

    def take(self) -> Message | None:
        return self._empty_tick(self._tick_told, 0) or super().take()


class TakesGivingUpForTheEnd(LoopBridge):
    """Gives up without a reason."""

    def abandon(self, reason: str) -> None:
        self.close()


class ReversesOrder(LoopBridge):
    """Puts the newest first."""

    def try_put(self, message: Message) -> bool:
        done = super().try_put(message)
        self._queue.rotate(1)
        return done


BROKEN: list[tuple[type[LoopBridge], LoopCase, str]] = [
    (GrowsAsleep, LoopCase(1, count=3, needs=2, grows=True), "sender waits for ever"),
    (EndsSilently, LoopCase(), "receiver waits for ever"),
    (EndsTooEarly, LoopCase(2), "and messages wait"),
    (LeavesSilently, LoopCase(1, stop_after=1), "sender waits for ever"),
    (ForgetsDrops, LoopCase(1, Overflow.DROP_OLDEST), "are missing"),
    (MakesRoomSilently, LoopCase(), "sender waits for ever"),
    (TicksSilently, LoopCase(1, count=3, empty=frozenset({2})), "nobody heard"),
    (TicksFirst, LoopCase(2, count=3, empty=frozenset({1})), "ticks not once and in order"),
    (TakesGivingUpForTheEnd, LoopCase(abandon_after=1), "looks like end of stream"),
    (ReversesOrder, LoopCase(3), "not once and in order"),
]


@pytest.mark.parametrize(("bridge", "case", "said"), BROKEN, ids=[b.__name__ for b, _, _ in BROKEN])
def test_a_broken_bridge_is_found_and_the_schedule_is_told(bridge: Any, case: LoopCase, said: str) -> None:
    scenario = type("Broken", (LoopScenario,), {"bridge_type": bridge})
    with pytest.raises(Counterexample, match=said) as found:
        _explore(case, scenario)
    assert "after this schedule" in str(found.value)
