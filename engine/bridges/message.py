"""`Message`: what travels on a wire, and what makes its payload immutable."""

from __future__ import annotations

import array
import copy
from collections import deque
from typing import Any

import msgspec
import numpy as np

from engine.bridges.loans import ALONE, loan_of, references_to_base


class _Empty:
    """Stands for a payload where a tick was filtered out: the tick travels on without one."""

    def __repr__(self) -> str:
        return "EMPTY"


EMPTY: Any = _Empty()


class Message(msgspec.Struct, eq=False, gc=False):
    """A payload, its tick on the clock of its source, and its time.

    Attributes:
        payload: the value, or `EMPTY` for a tick that was filtered out.
        tick: position on the source's clock, counting from 0.
        time_ns: when the source produced it, nanoseconds since the epoch.
        sent_ns: when it was put on its wire, nanoseconds on the monotonic clock.
    """

    payload: Any
    tick: int
    time_ns: int
    sent_ns: int

    def __repr__(self) -> str:
        return f"Message({self.payload!r}, tick={self.tick})"


_ndarray = np.ndarray
PLAIN = frozenset({int, float, complex, bool, str, bytes, type(None)})  # types of values that nobody can change
_CONTAINERS = (list, dict, tuple, set, bytearray, deque, array.array, np.void)  # what consumers must not share


def is_container(payload: Any) -> bool:
    """Is this one of Python's containers, or a dataclass, of which each consumer gets its own copy?"""
    return isinstance(payload, _CONTAINERS) or _is_dataclass(payload)


def isolated(payload: Any) -> Any:
    """The payload as it may be sent: nobody can change what another sees.

    Arrays become read-only (copied only where somebody else could still write to their memory); Python's containers
    and dataclasses are copied with what is in them (a frozen dataclass only when something in it had to be); other
    objects are passed as they are, with the array in a `samples` field (a `Signal`) made read-only.
    """
    kind = type(payload)
    if kind is _ndarray:
        return _read_only(payload)
    if kind in PLAIN:
        return payload
    if isinstance(payload, np.ndarray):
        return _read_only_masked(payload) if hasattr(payload, "_mask") else _read_only(payload)
    if kind is list:
        return [isolated(item) for item in payload]
    if kind is tuple:
        return tuple([isolated(item) for item in payload])
    if kind is dict:
        return {key: isolated(value) for key, value in payload.items()}
    if _is_dataclass(payload):
        return _isolated_dataclass(payload)
    samples = getattr(payload, "samples", None)
    if isinstance(samples, np.ndarray):
        frozen = _read_only(samples)
        return payload if frozen is samples else _changed(payload, {"samples": frozen})
    return _isolated_container(payload) if isinstance(payload, _CONTAINERS) else payload


def _is_dataclass(payload: Any) -> bool:
    return hasattr(type(payload), "__dataclass_fields__")


def _isolated_container(payload: Any) -> Any:
    """A copy of the same type (a named tuple, a `defaultdict`, a `deque` ...), isolated in turn."""
    if isinstance(payload, tuple):
        items = [isolated(item) for item in payload]
        return payload._make(items) if hasattr(payload, "_make") else type(payload)(items)
    own = copy.copy(payload)
    if isinstance(own, dict):
        for key, value in payload.items():
            own[key] = isolated(value)
    elif isinstance(own, (list, deque)):
        for index, item in enumerate(payload):
            own[index] = isolated(item)
    return own


def _isolated_dataclass(payload: Any) -> Any:
    kind = type(payload)
    changes = {}
    for name in kind.__dataclass_fields__:
        value = getattr(payload, name, None)
        own = isolated(value)
        if own is not value:
            changes[name] = own
    return payload if kind.__dataclass_params__.frozen and not changes else _changed(payload, changes)


def _changed(payload: Any, changes: dict[str, Any]) -> Any:
    """A copy with other values in some fields, whatever the class itself allows to be set."""
    own = copy.copy(payload)
    for name, value in changes.items():
        object.__setattr__(own, name, value)
    return own


def _read_only(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array, read-only; a copy when its memory is such that somebody else can still write to it."""
    base = values.base
    if base is None:  # it has memory of its own
        if values.flags.writeable:
            values.flags.writeable = False
        return values
    if not _is_fixed(base):
        is_ours = type(base) is np.ndarray and (base.base is None or loan_of(values) is not None)
        if is_ours and references_to_base(values) <= ALONE + 1:
            base.flags.writeable = False  # nobody else has it; `base` here is the one reference more
        else:
            values = values.copy()
    if values.flags.writeable:
        values.flags.writeable = False
    return values


def _read_only_masked(values: Any) -> Any:
    """A masked array (`numpy.ma`), read-only together with its mask; a copy the first time."""
    mask = values._mask
    if not values.flags.writeable and not (isinstance(mask, np.ndarray) and mask.flags.writeable):
        return values
    own = values.copy()
    make_read_only(own)
    return own


def _is_fixed(owner: Any) -> bool:
    """Can nobody write to the memory of this object?"""
    while True:
        if isinstance(owner, np.ndarray):
            if owner.flags.writeable:
                return False
            if owner.base is None:
                return True
            owner = owner.base
        elif isinstance(owner, memoryview):
            if not owner.readonly:
                return False
            owner = owner.obj
        elif isinstance(owner, bytes):
            return True
        else:
            try:
                return memoryview(owner).readonly
            except (TypeError, ValueError, BufferError):
                return False


def make_read_only(payload: Any) -> None:
    """Make the arrays in a payload that is nobody else's read-only, in place."""
    kind = type(payload)
    if kind in PLAIN:
        return
    if isinstance(payload, np.ndarray):
        payload.flags.writeable = False
        mask = getattr(payload, "_mask", None)
        if isinstance(mask, np.ndarray):
            mask.flags.writeable = False
    elif isinstance(payload, (list, tuple, deque)):
        for item in payload:
            make_read_only(item)
    elif isinstance(payload, dict):
        for item in payload.values():
            make_read_only(item)
    elif _is_dataclass(payload):
        for name in kind.__dataclass_fields__:
            make_read_only(getattr(payload, name, None))
    else:
        samples = getattr(payload, "samples", None)
        if isinstance(samples, np.ndarray):
            samples.flags.writeable = False


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
