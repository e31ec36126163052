"""What the soak sends: numbered payloads that show whether they came whole."""

from __future__ import annotations

import time
import zlib
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import Signal

HEADER = 24  # bytes: the number, when it was made (monotonic ns), the checksum of the rest
RATE_HZ = 1000.0
CHUNK = 50  # samples in a `Signal`
CHUNK_NS = int(CHUNK / RATE_HZ * 1e9)
CHANNELS = 4
_PERIOD = 1000  # samples after which the waves repeat


def numbered(number: int, size: int) -> Any:
    """The message of this number: the plain number when `size` is 0, else an array of `size` bytes."""
    if size == 0:
        return number
    array = np.empty(size, np.uint8)
    np.bitwise_xor(_noise(size - HEADER), np.uint8(number % 256), out=array[HEADER:])  # no two neighbours are alike
    head = array[:HEADER].view(np.int64)
    head[0], head[1], head[2] = number, time.monotonic_ns(), _checksum(number, array)
    return array


def _checksum(number: int, array: NDArray[np.uint8]) -> int:
    return zlib.crc32(array[HEADER:].data, number & 0xFFFFFFFF)


@cache
def _noise(size: int) -> NDArray[np.uint8]:
    return np.random.default_rng(size).integers(0, 256, size, np.uint8)


def number_of(payload: Any) -> int:
    """The number of a message, whatever its form: an array, a number, a chunk of signal, or a tuple that begins so."""
    if isinstance(payload, tuple):
        return number_of(payload[0])
    if isinstance(payload, np.ndarray):
        return int(payload[:8].view(np.int64)[0])
    if isinstance(payload, Signal):
        return payload.start_time_ns // CHUNK_NS
    return int(payload)


def is_whole(payload: Any) -> bool:
    """Is the content what was sent?"""
    if isinstance(payload, np.ndarray):
        return int(payload[:HEADER].view(np.int64)[2]) == _checksum(number_of(payload), payload)
    return True


def wave(number: int) -> Signal:
    """The chunk of this number: sines of whole frequencies and a little noise, the same in every run."""
    at = number * CHUNK % _PERIOD
    return Signal(_waves()[at : at + CHUNK].copy(), RATE_HZ, start_time_ns=number * CHUNK_NS)


@cache
def _waves() -> NDArray[np.float64]:
    t = np.arange(_PERIOD) / RATE_HZ
    noise = np.random.default_rng(7).standard_normal((_PERIOD, CHANNELS))
    sines = np.stack([np.sin(2 * np.pi * hz * t) for hz in (3, 10, 20, 80)], axis=1)
    return np.asarray(sines + 0.1 * noise)
