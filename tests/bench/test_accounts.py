"""What the soak's books explain, and what they do not: a crash swallows what was in its reach and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.soak.accounts import NodeBook, WireBook, hold_counts_against, missing_between, missing_inside
from bench.soak.record import KEPT_BACK

COUNT, CAPACITY = 100, 4


def book(
    by: Mapping[int, range] | None = None,
    *,
    without: tuple[int, ...] = (),
    kept: tuple[int, ...] = (),
    instances: int = 1,
    gone: bool = False,
) -> NodeBook:
    """A node that took and handed on these numbers, by instance; `kept` it did not hand on."""
    taken: NDArray[np.uint16] = np.zeros(COUNT, np.uint16)
    for instance, numbers in (by or {1: range(COUNT)}).items():
        taken[list(numbers)] = instance
    taken[list(without)] = 0
    handed_on = taken.copy()
    handed_on[list(kept)] = 0
    return NodeBook(taken, handed_on, instances, gone)


def lost(sender: NodeBook, receiver: NodeBook, *, tail_is_free: bool = False) -> list[int]:
    return missing_between([WireBook(sender, CAPACITY, 0, 0)], receiver, tail_is_free=tail_is_free)


def counted(
    sender: NodeBook, receiver: NodeBook, *, sent: int, lost: int, was_forced: bool = False, stale_drops: int = 0
) -> int:
    """By how much these counts of the engine are wrong."""
    wire = WireBook(sender, CAPACITY, sent, lost)
    account = hold_counts_against([wire], receiver, 0, was_forced=was_forced, stale_drops=stale_drops)
    assert bool(account.wrong) == bool(account.miscounted)
    return account.miscounted


def test_what_nobody_died_for_is_a_loss_without_a_cause() -> None:
    assert lost(book(), book()) == []
    assert lost(book(), book(without=(7, 40, 41))) == [7, 40, 41]
    assert lost(book(), book(without=(99,))) == [99]


def test_the_death_of_a_receiver_explains_one_gap_between_its_instances_and_no_other() -> None:
    receiver = {1: range(30), 2: range(60, COUNT)}
    assert lost(book(), book(receiver, instances=2)) == []
    assert lost(book(), book(receiver, instances=2, without=(10, 70))) == [10, 70]


def test_a_receiver_that_died_before_it_took_anything_has_a_gap_at_the_beginning() -> None:
    assert lost(book(), book({2: range(20, COUNT)}, instances=2)) == []
    assert lost(book(), book({1: range(20, COUNT)})) == list(range(20))
    assert lost(book(), book({1: range(0)}, gone=True)) == []
    assert lost(book(), book({1: range(0)})) == list(range(COUNT))


def test_the_tail_of_a_stream_needs_a_death_or_a_stop_by_force() -> None:
    short = {1: range(90)}
    assert lost(book(), book(short)) == list(range(90, COUNT))
    assert lost(book(), book(short), tail_is_free=True) == []
    assert lost(book(), book(short, gone=True)) == []
    assert lost(book(), book(short, instances=2)) == []  # the second had not yet got anything
    assert lost(book(), book(short, without=(50,)), tail_is_free=True) == [50]
    died_once = {1: range(30), 2: range(60, 90)}
    assert lost(book(), book(died_once, instances=2)) == list(range(90, COUNT))


def test_a_sender_that_dies_takes_along_its_last_messages_as_many_as_its_wire_holds_and_one_in_work() -> None:
    sender = book({1: range(50), 2: range(50, COUNT)}, instances=2)
    assert lost(sender, book(without=tuple(range(49 - CAPACITY, 50)))) == []
    assert lost(sender, book(without=tuple(range(48 - CAPACITY, 50)))) == [48 - CAPACITY]
    assert lost(sender, book(without=(48,))) == [48]  # what it handed on behind it has arrived
    assert lost(sender, book(without=(99,))) == [99]  # the second instance lives


def test_a_join_is_asked_only_for_what_all_its_senders_handed_on() -> None:
    wires = [WireBook(book(kept=(5, 6)), CAPACITY, 0, 0), WireBook(book(), CAPACITY, 0, 0)]
    assert missing_between(wires, book(without=(5, 6, 8)), tail_is_free=False) == [8]


def test_a_node_may_have_one_message_in_work_for_each_death() -> None:
    ways = {1: range(50), 2: range(50, COUNT)}
    assert missing_inside(book(ways, instances=2, kept=(49,)), was_forced=False) == ([], 1)
    assert missing_inside(book(ways, instances=2, kept=(48, 49)), was_forced=False) == ([48], 1)
    assert missing_inside(book(ways, instances=2, kept=(99,)), was_forced=False) == ([99], 0)
    assert missing_inside(book(ways, instances=2, kept=(99,)), was_forced=True) == ([], 1)
    assert missing_inside(book(kept=(20,)), was_forced=True) == ([20], 0)


def test_what_a_node_kept_back_as_it_was_told_is_not_missing() -> None:
    node = book()
    node.handed_on[20] = KEPT_BACK
    assert missing_inside(node, was_forced=False) == ([], 0)
    assert lost(node, book(without=(20,))) == []


@pytest.mark.parametrize(("sent", "lost", "wrong_by"), [(100, 3, 0), (100, 4, 1), (100, 2, 1), (99, 3, 1), (101, 3, 1)])
def test_where_nobody_died_counts_are_right_to_the_message(sent: int, lost: int, wrong_by: int) -> None:
    assert counted(book(), book(without=(1, 2, 3)), sent=sent, lost=lost) == wrong_by


def test_a_loss_that_is_counted_too_high_is_found_beside_a_death_too() -> None:
    receiver = book({1: range(30), 2: range(60, COUNT)}, instances=2)
    assert counted(book(), receiver, sent=COUNT, lost=30) == 0
    assert counted(book(), receiver, sent=COUNT, lost=30 + CAPACITY) == 0  # taken, and died before it could say so
    assert counted(book(), receiver, sent=COUNT, lost=31 + CAPACITY) == 1


def test_a_loss_that_is_counted_too_low_is_found_beside_a_death_too() -> None:
    receiver = book({1: range(30), 2: range(60, COUNT)}, instances=2)
    assert counted(book(), receiver, sent=COUNT, lost=29) == 0  # its head: taken and not yet in work
    assert counted(book(), receiver, sent=COUNT, lost=28) == 1
    sender = book({1: range(50), 2: range(50, COUNT)}, instances=2)
    taken_along = tuple(range(49 - CAPACITY, 50))
    assert counted(sender, book(without=taken_along), sent=95, lost=0) == 0
    assert counted(sender, book(without=(*taken_along, 10)), sent=95, lost=0) == 1


def test_only_a_sender_that_died_may_have_dropped_more_than_it_could_tell() -> None:
    receiver = book(without=tuple(range(40)))
    assert counted(book(gone=True), receiver, sent=75, lost=15, stale_drops=20) == 0
    assert counted(book(gone=True), receiver, sent=70, lost=10, stale_drops=20) > 0
    assert counted(book(), receiver, sent=99, lost=39, stale_drops=20) > 0
