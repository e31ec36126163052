"""Windows of a stream, their power spectrum, and moving power."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.library.clock import sample_time_ns
from engine.library.payloads import Spectrum
from engine.library.preload import preload
from engine.library.rolling import RollingSum
from engine.node.node import Node
from engine.node.parameter import param
from engine.node.port import In, Out
from engine.node.signal import Signal


class Window(Node):
    """Cut a stream into windows of equal length, which may overlap.

    What is left at the end of the stream and does not fill a window is not given.
    """

    category = "Spectra"
    icon = "window"

    signal = In(Signal)
    window = Out(Signal)
    length = param(256, minimum=1, maximum=10_000_000, unit="samples", doc="Samples in a window.")
    hop = param(128, minimum=1, maximum=10_000_000, unit="samples", doc="Samples from one window's begin to the next.")

    _key: tuple[Any, ...] | None = None
    _held: NDArray[np.floating[Any]]
    _skip: int
    _begin: int
    _origin_ns: int

    def process(self, signal: Signal) -> Iterator[Signal]:
        """Give the windows that are full by now; a change of rate or channels starts anew."""
        key = (signal.rate_hz, signal.channels, signal.samples.dtype)
        if key != self._key:
            self._key = key
            self._held = signal.samples[:0]
            self._origin_ns = signal.start_time_ns
            self._begin = self._skip = 0
        self._held = np.concatenate((self._held, signal.samples))
        self._drop()
        while self._skip == 0 and len(self._held) >= self.length:
            start = self._origin_ns + sample_time_ns(self._begin, signal.rate_hz)
            window = signal.replace(samples=self._held[: self.length].copy(), start_time_ns=start)
            self._begin += self.hop
            self._skip = self.hop
            self._drop()
            yield window

    def _drop(self) -> None:
        """Forget what lies before the next window, as far as it has come."""
        gone = min(self._skip, len(self._held))
        self._held = self._held[gone:]
        self._skip -= gone


class PowerSpectrum(Node):
    """Estimate the power spectrum of each window it gets (periodogram, or Welch's mean of several).

    Welch, IEEE Trans. Audio Electroacoust. 15 (1967), as in `scipy.signal.welch`, one-sided.
    """

    title = "Spectrum"
    category = "Spectra"
    icon = "spectrum"

    window = In(Signal)
    spectrum = Out(Spectrum)
    taper = param(
        "hann", choices=("hann", "hamming", "blackman", "flattop", "boxcar"), doc="Shape each segment is weighted by."
    )
    segment = param(
        0,
        minimum=0,
        maximum=10_000_000,
        unit="samples",
        doc="Length of the segments averaged, half overlapping; 0 is one of all.",
    )
    scaling = param(
        "density",
        choices=("density", "power"),
        doc="density: unit²/Hz; power: unit², the mean square of a sine at its peak.",
    )
    detrend = param("mean", choices=("mean", "line", "none"), doc="What is taken from each segment first.")

    async def on_start(self) -> None:
        """Have SciPy at hand."""
        await preload("scipy.signal")

    def process(self, window: Signal) -> Spectrum | None:
        """Give the spectrum of one window; nothing for an empty one."""
        from scipy.signal import welch

        if window.n_samples == 0:
            return None
        length = min(self.segment or window.n_samples, window.n_samples)
        detrend: Any = {"mean": "constant", "line": "linear", "none": False}[self.detrend]
        frequencies, power = welch(
            window.samples.astype(np.float64, copy=False),
            fs=window.rate_hz,
            window=self.taper,
            nperseg=length,
            noverlap=length // 2,
            detrend=detrend,
            scaling="density" if self.scaling == "density" else "spectrum",
            axis=0,
        )
        unit = "unit²/Hz" if self.scaling == "density" else "unit²"
        return Spectrum(frequencies, power, window.channels, window.start_time_ns, unit)


class Rms(Node):
    """Give the root mean square of each channel over the last moments, sample by sample."""

    title = "RMS"
    category = "Spectra"
    icon = "rms"

    signal = In(Signal)
    rms = Out(Signal)
    window_s = param(1.0, minimum=1e-4, maximum=3600.0, unit="s", doc="How far back it looks.")

    _rolling: RollingSum | None = None
    _key: tuple[Any, ...] = ()

    def process(self, signal: Signal) -> Signal:
        """Give the moving RMS of one chunk; a change of window, rate or channels starts anew."""
        key = (self.window_s, signal.rate_hz, signal.n_channels)
        if self._rolling is None or key != self._key:
            self._rolling = RollingSum(max(1, round(self.window_s * signal.rate_hz)), signal.n_channels)
            self._key = key
        squares = np.square(signal.samples, dtype=np.float64)
        return signal.replace(samples=np.sqrt(self._rolling.push_mean(squares)))
