"""`Wire`: a connection of one output port to one input port, with a capacity and an overflow policy."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.errors import ConnectionRefused, GraphError
from engine.overflow import Overflow

MAX_CAPACITY = 1_000_000
MAX_PORT = 200  # characters of a port's name
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}\Z")


class _NoValue:
    """The absence of a value, where None is a value."""

    def __repr__(self) -> str:
        return "NO_VALUE"

    def __reduce__(self) -> str:
        return "NO_VALUE"


NO_VALUE = _NoValue()


@dataclass(frozen=True, slots=True)
class Wire:
    """One wire. `extra` holds fields of the file that this version does not know; they are saved back."""

    from_node: str
    from_port: str
    to_node: str
    to_port: str
    capacity: int = 16
    overflow: Overflow = Overflow.BLOCK
    feedback: bool = False
    initial: Any = NO_VALUE
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def between(
        cls,
        output: str,
        input: str,
        capacity: int = 16,
        overflow: str | Overflow = Overflow.BLOCK,
        feedback: bool = False,
        initial: Any = NO_VALUE,
    ) -> Wire:
        """A wire from `node.port` to `node.port`; raises `ConnectionRefused` or `GraphError` for bad parts."""
        wire = cls(*split_end(output), *split_end(input))
        return wire.changed(capacity=capacity, overflow=overflow, feedback=feedback, initial=initial)

    def changed(self, **changes: Any) -> Wire:
        """This wire with another capacity, overflow policy, feedback mark or initial value."""
        unknown = changes.keys() - {"capacity", "overflow", "feedback", "initial"}
        if unknown:
            raise GraphError(f"a wire has no {', '.join(sorted(unknown))}")
        if "initial" in changes:
            changes["initial"] = copy.deepcopy(changes["initial"])  # a wire is a value: nobody else holds parts of it
        if "overflow" in changes:
            try:
                changes["overflow"] = Overflow(changes["overflow"])
            except ValueError:
                known = ", ".join(Overflow)
                raise GraphError(
                    f"{self.key}: {changes['overflow']!r} is no overflow policy: use one of {known}"
                ) from None
        capacity = changes.get("capacity", self.capacity)
        if isinstance(capacity, bool) or not isinstance(capacity, int) or not 1 <= capacity <= MAX_CAPACITY:
            raise GraphError(f"{self.key}: a capacity is a whole number from 1 to {MAX_CAPACITY}, not {capacity!r}")
        wire = replace(self, **changes)
        if wire.initial is not NO_VALUE and not wire.feedback:
            raise GraphError(f"{self.key}: only a feedback wire has an initial value")
        return wire

    @property
    def output(self) -> str:
        """Where it begins, `node.port`."""
        return f"{self.from_node}.{self.from_port}"

    @property
    def input(self) -> str:
        """Where it ends, `node.port`."""
        return f"{self.to_node}.{self.to_port}"

    @property
    def key(self) -> str:
        """What identifies it in its graph: `a.x -> b.y`."""
        return f"{self.output} -> {self.input}"

    def __str__(self) -> str:
        return self.key


def split_end(end: str) -> tuple[str, str]:
    """Split `node.port`; raises `ConnectionRefused` when it is not of that form."""
    node, _, port = str(end).partition(".")
    if not (is_node_id(node) and port.isidentifier() and len(port) <= MAX_PORT):
        raise ConnectionRefused(f"{str(end)[:300]!r} names no port: write node.port, for example 'gain.signal'")
    return node, port


def is_node_id(text: Any) -> bool:
    """Is this 1 to 100 letters, digits, '_' or '-'?"""
    return isinstance(text, str) and _ID.match(text) is not None
