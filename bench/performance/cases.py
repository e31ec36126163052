"""What is measured: every case is one program with one task, and its name says which."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
        task: for the program.
        program: the module that measures it; "" the peer's usual one.
    """

    group: str
    what: str
    peer: str
    task: Task
    program: str = ""

    @property
    def name(self) -> str:
        """Unlike that of any other case."""
        return case_name(self.group, self.what, self.peer)

    @property
    def module(self) -> str:
        """The program to run."""
        return f"bench.performance.ways.{self.program or PROGRAMS[self.peer]}"

    @property
    def wants_peers(self) -> bool:
        """Does it run in the peers' environment?"""
        return self.peer in IN_PEERS_ENVIRONMENT


def case_name(group: str, what: str, peer: str) -> str:
    """The name of a case."""
    return f"{group} | {what} | {peer}"


def all_cases(*, quick: bool) -> list[Case]:
    """Every case, peers of one thing side by side."""
    return [case for cases in GROUPS.values() for case in cases(quick)]


def _limits(quick: bool) -> Iterator[Case]:
    for size in QUICK_SIZES if quick else SIZES:
        yield Case("limits", f"memcpy {size}", "limit", Task("memcpy", size=SIZES[size], seconds=0.3))
    yield Case("limits", "source and sink alone, 1 KB", "limit", Task("alone", size=1 << 10, seconds=0.3))
    for rate_hz in (200,) if quick else (200, 500):
        yield Case("limits", f"wake-up {rate_hz} Hz", "limit", Task("wake", rate_hz=rate_hz, seconds=1.0))


def _throughput(quick: bool) -> Iterator[Case]:
    for layout in ("loop", "process") if quick else ("loop", "thread", "process", "processes"):
        for size in QUICK_SIZES if quick else SIZES:
            for peer in _peers_with(layout):
                task = Task(layout=layout, size=SIZES[size], seconds=0.5)
                yield Case("throughput", f"{layout} {size}", peer, task)


def _latency(quick: bool) -> Iterator[Case]:
    for layout in ("process",) if quick else ("loop", "thread", "process"):
        for rate_hz in (200,) if quick else (200, 500):
            for peer in _peers_with(layout):
                task = Task(layout=layout, size=1 << 10, rate_hz=rate_hz, seconds=1.0 if quick else 2.0)
                yield Case("latency", f"{layout} {rate_hz} Hz", peer, task)


def _peers_with(layout: str) -> list[str]:
    return [peer for peer, layouts in LAYOUTS.items() if layout in layouts]


def _pause(quick: bool) -> Iterator[Case]:
    for peer in ("tidewire", "ezmsg"):
        yield Case("pause", "process 8 MB", peer, Task("pause", "process", SIZES["8 MB"], 0.5 if quick else 1.0))


def _loan(quick: bool) -> Iterator[Case]:
    for size in ("1 MB",) if quick else ("1 MB", "8 MB"):
        yield Case("loan", f"process {size}", "tidewire", Task("loan", "process", SIZES[size], 0.5))


def _fan(quick: bool) -> Iterator[Case]:
    for layout in ("process",) if quick else ("loop", "process"):
        for size in ("1 KB",) if quick else ("1 KB", "1 MB"):
            for peer in ("tidewire", "ezmsg", *(["asyncio.Queue"] if layout == "loop" else [])):
                yield Case("fan-out 1→4", f"{layout} {size}", peer, Task("fan", layout, SIZES[size], 0.5, count=4))


def _chain(quick: bool) -> Iterator[Case]:
    for across in (8,) if quick else (0, 2, 8):
        where = f"{across} processes" if across else "1 process"
        for peer in ("tidewire", "ezmsg", *(["asyncio.Queue"] if not across else [])):
            task = Task("chain", size=1 << 10, seconds=0.5, count=50, across=across)
            yield Case("chain of 50", where, peer, task)


def _join(quick: bool) -> Iterator[Case]:
    for layout in ("loop",) if quick else ("loop", "process"):
        for peer in ("tidewire", "ezmsg", *(["asyncio.Queue"] if layout == "loop" else [])):
            yield Case("join of two", f"{layout} 1 KB", peer, Task("join", layout, 1 << 10, 0.5))


def _watched(quick: bool) -> Iterator[Case]:
    for layout in ("loop", "process"):
        task = Task("watched", layout, 1 << 10, 2.0 if quick else 8.0)
        yield Case("watched", f"{layout} 1 KB", "tidewire", task, "tidewire_life")


def _backlog(quick: bool) -> Iterator[Case]:
    for layout in ("process",) if quick else ("loop", "process"):
        for capacity in (10, 10_000):
            yield Case(
                "backlog", f"{layout} {capacity:,}", "tidewire", Task("backlog", layout, 64, 0.5, capacity=capacity)
            )


def _nodes(quick: bool) -> Iterator[Case]:
    for count in (2, 100) if quick else (2, 10, 100, 1000):
        yield Case("nodes", f"{count:,}", "tidewire", Task("chain", size=64, seconds=1.0, count=count))


def _start_and_stop(quick: bool) -> Iterator[Case]:
    yield Case(
        "start and stop", "1,000 over 8", "tidewire", Task("start and stop", count=1000, across=8), "tidewire_life"
    )


def _ready(quick: bool) -> Iterator[Case]:
    for count, what, times in ((1, "1 process", 1 if quick else 3), (8, "8 processes", 1)):
        yield Case("ready", what, "tidewire", Task("ready", count=count, seconds=times), "tidewire_life")


GROUPS: dict[str, Callable[[bool], Iterator[Case]]] = {
    "limits": _limits,
    "throughput": _throughput,
    "latency": _latency,
    "pause": _pause,
    "loan": _loan,
    "fan-out 1→4": _fan,
    "chain of 50": _chain,
    "join of two": _join,
    "watched": _watched,
    "backlog": _backlog,
    "nodes": _nodes,
    "start and stop": _start_and_stop,
    "ready": _ready,
}
