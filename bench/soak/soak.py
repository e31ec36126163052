"""The soak itself: generation after generation, with faults at random moments, until the time is up."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.soak.faults import SHORTEST_S, befall
from bench.soak.generation import START_TIMEOUT_S, Generation
from bench.soak.graph import build
from bench.soak.judge import FORCED_WITHIN_S, Verdict, judge
from bench.soak.nodes import Numbered, Pass
from bench.soak.resources import MemoryTrace, Usage, settled
from bench.soak.settings import PLANT_SHOWS_AT, PLANTED_EVERY, Settings
from bench.soak.timing import Stretch
from engine import Graph, Run, RunStatistics, StartError

STEP_S = 0.05
LOOK_EVERY_S, MEMORY_EVERY_S = 0.25, 1.0
STALLED_AFTER_S = 8.0  # in peace, a lane that moves nothing for so long stands still
MOST_FAILED_STARTS = 5  # then something is wrong with the program itself
MOST_BROKEN = 200  # that are kept in words
STOPPED_EARLY = 0.2  # share of the runs before which another is begun and stopped while it starts
_ENDS = ("graceful", "graceful", "force", "both", "many")


@dataclass
class Outcome:
    """What the soak has seen: the verdict of each generation, and what the whole held of the machine."""

    settings: Settings
    seconds: float = 0.0
    verdicts: list[Verdict] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    broken_count: int = 0
    usages: list[tuple[Usage, Usage]] = field(default_factory=list)  # of each generation, before and after
    before: Usage | None = None
    after: Usage | None = None
    memory: MemoryTrace = field(default_factory=MemoryTrace)
    stopped_early_s: list[tuple[float, float]] = field(default_factory=list)  # stops during a start: took, waited
    was_interrupted: bool = False

    def add_broken(self, texts: list[str], generation: int) -> None:
        """Keep promises that were broken."""
        self.broken_count += len(texts)
        self.broken += [f"generation {generation}: {text}" for text in texts[: MOST_BROKEN - len(self.broken)]]


Watcher = Callable[["Soak", RunStatistics], None]


class Soak:
    """One soak. `run` returns its outcome; an interrupt ends it early, with the outcome of what was."""

    def __init__(self, settings: Settings, watch: Watcher = lambda soak, statistics: None) -> None:
        self.settings = settings
        self.outcome = Outcome(settings)
        self.generation: Generation | None = None
        self._watch = watch
        self._choose = random.Random(settings.seed)
        self._began = 0.0
        self._interrupted = False
        self._failed_starts = 0

    @property
    def elapsed_s(self) -> float:
        """Seconds since the first run was running."""
        return time.monotonic() - self._began if self._began else 0.0

    def interrupt(self) -> None:
        """End it soon, in order. May be called in a signal handler."""
        self._interrupted = True

    def run(self) -> Outcome:
        """Soak until the time is up."""
        folder = Path(tempfile.mkdtemp(prefix="tidewire-soak-"))
        outcome = self.outcome
        try:
            _warm_up(folder)
            outcome.before = Usage.look()
            number = 0
            while number == 0 or (not self._is_over and self._left_s > SHORTEST_S):
                number += 1
                if number > 1 and "restart" in self.settings.faults and self._choose.random() < STOPPED_EARLY:
                    self._stop_while_starting(number, folder / f"{number}-early")
                self._play(number, folder / str(number))
            outcome.after = settled(outcome.before)
            if told := outcome.before.told(outcome.after):
                outcome.add_broken([f"left behind in the end: {told}"], number)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        outcome.seconds = self.elapsed_s
        outcome.was_interrupted = self._interrupted
        return outcome

    @property
    def _left_s(self) -> float:
        return self.settings.seconds - self.elapsed_s

    @property
    def _is_over(self) -> bool:
        return self._interrupted or self.elapsed_s >= self.settings.seconds

    def _play(self, number: int, folder: Path) -> None:
        folder.mkdir()
        before = Usage.look()
        try:
            self.generation = generation = Generation.start(number, folder, self.settings)
        except StartError as error:
            self.outcome.add_broken([f"the run could not start: {error}"], number)
            self._failed_starts += 1
            self._interrupted |= self._failed_starts >= MOST_FAILED_STARTS
            return
        finally:
            self._began = self._began or time.monotonic()
        try:
            self._go_on(generation)
            generation.stop(self._end(), self._choose)
            verdict = judge(generation)
        finally:
            generation.run.stop(force=True)
            self.generation = None
        after = settled(before)
        if told := before.told(after):
            verdict.broken.append(f"left behind: {told}")
        self.outcome.usages.append((before, after))
        self.outcome.verdicts.append(verdict)
        self.outcome.add_broken(verdict.broken, number)
        shutil.rmtree(folder, ignore_errors=True)

    def _stop_while_starting(self, number: int, folder: Path) -> None:
        """Begin a run and stop it by force before it is ready: the call comes back in time, and nothing is left."""
        folder.mkdir()
        before = Usage.look()
        graph = build(folder, self.settings.parts, "").graph
        run, started = Run.begin(graph, START_TIMEOUT_S, "skip")
        with suppress(TimeoutError, StartError, CancelledError):
            started.result(self._choose.uniform(0.0, 0.5))
        stretch = Stretch(with_caller=True)
        run.stop(force=True)
        took_s, waited_s = stretch.end()
        self.outcome.stopped_early_s.append((took_s, waited_s))
        broken = []
        if took_s - waited_s > FORCED_WITHIN_S:
            broken.append(f"a stop by force during the start took {took_s:.2f} s, {waited_s:.2f} s without a processor")
        if told := before.told(settled(before)):
            broken.append(f"a stop during the start left behind: {told}")
        self.outcome.add_broken(broken, number)

    def _end(self) -> str:
        """The last generation ends gracefully, so that whatever is missing then is a loss."""
        return "graceful" if self._is_over or not self.settings.faults else self._choose.choice(_ENDS)

    def _go_on(self, generation: Generation) -> None:
        next_fault = time.monotonic() + self._pause()
        next_look = next_memory = 0.0
        stall = StallWatch(generation)
        while not self._is_over:
            now = time.monotonic()
            generation.step()
            if now >= generation.ends_at:
                return
            if generation.run.wait(STEP_S):
                generation.broken.append(f"the run ended by itself: {generation.run.failures[-3:]}")
                return
            if now >= next_look:
                next_look = now + LOOK_EVERY_S
                statistics = generation.look()
                stall.look(statistics)
                self._watch(self, statistics)
            if now >= next_memory:
                next_memory = now + MEMORY_EVERY_S
                self.outcome.memory.look()
            if self.settings.faults and now >= next_fault and self._may_begin(generation):
                befall(generation, self.settings.faults, self._choose)
                next_fault = time.monotonic() + self._pause()

    def _may_begin(self, generation: Generation) -> bool:
        """May faults befall it? Not before what is planted has shown, away from any death."""
        shown = 3 * PLANTED_EVERY
        return not self.settings.plant or generation.run.statistics().nodes[PLANT_SHOWS_AT].received >= shown

    def _pause(self) -> float:
        return self._choose.expovariate(1 / self.settings.pause_s)


class StallWatch:
    """Notices a lane that stands still though nothing has befallen it: a hang that no stop would show."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._moved = dict.fromkeys((lane.check for lane in generation.soak.lanes), (0, time.monotonic()))

    def look(self, statistics: RunStatistics) -> None:
        """Look at all lanes; says once of each that it stands still."""
        now = time.monotonic()
        generation = self._generation
        for lane in generation.soak.lanes:
            received = statistics.nodes[lane.check].received
            before, since = self._moved[lane.check]
            away = lane.processes & generation.dead or any(
                computer.state != "ready" for computer in statistics.computers.values()
            )
            if received != before or away or not generation.in_peace:
                self._moved[lane.check] = (received, now)
            elif now - since > STALLED_AFTER_S:
                generation.broken.append(
                    f"lane {lane.check} stood still for {STALLED_AFTER_S:g} s: {generation.run.statistics().nodes}"
                )
                self._moved[lane.check] = (received, float("inf"))


def _warm_up(folder: Path) -> None:
    """What the engine keeps for the life of a process is there before the counting begins."""
    graph = Graph()
    graph.add(Numbered, id="source", location="one:", record_path=str(folder / "warm.book"), interval=0.01)
    graph.add(Pass, id="sink", record_path=str(folder / "sink.book"))
    graph.connect("source.value", "sink.x")
    with graph.start(timeout=30.0) as run:
        run.wait(0.2)
