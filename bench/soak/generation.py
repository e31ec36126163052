"""One run of the soak's graph, from its start to its end, with all that befell it."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from bench.soak.graph import SoakGraph, build
from bench.soak.payloads import number_of
from bench.soak.settings import Settings
from bench.soak.timing import Stretch
from engine import Event, Location, Run, RunState, RunStatistics, Tap

START_TIMEOUT_S = 30.0
DRAIN_LIMIT_S = 30.0  # a graceful stop has no budget; a graph that is not through after that hangs
_HOLDS = {"kill", "segv", "stop", "hang"}
_DEAD = {"dead", "restarting"}


@dataclass
class Incident:
    """Something that was done to the run, at a moment of the monotonic clock."""

    kind: str
    target: str
    at: float
    lasts_s: float = 0.0
    stretch: Stretch | None = None  # of a death: from then on
    noticed_s: float | None = None  # how long until the run told of it
    waited_s: float = 0.0  # of this, how long the machine gave it no processor


@dataclass
class OpenTap:
    """A tap of the soak, until when it stays, and whether it is read."""

    tap: Tap
    until: float
    is_read: bool
    last: int = -1


@dataclass
class Generation:
    """A run under way. `broken` collects promises that were seen broken while it ran."""

    number: int
    soak: SoakGraph
    run: Run
    began: float
    incidents: list[Incident] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    back_at: dict[str, float] = field(default_factory=dict)  # when a process was ready last
    stopped: dict[int, threading.Timer] = field(default_factory=dict)  # by pid: what lets it go on
    taps: list[OpenTap] = field(default_factory=list)
    marks: list[tuple[int, int]] = field(default_factory=list)  # when `set` returned, monotonic ns; the mark
    ends_at: float = float("inf")
    end_kind: str = ""
    stopped_at: float = 0.0
    all_there: bool = False  # when it was stopped: no process dead, none being started again
    end_s: float = 0.0
    end_waited_s: float = 0.0  # of this, how long the machine gave it no processor
    lag_ms: float = 0.0
    lag_in_peace_ms: float = 0.0
    late: int = 0

    @classmethod
    def start(cls, number: int, folder: Path, settings: Settings) -> Generation:
        """Start a run whose nodes keep their books in `folder`."""
        soak = build(folder, settings.parts, settings.plant)
        began = time.monotonic()
        run = soak.graph.start(timeout=START_TIMEOUT_S, on_error="skip")
        generation = cls(number, soak, run, began)
        run.subscribe(generation._on_event)
        return generation

    # -- looking

    def pids(self) -> dict[str, int]:
        """The processes that live, by name."""
        found = {}
        for computer in self.run.statistics().computers.values():
            name = Location.parse(computer.location).process
            if computer.kind == "process" and name not in self.dead and computer.state in ("preparing", "ready"):
                found[name] = computer.pid
        return found

    def comes_back(self, process: str) -> bool:
        """Is this process started again when it dies?"""
        return self.soak.graph.death_policy(f"{process}:") == "restart"

    def alive(self, node: str) -> bool:
        """Does the node's process live, as far as is known?"""
        return self.soak.graph.node(node).location.process not in self.dead

    @property
    def in_peace(self) -> bool:
        """Has nothing that holds loops befallen the run lately?"""
        now = time.monotonic()
        return not any(i.kind in _HOLDS and now < i.at + i.lasts_s + 2.0 for i in self.incidents[-50:])

    def _on_event(self, event: Event) -> None:
        """On the coordinator's thread."""
        if event.new == "late":
            self.late += 1
        if not event.entity.startswith("computer:"):
            return
        process = event.entity.removeprefix("computer:").split(":")[0]
        if event.new == "ready":
            self.back_at[process] = time.monotonic()
        if event.new not in _DEAD:
            return
        for incident in self.incidents:
            if incident.stretch is not None and incident.target == process and incident.noticed_s is None:
                incident.noticed_s, incident.waited_s = incident.stretch.end()

    def deaths_of(self, processes: Collection[str]) -> int:
        """How often the soak has killed one of these."""
        return sum(incident.stretch is not None and incident.target in processes for incident in self.incidents)

    def is_gone(self, process: str) -> bool:
        """Was it killed, and did it not come back after that was told?"""
        told = [
            float("inf") if incident.noticed_s is None else incident.at + incident.noticed_s
            for incident in self.incidents
            if incident.stretch is not None and incident.target == process
        ]
        return max(told, default=float("-inf")) > self.back_at.get(process, 0.0)

    # -- going on

    def step(self) -> None:
        """Read the taps, and close those whose time is up; called many times a second."""
        now = time.monotonic()
        for tap in list(self.taps):
            if tap.is_read:
                self._read(tap)
            if now >= tap.until:
                tap.tap.close()
                self.taps.remove(tap)

    def _read(self, tap: OpenTap) -> None:
        for message in tap.tap.take_all():
            number = number_of(message.payload)
            if number <= tap.last:
                self.broken.append(f"the tap on {tap.tap.port} gave {number} after {tap.last}")
            tap.last = number

    def look(self) -> RunStatistics:
        """Take the figures of the run."""
        statistics = self.run.statistics()
        lag = max(computer.lag_ms for computer in statistics.computers.values())
        self.lag_ms = max(self.lag_ms, lag)
        if self.in_peace and time.monotonic() - self.began > 3.0:
            self.lag_in_peace_ms = max(self.lag_in_peace_ms, lag)
        return statistics

    def suspend(self, pid: int, seconds: float) -> None:
        """Stop a process for a while; raises `ProcessLookupError`. It goes on whatever this thread then waits for."""
        os.kill(pid, signal.SIGSTOP)
        self.go_on(pid)
        timer = self.stopped[pid] = threading.Timer(seconds, _continue, [pid])
        timer.start()

    def go_on(self, pid: int) -> None:
        """Let a process go on now, if it was stopped."""
        timer = self.stopped.pop(pid, None)
        if timer is not None:
            timer.cancel()
            timer.join()
            _continue(pid)

    # -- the end

    def stop(self, kind: str, choose: random.Random) -> None:
        """Stop the run: "graceful", "force", "both" (a graceful stop that becomes one by force) or "many" threads."""
        self.end_kind = kind
        for pid in list(self.stopped):
            if kind == "graceful" or choose.random() < 0.5:
                self.go_on(pid)
        self.all_there = {computer.state for computer in self.run.statistics().computers.values()} == {"ready"}
        self.stopped_at = time.monotonic()
        stretch = Stretch(with_caller=True)
        if kind == "graceful":
            self.run.stop(timeout=DRAIN_LIMIT_S)
        elif kind == "both":
            self.run.stop(timeout=choose.uniform(0.0, 0.2))
        elif kind == "many":
            self._stop_from_many_threads()
        else:
            self.run.stop(force=True)
        self.end_s, self.end_waited_s = stretch.end()
        for pid in list(self.stopped):
            self.go_on(pid)
        for tap in self.taps:
            if tap.is_read:
                self._read(tap)
            tap.tap.close()
        self.taps.clear()

    def _stop_from_many_threads(self) -> None:
        threads = [
            threading.Thread(target=self.run.stop, kwargs={"force": force}) for force in (False, True, True, False)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DRAIN_LIMIT_S)
        if any(thread.is_alive() for thread in threads):
            self.broken.append("a call of stop did not come back")

    def run_went_on_after(self, incident: Incident) -> bool:
        """Did the run have the time to tell of it before its own end?"""
        return self.stopped_at - incident.at > 1.5

    @property
    def was_forced(self) -> bool:
        """Did the run end, or was it allowed to end, by force?"""
        return self.end_kind != "graceful" or self.run.state is RunState.KILLED


def _continue(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
