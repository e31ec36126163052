"""The accounts of one wire over deaths of the processes at its ends, against messages that are counted one by one."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.runtime.control import WireCounts
from engine.runtime.wire_ledger import End, WireLedger


class _Wire:
    """A wire whose messages are counted one by one, and whose ends report late, as real ones do."""

    def __init__(self) -> None:
        self.ledger = WireLedger()
        self.put = self.delivered = self.lost = 0  # the truth
        self.under_way = self.queued = 0
        self.from_before = 0  # of what is queued, what came from a sender that has died
        self.sender, self.receiver = WireCounts("w", put=0), WireCounts("w", delivered=0)

    def send(self) -> None:
        self.put += 1
        self.sender.put += 1
        self.under_way += 1
        self.sender.under_way += 1

    def arrive(self) -> None:
        if self.under_way > self.queued:
            self.queued += 1
            self.receiver.queued += 1

    def take(self) -> None:
        if not self.queued:
            return
        self.queued -= 1
        self.receiver.queued -= 1
        self.under_way -= 1
        self.receiver.delivered += 1
        self.delivered += 1
        if self.from_before:
            self.from_before -= 1
        else:
            self.sender.under_way -= 1  # by credit

    def report(self, end: End) -> None:
        counts = self.sender if end is End.SENDER else self.receiver
        self.ledger.take(WireCounts(**{name: getattr(counts, name) for name in counts.__struct_fields__}), 1)

    def sender_dies(self, answered: bool) -> None:
        self.ledger.part(End.SENDER, answer_expected=True)
        self.lost += self.under_way - self.queued
        self.under_way = self.queued
        if answered:
            self.ledger.settle_part(self.receiver)
        self.sender = WireCounts("w", put=0)
        self.from_before = self.queued

    def receiver_dies(self, answered: bool) -> None:
        if answered and self.sender.put == self.sender.lost + self.sender.under_way:
            self.report(End.RECEIVER)  # no credit says for it what it took of an earlier sender's
        self.ledger.part(End.RECEIVER, answer_expected=True)
        self.lost += self.under_way
        self.sender.lost += self.sender.under_way
        self.sender.under_way = self.under_way = self.queued = self.from_before = 0
        if answered:
            self.ledger.settle_part(self.sender)
        self.receiver = WireCounts("w", delivered=0)

    def both_die(self) -> None:
        self.ledger.part(End.SENDER, answer_expected=False)
        self.ledger.part(End.RECEIVER, answer_expected=False)
        self.sender, self.receiver = WireCounts("w", put=0), WireCounts("w", delivered=0)
        self.lost += self.under_way
        self.under_way = self.queued = self.from_before = 0


def _check(ledger: WireLedger) -> dict[str, int]:
    figures = ledger.figures
    parts = ("delivered", "dropped", "discarded", "lost", "queued")
    assert figures["sent"] == sum(figures[name] for name in parts), figures
    assert min(figures.values()) >= 0, figures
    return figures


_STEPS = st.sampled_from(["send", "send", "arrive", "take", "tell sender", "tell receiver", "sender", "receiver"])


@settings(max_examples=150)
@given(st.lists(_STEPS, max_size=80))
def test_with_answers_every_message_is_accounted_for_exactly(steps: list[str]) -> None:
    wire = _Wire()
    before = dict.fromkeys(("sent", "delivered", "dropped", "discarded"), 0)
    for step in steps:
        match step:
            case "send" | "arrive" | "take":
                getattr(wire, step)()
            case "tell sender":
                wire.report(End.SENDER)
            case "tell receiver":
                wire.report(End.RECEIVER)
            case "sender":
                wire.sender_dies(answered=True)
            case "receiver":
                wire.receiver_dies(answered=True)
        figures = _check(wire.ledger)
        assert all(figures[name] >= before[name] for name in before), "a count went back"
        before = {name: figures[name] for name in before}
    wire.report(End.SENDER)
    wire.report(End.RECEIVER)
    figures = _check(wire.ledger)
    assert figures["delivered"] == wire.delivered
    assert figures["queued"] == wire.under_way
    unsaid = wire.put - figures["sent"]  # put since its last report by a sender that died, and lost with it
    assert 0 <= unsaid == wire.lost - figures["lost"]


@settings(max_examples=150)
@given(st.lists(st.tuples(_STEPS, st.booleans()), max_size=80))
def test_without_answers_the_accounts_balance_all_the_same_and_never_go_back(steps: list[tuple[str, bool]]) -> None:
    wire = _Wire()
    before = dict.fromkeys(("sent", "delivered", "dropped", "discarded"), 0)
    for step, answered in steps:
        match step:
            case "send" | "arrive" | "take":
                getattr(wire, step)()
            case "tell sender":
                wire.report(End.SENDER)
            case "tell receiver":
                wire.report(End.RECEIVER)
            case "sender" if answered:
                wire.both_die()
            case "sender":
                wire.sender_dies(answered)
            case "receiver":
                wire.receiver_dies(answered)
        figures = _check(wire.ledger)
        assert all(figures[name] >= before[name] for name in before), "a count went back"
        before = {name: figures[name] for name in before}
    wire.ledger.settle()
    assert _check(wire.ledger)["queued"] == 0


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(["send", "send", "arrive", "take", "take", "tell", "die", "die", "answer"]), max_size=60)
)
@example(["send", "arrive", "tell", "die", "die", "answer"])
@example(["send", "send", "arrive", "tell", "take", "die", "die", "die", "answer", "answer"])
def test_with_late_answers_no_more_counts_as_sent_than_was_and_no_arrival_as_lost(steps: list[str]) -> None:
    wire = _Wire()
    asked = 0  # deaths of senders that the receiver has not answered yet
    for step in steps:
        match step:
            case "arrive" if asked:
                pass  # a receiver answers before it is joined to the next sender
            case "send" | "arrive" | "take":
                getattr(wire, step)()
            case "tell":
                wire.report(End.SENDER)
            case "die":
                wire.sender_dies(answered=False)
                asked += 1
            case "answer" if asked:
                wire.ledger.settle_part(wire.receiver)
                asked -= 1
        assert _check(wire.ledger)["sent"] <= wire.put
    for _ in range(asked):
        wire.ledger.settle_part(wire.receiver)
    wire.report(End.SENDER)
    wire.report(End.RECEIVER)
    figures = _check(wire.ledger)
    assert (figures["delivered"], figures["queued"]) == (wire.delivered, wire.under_way)
    assert 0 <= wire.put - figures["sent"] == wire.lost - figures["lost"]


def test_what_a_receiver_took_before_it_could_say_so_counts_as_delivered_by_its_credit() -> None:
    ledger = WireLedger()
    ledger.take(WireCounts("w", delivered=3), 1)
    ledger.take(WireCounts("w", put=10, under_way=7), 1)
    ledger.part(End.RECEIVER, answer_expected=True)
    ledger.settle_part(WireCounts("w", put=12, lost=6))
    assert ledger.figures == {"sent": 12, "delivered": 6, "dropped": 0, "discarded": 0, "lost": 6, "queued": 0}


def test_what_arrived_and_was_not_taken_is_no_loss() -> None:
    ledger = WireLedger()
    ledger.take(WireCounts("w", put=10, under_way=7), 1)
    ledger.take(WireCounts("w", delivered=3), 1)
    ledger.part(End.SENDER, answer_expected=True)
    ledger.settle_part(WireCounts("w", delivered=4, queued=5))
    assert ledger.figures == {"sent": 10, "delivered": 4, "dropped": 0, "discarded": 0, "lost": 1, "queued": 5}


@pytest.mark.parametrize("order", [(End.SENDER, End.RECEIVER), (End.RECEIVER, End.SENDER)])
def test_when_both_ends_die_what_was_under_way_is_lost(order: tuple[End, End]) -> None:
    ledger = WireLedger()
    ledger.take(WireCounts("w", put=10, dropped=1, under_way=7), 1)
    ledger.take(WireCounts("w", delivered=1), 1)
    for end in order:
        ledger.part(end, answer_expected=False)
    assert ledger.figures == {"sent": 10, "delivered": 2, "dropped": 1, "discarded": 0, "lost": 7, "queued": 0}
    ledger.take(WireCounts("w", put=4, under_way=1), 2)
    ledger.take(WireCounts("w", delivered=3), 2)
    assert ledger.figures == {"sent": 14, "delivered": 5, "dropped": 1, "discarded": 0, "lost": 7, "queued": 1}


def test_the_sums_that_cycles_are_judged_by_balance_though_messages_were_lost() -> None:
    ledger = WireLedger()
    ledger.take(WireCounts("w", put=10, under_way=4), 1)
    ledger.take(WireCounts("w", delivered=6), 1)
    ledger.part(End.RECEIVER, answer_expected=True)
    ledger.settle_part(WireCounts("w", put=11, lost=5))
    now = WireCounts("w", put=13, lost=5)
    ledger.take(now, 2)
    ledger.take(WireCounts("w", delivered=2), 2)
    sums = ledger.summed(now)
    assert sums.put - sums.dropped - sums.discarded == ledger.summed(WireCounts("w", delivered=2)).delivered == 8


@given(
    seen=st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 9), min_size=5, max_size=5)), max_size=6),
    dies_at=st.integers(0, 9),
)
def test_whatever_the_ends_say_the_figures_add_up_and_none_is_negative(
    seen: list[tuple[bool, list[int]]], dies_at: int
) -> None:
    """Also where the two ends do not agree, as they count apart."""
    ledger = WireLedger()
    for index, (is_sender, (a, b, c, d, e)) in enumerate(seen):
        if index == dies_at:
            ledger.lose()
        if is_sender:
            ledger.take(WireCounts("w", put=a, dropped=b, discarded=c, lost=d, under_way=e), index)
        else:
            ledger.take(WireCounts("w", delivered=a, queued=b), index)
        figures = ledger.figures
        assert min(figures.values()) >= 0
        assert figures["sent"] == sum(value for name, value in figures.items() if name != "sent")
        assert figures["delivered"] == ledger.delivered and figures["dropped"] == ledger.dropped
