"""`tidewire run`: runs a graph without a screen, shows how it goes, and stops it when it is time or somebody asks."""

from __future__ import annotations

import concurrent.futures
import json
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from enum import Enum, auto
from pathlib import Path

from engine.cli.exit_codes import ExitCode
from engine.cli.graph_file import read_graph, refuse_problems, set_locations, set_parameters
from engine.cli.narrator import Narrator, failure_blocks
from engine.cli.report import failures_of, report
from engine.cli.signals import StopSignals
from engine.cli.status import StatusView, status_view, summary, tell
from engine.cli.streams import Lines, StdoutForReport
from engine.computers.leaving import leaves_threads
from engine.errors import StartError
from engine.runtime.graph import Graph
from engine.runtime.run import Run
from engine.runtime.states import RunState

TICK_S = 0.05
START_TIMEOUT_S = 30.0  # longer than a script's: nobody waits at a window, and machines can be busy
OFFER_FORCE_AFTER_S = 3.0
DRAIN_BUDGET_S = 5.0  # how long a run whose time is up may drain before it is ended by force
_REMIND_EVERY_S = 10.0
_MOST_WAITING = 5
_ANSWER_S = 5.0


def run_headless(
    path: Path, limit_s: float | None, parameters: Sequence[str], locations: Sequence[str], *, as_json: bool
) -> int:
    """Run the graph of a file to its end.

    Args:
        path: the graph file.
        limit_s: seconds after which the run is stopped; None never.
        parameters: parameters to set, each `NODE.PARAM=VALUE`.
        locations: where nodes run, each `NODE=LOCATION`.
        as_json: print the report on stdout, and nothing else there.

    Returns:
        The exit code.

    Raises:
        WrongUse: the file, a setting or the graph is wrong.
    """
    with ExitStack() as stack:
        # From here on: importing node types runs code of others, which may print.
        stdout = stack.enter_context(StdoutForReport()) if as_json else None
        graph = read_graph(path)
        set_parameters(graph, parameters)
        set_locations(graph, locations)
        refuse_problems(path, graph.problems())
        signals = stack.enter_context(StopSignals())
        run, start_error = _attend(graph, path.name, limit_s, signals)
        _print_end(run, start_error)
        if stdout is not None:
            stdout.stays = leaves_threads()
            stdout.write(json.dumps(report(graph, run, start_error)))
        return _exit_code(run, signals)


def _attend(graph: Graph, title: str, limit_s: float | None, signals: StopSignals) -> tuple[Run, str]:
    """Begin the run and stay until it is over; returns it, and why it could not start (else "")."""
    lines = Lines()
    with status_view(title, limit_s, lines) as view:
        run, started = Run.begin(graph, START_TIMEOUT_S, "stop")
        unsubscribe = run.subscribe(Narrator(lines).hear)
        try:
            attendant = Attendant(run, limit_s, signals, view)
            while not run.wait(TICK_S):
                attendant.look()
            view.show(run)
        finally:
            unsubscribe()
            if not run.state.is_over:
                run.stop(force=True)
    return run, _start_error(started)


def _start_error(started: concurrent.futures.Future[None]) -> str:
    try:
        started.result(_ANSWER_S)
    except StartError as error:
        return str(error)
    except concurrent.futures.CancelledError:
        return ""  # stopped while it prepared
    return ""


class Stop(Enum):
    """How far a stop has gone."""

    NOT_ASKED = auto()
    GRACEFUL = auto()
    BY_FORCE = auto()


class Attendant:
    """Looks at a run again and again, and stops it: when its time is up, or when a signal asks for it.

    A stop only goes on: NOT_ASKED -> GRACEFUL -> BY_FORCE.
    """

    def __init__(self, run: Run, limit_s: float | None, signals: StopSignals, view: StatusView) -> None:
        self._run = run
        self._limit_s = limit_s
        self._signals = signals
        self._view = view
        self._stop = Stop.NOT_ASKED
        self._signals_seen = 0
        self._running_since: float | None = None
        self._time_up_at: float | None = None
        self._draining_since: float | None = None
        self._remind_at = 0.0

    def look(self) -> None:
        """See what there is to do, do it, and show the run."""
        now = time.monotonic()
        if self._running_since is None and self._run.state is not RunState.PREPARING:
            self._running_since = now
        if self._signals.count > self._signals_seen:
            self._signals_seen = self._signals.count
            self._heed_signal()
        self._watch_the_time(now)
        self._watch_the_drain(now)
        self._view.show(self._run)

    def _heed_signal(self) -> None:
        if self._signals.count == 1:
            self._view.say("stopping: sources end, what is under way is finished; Ctrl+C again ends it by force")
            self._advance(Stop.GRACEFUL)
        elif self._stop is not Stop.BY_FORCE:
            self._view.say("ending it by force")
            self._advance(Stop.BY_FORCE)

    def _watch_the_time(self, now: float) -> None:
        if self._limit_s is None or self._running_since is None:
            return
        if self._time_up_at is None:
            if now - self._running_since >= self._limit_s:
                self._time_up_at = now
                self._advance(Stop.GRACEFUL)
        elif now - self._time_up_at >= DRAIN_BUDGET_S and self._stop is not Stop.BY_FORCE:
            self._view.say(
                f"not ended {DRAIN_BUDGET_S:g} s after its time was up:{self._waiting()}\nending it by force"
            )
            self._advance(Stop.BY_FORCE)

    def _watch_the_drain(self, now: float) -> None:
        """A drain takes as long as it takes: say what it waits for, and that force is there."""
        if self._run.state is not RunState.DRAINING or self._time_up_at is not None:
            return
        if self._draining_since is None:
            self._draining_since = now
            self._remind_at = now + OFFER_FORCE_AFTER_S
        if now >= self._remind_at:
            self._remind_at = now + _REMIND_EVERY_S
            how = "Ctrl+C" if self._stop is Stop.NOT_ASKED else "Ctrl+C again"
            more = " (twice: by force)" if self._stop is Stop.NOT_ASKED else " ends it by force"
            self._view.say(f"draining for {now - self._draining_since:.0f} s:{self._waiting()}\n{how}{more}")

    def _waiting(self) -> str:
        waiting = self._run.waiting_for()
        told = [f"\n  node {one.node} at {one.location or 'main'} {one.reason}" for one in waiting[:_MOST_WAITING]]
        if len(waiting) > _MOST_WAITING:
            told.append(f"\n  and {len(waiting) - _MOST_WAITING} more nodes")
        return "".join(told) or " it waits for its computers to end"

    def _advance(self, stop: Stop) -> None:
        """Ask the run to stop, without waiting: the waiting is in a thread that ends with the run."""
        if stop.value <= self._stop.value:
            return
        self._stop = stop
        by_force = stop is Stop.BY_FORCE
        threading.Thread(
            target=self._run.stop, kwargs={"force": by_force}, name=f"tidewire-stop-{stop.name.lower()}", daemon=True
        ).start()


# -- the end


def _print_end(run: Run, start_error: str) -> None:
    if start_error:
        tell(start_error)
        return
    for block in failure_blocks(failures_of(run, start_error)):
        tell(block)
    tell(f"{run.state} after {run.elapsed_s:.1f} s: {summary(run.statistics())}")


def _exit_code(run: Run, signals: StopSignals) -> int:
    if signals.first:
        return ExitCode.SIGNALLED + signals.first
    has_died = any(computer.restarts for computer in run.statistics().computers.values())
    return ExitCode.FAILED if has_died or run.state in (RunState.FAILED, RunState.KILLED) else ExitCode.DONE
