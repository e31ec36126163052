"""What is known of one wire from the counts of its two ends, also over deaths of the processes they are in.

An end that dies takes its counts with it, and its successor counts from 0 again. So what the old ones had counted is
kept apart (`_Before`), and once the end that lives has said what it had counted at that moment, the difference is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from engine.runtime.control import WireCounts
from engine.runtime.rates import RateMeter, Spread

LATENCIES_KEPT = 300  # at ten counts a second those of half a minute
_FIGURES = ("sent", "delivered", "dropped", "discarded", "lost", "queued")


class End(Enum):
    """One of the two ends of a wire."""

    SENDER = auto()
    RECEIVER = auto()


@dataclass
class _Before:
    """What ends had counted that have died; `lost` is also corrected when more is known.

    Attributes:
        presumed: of what is lost, how much is so only as long as a receiver has not said that it arrived.
    """

    put: int = 0
    dropped: int = 0
    discarded: int = 0
    lost: int = 0
    delivered: int = 0
    presumed: int = 0


@dataclass
class WireLedger:
    """Sums of one wire; none of its counts ever goes back, save `lost`, when more turns out to have been delivered.

    Attributes:
        is_dead: an end has died for good: all that is not accounted for otherwise is lost.
        figures: sent = delivered + dropped + discarded + lost + queued, as of the newest counts; put in its place as a
            whole, for other threads read it.
        latencies: of one message in each count.
        queued_most: the most that was queued at a count.
    """

    latency_ns: int = 0
    bytes_each: int = 0
    is_dead: bool = False
    rate_hz: float = 0.0
    figures: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_FIGURES, 0))
    _now: WireCounts = field(default_factory=lambda: WireCounts("", put=0, delivered=0))
    _before: _Before = field(default_factory=_Before)
    _parted: End | None = None  # this end has died, and the other has not said yet what it had counted
    latencies: Spread = field(default_factory=lambda: Spread(LATENCIES_KEPT))
    queued_most: int = 0
    _meter: RateMeter = field(default_factory=RateMeter)

    @property
    def sent(self) -> int:
        """Messages put."""
        return self._before.put + self._now.put

    @property
    def dropped(self) -> int:
        """Messages dropped by the wire's policy."""
        return self._before.dropped + self._now.dropped

    @property
    def discarded(self) -> int:
        """Messages that nobody wanted any more."""
        return self._before.discarded + self._now.discarded

    @property
    def delivered(self) -> int:
        """Messages taken."""
        return self._before.delivered + self._now.delivered

    @property
    def lost(self) -> int:
        """Messages that went with a process that died, or were put while it was away."""
        return self._before.lost + self._now.lost

    @property
    def left(self) -> int:
        """Messages put of which nothing else is known: under way."""
        return max(0, self.sent - self._accounted)

    @property
    def _accounted(self) -> int:
        return self.delivered + self.dropped + self.discarded + self.lost

    @property
    def _taken(self) -> int:
        """Messages taken as the sender's end knows it, by credit: what a receiver that died can tell no more."""
        return self.sent - self.dropped - self.discarded - self.lost - self._now.under_way

    def take(self, counts: WireCounts, time_ns: int) -> None:
        """Take what an end has counted."""
        if counts.delivered > self._now.delivered:
            self.latencies.add(counts.latency_ns)
        has_changed = self._take_counts(counts)
        if counts.put >= 0 and self.is_dead:
            self._now.delivered += self._untold
            has_changed = True
        if counts.delivered >= 0:
            self.rate_hz = self._meter.rate(time_ns, self._before.delivered + self._now.delivered)
            self.latency_ns = counts.latency_ns
            self.bytes_each = counts.bytes_each
        if has_changed:
            self._publish()

    def _take_counts(self, counts: WireCounts) -> bool:
        """Returns whether anything is other than it was."""
        now, has_changed = self._now, False
        if counts.put >= 0:
            new = (counts.put, counts.dropped, counts.discarded, counts.lost, counts.under_way)
            if new != (now.put, now.dropped, now.discarded, now.lost, now.under_way):
                now.put, now.dropped, now.discarded, now.lost, now.under_way = new
                has_changed = True
        if counts.delivered >= 0 and (counts.delivered != now.delivered or counts.queued != now.queued):
            now.delivered, now.queued = counts.delivered, counts.queued
            has_changed = True
        return has_changed

    def summed(self, counts: WireCounts) -> WireCounts:
        """An end's counts with those of its predecessors in them, what is lost among the discarded."""
        sums = WireCounts(counts.key, latency_ns=counts.latency_ns, bytes_each=counts.bytes_each)
        if counts.put >= 0:
            sums.put, sums.dropped, sums.under_way = self.sent, self.dropped, counts.under_way
            sums.discarded = self.discarded + self.lost
        if counts.delivered >= 0:
            sums.delivered = self.delivered
        return sums

    # -- deaths

    def part(self, end: End, *, answer_expected: bool) -> None:
        """An end has died, and another will take its place.

        Args:
            end: which.
            answer_expected: the other end lives and will say what it has counted (`settle_part`).
        """
        self._settle_unanswered()
        now, before = self._now, self._before
        if end is End.SENDER:
            if not answer_expected:
                now.delivered += self._untold
            before.put += now.put
            before.dropped += now.dropped
            before.discarded += now.discarded
            before.lost += now.lost
            now.put = now.dropped = now.discarded = now.lost = now.under_way = 0
        else:
            before.delivered += now.delivered
            now.delivered = now.queued = 0
        self._parted = end
        if not answer_expected:
            self._settle_unanswered()
        self._publish()

    def settle_part(self, counts: WireCounts) -> None:
        """The end that lives says what it had counted when the other died."""
        if (counts.put >= 0) is not (self._parted is End.RECEIVER) or self._parted is None:
            return  # of an earlier death, which was settled without
        self._take_counts(counts)
        parted, self._parted = self._parted, None
        if parted is End.RECEIVER:
            self._before.delivered += self._untold
            self._before.lost += self._taken - self.delivered  # what came from an earlier sender and was not taken
        else:
            self._lose_what_never_arrived(self.delivered + counts.queued)
            self._before.presumed = 0
        self._publish()

    def _settle_unanswered(self) -> None:
        """An end dies, and of the death before it nothing was said yet: go by what is known."""
        parted, self._parted = self._parted, None
        if parted is End.SENDER:
            lost = self._before.lost
            self._lose_what_never_arrived(self.delivered)
            self._before.presumed += self._before.lost - lost
        elif parted is End.RECEIVER:
            self._before.delivered += self._untold
            self._before.lost += self.left

    def _lose_what_never_arrived(self, arrived: int) -> None:
        """Of what the senders put that have died, this many arrived; the rest was dropped, discarded or lost."""
        before = self._before
        missing = before.put - before.dropped - before.discarded - before.lost - arrived
        if missing < 0:
            found = min(-missing, before.presumed)
            before.presumed -= found
            before.lost -= found
            before.put += -missing - found  # more arrived than they could say
        else:
            before.lost += missing

    @property
    def _untold(self) -> int:
        """How many more a receiver that died had taken than it could say: the credit that it gave says it.

        A sender that has had no credit yet knows nothing of what came from the one before it.
        """
        now = self._now
        has_credit = now.put - now.dropped - now.discarded - now.lost > now.under_way
        if self._parted is End.SENDER or (self._before.put and not has_credit):
            return 0
        return max(0, self._taken - self.delivered)

    # -- the end

    def lose(self) -> None:
        """A process at an end has died for good."""
        self.is_dead = True
        self._now.delivered += self._untold
        self.rate_hz = 0.0
        self._publish()

    def settle(self) -> None:
        """The run is over: nothing is under way any more."""
        self._before.put += max(0, self._accounted - self.sent)
        if not self.is_dead:
            self._before.discarded += self.left
        self.rate_hz = 0.0
        self._publish()

    def _publish(self) -> None:
        """Ten times a second for each wire of a run: the sums are written out, not asked for one by one."""
        now, before = self._now, self._before
        sent, delivered = before.put + now.put, before.delivered + now.delivered
        dropped, discarded = before.dropped + now.dropped, before.discarded + now.discarded
        if self.is_dead:
            arrived = delivered + dropped
            sent = max(sent, arrived)
            discarded, lost, left = 0, sent - arrived, 0
        else:
            lost = before.lost + now.lost
            accounted = delivered + dropped + discarded + lost
            left = max(0, sent - accounted)
            sent = max(sent, accounted)  # its two ends count apart, up to 0.1 s
        self.figures = {
            "sent": sent,
            "delivered": delivered,
            "dropped": dropped,
            "discarded": discarded,
            "lost": lost,
            "queued": left,
        }
        self.queued_most = max(self.queued_most, left)
