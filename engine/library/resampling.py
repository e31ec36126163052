"""Change of the sampling rate, without aliasing and without delay in time stamps."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.library.clock import sample_time_ns
from engine.library.polyphase import Polyphase
from engine.library.preload import preload
from engine.node.node import Node
from engine.node.parameter import param
from engine.node.port import In, Out
from engine.node.signal import Signal

MAX_RATIO = 10_000


class _RateChange(Node):
    """A node that gives its input at another rate: all chunks together as `scipy.signal.resample_poly` would.

    A sample is given once the input that its filter reaches is there (10 samples of the lower rate later); its time
    stamp is its own time all the same. At the end of the stream the rest is given as if zeros followed. A change of
    the ratio, of the input's rate or channels ends one stream in the same way and starts another.
    """

    category = "Filters"
    icon = "resample"

    signal = In(Signal)
    resampled = Out(Signal)

    _polyphase: Polyphase | None = None
    _key: tuple[Any, ...] = ()
    _first: Signal

    async def on_start(self) -> None:
        """Have SciPy at hand."""
        await preload("scipy.signal")

    def on_param(self, name: str, value: Any) -> None:
        """Refuse a ratio that is none, and go on with the old one; raises `ValueError`."""
        if self._polyphase is not None:
            self._ratio(self._first.rate_hz)

    def process(self, signal: Signal) -> Signal | None:
        """Give what is determined by now, or nothing; raises `ValueError` when the rates have no simple ratio."""
        try:
            ratio = self._ratio(signal.rate_hz)
        except ValueError:
            if self._polyphase is None or signal.rate_hz != self._first.rate_hz:
                raise
            ratio = self._key[0]  # on_param has refused the change
        key = (ratio, signal.rate_hz, signal.channels)
        if self._polyphase is None or key != self._key:
            before = self._tail()
            if before is not None:
                self.emit("resampled", before)
            self._polyphase = Polyphase(ratio.numerator, ratio.denominator, signal.n_channels)
            self._key = key
            self._first = signal
        return self._chunk(self._polyphase.push(signal.samples))

    async def on_end(self) -> None:
        """Give the rest."""
        tail = self._tail()
        if tail is not None:
            await self.emit("resampled", tail)

    def _tail(self) -> Signal | None:
        return self._chunk(self._polyphase.finish()) if self._polyphase is not None else None

    def _chunk(self, samples: NDArray[np.float64]) -> Signal | None:
        if self._polyphase is None or len(samples) == 0:
            return None
        rate_hz = float(self._first.rate_hz * self._polyphase.up / self._polyphase.down)
        begin = self._polyphase.emitted - len(samples)
        start = self._first.start_time_ns + sample_time_ns(begin, rate_hz)
        return self._first.replace(samples=samples, rate_hz=rate_hz, start_time_ns=start)

    def _ratio(self, rate_hz: float) -> Fraction:
        raise NotImplementedError


class Decimate(_RateChange):
    """Keep every n-th sample, after a low-pass against aliasing."""

    factor = param(4, minimum=1, maximum=MAX_RATIO, doc="How many input samples make one output sample.")

    def _ratio(self, rate_hz: float) -> Fraction:
        return Fraction(1, self.factor)


class Resample(_RateChange):
    """Give the signal at another sampling rate, by a ratio of whole numbers."""

    rate_hz = param(250.0, minimum=1e-3, maximum=1e7, unit="Hz", doc="Sampling rate of the output.")

    def _ratio(self, rate_hz: float) -> Fraction:
        exact = Fraction(self.rate_hz).limit_denominator(10**6) / Fraction(rate_hz).limit_denominator(10**6)
        if max(exact.numerator, exact.denominator) > MAX_RATIO:
            raise ValueError(
                f"{self.rate_hz:g} Hz to {rate_hz:g} Hz is no ratio of whole numbers up to {MAX_RATIO}: "
                f"choose a rate_hz that is a simple multiple or part of the input's rate"
            )
        return exact
