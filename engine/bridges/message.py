"""`Message`: what travels on a wire, and what makes its payload immutable."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np


class _Empty:
    """Stands for a payload where a tick was filtered out: the tick travels on without one."""

    def __repr__(self) -> str:
        return "EMPTY"


EMPTY: Any = _Empty()


class Message:
    """A payload, its tick on the clock of its source, and its time.

    Attributes:
        payload: the value, or `EMPTY` for a tick that was filtered out.
        tick: position on the source's clock, counting from 0.
        time_ns: when the source produced it, nanoseconds since the epoch.
        sent_ns: when it was put on its wire, nanoseconds on the monotonic clock.
    """

    __slots__ = ("payload", "sent_ns", "tick", "time_ns")

    def __init__(self, payload: Any, tick: int, time_ns: int, sent_ns: int) -> None:
        self.payload = payload
        self.tick = tick
        self.time_ns = time_ns
        self.sent_ns = sent_ns

    def __repr__(self) -> str:
        return f"Message({self.payload!r}, tick={self.tick})"


_PLAIN = frozenset({int, float, complex, bool, str, bytes, type(None)})
_CONTAINERS = frozenset({list, dict, tuple, set, bytearray})  # what consumers must not share


def is_plain(payload: Any) -> bool:
    """Is this a value that nobody can change, by its exact type?"""
    return type(payload) in _PLAIN


def is_container(payload: Any) -> bool:
    """Is this one of Python's containers, of which each consumer gets its own copy?"""
    return type(payload) in _CONTAINERS


def isolated(payload: Any) -> Any:
    """The payload as it may be sent: nobody can change what another sees.

    Arrays become read-only (copied only where somebody else could still write to their memory); lists, dicts, sets
    and bytearrays are copied with what is in them; other objects are passed as they are, with the arrays in a
    `samples` field (a `Signal`) made read-only.
    """
    kind = type(payload)
    if kind in _PLAIN:
        return payload
    if isinstance(payload, np.ndarray):
        return _read_only(payload)
    if kind is list:
        return [isolated(item) for item in payload]
    if kind is tuple:
        return tuple(isolated(item) for item in payload)
    if kind is dict:
        return {key: isolated(value) for key, value in payload.items()}
    if kind is set:
        return set(payload)
    if kind is bytearray:
        return bytearray(payload)
    samples = getattr(payload, "samples", None)
    if isinstance(samples, np.ndarray):
        frozen = _read_only(samples)
        return payload if frozen is samples else payload.replace(samples=frozen)
    if hasattr(payload, "__dataclass_fields__"):
        make_read_only(payload)
    return payload


def _read_only(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array, read-only; a copy when its memory belongs to an array that somebody else can still write to."""
    base = array.base
    if base is None:
        if array.flags.writeable:
            array.flags.writeable = False
        return array
    if isinstance(base, np.ndarray) and base.flags.writeable:  # type: ignore[redundant-expr]
        # 3 references: `array.base`, the local name, getrefcount's argument. More: somebody else can write.
        if base.base is None and sys.getrefcount(base) <= 3:
            base.flags.writeable = False
        else:
            array = array.copy()
    if array.flags.writeable:
        array.flags.writeable = False
    return array


def make_read_only(payload: Any) -> None:
    """Make the arrays in a payload that is nobody else's read-only, in place."""
    if isinstance(payload, np.ndarray):
        payload.flags.writeable = False
    elif type(payload) in (list, tuple):
        for item in payload:
            make_read_only(item)
    elif type(payload) is dict:
        for item in payload.values():
            make_read_only(item)
    elif type(payload) not in _PLAIN:
        names = getattr(payload, "__dataclass_fields__", ("samples",))
        for name in names:
            value = getattr(payload, name, None)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False


def payload_bytes(payload: Any) -> int:
    """About how many bytes a payload has; 0 where that is not cheap to say."""
    nbytes = getattr(payload, "nbytes", None)
    if isinstance(nbytes, int):
        return nbytes
    samples = getattr(payload, "samples", None)
    if isinstance(samples, np.ndarray):
        return int(samples.nbytes)
    if isinstance(payload, (bytes, bytearray, str)):
        return len(payload)
    if isinstance(payload, (list, tuple)):
        return sum(payload_bytes(item) for item in payload[:100]) * len(payload) // max(1, min(100, len(payload)))
    return 8 if isinstance(payload, (int, float)) else 0
