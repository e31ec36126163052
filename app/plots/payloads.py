"""What a payload is to a plot: a chunk of a signal, an array, numbers, a spectrum, or nothing it can draw."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import Signal

Samples = NDArray[np.float64]

MAX_LIST = 4096  # longer lists of numbers are not turned into arrays: that would take too long in the GUI


@dataclass(frozen=True, slots=True)
class SpectrumData:
    """Power by frequency: `frequencies_hz` (n_bins,), `power` (n_bins, n_channels), names of the channels."""

    frequencies_hz: Samples
    power: Samples
    channels: tuple[str, ...]


def number_of(payload: Any) -> float | None:
    """The payload as a number (a bool is 0 or 1; an array of one element is one); None when it is none."""
    if isinstance(payload, (bool, np.bool_)):
        return float(payload)
    if isinstance(payload, numbers.Real):
        try:
            return float(payload)
        except OverflowError:  # an integer of more than 300 digits
            return math.nan
    if isinstance(payload, np.ndarray) and payload.size == 1 and payload.dtype.kind in "fiub":
        return float(payload.reshape(-1)[0])
    return None


def array_of(payload: Any) -> NDArray[Any] | None:
    """The payload as an array of numbers, (n,) or (n, n_channels), without a copy of an array; None when it is none."""
    if isinstance(payload, np.ndarray):
        fits = payload.ndim in (1, 2) and payload.size > 0 and payload.dtype.kind in "fiub"
        return payload if fits else None
    if isinstance(payload, (list, tuple)) and 0 < len(payload) <= MAX_LIST:
        values = [number_of(item) for item in payload]
        return None if None in values else np.array(values, np.float64)
    return None


def named_numbers_of(payload: Any) -> dict[str, float] | None:
    """A dict of numbers by name, for example counters; None when the payload is no such dict."""
    if not isinstance(payload, dict) or not 0 < len(payload) <= MAX_LIST:
        return None
    found: dict[str, float] = {}
    for name, item in payload.items():
        value = number_of(item)
        if value is None:
            return None
        found[str(name)] = value
    return found


def spectrum_of(payload: Any) -> SpectrumData | None:
    """The payload as a spectrum, when it has `frequencies_hz` (n_bins,) and `power` (n_bins[, n_channels])."""
    frequencies = getattr(payload, "frequencies_hz", None)
    power = getattr(payload, "power", None)
    if not isinstance(frequencies, np.ndarray) or not isinstance(power, np.ndarray):
        return None
    if frequencies.ndim != 1 or power.ndim not in (1, 2) or len(power) != len(frequencies) or not power.size:
        return None
    if frequencies.dtype.kind not in "fiu" or power.dtype.kind not in "fiu":
        return None
    table = power[:, None] if power.ndim == 1 else power
    names = getattr(payload, "channels", None)
    if not isinstance(names, (tuple, list)) or len(names) != table.shape[1]:
        names = tuple(f"ch{i + 1}" for i in range(table.shape[1]))
    return SpectrumData(frequencies.astype(np.float64), table.astype(np.float64), tuple(str(name) for name in names))


def values_in(payload: Any) -> int:
    """How many numbers a payload holds: what it costs to look at it."""
    if isinstance(payload, Signal):
        return int(payload.samples.size)
    return int(payload.size) if isinstance(payload, np.ndarray) else 1


def describe(payload: Any) -> str:
    """What a payload is, in a few words, for a plot that cannot show it."""
    if isinstance(payload, np.ndarray):
        shape = " × ".join(str(n) for n in payload.shape) or "one value"
        return f"an array of {payload.dtype} ({shape})"
    name = type(payload).__name__
    return "None" if payload is None else f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
