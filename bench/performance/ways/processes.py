"""What a program and all that it has started use, as the system counts it: processor time and memory."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

_SCHEDULER_CLOCK = 2  # of another process, see clock_getcpuclockid(3)


def family(root: int) -> list[int]:
    """A process and all that descend from it."""
    found = [root]
    for pid in found:
        with suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                found.extend(int(child) for child in (task / "children").read_text().split())
    return found


def cpu_s(pids: list[int]) -> float:
    """Processor time, user and system, that these have used in their lives, seconds."""
    total = 0.0
    for pid in pids:
        with suppress(OSError):
            total += time.clock_gettime((~pid << 3) | _SCHEDULER_CLOCK)
    return total


def memory_mb(pids: list[int]) -> float:
    """Memory of these, in megabytes; what several share counts once."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024
