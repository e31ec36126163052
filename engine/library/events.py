"""Events in signals: threshold crossings, heart beats, and the rate of what recurs."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Iterator

import numpy as np

from engine.library.clock import sample_time_ns
from engine.library.payloads import Event
from engine.library.preload import preload
from engine.library.qrs import Peak, QrsDetector
from engine.node.node import Node
from engine.node.parameter import param
from engine.node.port import In, Out
from engine.node.signal import Signal


class Threshold(Node):
    """Report when a channel crosses a level."""

    category = "Events"
    icon = "threshold"

    signal = In(Signal)
    event = Out(Event, doc="Label `rising` or `falling`, or the node's label; at the first sample beyond the level.")
    level = param(0.5, minimum=-1e9, maximum=1e9, doc="The level, in the unit of the signal.")
    hysteresis = param(0.0, minimum=0.0, maximum=1e9, doc="How far back the signal must go before it can cross again.")
    edge = param("rising", choices=("rising", "falling", "both"), doc="Which crossings are reported.")
    label = param("", doc="What the events are called; empty names the edge.")

    _above: list[bool | None] | None = None

    def process(self, signal: Signal) -> Iterator[Event]:
        """Give the crossings of one chunk in order of time. The first sample sets the side and is no crossing."""
        if self._above is None or len(self._above) != signal.n_channels:
            self._above = [None] * signal.n_channels
        found: list[tuple[int, int, bool]] = []
        for channel in range(signal.n_channels):
            found += self._crossings(signal, channel)
        for index, channel, rising in sorted(found):
            edge = "rising" if rising else "falling"
            if self.edge in (edge, "both"):
                yield Event(
                    signal.start_time_ns + sample_time_ns(index, signal.rate_hz),
                    signal.channels[channel],
                    float(signal.samples[index, channel]),
                    self.label or edge,
                )

    def _crossings(self, signal: Signal, channel: int) -> list[tuple[int, int, bool]]:
        """(index, channel, is rising) of each change of side."""
        assert self._above is not None
        samples = signal.samples[:, channel]
        upper, lower = self._levels()
        beyond = (samples >= upper) | (samples < lower)
        found = []
        above = self._above[channel]
        if above is None and len(samples):
            above = bool(samples[0] >= self.level)
        for index in np.flatnonzero(beyond).tolist():
            now = bool(samples[index] >= upper)
            if now != above:
                found.append((index, channel, now))
            above = now
        self._above[channel] = above
        return found

    def _levels(self) -> tuple[float, float]:
        """Where it turns to above, and below what it turns to below: the band lies behind the edge that is reported."""
        if self.edge == "falling":
            return self.level + self.hysteresis, self.level
        if self.edge == "rising":
            return self.level, self.level - self.hysteresis
        return self.level + self.hysteresis / 2, self.level - self.hysteresis / 2


class RPeaks(Node):
    """Find the heart beats in an ECG, after Pan and Tompkins.

    The original detector (IEEE Trans. Biomed. Eng. 32, 1985) with the peak rules of Hamilton and Tompkins (1986); see
    `engine.library.qrs`. A beat is reported about 0.4 s after it happened, with its own time.
    """

    title = "R Peaks"
    category = "Events"
    icon = "heart"

    signal = In(Signal, doc="ECG, 50 Hz or more, in any unit.")
    peak = Out(Event, doc="One event a beat, label `R`, at the R peak.")
    channel = param(0, minimum=0, maximum=1023, doc="Which channel is looked at, counted from 0.", live=False)

    _detector: QrsDetector | None = None
    _key: tuple[float, int] = (0.0, 0)
    _first: Signal

    async def on_start(self) -> None:
        """Have SciPy at hand."""
        await preload("scipy.signal")

    def process(self, signal: Signal) -> Iterator[Event]:
        """Give the beats that are certain by now; a change of rate ends one search and begins another."""
        if self.channel >= signal.n_channels:
            raise ValueError(f"channel {self.channel} is looked for and the signal has {signal.n_channels}")
        key = (signal.rate_hz, signal.n_channels)
        if self._detector is None or key != self._key:
            yield from self._rest()
            self._detector = QrsDetector(signal.rate_hz)
            self._key = key
            self._first = signal
        for peak in self._detector.push(signal.samples[:, self.channel]):
            yield self._event(peak)

    async def on_end(self) -> None:
        """Give the beats that only the end of the stream makes certain."""
        for event in self._rest():
            await self.emit("peak", event)

    def _rest(self) -> Iterator[Event]:
        if self._detector is not None:
            for peak in self._detector.finish():
                yield self._event(peak)

    def _event(self, peak: Peak) -> Event:
        time_ns = self._first.start_time_ns + sample_time_ns(peak.index, self._first.rate_hz)
        return Event(time_ns, self._first.channels[self.channel], peak.value, "R")


class HeartRate(Node):
    """Give the rate of recurring events in beats a minute."""

    category = "Events"
    icon = "heart-rate"

    event = In(Event)
    bpm = Out(float, doc="Beats a minute: 60 s / the median of the last intervals.")
    intervals = param(8, minimum=1, maximum=1000, doc="Over how many intervals the median is taken.")
    longest_s = param(3.0, minimum=0.01, maximum=3600.0, unit="s", doc="A longer interval is a gap and begins anew.")

    _last_ns: int | None = None

    def __init__(self, **parameters: object) -> None:
        super().__init__(**parameters)
        self._recent: deque[float] = deque()

    def process(self, event: Event) -> float | None:
        """Give the rate from the second event on."""
        last, self._last_ns = self._last_ns, event.time_ns
        if last is None:
            return None
        interval_s = (event.time_ns - last) * 1e-9
        if interval_s <= 0:
            raise ValueError(f"an event at {event.time_s:.3f} s came after one at {last * 1e-9:.3f} s")
        if interval_s > self.longest_s:
            self._recent.clear()
            return None
        self._recent.append(interval_s)
        while len(self._recent) > self.intervals:
            self._recent.popleft()
        return 60.0 / statistics.median(self._recent)
