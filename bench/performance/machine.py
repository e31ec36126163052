"""The machine while it was measured: what it is, and how noisy it was."""

from __future__ import annotations

import os
import platform
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

_STEAL = 7  # which field of the first line of /proc/stat


@dataclass(frozen=True)
class Machine:
    """What was measured on, and how busy it was with other things."""

    processors: int
    processor: str
    memory_gb: float
    system: str
    python: str
    numpy: str
    load_before: float
    load_after: float
    steal_percent: float
    took_s: float

    def as_data(self) -> dict[str, object]:
        """As plain data."""
        return asdict(self)


class Watch:
    """Knows the machine as it was when the watch began."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._load = os.getloadavg()[0]
        self._ticks = _ticks()

    def look(self) -> Machine:
        """The machine from then to now."""
        passed = [now - before for now, before in zip(_ticks(), self._ticks, strict=True)]
        return Machine(
            processors=os.cpu_count() or 1,
            processor=_processor(),
            memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
            system=f"{platform.system()} {platform.release()}",
            python=sys.version.split()[0],
            numpy=np.__version__,
            load_before=round(self._load, 2),
            load_after=round(os.getloadavg()[0], 2),
            steal_percent=round(100 * passed[_STEAL] / max(1, sum(passed)), 2),
            took_s=round(time.monotonic() - self._began, 1),
        )


def _ticks() -> list[int]:
    return [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
