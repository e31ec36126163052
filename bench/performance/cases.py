"""What is measured: every case is one program with one task, and its name says which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.performance.ways.task import Task

SIZES = {"64 B": 64, "1 KB": 1 << 10, "64 KB": 1 << 16, "1 MB": 1 << 20, "8 MB": 1 << 23}
QUICK_SIZES = ("1 KB", "1 MB", "8 MB")
PROGRAMS = {
    "tidewire": "tidewire",
    "ezmsg": "ezmsg_units",
    "pyzmq": "zeromq",
    "multiprocessing": "multiprocessing_queue",
    "asyncio.Queue": "asyncio_queue",
    "limit": "limits",
}
IN_PEERS_ENVIRONMENT = frozenset({"ezmsg", "pyzmq"})
LAYOUTS = {
    "tidewire": ("loop", "thread", "process", "processes"),
    "ezmsg": ("loop", "process", "processes"),
    "pyzmq": ("process",),
    "multiprocessing": ("process",),
    "asyncio.Queue": ("loop",),
}


@dataclass(frozen=True)
class Case:
    """One thing to measure.

    Attributes:
        group: what is measured: "throughput", "latency", …; `--only` chooses by it.
        what: which of the group, the same for all peers: "process 1 KB".
        peer: who is measured.
        task: for the peer's program.
    """

    group: str
    what: str
    peer: str
    task: Task

    @property
    def name(self) -> str:
        """Unlike that of any other case."""
        return f"{self.group} | {self.what} | {self.peer}"

    @property
    def program(self) -> str:
        """The module that measures it."""
        return PROGRAMS[self.peer]

    @property
    def wants_peers(self) -> bool:
        """Does it run in the peers' environment?"""
        return self.peer in IN_PEERS_ENVIRONMENT


def all_cases(*, quick: bool) -> list[Case]:
    """Every case, peers of one thing side by side."""
    found: list[Case] = []
    for group in GROUPS:
        found += GROUPS[group](quick)
    return found


def _throughput(quick: bool) -> Iterator[Case]:
    for size in QUICK_SIZES if quick else SIZES:
        for layout in ("loop", "thread", "process", "processes"):
            if quick and layout in ("thread", "processes"):
                continue
            for peer, layouts in LAYOUTS.items():
                if layout in layouts:
                    task = Task(layout=layout, size=SIZES[size], seconds=0.5 if quick else 1.0)
                    yield Case("throughput", f"{layout} {size}", peer, task)


def _latency(quick: bool) -> Iterator[Case]:
    for rate_hz in (200,) if quick else (200, 500):
        for layout in ("loop", "thread", "process"):
            if quick and layout != "process":
                continue
            for peer, layouts in LAYOUTS.items():
                if layout in layouts:
                    task = Task(layout=layout, size=1 << 10, rate_hz=rate_hz, seconds=1.0 if quick else 2.0)
                    yield Case("latency", f"{layout} {rate_hz} Hz", peer, task)


def _limits(quick: bool) -> Iterator[Case]:
    for size in QUICK_SIZES if quick else SIZES:
        yield Case("limits", f"memcpy {size}", "limit", Task("memcpy", size=SIZES[size], seconds=0.3))
    yield Case("limits", "wake-up 200 Hz", "limit", Task("wake", rate_hz=200, seconds=1.0))


GROUPS = {"limits": _limits, "throughput": _throughput, "latency": _latency}
