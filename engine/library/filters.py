"""Filters whose state goes on from chunk to chunk: the result does not depend on how the stream is cut."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.library.gaps import GapFiller
from engine.library.preload import preload
from engine.library.rolling import RollingSum
from engine.node.node import Node
from engine.node.parameter import param
from engine.node.port import In, Out
from engine.node.signal import Signal

MAX_HZ = 1e7
Sections = NDArray[np.float64]


class _SectionFilter(Node):
    """A filter of second-order sections, starting at rest. Channels are filtered alike and separately.

    A change of a parameter takes effect with the next chunk and keeps the state where it can, so that the output goes
    on without a jump. A change that does not fit is refused, and the filter stays as it was until one fits. A stream
    whose rate or number of channels changes starts anew. Where a sample is missing (NaN) the output is missing too,
    and the filter goes on as if the last value had been held.
    """

    category = "Filters"
    icon = "filter"

    signal = In(Signal)
    filtered = Out(Signal)

    _design_key: tuple[Any, ...] | None = None
    _sections: Sections
    _state: NDArray[np.float64]
    _gaps: GapFiller

    async def on_start(self) -> None:
        """Have SciPy at hand."""
        await preload("scipy.signal")

    def on_param(self, name: str, value: Any) -> None:
        """Refuse a change that does not fit the others or the sampling rate; raises `ValueError`."""
        if self._design_key is not None:
            self._design(self._design_key[0])

    def process(self, signal: Signal) -> Signal:
        """Filter one chunk.

        Raises:
            ValueError: the cut-off frequencies do not fit each other or the sampling rate.
        """
        key = (signal.rate_hz, signal.n_channels, *(getattr(self, name) for name in self.node_parameters))
        if key != self._design_key:
            self._redesign(signal, key)
        if signal.n_samples == 0:
            return signal
        from scipy.signal import sosfilt

        values, gaps = self._gaps.fill(signal.samples)
        samples, self._state = sosfilt(self._sections, values, axis=0, zi=self._state)
        if gaps is not None:
            samples[gaps] = np.nan
        return signal.replace(samples=samples)

    def _redesign(self, signal: Signal, key: tuple[Any, ...]) -> None:
        old = self._design_key
        try:
            sections = self._design(signal.rate_hz)
        except ValueError:
            if old is None or old[:2] != key[:2]:
                raise
            sections = self._sections  # on_param has refused the change
        shape = (len(sections), 2, signal.n_channels)
        if old is None or old[:2] != key[:2] or self._state.shape != shape:
            self._state = np.zeros(shape)
            self._gaps = GapFiller(signal.n_channels)
        self._sections = sections
        self._design_key = key

    def _design(self, rate_hz: float) -> Sections:
        raise NotImplementedError

    def _checked(self, name: str, rate_hz: float) -> float:
        """The cut-off of this name, which must lie below half the sampling rate."""
        value = float(getattr(self, name))
        if value >= rate_hz / 2:
            raise ValueError(
                f"{name} = {value:g} Hz must be below half the sampling rate ({rate_hz:g} Hz / 2 = {rate_hz / 2:g} Hz)"
            )
        return value


class BandPass(_SectionFilter):
    """Keep the frequencies between two cut-offs (Butterworth)."""

    low_hz = param(5.0, minimum=1e-4, maximum=MAX_HZ, unit="Hz", doc="Lower cut-off, -3 dB.")
    high_hz = param(15.0, minimum=1e-4, maximum=MAX_HZ, unit="Hz", doc="Upper cut-off, -3 dB.")
    order = param(2, minimum=1, maximum=10, doc="Steepness: 6 dB an octave and order on each side.")

    def _design(self, rate_hz: float) -> Sections:
        from scipy.signal import butter

        low, high = self._checked("low_hz", rate_hz), self._checked("high_hz", rate_hz)
        if low >= high:
            raise ValueError(f"low_hz = {low:g} Hz must be below high_hz = {high:g} Hz")
        return butter(self.order, [low, high], btype="bandpass", output="sos", fs=rate_hz)


class HighPass(_SectionFilter):
    """Keep the frequencies above a cut-off (Butterworth); takes away offset and drift."""

    cutoff_hz = param(0.5, minimum=1e-4, maximum=MAX_HZ, unit="Hz", doc="Cut-off, -3 dB.")
    order = param(2, minimum=1, maximum=10, doc="Steepness: 6 dB an octave and order.")

    def _design(self, rate_hz: float) -> Sections:
        from scipy.signal import butter

        return butter(self.order, self._checked("cutoff_hz", rate_hz), btype="highpass", output="sos", fs=rate_hz)


class LowPass(_SectionFilter):
    """Keep the frequencies below a cut-off (Butterworth); takes away noise."""

    cutoff_hz = param(40.0, minimum=1e-4, maximum=MAX_HZ, unit="Hz", doc="Cut-off, -3 dB.")
    order = param(2, minimum=1, maximum=10, doc="Steepness: 6 dB an octave and order.")

    def _design(self, rate_hz: float) -> Sections:
        from scipy.signal import butter

        return butter(self.order, self._checked("cutoff_hz", rate_hz), btype="lowpass", output="sos", fs=rate_hz)


class Notch(_SectionFilter):
    """Take out one frequency, such as the hum of the mains."""

    frequency_hz = param(50.0, minimum=1e-3, maximum=MAX_HZ, unit="Hz", doc="What is taken out.")
    quality = param(30.0, minimum=0.1, maximum=1e4, doc="Frequency divided by the width of the notch at -3 dB.")

    def _design(self, rate_hz: float) -> Sections:
        from scipy.signal import iirnotch, tf2sos

        return tf2sos(*iirnotch(self._checked("frequency_hz", rate_hz), self.quality, fs=rate_hz))


class RollingMean(Node):
    """Average each channel over the last samples; at the begin over as many as there are."""

    category = "Filters"
    icon = "mean"

    signal = In(Signal)
    mean = Out(Signal)
    length = param(10, minimum=1, maximum=1_000_000, unit="samples", doc="How many samples are averaged.")

    _rolling: RollingSum | None = None
    _key: tuple[Any, ...] = ()

    def process(self, signal: Signal) -> Signal:
        """Average one chunk; a change of length, rate or channels starts anew."""
        key = (self.length, signal.rate_hz, signal.n_channels)
        if self._rolling is None or key != self._key:
            self._rolling = RollingSum(self.length, signal.n_channels)
            self._key = key
        return signal.replace(samples=self._rolling.push_mean(signal.samples))


class Delay(Node):
    """Give each message one tick later; at the first tick a value of its own.

    In a stream of signals or arrays the first message is one of the same shape, filled with that value. A loop needs
    none of it: a feedback wire delays by one tick itself and has its own initial value.
    """

    category = "Filters"
    icon = "delay"

    value = In()
    delayed = Out()
    initial = param(0.0, minimum=-1e12, maximum=1e12, doc="The value at the first tick.", live=False)

    _held: Any = None

    def process(self, value: Any) -> Any:
        """Give what came one tick ago."""
        before = self._filled_like(value) if self._held is None else self._held
        self._held = value
        return before

    def _filled_like(self, value: Any) -> Any:
        if isinstance(value, Signal):
            return value.replace(samples=np.full_like(value.samples, self.initial))
        if isinstance(value, np.ndarray):
            return np.full_like(value, self.initial)
        return int(self.initial) if isinstance(value, int) and self.initial.is_integer() else self.initial
