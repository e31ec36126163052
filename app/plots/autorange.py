"""`AutoRange`: a value axis that follows its data without trembling."""

from __future__ import annotations

import math
from dataclasses import dataclass

MARGIN = 0.06
SHRINK_AFTER_S = 1.5  # so long must the data be small before the axis shrinks
SHRINK_BELOW = 0.6  # small: less than this part of the axis
LIMIT = 1e200  # beyond it the sizes of axes overflow


@dataclass(slots=True)
class AutoRange:
    """The range of an axis. It grows at once, to round numbers, and shrinks when the data stay small for a while."""

    low: float = math.nan
    high: float = math.nan
    _small_since: float | None = None

    @property
    def is_set(self) -> bool:
        """Has there been any data?"""
        return self.low < self.high

    def follow(self, least: float, greatest: float, now_s: float) -> tuple[float, float]:
        """The range after a look at the data that are visible at a time (of any clock)."""
        if not least <= greatest:
            return self.low, self.high
        if self.low <= least and greatest <= self.high and greatest - least >= SHRINK_BELOW * (self.high - self.low):
            self._small_since = None  # as nearly always
            return self.low, self.high
        least, greatest = (min(max(value, -LIMIT), LIMIT) for value in (least, greatest))
        if not (self.low <= least and greatest <= self.high):
            self._fit(least, greatest)
        elif greatest - least >= SHRINK_BELOW * (self.high - self.low) or greatest == least:
            self._small_since = None
        elif self._small_since is None:
            self._small_since = now_s
        elif now_s - self._small_since > SHRINK_AFTER_S:
            self._fit(least, greatest)
        return self.low, self.high

    def _fit(self, least: float, greatest: float) -> None:
        span = greatest - least
        if span <= 1e-12 * max(abs(least), abs(greatest)):
            span = abs(greatest) * 0.2 or 1.0
            least, greatest = least - span / 2, greatest + span / 2
        step = 10.0 ** math.floor(math.log10(span)) / 5
        self.low = math.floor((least - MARGIN * span) / step) * step
        self.high = math.ceil((greatest + MARGIN * span) / step) * step
        self._small_since = None
