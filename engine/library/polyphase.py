"""`Polyphase`: change of sampling rate by a ratio of whole numbers, on a stream that comes in chunks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Polyphase:
    """Resamples by `up / down` with a linear-phase low-pass whose delay is taken out again.

    All output together equals `scipy.signal.resample_poly(x, up, down, axis=0)` of the whole signal, so each output
    sample appears once the input that its filter reaches is there: 10 samples of the lower rate later.

    Invariant: `_held` is the input from sample `_start` on, and `_start` is a multiple of `down`.
    """

    def __init__(self, up: int, down: int, n_channels: int) -> None:
        from scipy.signal import firwin

        divisor = math.gcd(up, down)
        self.up, self.down = up // divisor, down // divisor
        fastest = max(self.up, self.down)
        self._half = 10 * fastest if fastest > 1 else 0
        taps = (
            firwin(2 * self._half + 1, 1.0 / fastest, window=("kaiser", 5.0)) * self.up if fastest > 1 else np.ones(1)
        )
        self._lead = -self._half % self.down
        self._taps = np.concatenate((np.zeros(self._lead), taps))
        self._held = np.zeros((0, n_channels))
        self._start = 0
        self._received = 0
        self.emitted = 0

    def push(self, samples: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Take (n, n_channels) input, give the (m, n_channels) output that is determined by now; m may be 0."""
        self._held = np.concatenate((self._held, samples))
        self._received += len(samples)
        return self._until(max(0, -(-(self._received * self.up - self._half) // self.down)))

    def finish(self) -> NDArray[np.float64]:
        """The rest of the output, as if zeros followed the input."""
        return self._until(-(-self._received * self.up // self.down))

    def _until(self, end: int) -> NDArray[np.float64]:
        from scipy.signal import upfirdn

        if end <= self.emitted:
            return np.zeros((0, self._held.shape[1]))
        shift = (self._half + self._lead - self._start * self.up) // self.down
        filtered = upfirdn(self._taps, self._held, self.up, self.down, axis=0)
        output = np.array(filtered[self.emitted + shift : end + shift], dtype=np.float64)
        self.emitted = end
        reach = max(0, -(-(end * self.down - self._half) // self.up))
        start = max(self._start, reach // self.down * self.down)
        start = min(start, self._received // self.down * self.down)
        self._held = self._held[start - self._start :].copy()
        self._start = start
        return output
