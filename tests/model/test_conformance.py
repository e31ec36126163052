"""The model is the code's: what real runs tell of themselves, with kills and stops, the model allows, in that order."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

from engine import Graph, Run
from engine.errors import TidewireError
from engine.runtime.events import Event
from tests.model.checker import Graph as States
from tests.model.checker import check, first_not_allowed
from tests.model.protocol import Protocol
from tests.nodes_for_tests import Collect, TimedNumbers

pytestmark = pytest.mark.timeout(240)  # much computing, on a machine that may be busy


WAIT_S = 20.0
COMPUTERS = {"computer:p:": "computer 0", "computer:q:": "computer 1"}
KNOWN = {"ready", "ended", "dead", "restarting", "preparing"}


@dataclass
class Heard:
    """What a run has told, in the model's words; `wait_for` waits until it has told something."""

    events: list[tuple[str, str]] = field(default_factory=list)
    condition: threading.Condition = field(default_factory=threading.Condition)

    def take(self, event: Event) -> None:
        with self.condition:
            if event.entity == "run" and event.old:
                self.events.append(("run", event.new))
            elif event.entity in COMPUTERS and event.new in KNOWN:
                self.events.append((COMPUTERS[event.entity], event.new))
            self.condition.notify_all()

    def wait_for(self, *event: str, times: int = 1) -> None:
        with self.condition:
            assert self.condition.wait_for(lambda: self.events.count((event[0], event[1])) >= times, WAIT_S), event


def _run(act: Callable[[Run, Heard], object], on_error: str = "skip", restarts: bool = False) -> list[tuple[str, str]]:
    graph = Graph()
    graph.add(TimedNumbers, id="n", interval=0.002, location="p:")
    graph.add(Collect, id="s", location="q:")
    graph.connect("n.value", "s.x")
    if restarts:
        for process in ("p:", "q:"):
            graph.set_computer(process, on_death="restart")
    heard = Heard()
    run, started = Run.begin(graph, 20.0, on_error)
    run.subscribe(heard.take)
    try:
        act(run, heard)
    finally:
        run.stop(force=True)
        with contextlib.suppress(TidewireError, concurrent.futures.CancelledError):
            started.result(WAIT_S)
    assert run.state.is_over
    return heard.events


def _kill(run: Run, label: str) -> None:
    computers = run.statistics().computers
    os.kill(computers[label].pid, signal.SIGKILL)


def _drain(run: Run, heard: Heard) -> None:
    heard.wait_for("run", "running")
    run.stop(timeout=WAIT_S)


def _force(run: Run, heard: Heard) -> None:
    heard.wait_for("run", "running")
    run.stop(force=True)


def _stop_at_once(run: Run, heard: Heard) -> None:
    run.stop(force=True)


def _kill_source(run: Run, heard: Heard) -> None:
    heard.wait_for("run", "running")
    _kill(run, "p:")
    heard.wait_for("computer 1", "ended")


def _kill_sink(run: Run, heard: Heard) -> None:
    heard.wait_for("run", "running")
    _kill(run, "q:")
    heard.wait_for("computer 1", "dead")
    run.stop(timeout=WAIT_S)


def _kill_before_the_barrier(run: Run, heard: Heard) -> None:
    while not run.statistics().computers.get("p:") or not run.statistics().computers["p:"].pid:
        threading.Event().wait(0.001)
    _kill(run, "p:")
    assert run.wait(WAIT_S)


def _kill_and_come_back(run: Run, heard: Heard) -> None:
    heard.wait_for("run", "running")
    _kill(run, "p:")
    heard.wait_for("computer 0", "ready", times=2)
    run.stop(timeout=WAIT_S)


def _kill_and_stop(run: Run, heard: Heard) -> None:
    heard.wait_for("run", "running")
    _kill(run, "q:")
    heard.wait_for("computer 1", "restarting")
    run.stop(timeout=WAIT_S)


SCHEDULES: list[tuple[Callable[[Run, Heard], object], str, dict[str, Any]]] = [
    (_drain, "leave", {}),
    (_kill_before_the_barrier, "leave", {}),
    (_kill_and_come_back, "restart", {"restarts": True}),
]
MORE_SCHEDULES: list[tuple[Callable[[Run, Heard], object], str, dict[str, Any]]] = [
    (_force, "leave", {}),
    (_stop_at_once, "leave", {}),
    (_kill_source, "leave", {}),
    (_kill_sink, "leave", {}),
    (_kill_sink, "stop", {"on_error": "stop"}),
    (_kill_and_stop, "restart", {"restarts": True}),
]


@cache
def _model(on_death: str) -> tuple[States, Any]:
    model = Protocol(on_death=on_death)
    return check(model), model.first()


@pytest.fixture(autouse=True, scope="module")
def _forget_models() -> Iterator[None]:
    yield
    _model.cache_clear()  # so many objects slow down whoever collects garbage


def _check_allowed(events: list[tuple[str, str]], on_death: str) -> None:
    graph, first = _model(on_death)
    count = first_not_allowed(graph, first, events)
    assert count == len(events), f"the model does not allow {events[count]} after {events[:count]}"


@pytest.mark.parametrize(
    ("act", "on_death", "arguments"), SCHEDULES, ids=[f"{a.__name__[1:]}-{p}" for a, p, _ in SCHEDULES]
)
def test_what_a_real_run_tells_is_what_the_model_allows(
    act: Callable[[Run, Heard], object], on_death: str, arguments: dict[str, Any]
) -> None:
    _check_run(act, on_death, arguments)


@pytest.mark.long
@pytest.mark.timeout(180)
def test_what_many_real_runs_tell_is_what_the_model_allows() -> None:
    for act, on_death, arguments in [*SCHEDULES, *MORE_SCHEDULES]:
        _check_run(act, on_death, arguments)


def _check_run(act: Callable[[Run, Heard], object], on_death: str, arguments: dict[str, Any]) -> None:
    events = _run(act, **arguments)
    assert events, "the run told nothing"
    print(events)
    _check_allowed(events, on_death)


@pytest.mark.parametrize(
    "events",
    [
        [("computer 0", "ready"), ("run", "running")],
        [("computer 0", "ready"), ("computer 1", "ready"), ("run", "running"), ("run", "preparing")],
        [("computer 0", "dead"), ("run", "running")],
        [
            ("computer 0", "ready"),
            ("computer 1", "ready"),
            ("run", "running"),
            ("computer 0", "dead"),
            ("run", "finished"),
        ],
        [("computer 0", "ready"), ("computer 1", "ready"), ("run", "running"), ("run", "draining"), ("run", "stopped")],
        [("computer 0", "restarting")],
    ],
    ids=[
        "running before all are ready",
        "back to preparing",
        "running without a computer",
        "finished though one died",
        "over before its computers",
        "a restart that nobody asked for",
    ],
)
def test_what_no_run_may_tell_the_model_refuses(events: list[tuple[str, str]]) -> None:
    with pytest.raises(AssertionError, match="does not allow"):
        _check_allowed(events, "leave")
