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
_CLOCK_EVERY = 32  # messages
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
    prepared = [_numbered(size, number) for number in range(cycle(size))] if size >= _PREPARED_FROM else []
    length = size // 8
    for number in numbers(size, seconds):
        if prepared:
            array = prepared[number]
        else:
            array = np.empty(length, np.int64)
            array[NUMBER] = number
        if number == 0 and array.flags.writeable:  # it is, until it is sent for the first time
            array[SENT_NS] = time.monotonic_ns()
        yield array


def numbers(size: int, seconds: float) -> Iterator[int]:
    """The number of each message, for as long as a sink warms up and looks."""
    until = time.monotonic() + WARM_UP_S + seconds + SLACK_S
    begin, again = 0, cycle(size)
    while time.monotonic() < until:
        for number in range(begin, begin + _CLOCK_EVERY):
            yield number % again
        begin += _CLOCK_EVERY


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
