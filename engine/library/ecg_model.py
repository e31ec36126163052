"""`EcgModel`: a synthetic electrocardiogram, after McSharry et al. 2003.

P. E. McSharry, G. D. Clifford, L. Tarassenko, L. A. Smith, "A dynamical model for generating synthetic
electrocardiogram signals", IEEE Trans. Biomed. Eng. 50(3):289-294, 2003 (ECGSYN).

The model's point moves round a limit cycle once a beat; five Gaussian events at fixed angles (P, Q, R, S, T) pull the
voltage z up and down while it relaxes towards a baseline that moves with the breath:

    dz/dt = -sum_i a_i * dtheta_i * exp(-dtheta_i**2 / (2 * b_i**2)) - (z - z0(t))

On the limit cycle the angle is known at every moment, so only z is integrated: exactly for its linear part, with the
trapezoidal rule for its drive.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

ANGLES = np.array([-math.pi / 3, -math.pi / 12, 0.0, math.pi / 12, math.pi / 2])
HEIGHTS = np.array([1.2, -5.0, 30.0, -7.5, 0.75])
WIDTHS = np.array([0.25, 0.1, 0.1, 0.1, 0.4])
MILLIVOLTS = 24.0  # brings the R wave of the model's units to about 1.2 mV, as the paper scales it
BREATH_HZ = 0.25
MAYER_HZ = 0.1


class EcgModel:
    """Gives the ECG beat by beat, so that it is the same however it is cut into blocks.

    Invariant: `_ready` is what has been computed and not yet taken; it ends with a whole beat.
    """

    def __init__(self, rate_hz: float, seed: int) -> None:
        self._rate_hz = rate_hz
        self._step_s = 1.0 / rate_hz
        self._random = np.random.default_rng(seed)
        self._ready = np.zeros(0)
        self._next_beat_s = 0.0
        self._index = 0
        self._last_drive = 0.0
        self._voltage = 0.0

    def take(self, count: int, heart_rate_bpm: float, variability: float, wander_mv: float) -> NDArray[np.float64]:
        """The next samples.

        Args:
            count: how many.
            heart_rate_bpm: mean rate; a change counts from the next beat on.
            variability: standard deviation of the beat intervals as a part of their mean.
            wander_mv: how far the baseline moves with the breath, millivolts.

        Returns:
            (count,) float64, millivolts.
        """
        parts = [self._ready]
        length = len(self._ready)
        while length < count:
            beat = self._beat(heart_rate_bpm, variability, wander_mv)
            parts.append(beat)
            length += len(beat)
        ready = np.concatenate(parts)
        self._ready = ready[count:]
        return ready[:count]

    def _beat(self, heart_rate_bpm: float, variability: float, wander_mv: float) -> NDArray[np.float64]:
        """One turn of the cycle."""
        interval_s = self._interval_s(60.0 / heart_rate_bpm, variability)
        begin_s, self._next_beat_s = self._next_beat_s, self._next_beat_s + interval_s
        end = math.ceil(self._next_beat_s * self._rate_hz)
        times = np.arange(self._index, end) * self._step_s
        self._index = end
        turn = np.clip((times - begin_s) / interval_s, 0.0, 1.0)
        drive = _pull(2 * np.pi * turn - np.pi, interval_s)
        drive += wander_mv / MILLIVOLTS * np.sin(2 * np.pi * BREATH_HZ * times)
        return self._integrate(drive) * MILLIVOLTS

    def _interval_s(self, mean_s: float, variability: float) -> float:
        """Mean, breath and blood-pressure waves in equal parts as in the paper's spectrum, and a little chance."""
        time_s = self._next_beat_s
        waves = math.sin(2 * math.pi * BREATH_HZ * time_s) + math.sin(2 * math.pi * MAYER_HZ * time_s)
        chance = self._random.standard_normal()
        deviation = variability * (0.95 * waves + 0.3 * chance)
        return mean_s * min(1.5, max(0.5, 1.0 + deviation))

    def _integrate(self, drive: NDArray[np.float64]) -> NDArray[np.float64]:
        """Solve z' = drive - z over each step: the exact decay, and the drive's mean over the step."""
        decay = math.exp(-self._step_s)
        voltage, before = self._voltage, self._last_drive
        voltages = []
        for now in drive.tolist():
            voltage = decay * voltage + (1 - decay) * (before + now) / 2
            before = now
            voltages.append(voltage)
        self._voltage, self._last_drive = voltage, before
        return np.array(voltages)


def _pull(angle: NDArray[np.float64], interval_s: float) -> NDArray[np.float64]:
    """The drive of the five waves at these angles; they draw together as the heart goes faster (ECGSYN's rule)."""
    faster = math.sqrt(1.0 / interval_s)
    centres = ANGLES * np.sqrt([faster, faster, 1.0, faster, math.sqrt(faster)])
    widths = WIDTHS * faster
    off = np.remainder(angle[:, None] - centres + np.pi, 2 * np.pi) - np.pi
    waves = HEIGHTS * off * np.exp(-(off**2) / (2 * widths**2))
    total = np.zeros(len(angle))
    for wave in waves.T:
        total -= wave
    return total
