"""`GapFiller`: keeps missing samples (NaN, infinity) from spoiling the state of a filter for ever."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class GapFiller:
    """Puts the last good value of a channel in place of samples that are not finite.

    Invariant: `_last` is the last finite sample of each channel, 0 before there was one.
    """

    def __init__(self, n_channels: int) -> None:
        self._last = np.zeros(n_channels)

    def fill(self, samples: NDArray[np.floating[Any]]) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
        """Take (n, n_channels) samples.

        Returns:
            The samples as float64 with their gaps filled, and (n, n_channels) where the gaps are; None where none is.
        """
        values = samples.astype(np.float64, copy=False)
        if len(values) == 0:
            return values, None
        finite = np.isfinite(values)
        gaps = None
        if not finite.all():
            gaps = ~finite
            rows = np.maximum.accumulate(np.where(finite, np.arange(1, len(values) + 1)[:, None], 0), axis=0)
            values = np.take_along_axis(np.concatenate((self._last[None], values)), rows, axis=0)
        self._last = values[-1].copy()
        return values, gaps
