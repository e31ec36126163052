"""A source and a filter: what a package of node types looks like."""

from __future__ import annotations

from collections.abc import AsyncIterator

import numpy as np

from engine import In, Node, Out, Signal, Source, param


class Burst(Source):
    """Give a pulse of one sample at regular intervals, and zeros between them."""

    category = "Example"

    signal = Out(Signal, doc="One channel; a chunk lasts a tenth of a second.")
    rate_hz = param(1000.0, minimum=10.0, maximum=100_000.0, unit="Hz", live=False, doc="Samples a second.")
    every_s = param(0.5, minimum=0.1, maximum=60.0, unit="s", doc="Time from pulse to pulse.")
    chunks = param(0, minimum=0, maximum=1_000_000, doc="End after so many chunks; 0 goes on until the run stops.")

    async def produce(self) -> AsyncIterator[Signal]:
        """Give chunk after chunk."""
        length = max(1, round(self.rate_hz / 10))
        index = given = 0
        while not self.stopping and (not self.chunks or given < self.chunks):
            samples = np.zeros(length)
            period = max(1, round(self.every_s * self.rate_hz))
            samples[-index % period :: period] = 1.0
            yield Signal(samples, self.rate_hz, start_time_ns=round(index / self.rate_hz * 1e9))
            index += length
            given += 1
            await self.sleep(length / self.rate_hz)


class MovingAverage(Node):
    """Average every sample with those before it.

    The average begins with the first sample: until there are enough, it is over those that there are.
    """

    category = "Example"

    signal = In(Signal, doc="Any number of channels.")
    averaged = Out(Signal, doc="The same, smoother.")
    width = param(10, minimum=1, maximum=100_000, doc="Over how many samples.")

    def on_start(self) -> None:
        """Begin without a past. What is kept from chunk to chunk is set here, so that every run begins afresh."""
        self._past: np.ndarray | None = None

    def process(self, signal: Signal) -> Signal:
        """Give as many samples as come: (n_samples, n_channels)."""
        past = self._past if self._past is not None else signal.samples[:0]
        known = np.concatenate([past, signal.samples])
        sums = np.cumsum(np.concatenate([np.zeros((1, known.shape[1])), known]), axis=0)
        ends = np.arange(len(past) + 1, len(known) + 1)
        begins = np.maximum(0, ends - self.width)
        self._past = known[max(0, len(known) - self.width + 1) :].copy()
        return signal.replace(samples=(sums[ends] - sums[begins]) / (ends - begins)[:, None])

    def get_state(self) -> np.ndarray | None:
        """What an instance with newer code takes over while the graph runs."""
        return self._past

    def set_state(self, state: np.ndarray | None) -> None:
        """Go on from what the instance before this one has seen."""
        self._past = state
