"""`KeptColumns`: the columns of the last look at a signal, so that the next look works out the new ones alone."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]


class KeptColumns:
    """Invariant: what is kept is what working it out again would give, until `forget`."""

    def __init__(self) -> None:
        self._key: Hashable = None
        self._begin = self._end = 0  # of those that are kept
        self._low: Values = np.empty((0, 0))
        self._high: Values = np.empty((0, 0))

    def forget(self) -> None:
        """What was kept holds no longer."""
        self._key = None

    def look(
        self,
        key: Hashable,
        wanted: tuple[int, int],
        settled: tuple[int, int],
        work_out: Callable[[int, int], tuple[Values, Values]],
    ) -> tuple[Values, Values]:
        """The least and the greatest (n_channels, n) of some columns.

        Args:
            key: of what the columns are; with another one nothing that is kept is used.
            wanted: the numbers of the first column and of the one behind the last.
            settled: the same, of those that no sample to come will change and that have all of theirs.
            work_out: gives the same for a part of them.
        """
        begin, end = wanted
        first, last = max(begin, self._begin, settled[0]), min(end, self._end)
        if key != self._key or first >= last:
            low, high = work_out(begin, end)
        else:
            at = slice(first - self._begin, last - self._begin)
            lows, highs = [self._low[:, at]], [self._high[:, at]]
            if begin < first:
                older = work_out(begin, first)
                lows.insert(0, older[0])
                highs.insert(0, older[1])
            if last < end:
                newer = work_out(last, end)
                lows.append(newer[0])
                highs.append(newer[1])
            low, high = np.concatenate(lows, axis=1), np.concatenate(highs, axis=1)
        self._key, self._begin, self._end = key, begin, min(end, settled[1])
        self._low, self._high = low, high
        return low, high
