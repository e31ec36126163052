"""What is to be reached, as data: a figure of a case of a scenario, and the bound on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """A bound on one figure.

    Attributes:
        scenario, case, figure: which one; the figure's name ends with its unit.
        bound: what it has to be.
        is_least: must the figure be at least the bound? Else at most.
    """

    scenario: str
    case: str
    figure: str
    bound: float
    is_least: bool = False

    def is_met(self, value: float) -> bool:
        """Does this figure reach the target?"""
        return value >= self.bound if self.is_least else value <= self.bound

    @property
    def text(self) -> str:
        """What is asked for, to be read."""
        return f"{'≥' if self.is_least else '≤'} {self.bound:g}"


HZ_60 = 59.0  # timers count whole milliseconds, and a frame more or less falls on the edge of a measurement
GAP_MS = 33.0

TARGETS = (
    Target("opening", "editor", "shell_s", 0.5),
    Target("opening", "editor", "canvas_s", 1.3),
    Target("opening", "editor", "trace_s", 2.0),
    Target("canvas", "200 nodes, pan", "fps", 50.0, is_least=True),
    Target("canvas", "200 nodes, drag", "fps", 50.0, is_least=True),
    Target("canvas", "200 nodes running, pan", "fps", 50.0, is_least=True),
    Target("canvas", "200 nodes running, drag", "fps", 50.0, is_least=True),
    Target("scopes", "64 × 10 k", "fps", HZ_60, is_least=True),
    Target("flood", "source on main", "gap_ms", GAP_MS),
    Target("flood", "source on main, to a process", "gap_ms", GAP_MS),
)

Cases = Mapping[str, Mapping[str, float]]  # case -> figure -> value


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target that was measured."""

    target: Target
    value: float

    @property
    def is_met(self) -> bool:
        """Was it reached?"""
        return self.target.is_met(self.value)

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        target = self.target
        return {
            "scenario": target.scenario,
            "case": target.case,
            "figure": target.figure,
            "target": target.text,
            "value": self.value,
            "met": self.is_met,
        }


def verdicts(results: Mapping[str, Cases]) -> list[Verdict]:
    """What became of the targets whose figures are there; results are scenario -> case -> figure -> value."""
    found = []
    for target in TARGETS:
        value = results.get(target.scenario, {}).get(target.case, {}).get(target.figure)
        if value is not None:
            found.append(Verdict(target, value))
    return found
