"""`QrsDetector`: finds heart beats in a stream of ECG, after Pan & Tompkins 1985 and Hamilton & Tompkins 1986.

J. Pan, W. J. Tompkins, "A real-time QRS detection algorithm", IEEE Trans. Biomed. Eng. 32(3):230-236, 1985.
P. S. Hamilton, W. J. Tompkins, "Quantitative investigation of QRS detection rules using the MIT/BIH arrhythmia
database", IEEE Trans. Biomed. Eng. 33(12):1157-1165, 1986.

Band-pass 5-15 Hz, five-point derivative, squaring, integration over 150 ms; then peaks of that energy are told apart
by thresholds that follow the heights of beats and of noise. Every decision is taken at a sample of the stream, so the
result does not depend on how the stream is cut.
"""

from __future__ import annotations

import statistics
from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.library.gaps import GapFiller
from engine.library.rolling import RollingSum

LEARNING_S = 2.0
INTEGRATION_S = 0.150
REFRACTORY_S = 0.200
T_WAVE_S = 0.360
PEAK_TIMEOUT_S = 0.095
SEARCH_BACK = 1.66
RELEARN_S = 8.0
HISTORY_S = 3.0


@dataclass(frozen=True, slots=True)
class Peak:
    """A heart beat: the index of its R peak since the begin of the stream, and the signal's value there."""

    index: int
    value: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A peak of the energy: its index, height, steepest slope, and the R peak it stands for."""

    index: int
    height: float
    slope: float
    peak: Peak


class QrsDetector:
    """Finds heart beats in one channel of ECG that comes in chunks of any size.

    Invariant: beats are given in order of time, at least `REFRACTORY_S` apart, each exactly once.
    """

    def __init__(self, rate_hz: float) -> None:
        from scipy.signal import butter

        if rate_hz < 50:
            raise ValueError(f"heart beats need an ECG of 50 Hz or more, not {rate_hz:g} Hz")
        self._rate_hz = rate_hz
        self._band = butter(2, [5.0, min(15.0, 0.4 * rate_hz)], btype="bandpass", output="sos", fs=rate_hz)
        self._band_state = np.zeros((len(self._band), 2))
        self._band_delay = _delay_at(self._band, 10.0, rate_hz)
        self._gaps = GapFiller(1)
        self._tail = np.zeros(4)
        self._integral = RollingSum(self._n(INTEGRATION_S), 1)
        self._raw = self._filtered = self._slope = self._energy = np.zeros(0)
        self._base = 0
        self._seen = 0
        self._finder = _PeakFinder(self._n(PEAK_TIMEOUT_S))
        self._held: tuple[int, float] | None = None
        self._noise: deque[_Candidate] = deque(maxlen=64)
        self._last: _Candidate | None = None
        self._intervals: deque[int] = deque(maxlen=8)
        self._beat_height = self._noise_height = 0.0
        self._learned = False
        self._found: list[Peak] = []

    def push(self, samples: NDArray[np.floating[Any]]) -> list[Peak]:
        """Take (n,) samples; give the beats that are certain by now."""
        filled, _ = self._gaps.fill(samples[:, None])
        if len(samples):
            self._remember(filled[:, 0])
        if not self._learned and self._base + len(self._energy) >= self._n(LEARNING_S):
            self._learn(self._energy[: self._n(LEARNING_S)])
        if self._learned:
            self._look()
        self._forget()
        return self._taken()

    def finish(self) -> list[Peak]:
        """The beats that only the end of the stream makes certain."""
        if not self._learned and len(self._energy):
            self._learn(self._energy)
        if self._learned:
            self._look()
            last = self._finder.flush()
            if last is not None:
                self._hold(*last)
            self._release()
        return self._taken()

    # -- the energy of the QRS band --------------------------------------------------------------------------------

    def _remember(self, samples: NDArray[np.float64]) -> None:
        from scipy.signal import sosfilt

        filtered, self._band_state = sosfilt(self._band, samples, zi=self._band_state)
        x = np.concatenate((self._tail, filtered))
        self._tail = x[-4:]
        slope = (2 * x[4:] + x[3:-1] - x[1:-3] - 2 * x[:-4]) / 8
        energy = self._integral.push((slope * slope)[:, None])[:, 0]
        self._raw = np.concatenate((self._raw, samples))
        self._filtered = np.concatenate((self._filtered, filtered))
        self._slope = np.concatenate((self._slope, slope))
        self._energy = np.concatenate((self._energy, energy))

    def _forget(self) -> None:
        """Keep the history that later decisions may look at."""
        gone = self._seen - self._base - self._n(HISTORY_S)
        if gone > self._n(HISTORY_S):
            self._base += gone
            for name in ("_raw", "_filtered", "_slope", "_energy"):
                setattr(self, name, getattr(self, name)[gone:].copy())

    # -- peaks of the energy ---------------------------------------------------------------------------------------

    def _look(self) -> None:
        for energy in self._energy[self._seen - self._base :].tolist():
            found = self._finder.step(self._seen, energy)
            if found is not None:
                self._hold(*found)
            if self._held is not None and self._seen - self._held[0] >= self._n(REFRACTORY_S):
                self._release()
            self._search_back()
            self._seen += 1

    def _hold(self, index: int, height: float) -> None:
        """Of several peaks within the refractory time only the highest counts."""
        if self._held is not None and index - self._held[0] >= self._n(REFRACTORY_S):
            self._release()
        if self._held is None or height > self._held[1]:
            self._held = (index, height)

    def _release(self) -> None:
        if self._held is None:
            return
        candidate = self._candidate(*self._held)
        self._held = None
        if self._is_too_soon(candidate):
            return
        if candidate.height > self._threshold and not self._is_t_wave(candidate):
            self._accept(candidate, weight=0.125)
        else:
            self._noise_height += 0.125 * (candidate.height - self._noise_height)
            self._noise.append(candidate)

    def _candidate(self, index: int, height: float) -> _Candidate:
        """Look up the slope and the R peak under a peak of the energy."""
        end = index - self._base + 1
        begin = max(0, end - self._n(INTEGRATION_S + 0.05))
        slope = float(np.max(np.abs(self._slope[begin:end])))
        strongest = begin + int(np.argmax(np.abs(self._filtered[begin:end])))
        centre = strongest - self._band_delay
        begin, end = max(0, centre - self._n(0.1)), max(1, centre + self._n(0.1) + 1)
        around = self._raw[begin:end]
        baseline = np.linspace(around[0], around[-1], len(around))  # it may be steep while electrodes move
        peak = begin + int(np.argmax(np.abs(around - baseline)))
        return _Candidate(index, height, slope, Peak(self._base + peak, float(self._raw[peak])))

    # -- beat or noise ---------------------------------------------------------------------------------------------

    def _learn(self, energy: NDArray[np.float64]) -> None:
        self._beat_height = float(np.max(energy)) / 3
        self._noise_height = float(np.mean(energy)) / 2
        self._learned = True

    @property
    def _threshold(self) -> float:
        return self._noise_height + 0.25 * (self._beat_height - self._noise_height)

    def _is_too_soon(self, candidate: _Candidate) -> bool:
        return self._last is not None and candidate.peak.index - self._last.peak.index < self._n(REFRACTORY_S)

    def _is_t_wave(self, candidate: _Candidate) -> bool:
        """A bump soon after a beat and less than half as steep is the beat's T wave."""
        return (
            self._last is not None
            and candidate.peak.index - self._last.peak.index < self._n(T_WAVE_S)
            and candidate.slope < 0.5 * self._last.slope
        )

    def _accept(self, candidate: _Candidate, weight: float) -> None:
        if self._last is not None:
            self._intervals.append(candidate.peak.index - self._last.peak.index)
        self._last = candidate
        self._beat_height += weight * (candidate.height - self._beat_height)
        while self._noise and self._noise[0].index <= candidate.index:
            self._noise.popleft()
        self._found.append(candidate.peak)

    def _search_back(self) -> None:
        """After 1.66 usual intervals without a beat, take the best of what was thought noise, if it is half as high.

        After 8 s without any, learn the heights anew: the lead may have been moved.
        """
        since_last = self._seen - (self._last.peak.index if self._last else 0)
        if self._intervals and since_last > SEARCH_BACK * statistics.median(self._intervals):
            late = [c for c in self._noise if c.height > 0.5 * self._threshold and not self._is_t_wave(c)]
            if late:
                self._accept(max(late, key=lambda candidate: candidate.height), weight=0.25)
                return
        if since_last > 0 and since_last % self._n(RELEARN_S) == 0:
            now = self._seen - self._base + 1
            self._learn(self._energy[max(0, now - self._n(LEARNING_S)) : now])

    def _taken(self) -> list[Peak]:
        found, self._found = self._found, []
        return found

    def _n(self, seconds: float) -> int:
        return max(1, round(seconds * self._rate_hz))


class _PeakFinder:
    """Hamilton's peak rule: a maximum counts once the value has fallen to half of it, or after a short while."""

    def __init__(self, timeout: int) -> None:
        self._timeout = timeout
        self._height = 0.0
        self._index = 0
        self._last = 0.0

    def step(self, index: int, value: float) -> tuple[int, float] | None:
        """Take one value; give the (index, height) of the peak that is certain by it."""
        found = None
        if value > self._last and value > self._height:
            self._height, self._index = value, index
        elif self._height and (value < self._height / 2 or index - self._index > self._timeout):
            found = self.flush()
        self._last = value
        return found

    def flush(self) -> tuple[int, float] | None:
        """The peak at hand, certain or not."""
        if not self._height:
            return None
        found = (self._index, self._height)
        self._height = 0.0
        return found


def _delay_at(sections: NDArray[np.float64], frequency_hz: float, rate_hz: float) -> int:
    """Group delay of a filter at a frequency, in samples."""
    from scipy.signal import sosfreqz

    step = 0.01
    _, response = sosfreqz(sections, [frequency_hz - step, frequency_hz + step], fs=rate_hz)
    first, second = np.unwrap(np.angle(response)).tolist()
    return round((first - second) / (2 * step) / (2 * np.pi) * rate_hz)
