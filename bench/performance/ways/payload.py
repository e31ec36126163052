"""What every peer sends and how each message is checked: arrays with a number and the time of sending in front."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Payload = NDArray[np.int64]

NUMBER, SENT_NS = 0, 1  # where in an array
_PREPARED_FROM = 1 << 20  # bytes; smaller ones are made anew for each message
_PREPARED = 4
NEVER = 1 << 40  # so many messages nobody sends
SLACK_S = 5.0  # how much longer than the sink looks a source would go on: the program ends it when the sink is done
WARM_UP_S = 0.3


def cycle(size: int) -> int:
    """After how many messages of so many bytes the numbers in them begin again."""
    return _PREPARED if size >= _PREPARED_FROM else NEVER


def saturated(size: int, seconds: float) -> Iterator[Payload]:
    """Arrays of `size` bytes for as long as a sink warms up and looks.

    Big ones are prepared before, so that it is their way that is measured and not their making.
    """
    again = cycle(size)
    prepared = [_numbered(size, number) for number in range(again)] if size >= _PREPARED_FROM else []
    for number, now in numbers(size, seconds):
        if prepared:
            array = prepared[number]
        else:
            array = np.empty(size // 8, np.int64)
            array[NUMBER] = number
        if now:
            array[SENT_NS] = now
        yield array


def numbers(size: int, seconds: float) -> Iterator[tuple[int, int]]:
    """The number of each message for as long as a sink warms up and looks, and for the first the time, else 0."""
    again = cycle(size)
    began = time.monotonic_ns()
    until = began + int((WARM_UP_S + seconds + SLACK_S) * 1e9)
    yield 0, began
    number = 1
    while time.monotonic_ns() < until:
        yield number % again, 0
        number += 1


def stamped(size: int, number: int) -> Payload:
    """One array that says when it was sent."""
    array = _numbered(size, number)
    array[SENT_NS] = time.monotonic_ns()
    return array


def _numbered(size: int, number: int) -> Payload:
    array: Payload = np.ones(size // 8, np.int64)  # written all over: its pages are there
    array[NUMBER] = number
    return array


def at_rate(seconds: float, rate_hz: float) -> Iterator[tuple[int, float]]:
    """Numbers, each with how long to wait before sending it, so that they are sent `rate_hz` times a second."""
    began = time.monotonic()
    for number in range(int((WARM_UP_S + seconds + SLACK_S) * rate_hz)):
        yield number, max(0.0, began + number / rate_hz - time.monotonic())
