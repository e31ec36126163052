"""What library nodes exchange besides `Signal`: an `Event` at one moment, a `Spectrum` of one window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at one moment of a signal.

    Attributes:
        time_ns: when, nanoseconds on the clock of the signal's source.
        channel: the channel in which it was seen.
        value: the signal's value there, in the signal's unit.
        label: what happened, for example "rising" or "R".
    """

    time_ns: int
    channel: str = ""
    value: float = 0.0
    label: str = ""

    @property
    def time_s(self) -> float:
        """When, in seconds on the clock of the signal's source."""
        return self.time_ns * 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """The power of a window of signal at each frequency. Its arrays are read-only.

    Attributes:
        frequencies_hz: (n_frequencies,) float64, ascending from 0 to half the sampling rate.
        power: (n_frequencies, n_channels) float64; `unit` says in what.
        channels: one name a channel.
        start_time_ns: time of the first sample of the window, on the clock of the source.
        unit: "unit²/Hz" for a density (its integral is the signal's mean square), "unit²" for power per line.
    """

    frequencies_hz: NDArray[np.float64]
    power: NDArray[np.float64]
    channels: tuple[str, ...]
    start_time_ns: int = 0
    unit: str = "unit²/Hz"

    def __post_init__(self) -> None:
        if self.power.shape != (len(self.frequencies_hz), len(self.channels)):
            raise ValueError(
                f"power of a Spectrum is (n_frequencies, n_channels) = "
                f"({len(self.frequencies_hz)}, {len(self.channels)}), not {self.power.shape}"
            )
        for array in (self.frequencies_hz, self.power):
            array.flags.writeable = False

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Spectrum):
            return NotImplemented
        return (
            (self.channels, self.start_time_ns, self.unit) == (other.channels, other.start_time_ns, other.unit)
            and np.array_equal(self.frequencies_hz, other.frequencies_hz)
            and np.array_equal(self.power, other.power, equal_nan=True)
        )

    __hash__ = None  # type: ignore[assignment]  # holds arrays

    def __reduce__(self) -> tuple[Any, ...]:
        return (Spectrum, (self.frequencies_hz, self.power, self.channels, self.start_time_ns, self.unit))
