"""Every schedule of the real bridge between processes: what is put is delivered once and in order, or counted.

The ends are the real ones, over virtual sockets; either side may die, give up or stop receiving at any moment.
"""

from __future__ import annotations

from typing import Any

import pytest

from engine.bridges import frames
from engine.bridges.frames import Frame, Kind
from engine.bridges.socket_end import SocketEnd
from engine.bridges.stream import StreamReceiver, StreamSender
from engine.overflow import Overflow
from tests.model.explorer import Counterexample, Explored, explore
from tests.model.scheduler import Choices
from tests.model.stream_scenario import StreamCase, StreamScenario

pytestmark = pytest.mark.timeout(240)  # much computing, on a machine that may be busy


POLICIES = list(Overflow)
OUTSIDE = ["sender dies", "receiver dies", "stop receiving", "abandon", "grow"]


def _explore(case: StreamCase, scenario: type[StreamScenario] = StreamScenario) -> Explored:
    explored = explore(lambda choices: scenario(case, choices))
    print(f"{case}: {explored}")
    return explored


@pytest.mark.parametrize("overflow", POLICIES)
def test_every_message_is_delivered_once_and_in_order_or_counted_in_every_schedule(overflow: Overflow) -> None:
    seen: set[tuple[int, ...]] = set()

    class Watched(StreamScenario):
        def check(self) -> None:
            super().check()
            seen.add(tuple(self.got))

    explored = _explore(StreamCase(1, overflow, 4 if overflow is Overflow.BLOCK else 3), Watched)
    assert explored.states > 250 and explored.ends > 20
    assert (len(seen) > 1) is (overflow is not Overflow.BLOCK), "nothing was ever dropped"


@pytest.mark.parametrize("overflow", [Overflow.BLOCK, Overflow.LATEST])
def test_ticks_that_were_filtered_out_are_heard_of_in_every_schedule(overflow: Overflow) -> None:
    assert _explore(StreamCase(1, overflow, 3, frozenset({1, 2}))).states > 500


@pytest.mark.parametrize("what", OUTSIDE)
def test_a_death_or_change_of_mind_at_any_moment_leaves_nobody_waiting_and_every_message_counted(what: str) -> None:
    assert _explore(StreamCase(1, count=2, outside=(what,))).ends > 20


@pytest.mark.parametrize("what", OUTSIDE)
def test_credit_that_is_told_later_leaves_nobody_waiting_in_any_schedule(what: str) -> None:
    assert _explore(StreamCase(2, count=3, credit_every=2, outside=(what,))).ends > 20


def test_frames_that_leave_and_arrive_in_pieces_are_put_together_again() -> None:
    assert _explore(StreamCase(1, Overflow.DROP_OLDEST, 2, bytes_under_way=50, piece=33)).states > 200
    assert _explore(StreamCase(1, count=2, bytes_under_way=1000, piece=33, outside=("sender dies",))).states > 100


def test_shared_memory_is_never_written_while_it_is_lent() -> None:
    assert _explore(StreamCase(1, Overflow.LATEST, 3, large=True, kept=2)).states > 500


def _long_cases(overflow: Overflow) -> list[StreamCase]:
    found = [
        StreamCase(1, overflow, 4),
        StreamCase(2, overflow, 4, frozenset({1, 3})),
        StreamCase(2, overflow, 3, bytes_under_way=50, outside=("receiver dies",)),
        StreamCase(1, overflow, 3, large=True, kept=2, outside=("grow",)),
        StreamCase(1, overflow, 3, large=True, kept=1, outside=("stop receiving",)),
    ]
    if overflow is Overflow.BLOCK:
        found += [StreamCase(1, count=3, outside=(what,)) for what in OUTSIDE]
        found.append(StreamCase(3, overflow, 5, frozenset({1, 4})))
        found.append(StreamCase(1, count=3, outside=("sender dies", "receiver dies", "stop receiving")))
    if overflow in (Overflow.BLOCK, Overflow.DROP_OLDEST):
        found += [StreamCase(2, overflow, 3, frozenset({1}), outside=(what,)) for what in OUTSIDE]
    return found


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("overflow", POLICIES)
def test_wider_wires_and_several_events_in_every_schedule(overflow: Overflow) -> None:
    total = sum((_explore(case) for case in _long_cases(overflow)), Explored())
    print(f"in all: {total}")
    assert total.states > 5000


# -- the checker can fail: each of these breaks one thing, and the schedule that shows it is found


class EndsTooEarly(StreamSender):
    """Says that the stream has ended before what waits has been sent."""

    def close(self) -> None:
        self._closing = True
        self._end.send(frames.frame(Kind.END))


class TakesNoNotice(StreamSender):
    """Does not hear that the receiver takes no more."""

    def _on_frames(self, arrived: list[Frame]) -> None:
        super()._on_frames([one for one in arrived if one.kind != Kind.GONE])


class SleepsThroughDeath(StreamSender):
    """Does not wake who waits for room when the receiver dies."""

    def _on_peer_gone(self) -> None:
        self._receiver_gone = True


class DropsUncounted(StreamSender):
    """Forgets to count what it throws away when it gives up."""

    def abandon(self, reason: str) -> None:
        before = self.discarded
        super().abandon(reason)
        self.discarded = before


class GrowsAsleep(StreamSender):
    """Makes room and tells nobody."""

    def grow(self, capacity: int) -> None:
        self._window = self.capacity = capacity


class CreditsTwice(StreamReceiver):
    """Gives credit for each message twice."""

    def give_credit(self) -> None:
        self._taken *= 2
        super().give_credit()


class CreditsNever(StreamReceiver):
    """Keeps the credit."""

    def give_credit(self) -> None:
        self._taken = 0
        self._credit_due = False


class CreditsOnlyInFull(StreamReceiver):
    """Waits with the credit until there is much of it."""

    def give_credit(self) -> None:
        if self._taken >= self._credit_every:
            super().give_credit()


class TakesDeathForTheEnd(StreamReceiver):
    """Takes a socket that closes for the end of the stream."""

    def _on_peer_gone(self) -> None:
        self._closed = True
        self.on_news()


class ForgetsToSay(StreamReceiver):
    """Does not say that something has come while other things wait to be taken... or nothing does."""

    def _on_frames(self, arrived: list[Frame]) -> None:
        on_news, self.on_news = self.on_news, lambda: None
        super()._on_frames(arrived)
        self.on_news = on_news


class ReturnsWhatIsKept(StreamReceiver):
    """Gives slots back whose arrays somebody still has."""

    def _look_at(self, arena_id: int, slot: int, sizes: list[int]) -> list[memoryview]:
        self._freed.append((arena_id, slot))
        return self._arenas[arena_id].lend(slot, sizes, lambda *_: None)


def _without_rest(end: SocketEnd) -> bool:
    """Sends a part and takes it for all."""
    data, descriptor = end._out.popleft()
    assert descriptor < 0
    end._socket.send(data)
    return True


BROKEN: list[tuple[type[StreamSender], type[StreamReceiver], StreamCase, str]] = [
    (EndsTooEarly, StreamReceiver, StreamCase(2, Overflow.DROP_OLDEST, 3), "overtook"),
    (TakesNoNotice, StreamReceiver, StreamCase(outside=("stop receiving",)), "sender waits for ever"),
    (SleepsThroughDeath, StreamReceiver, StreamCase(outside=("receiver dies",)), "sender waits for ever"),
    (DropsUncounted, StreamReceiver, StreamCase(2, Overflow.DROP_OLDEST, 4, outside=("abandon",)), "are missing"),
    (GrowsAsleep, CreditsNever, StreamCase(1, count=2, outside=("grow",)), "sender waits for ever"),
    (StreamSender, CreditsTwice, StreamCase(), "count is negative|are missing"),
    (StreamSender, CreditsNever, StreamCase(), "sender waits for ever"),
    (StreamSender, CreditsOnlyInFull, StreamCase(2, credit_every=3), "sender waits for ever"),
    (StreamSender, TakesDeathForTheEnd, StreamCase(outside=("sender dies",)), "looks like end|end of stream overtook"),
    (StreamSender, ForgetsToSay, StreamCase(), "waits for ever"),
    (StreamSender, ReturnsWhatIsKept, StreamCase(1, count=4, large=True, kept=3), "keeps was written"),
]


@pytest.mark.parametrize(
    ("sender", "receiver", "case", "said"), BROKEN, ids=[f"{s.__name__}-{r.__name__}" for s, r, _, _ in BROKEN]
)
def test_a_broken_bridge_is_found_and_the_schedule_is_told(
    sender: type[StreamSender], receiver: type[StreamReceiver], case: StreamCase, said: str
) -> None:
    scenario = type("Broken", (StreamScenario,), {"sender_type": sender, "receiver_type": receiver})
    with pytest.raises(Counterexample, match=said) as found:
        _explore(case, scenario)
    assert "after this schedule" in str(found.value)
    assert 1 < len(found.value.trace) < 60


def test_a_socket_end_that_forgets_the_rest_of_a_partial_write_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SocketEnd, "_send_some", _without_rest)
    with pytest.raises(Counterexample, match="looks broken"):
        _explore(StreamCase(bytes_under_way=50))


def test_a_schedule_that_was_found_fails_again_when_it_is_repeated() -> None:
    class Broken(StreamScenario):
        sender_type = TakesNoNotice

    case = StreamCase(outside=("stop receiving",))
    with pytest.raises(Counterexample) as found:
        _explore(case, Broken)
    again: Any = Broken(case, Choices(found.value.choices))
    again.world.run()
    with pytest.raises(AssertionError, match="sender waits for ever"):
        again.check()
    assert again.world.trace == found.value.trace
    again.close()
