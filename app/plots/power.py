"""The power spectrum of the newest samples, for signals that come as they are."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from app.plots.envelope import Samples

MAX_VALUES = 1 << 15  # of all channels: a few ms
TINY = 1e-30


def power_spectrum(samples: Samples, rate_hz: float) -> tuple[Samples, Samples]:
    """The one-sided power density by one Hann window, the mean taken out (`scipy.signal.periodogram`).

    Args:
        samples: (n_channels, n) finite; at least 2.
        rate_hz: samples a second.

    Returns:
        frequencies (n // 2 + 1,) in Hz, power (n // 2 + 1, n_channels) in unit²/Hz.
    """
    count = samples.shape[1]
    window = _hann(count)
    centred = samples - samples.mean(axis=1, keepdims=True)
    lines = np.fft.rfft(centred * window, axis=1)
    power: Samples = (lines.real**2 + lines.imag**2) / (rate_hz * float(np.square(window).sum()))
    power[:, 1 : -1 if count % 2 == 0 else None] *= 2
    frequencies: Samples = np.fft.rfftfreq(count, 1 / rate_hz).astype(np.float64, copy=False)
    return frequencies, np.ascontiguousarray(power.T)


@lru_cache(maxsize=4)
def _hann(count: int) -> Samples:
    window: Samples = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(count) / count)
    return window


def decibels(power: Samples) -> Samples:
    """10 log10 of a power; nothing and less is the smallest there is."""
    with np.errstate(invalid="ignore"):
        result: Samples = 10 * np.log10(np.maximum(power, TINY))
    return result


def fast_length(count: int) -> int:
    """The largest length up to `count` whose Fourier transform is quick: a product of 2, 3 and 5."""
    best = 1
    fives = 1
    while fives <= count:
        threes = fives
        while threes <= count:
            best = max(best, threes << ((count // threes).bit_length() - 1))
            threes *= 3
        fives *= 5
    return best
