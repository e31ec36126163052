"""What a message costs on each kind of bridge, as the bench measured it: on this machine when it was, else on another.

`python -m bench costs --here` measures this machine and writes the file into the user's configuration.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from app import RESOURCES
from app.document.settings import settings

NAME = "bridges.json"
CALLED = {"loop": "same loop", "thread": "thread", "stream": "process"}  # what people read for a kind of bridge


@dataclass(frozen=True, slots=True)
class BridgeCost:
    """One kind of bridge.

    Attributes:
        sizes: bytes of a message, ascending.
        costs_us: processor time of both ends that a message of each size needs from node to node, under load.
        latency_us: how long a small message is under way when they come one by one.
    """

    sizes: tuple[int, ...]
    costs_us: tuple[float, ...]
    latency_us: float

    def cost_us(self, n_bytes: float) -> float:
        """For a message of this size, between the two sizes next to it; beyond the largest, by its rate a byte."""
        index = bisect_left(self.sizes, n_bytes)
        if index == 0:
            return self.costs_us[0]
        if index == len(self.sizes):
            return self.costs_us[-1] * max(1.0, n_bytes / self.sizes[-1])
        low, high = self.sizes[index - 1], self.sizes[index]
        share = (n_bytes - low) / (high - low)
        return self.costs_us[index - 1] + share * (self.costs_us[index] - self.costs_us[index - 1])


@dataclass(frozen=True, slots=True)
class BridgeCosts:
    """All kinds of bridge, as measured on one machine.

    Attributes:
        bridges: by kind, "loop", "thread" and "stream".
        machine: where and when that was, in words.
        is_here: was it this machine?
    """

    bridges: Mapping[str, BridgeCost] = field(default_factory=dict)
    machine: str = ""
    is_here: bool = False

    def cost_us(self, kind: str, n_bytes: float) -> float | None:
        """Processor time of one message, both ends together; None where it was not measured."""
        bridge = self.bridges.get(kind)
        return bridge.cost_us(n_bytes) if bridge is not None else None

    @property
    def source(self) -> str:
        """A sentence that says where the figures come from."""
        if not self.machine:
            return ""
        here = "on this machine" if self.is_here else "on another machine"
        return f"measured {here}: {self.machine}"


@lru_cache(maxsize=1)
def bridge_costs() -> BridgeCosts:
    """The figures of this machine, else those that come with the editor; empty when neither can be read.

    Read once; `bridge_costs.cache_clear` forgets them.
    """
    own = Path(settings().fileName()).parent / NAME
    return read_costs(own, is_here=True) or read_costs(RESOURCES / "figures" / NAME) or BridgeCosts()


def read_costs(file: Path, *, is_here: bool = False) -> BridgeCosts | None:
    """The figures in a file; None when there is none, or it is not what it should be."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        bridges = {str(kind): _bridge(entry) for kind, entry in data["bridges"].items()}
        machine = data["machine"]
        words = f"{machine['processor']}, {machine['processors']} processors, {str(data['measured'])[:10]}"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return BridgeCosts(bridges, words, is_here)


def _bridge(entry: Any) -> BridgeCost:
    by_size = sorted((int(size), float(cost)) for size, cost in entry["cost_us"].items())
    if not by_size:
        raise ValueError("a bridge without costs")
    sizes, costs_us = zip(*by_size, strict=True)
    return BridgeCost(sizes, costs_us, float(entry["latency_us"]))
