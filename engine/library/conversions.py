"""Between numbers and signals: what makes a wire possible that the types alone refuse."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.errors import NodeError
from engine.library.clock import sample_time_ns
from engine.node.node import Node
from engine.node.parameter import param
from engine.node.port import In, Out
from engine.node.signal import Signal

Number = int | float
_REDUCTIONS: dict[str, Callable[[NDArray[np.floating]], float]] = {
    "last": lambda samples: float(samples[-1]),
    "mean": lambda samples: float(np.mean(samples)),
    "minimum": lambda samples: float(np.min(samples)),
    "maximum": lambda samples: float(np.max(samples)),
    "rms": lambda samples: math.sqrt(float(np.mean(np.square(samples)))),
}


class ToSignal(Node):
    """Make each number one sample of a signal."""

    title = "To Signal"
    category = "Converters"
    icon = "convert"

    number = In(Number)
    signal = Out(Signal, doc="One sample of one channel a message; its time counts from the first number.")
    rate_hz = param(100.0, minimum=0.001, maximum=1e6, unit="Hz", doc="How many numbers come in a second.", live=False)
    channel = param("value", doc="What the channel is called.", live=False)

    _count = 0

    def process(self, number: Number) -> Signal:
        """Give one sample."""
        start = sample_time_ns(self._count, self.rate_hz)
        self._count += 1
        return Signal([float(number)], self.rate_hz, (self.channel,), start)


class ToNumber(Node):
    """Make one number of each chunk of a signal."""

    title = "To Number"
    category = "Converters"
    icon = "convert"

    signal = In(Signal)
    number = Out(float)
    take = param("last", choices=tuple(_REDUCTIONS), doc="Which number stands for the samples of a chunk.")
    channel = param(1, minimum=1, maximum=1024, doc="Which channel is taken, counted from 1.")

    def process(self, signal: Signal) -> float | None:
        """Give the number of one chunk; nothing for an empty one.

        Raises:
            NodeError: the signal does not have this channel.
        """
        if self.channel > signal.n_channels:
            raise NodeError(f"channel {self.channel} is taken, and the signal has {signal.n_channels}")
        if signal.n_samples == 0:
            return None
        return _REDUCTIONS[self.take](signal.samples[:, self.channel - 1])
