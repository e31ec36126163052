"""`Signal`: one chunk of a multichannel, evenly sampled signal. The payload most nodes exchange."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Signal:
    """A chunk of a multichannel signal. Treat it as immutable: it is read-only once emitted.

    Args:
        samples: (n_samples, n_channels) floating; (n_samples,) is taken as one channel, integers become float64.
        rate_hz: samples per second, positive.
        channels: one name a channel; None names them `ch1`, `ch2`, …
        start_time_ns: time of the first sample, nanoseconds on the clock of the source.

    Raises:
        ValueError: the shape, rate or channel names do not fit together.
    """

    __slots__ = ("channels", "rate_hz", "samples", "start_time_ns")

    samples: NDArray[np.floating[Any]]
    rate_hz: float
    channels: tuple[str, ...]
    start_time_ns: int

    def __init__(
        self,
        samples: ArrayLike,
        rate_hz: float,
        channels: Sequence[str] | None = None,
        start_time_ns: int = 0,
    ) -> None:
        array = np.asarray(samples)
        if array.ndim == 1:
            array = array[:, None]
        if array.ndim != 2:
            raise ValueError(f"samples of a Signal are (n_samples, n_channels), not {array.ndim}-dimensional")
        if array.dtype.kind != "f":
            if array.dtype.kind not in "iub":
                raise ValueError(f"samples of a Signal are floating point, not {array.dtype}")
            array = array.astype(np.float64)
        if not 0 < rate_hz < math.inf:
            raise ValueError(f"rate_hz of a Signal is positive and finite, not {rate_hz}")
        names = tuple(channels) if channels is not None else default_channels(array.shape[1])
        if len(names) != array.shape[1]:
            raise ValueError(f"{len(names)} channel names for {array.shape[1]} channels")
        set_field = object.__setattr__
        set_field(self, "samples", array)
        set_field(self, "rate_hz", float(rate_hz))
        set_field(self, "channels", names)
        set_field(self, "start_time_ns", int(start_time_ns))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a Signal cannot be changed: use signal.replace({name}=...) for a new one")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a Signal cannot be changed: {name} stays")

    @property
    def n_samples(self) -> int:
        """Number of samples in time."""
        return int(self.samples.shape[0])

    @property
    def n_channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[1])

    @property
    def duration_s(self) -> float:
        """Length in seconds: n_samples / rate_hz."""
        return self.n_samples / self.rate_hz

    @property
    def times_s(self) -> NDArray[np.float64]:
        """(n_samples,) float64: time of each sample in seconds on the clock of the source."""
        return self.start_time_ns * 1e-9 + np.arange(self.n_samples) / self.rate_hz

    def replace(self, **changes: Any) -> Signal:
        """A new chunk with some of `samples`, `rate_hz`, `channels`, `start_time_ns` changed.

        Raises:
            ValueError: the changed parts do not fit the others.
            TypeError: an unknown part.
        """
        parts: dict[str, Any] = {
            "samples": self.samples,
            "rate_hz": self.rate_hz,
            "channels": self.channels,
            "start_time_ns": self.start_time_ns,
        }
        unknown = changes.keys() - parts.keys()
        if unknown:
            raise TypeError(f"a Signal has no {', '.join(sorted(unknown))}; it has {', '.join(parts)}")
        parts.update(changes)
        return type(self)(**parts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Signal):
            return NotImplemented
        return (
            self.rate_hz == other.rate_hz
            and self.channels == other.channels
            and self.start_time_ns == other.start_time_ns
            and self.samples.dtype == other.samples.dtype
            and np.array_equal(self.samples, other.samples, equal_nan=True)
        )

    __hash__ = None  # type: ignore[assignment]  # holds an array

    def __repr__(self) -> str:
        return f"Signal({self.n_samples} x {self.n_channels} {self.samples.dtype}, {self.rate_hz:g} Hz)"

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.samples, self.rate_hz, self.channels, self.start_time_ns))


def default_channels(count: int) -> tuple[str, ...]:
    """The names of channels that have none: `ch1`, `ch2`, …"""
    return tuple(f"ch{i + 1}" for i in range(count))
