"""Sources that make their signal themselves: tone, ramp, synthetic ECG, the machine's own counters."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from engine.library.clock import Pace, sample_time_ns
from engine.library.ecg_model import EcgModel
from engine.node.node import Source
from engine.node.parameter import param
from engine.node.port import Out
from engine.node.signal import Signal

MAX_SEED = 2**32 - 1


class _Generator(Source):
    """A source that computes its signal block by block; the stream is the same whatever the block size."""

    category = "Sources"

    signal = Out(Signal)
    rate_hz: float
    block_size: int
    noise: float
    seed: int
    duration_s: float
    realtime: bool

    async def produce(self) -> AsyncIterator[Signal]:
        """Give block after block."""
        self._begin()
        random = np.random.default_rng([self.seed, 1])
        pace = Pace()
        index = 0
        while not self.stopping:
            count = self.block_size
            if self.duration_s:
                count = min(count, round(self.duration_s * self.rate_hz) - index)
            if count <= 0:
                return
            if not self.realtime:
                pace.forget()
            elif not await pace.wait(self, (index + count) / self.rate_hz, length_s=count / self.rate_hz):
                return
            samples = self._samples(index, count)
            if self.noise:
                samples = samples + self.noise * random.standard_normal(samples.shape)
            yield Signal(samples, self.rate_hz, self._names(), sample_time_ns(index, self.rate_hz))
            index += count

    def _begin(self) -> None:
        """Forget an earlier stream."""

    def _names(self) -> tuple[str, ...] | None:
        return None

    def _samples(self, index: int, count: int) -> NDArray[np.float64]:
        """(count, n_channels) samples from this index on; called once for each, in order."""
        raise NotImplementedError


class Tone(_Generator):
    """Give a sine wave with noise.

    A change of frequency takes effect with the next block and keeps the phase, so the wave goes on without a jump.
    With several channels their phases are spread evenly over one turn.
    """

    icon = "sine"

    frequency_hz = param(10.0, minimum=0.0, maximum=1e6, unit="Hz", doc="Frequency of the wave.")
    amplitude = param(1.0, minimum=0.0, maximum=1e6, doc="Height of the wave above zero.")
    channels = param(1, minimum=1, maximum=1024, doc="Number of channels.", live=False)
    rate_hz = param(500.0, minimum=0.01, maximum=1e7, unit="Hz", doc="Sampling rate.", live=False)
    block_size = param(10, minimum=1, maximum=1_000_000, unit="samples", doc="Samples in a message.")
    noise = param(0.0, minimum=0.0, maximum=1e6, doc="Standard deviation of white noise added, in the signal's unit.")
    seed = param(0, minimum=0, maximum=MAX_SEED, doc="Which of all random streams the noise is.", live=False)
    duration_s = param(0.0, minimum=0.0, maximum=1e9, unit="s", doc="Length of the stream; 0 goes on for ever.")
    realtime = param(True, doc="One second of signal a second; off is as fast as the graph takes it.")

    def _begin(self) -> None:
        self._anchor = 0
        self._anchor_turns = 0.0
        self._frequency_hz = self.frequency_hz

    def _samples(self, index: int, count: int) -> NDArray[np.float64]:
        if self.frequency_hz != self._frequency_hz:
            passed = (index - self._anchor) * (self._frequency_hz / self.rate_hz)
            self._anchor_turns = (self._anchor_turns + passed) % 1.0
            self._anchor = index
            self._frequency_hz = self.frequency_hz
        steps = np.arange(index - self._anchor, index - self._anchor + count)
        turns = (self._anchor_turns + steps * (self._frequency_hz / self.rate_hz)) % 1.0
        spread = np.arange(self.channels) / self.channels
        angles: NDArray[np.float64] = 2 * np.pi * (turns[:, None] + spread)
        return np.sin(angles) * float(self.amplitude)


class EcgGenerator(_Generator):
    """Give a synthetic electrocardiogram in millivolts (McSharry et al. 2003).

    See `engine.library.ecg_model`. A change of the heart rate takes effect with the next beat.
    """

    title = "ECG Generator"
    icon = "heart"

    heart_rate_bpm = param(70.0, minimum=20.0, maximum=250.0, unit="bpm", doc="Mean heart rate.")
    variability = param(0.03, minimum=0.0, maximum=0.2, doc="Standard deviation of beat intervals / their mean.")
    wander_mv = param(0.15, minimum=0.0, maximum=10.0, unit="mV", doc="How far the baseline moves with the breath.")
    rate_hz = param(360.0, minimum=50.0, maximum=1e5, unit="Hz", doc="Sampling rate.", live=False)
    block_size = param(12, minimum=1, maximum=1_000_000, unit="samples", doc="Samples in a message.")
    noise = param(0.02, minimum=0.0, maximum=100.0, unit="mV", doc="Standard deviation of white noise added.")
    seed = param(0, minimum=0, maximum=MAX_SEED, doc="Which of all random streams it follows.", live=False)
    duration_s = param(0.0, minimum=0.0, maximum=1e9, unit="s", doc="Length of the stream; 0 goes on for ever.")
    realtime = param(True, doc="One second of signal a second; off is as fast as the graph takes it.")

    def _begin(self) -> None:
        self._model = EcgModel(self.rate_hz, self.seed)

    def _names(self) -> tuple[str, ...]:
        return ("ECG",)

    def _samples(self, index: int, count: int) -> NDArray[np.float64]:
        return self._model.take(count, self.heart_rate_bpm, self.variability, self.wander_mv)[:, None]


class Ramp(Source):
    """Count upwards from 0."""

    category = "Sources"
    icon = "ramp"

    value = Out(int)
    count = param(100, minimum=0, maximum=10**12, doc="How many numbers.")
    interval = param(0.0, minimum=0.0, maximum=86400.0, unit="s", doc="Time between numbers; 0 is as fast as possible.")

    async def produce(self) -> AsyncIterator[int]:
        """Give 0, 1, 2, …"""
        pace = Pace()
        due_s = 0.0
        index = 0
        while index < self.count and not self.stopping:
            yield index
            index += 1
            if not self.interval:
                pace.forget()
                continue
            due_s += self.interval
            if index < self.count:
                await pace.wait(self, due_s, length_s=self.interval)


class MachineCounters(Source):
    """Measure this machine: load of processor and memory, traffic of network and disks."""

    category = "Sources"
    icon = "machine"

    load = Out(Signal, doc="Percent: processor, memory.")
    traffic = Out(Signal, doc="Megabytes (10⁶) a second: network in and out, disk read and written.")
    interval = param(0.2, minimum=0.02, maximum=3600.0, unit="s", doc="Time between measurements.", live=False)
    count = param(0, minimum=0, maximum=10**9, doc="How many measurements; 0 goes on for ever.")

    async def produce(self) -> AsyncIterator[dict[str, Signal]]:
        """Give one sample of each output an interval."""
        pace = Pace()
        psutil.cpu_percent()  # the first call only begins to count
        before, before_s = _totals(), time.monotonic()
        index = 0
        while not self.stopping and (self.count == 0 or index < self.count):
            if not await pace.wait(self, (index + 1) * self.interval, length_s=self.interval):
                return
            now, now_s = _totals(), time.monotonic()
            rates = (now - before) / max(now_s - before_s, 1e-6) / 1e6
            before, before_s = now, now_s
            loads = np.array([psutil.cpu_percent(), psutil.virtual_memory().percent])
            yield {
                "load": self._sample(loads, ("processor %", "memory %"), index),
                "traffic": self._sample(rates, ("net in", "net out", "disk read", "disk write"), index),
            }
            index += 1

    def _sample(self, values: NDArray[np.float64], names: tuple[str, ...], index: int) -> Signal:
        rate_hz = 1.0 / self.interval
        return Signal(values[None], rate_hz, names, sample_time_ns(index, rate_hz))


def _totals() -> NDArray[np.float64]:
    """Bytes received, sent, read, written since the machine started; 0 where the system does not tell."""
    network: Any = psutil.net_io_counters()
    try:
        disk: Any = psutil.disk_io_counters()
    except (OSError, RuntimeError):  # containers and some kernels keep no disk statistics
        disk = None
    return np.array(
        [
            network.bytes_recv if network else 0,
            network.bytes_sent if network else 0,
            disk.read_bytes if disk else 0,
            disk.write_bytes if disk else 0,
        ],
        dtype=np.float64,
    )
