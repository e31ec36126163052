"""The targets, as data: which figure of which case over which, and its bound; and how a run judges them."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from pathlib import Path

from bench.performance.summary import Summary

REASONS = Path(__file__).with_name("reasons.json")  # target name -> why it is not met, a measured cause


@dataclass(frozen=True)
class Target:
    """One target.

    Attributes:
        name: in words.
        figure: which figure of the case.
        case: whose.
        over: the case that it is divided by; "" the figure itself is judged.
        at_least: the bound from below, or None.
        at_most: the bound from above, or None.
        unit: of the figure; "×" for a ratio.
        over_figure: the figure of the other case, when it is another.
    """

    name: str
    figure: str
    case: str
    over: str = ""
    at_least: float | None = None
    at_most: float | None = None
    unit: str = "×"
    over_figure: str = ""

    @property
    def bound(self) -> str:
        """The bound in words."""
        sign, value = ("≤", self.at_most) if self.at_most is not None else ("≥", self.at_least)
        return f"{sign} {value:g}{'' if self.unit == '×' else ' '}{self.unit}"


@dataclass(frozen=True)
class Verdict:
    """How a target stands in a run.

    Attributes:
        value: the middle over the rounds; None when it was not measured.
        lowest: of the rounds; `highest` likewise.
    """

    target: Target
    value: float | None = None
    lowest: float = 0.0
    highest: float = 0.0

    @property
    def is_met(self) -> bool | None:
        """Is it met; None when it was not measured."""
        if self.value is None:
            return None
        if self.target.at_most is not None:
            return self.value <= self.target.at_most
        return self.target.at_least is not None and self.value >= self.target.at_least

    @property
    def word(self) -> str:
        """The verdict in words."""
        return {True: "met", False: "not met", None: "not measured"}[self.is_met]


def judge(target: Target, summary: Summary) -> Verdict:
    """Hold a target against what was measured."""
    if target.over:
        values = summary.ratios(target.figure, target.case, target.over, target.over_figure)
    else:
        values = summary.of(target.case, target.figure)
    return Verdict(target, statistics.median(values), min(values), max(values)) if values else Verdict(target)


def reasons(path: Path = REASONS) -> dict[str, str]:
    """Why targets are not met, by their names."""
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _of_line(what: str, figure: str, name: str, *, at_least: float | None = None, at_most: float | None = None,
             group: str = "throughput") -> Target:  # fmt: skip
    """Ours over ezmsg's, of one thing."""
    return Target(name, figure, f"{group} | {what} | tidewire", f"{group} | {what} | ezmsg", at_least, at_most)


def _to_memcpy(size: str, name: str, at_least: float) -> Target:
    return Target(name, "rate", f"throughput | process {size} | tidewire", f"limits | memcpy {size} | limit", at_least)


FLAT = 1.25  # what still counts as the same, noise included
_SIZES = ("64 B", "1 KB", "64 KB", "1 MB", "8 MB")
_PROCESS_RATES = {"64 B": 6.0, "1 KB": 6.0, "64 KB": 4.0, "1 MB": 1.5, "8 MB": 1.0}

TARGETS: tuple[Target, ...] = (
    *(_of_line(f"loop {size}", "rate", f"same loop {size}: rate to ezmsg's", at_least=10.0) for size in _SIZES),
    *(
        _of_line(f"process {size}", "rate", f"process {size}: rate to ezmsg's", at_least=bound)
        for size, bound in _PROCESS_RATES.items()
    ),
    _to_memcpy("1 MB", "process 1 MB: rate to that of one memcpy", 0.8),
    Target("process 8 MB: first message", "first_ms", "throughput | process 8 MB | tidewire", at_most=20.0, unit="ms"),
    Target("process 8 MB: longest pause of the sending loop", "pause_ms", "pause | process 8 MB | tidewire",
           at_most=20.0, unit="ms"),
    *(
        _of_line(f"process {rate} Hz", f"p{p}_us", f"process {rate} Hz: latency p{p} to ezmsg's", at_most=0.5,
                 group="latency")
        for rate in (200, 500)
        for p in (50, 99)
    ),
    *(
        _of_line(f"{layout} {size}", "cpu_us", f"{layout} {size}: CPU a message to ezmsg's", at_most=0.25)
        for layout in ("loop", "process")
        for size in _SIZES
    ),
    Target("loan() 1 MB: rate to that of one memcpy", "rate", "loan | process 1 MB | tidewire",
           "limits | memcpy 1 MB | limit", 1.0),
    Target("loan() 8 MB: rate to that of one memcpy", "rate", "loan | process 8 MB | tidewire",
           "limits | memcpy 8 MB | limit", 1.0),
    *(
        Target(f"{what}, {layout}: CPU a message to that without", f"{figure}_cpu",
               f"watched | {layout} 1 KB | tidewire", at_most=1.02)
        for layout in ("loop", "process")
        for figure, what in (("tap", "with a tap"), ("statistics", "with statistics"))
    ),
    *(
        Target(f"backlog 10,000 to 10, {layout}: CPU a message", "cpu_us", f"backlog | {layout} 10,000 | tidewire",
               f"backlog | {layout} 10 | tidewire", at_most=FLAT)
        for layout in ("loop", "process")
    ),
    *(
        Target(f"{count:,} nodes to 2: CPU a message and node", "node_us", f"nodes | {count:,} | tidewire",
               "nodes | 2 | tidewire", at_most=FLAT)
        for count in (10, 100, 1000)
    ),
    Target("1,000 nodes over 8 processes: start", "start_s", "start and stop | 1,000 over 8 | tidewire", at_most=3.0,
           unit="s"),
    Target("1,000 nodes over 8 processes: stop", "stop_s", "start and stop | 1,000 over 8 | tidewire", at_most=1.0,
           unit="s"),
    Target("a process computer from the warm spare: ready", "ready_ms", "ready | 1 process | tidewire", at_most=60.0,
           unit="ms"),
    Target("8 process computers at once: ready", "ready_ms", "ready | 8 processes | tidewire", at_most=1500.0,
           unit="ms"),
)  # fmt: skip
