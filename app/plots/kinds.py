"""Which kinds of plot there are, and which one suits a port. Imports neither Qt nor pyqtgraph."""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Any, Union, get_args, get_origin

from app.plots.settings import Setting
from engine import Array, Signal

SCOPE = "scope"
SPECTRUM = "spectrum"
NUMBER = "number"
TABLE = "table"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of plot: its name in files, what people read, what it is for, its settings and how many ports it shows."""

    name: str
    label: str
    doc: str
    settings: tuple[Setting, ...] = ()
    most_ports: int = 1


KINDS = (
    Kind(SCOPE, "Scope", "Traces of a signal over the last seconds"),
    Kind(SPECTRUM, "Spectrum", "Power of a signal by frequency"),
    Kind(NUMBER, "Number", "The newest value, large, with its least, mean and greatest"),
    Kind(TABLE, "Table", "The last messages as text"),
)
KIND_NAMES = frozenset(kind.name for kind in KINDS)
MANY_PORTS = 16


def settings_of(kind: str) -> tuple[Setting, ...]:
    """What can be set on a plot of this kind; nothing on one that this version does not know."""
    return next((known.settings for known in KINDS if known.name == kind), ())


def most_ports(kind: str) -> int:
    """How many ports a plot of this kind shows."""
    return next((known.most_ports for known in KINDS if known.name == kind), 1)


@dataclass(frozen=True, slots=True)
class TapPolicy:
    """What a plot asks its tap to keep between two frames."""

    policy: str
    capacity: int


EVERY_CHUNK = TapPolicy("drop_oldest", 256)
NEWEST_ONLY = TapPolicy("latest", 1)


def propose_kind(port_type: Any) -> str:
    """The kind of plot that suits a port of this type; "table" for what has no picture of its own."""
    if get_origin(port_type) in (Union, types.UnionType):
        proposed = {propose_kind(part) for part in get_args(port_type) if part is not type(None)}
        return proposed.pop() if len(proposed) == 1 else TABLE
    if isinstance(port_type, Array):
        return SCOPE if port_type.ndim == 1 else TABLE
    if not isinstance(port_type, type):
        return TABLE
    if issubclass(port_type, Signal):
        return SCOPE
    if port_type.__name__ == "Spectrum":
        return SPECTRUM
    return NUMBER if issubclass(port_type, (int, float)) else TABLE


def tap_policy(kind: str, port_type: Any = Any) -> TapPolicy:
    """What a tap keeps for a plot of this kind on a port of this type.

    Only a ready-made spectrum is complete in its newest message. Traces, statistics, rows, and a spectrum computed
    here out of the chunks of a signal want them all; what comes faster than they are taken is dropped and counted.
    """
    if kind == SPECTRUM and propose_kind(port_type) == SPECTRUM:
        return NEWEST_ONLY
    return EVERY_CHUNK
