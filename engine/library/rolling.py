"""`RollingSum`: the sum over the last n samples, exact to the bit however the stream is cut, and without drift."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class RollingSum:
    """Sums over a sliding window, for each sample as it comes.

    The stream is divided into blocks as long as the window. A window then is the end of one block (a suffix sum) and
    the begin of the next (a prefix sum): two additions a sample, and no rounding error is ever carried on, as it is
    when one adds the newest sample and subtracts the oldest (van Herk 1992 and Gil & Werman 1993 do the same for
    maxima). Before `length` samples have come the window is what has come so far.

    Invariant: `_fill` samples of the current block are in `_block`, `_prefix` is their sum.
    """

    def __init__(self, length: int, n_channels: int) -> None:
        self.length = length
        self._block = np.zeros((length, n_channels))
        self._suffix = np.zeros((length + 1, n_channels))
        self._prefix = np.zeros(n_channels)
        self._fill = 0
        self._count = 0

    def push(self, samples: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Take (n, n_channels) samples, give the (n, n_channels) sums of the windows that end with them."""
        sums = np.empty(samples.shape)
        done = 0
        while done < len(samples):
            take = min(self.length - self._fill, len(samples) - done)
            new = samples[done : done + take]
            prefixes = np.add.accumulate(np.concatenate((self._prefix[None], new)), axis=0)
            end = self._fill + take
            sums[done : done + take] = prefixes[1:] + self._suffix[self._fill + 1 : end + 1]
            self._block[self._fill : end] = new
            self._prefix = prefixes[-1]
            self._fill = end
            done += take
            if end == self.length:
                self._begin_block()
        return sums

    def push_mean(self, samples: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """The same with means: of what has come so far until there is a whole window."""
        counts = np.minimum(np.arange(self._count + 1, self._count + len(samples) + 1), self.length)
        self._count += len(samples)
        return self.push(samples) / counts[:, None]

    def _begin_block(self) -> None:
        self._suffix[:-1] = np.add.accumulate(self._block[::-1], axis=0)[::-1]
        self._prefix = np.zeros_like(self._prefix)
        self._fill = 0
