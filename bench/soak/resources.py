"""What the soak holds of the machine: memory, threads, descriptors, shared memory, children."""

from __future__ import annotations

import contextlib
import gc
import os
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import psutil

_SHARED_MEMORY = Path("/dev/shm")
_GRACE_S = 5.0  # in which threads that were abandoned come back, and the kernel takes what is closed away


@dataclass(frozen=True)
class Usage:
    """Counts of what this process holds; `shared_memory` counts the machine's named segments."""

    threads: int
    descriptors: int
    shared_memory: int
    children: int
    open_files: tuple[str, ...] = ()  # what the descriptors are

    @classmethod
    def look(cls) -> Usage:
        """What there is now."""
        return cls(
            threads=threading.active_count(),
            descriptors=len(files := _open_files()),
            shared_memory=len(os.listdir(_SHARED_MEMORY)),
            children=len(_children()),
            open_files=files,
        )

    def as_dict(self) -> dict[str, int]:
        """As data, without the names of the files."""
        return {name: count for name, count in asdict(self).items() if name != "open_files"}

    def grown(self, now: Usage) -> dict[str, int]:
        """What `now` holds more of. Named shared memory is left out: other programs of the machine have some."""
        before, after = self.as_dict(), now.as_dict()
        del after["shared_memory"]
        return {name: count - before[name] for name, count in after.items() if count > before[name]}

    def told(self, now: Usage) -> str:
        """What `now` holds more of, in words; empty when it is nothing."""
        grown = self.grown(now)
        text = ", ".join(f"{count} {name} more" for name, count in grown.items())
        if "descriptors" in grown:
            text += f" ({', '.join(sorted(set(now.open_files) - set(self.open_files)))})"
        return text


def settled(before: Usage) -> Usage:
    """What is held now, after a short grace for what is about to go."""
    deadline = time.monotonic() + _GRACE_S
    pause = threading.Event()
    while True:
        gc.collect()  # what is held by cycles of garbage alone is not left behind
        now = Usage.look()
        if not before.grown(now) or time.monotonic() > deadline:
            return now
        pause.wait(0.02)


def _open_files() -> tuple[str, ...]:
    found = []
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # the one by which the folder was read
            found.append(os.readlink(f"/proc/self/fd/{number}"))
    return tuple(found)


def _children() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


@dataclass
class MemoryTrace:
    """Resident memory over time: of this process, and of it with all its children.

    A page of shared memory counts in each process that has it mapped, so the sum is an upper bound.
    """

    times_s: list[float] = field(default_factory=list)
    own: list[int] = field(default_factory=list)
    total: list[int] = field(default_factory=list)

    def look(self) -> None:
        """Take a sample."""
        own = psutil.Process().memory_info().rss
        total = own
        for child in _children():
            with contextlib.suppress(psutil.Error):
                total += child.memory_info().rss
        self.times_s.append(time.monotonic())
        self.own.append(own)
        self.total.append(total)

    def thinned(self, count: int) -> list[list[float]]:
        """About `count` samples of this process's memory: seconds since the first, and bytes."""
        step = max(1, len(self.own) // count)
        return [
            [round(t - self.times_s[0], 1), own] for t, own in list(zip(self.times_s, self.own, strict=True))[::step]
        ]

    def slope_of_second_half(self, values: list[int]) -> float:
        """Bytes a second by least squares; 0 with too few samples."""
        half = len(values) // 2
        times, sizes = np.array(self.times_s[half:]), np.array(values[half:], float)
        if len(times) < 10:
            return 0.0
        return float(np.polyfit(times - times[0], sizes, 1)[0])
