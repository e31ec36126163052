"""What became of each message on its way from node to node, by the books of the nodes, and what may explain its end.

A crash may swallow, and nothing else may:

- what was on its way to the node that died, until the node is back: one gap, between two of its instances;
- what was inside of the sender that died: the last that it handed on, no more than a wire holds and one more (a source
  in a thread is up to 16 ahead besides). What had left it before arrives;
- the one message that a node had in work.

A stop by force swallows the tail of a stream. All the rest is a loss without a cause, however many processes died. What
the engine has counted on a wire is held against the same books: to the message where neither end died.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bench.soak.record import KEPT_BACK

Numbers = NDArray[np.intp]


@dataclass(frozen=True)
class NodeBook:
    """The book of one node.

    Attributes:
        taken, handed_on: by number, which instance of the node did it; 0 for none.
        instances: how many there were: each but the last died with its process.
        is_gone: the last has died, too.
        ahead: how many messages it may have made that its loop does not know of yet.
    """

    taken: NDArray[np.uint16]
    handed_on: NDArray[np.uint16]
    instances: int = 1
    is_gone: bool = False
    ahead: int = 0

    @property
    def deaths(self) -> int:
        """How many instances have died."""
        return self.instances - 1 + self.is_gone

    def has_died(self, instance: int) -> bool:
        """Is this instance over by the death of its process?"""
        return instance <= self.deaths

    @property
    def sent(self) -> NDArray[np.bool_]:
        """By number: was it handed on?"""
        return np.asarray((self.handed_on != 0) & (self.handed_on != KEPT_BACK))


@dataclass(frozen=True)
class WireBook:
    """What the engine has counted on a wire that is over."""

    sender: NodeBook
    capacity: int
    sent: int
    lost: int  # by a death, dropped by policy or discarded

    @property
    def inside(self) -> int:
        """The most messages that a sender takes along when it dies."""
        return self.capacity + 1 + self.sender.ahead


@dataclass
class Account:
    """What was found at one step of the way.

    Attributes:
        unexplained: numbers that are missing without a cause.
        uncounted: missing with a cause, and in no count of the engine.
        overcounted: counted as lost and not missing, with a cause.
        wrong: counts of the engine that the books refute.
    """

    unexplained: list[int] = field(default_factory=list)
    uncounted: int = 0
    overcounted: int = 0
    wrong: list[str] = field(default_factory=list)
    miscounted: int = 0  # by how many messages these are wrong

    def refute(self, excess: int, text: str) -> None:
        """A count is wrong by this many messages beyond what is allowed; nothing if it is none."""
        if excess > 0:
            self.miscounted += excess
            self.wrong.append(text)


def missing_inside(node: NodeBook, *, was_forced: bool) -> tuple[list[int], int]:
    """Numbers that a node took and did not hand on: those without a cause, and how many have one."""
    numbers = np.flatnonzero((node.taken != 0) & (node.handed_on == 0))
    last = {int(instance): _last(node.taken, int(instance)) for instance in np.unique(node.taken[numbers])}
    unexplained = []
    for number in map(int, numbers):
        instance = int(node.taken[number])
        may_be_in_work = node.has_died(instance) or (was_forced and instance == node.instances)
        if not (may_be_in_work and number == last[instance]):
            unexplained.append(number)
    return unexplained, len(numbers) - len(unexplained)


def missing_between(wires: Sequence[WireBook], node: NodeBook, *, tail_is_free: bool) -> list[int]:
    """Numbers that all senders handed on, that the node never took, and that no death explains.

    Args:
        wires: that end at the node and carry these numbers.
        node: the receiver.
        tail_is_free: the end of the stream may be missing, as by a stop by force.
    """
    taken = np.flatnonzero(node.taken)
    missing = np.flatnonzero(_offered(wires) & (node.taken == 0))
    if not missing.size:
        return []
    places = np.searchsorted(taken, missing)
    explained = _in_gaps_of_deaths(taken, places, node, tail_is_free=tail_is_free)
    for wire in wires:
        explained |= _taken_along(wire, node, missing)
    return [int(number) for number in missing[~explained]]


def _offered(wires: Iterable[WireBook]) -> NDArray[np.bool_]:
    return np.asarray(np.logical_and.reduce([wire.sender.sent for wire in wires]))


def _last(instances: NDArray[np.uint16], instance: int) -> int:
    return int(np.flatnonzero(instances == instance)[-1])


def _in_gaps_of_deaths(taken: Numbers, places: Numbers, node: NodeBook, *, tail_is_free: bool) -> NDArray[np.bool_]:
    """Which gaps, each in front of a place in what was taken, lie where the receiver died: between two instances."""
    if not taken.size:
        return np.full(places.shape, tail_is_free or node.deaths > 0)
    by = node.taken[taken].astype(int)
    before = np.where(places > 0, by[np.maximum(places - 1, 0)], 1)
    is_tail = places == taken.size
    after = by[np.minimum(places, taken.size - 1)]
    in_tail = tail_is_free | (before <= node.deaths)
    return np.asarray(np.where(is_tail, in_tail, before != after))


def _taken_along(wire: WireBook, node: NodeBook, missing: Numbers) -> NDArray[np.bool_]:
    """Which missing numbers the sender took along: the last of an instance that died, and none behind them arrived."""
    sender = wire.sender
    explained = np.zeros(missing.shape, bool)
    for instance in np.unique(sender.handed_on[missing]):
        if sender.has_died(int(instance)):
            last = np.flatnonzero(sender.handed_on == instance)[-wire.inside :]
            arrived = last[node.taken[last] != 0]
            first = arrived[-1] + 1 if arrived.size else last[0]
            explained |= (sender.handed_on[missing] == instance) & (missing >= first)
    return explained


def hold_counts_against(
    wires: Sequence[WireBook], node: NodeBook, unmatched: int, *, was_forced: bool, stale_drops: int = 0
) -> Account:
    """Hold the engine's counts of the wires that end at a node against the books.

    Args:
        wires: as for `missing_between`.
        node: the receiver.
        unmatched: messages that found no partner at the node, which joins by tick; 0 elsewhere.
        was_forced: the run ended by force, for which each end is like one that died.
        stale_drops: how many messages a sender may have dropped by policy since its process last told its counts.
    """
    account = Account()
    ends = node.deaths + was_forced
    missing = counted = too_few = 0
    for wire in wires:
        handed_on = int(wire.sender.sent.sum())
        inside = wire.inside * (wire.sender.deaths + was_forced) + stale_drops * (wire.sender.deaths > 0)
        account.refute(wire.sent - handed_on, f"{wire.sent} counted as sent, {handed_on} were")
        account.refute(
            handed_on - wire.sent - inside, f"{wire.sent} counted as sent, {handed_on} were, {inside} may lack"
        )
        absent = handed_on - int((node.taken[wire.sender.sent] != 0).sum())
        too_high = wire.lost - absent
        account.overcounted += max(0, too_high)
        credit = wire.capacity * ends  # taken by one that died before it could say so
        account.refute(too_high - credit, f"{wire.lost} counted as lost, {absent} are missing, {credit} may not be")
        missing += absent
        counted += wire.lost
        too_few += inside + ends  # and the head of each input, taken from its wire and not yet in work
    if len(wires) > 1 and node.deaths:
        return account  # what was unmatched in its last moments died with it
    uncounted = missing - counted - unmatched
    account.uncounted = max(0, uncounted)
    account.refute(
        uncounted - too_few, f"{missing} missing, {counted} counted, {unmatched} unmatched, {too_few} may lack"
    )
    return account
