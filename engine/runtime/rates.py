"""How fast a count grows, and how the latest of some figures are spread."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque

_MISSED_MESSAGES = 4
_SMOOTHING = 0.5  # weight of the newest rate


class RateMeter:
    """The rate of a count: over the last half second, or as far back as 5 s where less than 10 came in that time.

    It is 0 once several messages that should have come at that rate have not.
    """

    def __init__(self) -> None:
        self._samples: deque[tuple[int, int]] = deque(maxlen=51)
        self._count = 0
        self._changed_ns = 0

    def rate(self, time_ns: int, count: int) -> float:
        """Take the count at a time; returns messages a second."""
        samples = self._samples
        samples.append((time_ns, count))
        then_ns, then = samples[0]
        if count - then >= 10:  # else it goes back as far as it can
            n_samples = len(samples)
            for back in (6, 11, 21):
                if back < n_samples and count - samples[-back][1] >= 10:
                    then_ns, then = samples[-back]
                    break
        rate = (count - then) / ((time_ns - then_ns) / 1e9) if time_ns > then_ns else 0.0
        if count != self._count:
            self._count, self._changed_ns = count, time_ns
        elif rate * (time_ns - self._changed_ns) / 1e9 > _MISSED_MESSAGES:
            return 0.0
        return rate


def smooth(old: float, new: float) -> float:
    """A rate that follows the newest one in steps."""
    if new == 0.0 and old < 0.5:
        return 0.0
    return new if old == 0.0 else old + _SMOOTHING * (new - old)


class Spread:
    """Quantiles of the latest figures. Kept in order, as quantiles are asked for as often as figures come."""

    def __init__(self, size: int) -> None:
        self._latest: deque[int] = deque()
        self._in_order: list[int] = []
        self._size = size

    def add(self, figure: int) -> None:
        """Take one figure; the oldest goes when there are too many."""
        if len(self._latest) == self._size:
            oldest = self._latest.popleft()
            del self._in_order[bisect_left(self._in_order, oldest)]
        self._latest.append(figure)
        insort(self._in_order, figure)

    def quantile(self, share: float) -> int:
        """The figure below which this share of them lies, the nearest one (rounded up); 0 when there is none."""
        figures = self._in_order
        return figures[min(len(figures) - 1, int(share * len(figures)))] if figures else 0
