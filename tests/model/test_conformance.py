"""The model is the code's: what real runs tell of themselves, with kills and stops, the model allows, in that order."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from engine import Graph, Out, Run, Source, param
from engine.errors import TidewireError
from engine.runtime import restarts
from engine.runtime.events import Event
from tests.model.checker import Graph as States
from tests.model.checker import check, first_not_allowed
from tests.model.protocol import Protocol
from tests.model.protocol_state import Setting
from tests.nodes_for_tests import Collect

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


class EndsWhenTold(Source):
    """0, 1, 2, … until a parameter says that it is enough."""

    value = Out(int)
    is_enough = param(False)

    async def produce(self) -> AsyncIterator[int]:
        number = 0
        while not self.is_enough:
            yield number
            number += 1
            await self.sleep(0.002)


class NeverAgain(Collect):
    """Ends its process at the first message, and in every start after that."""

    marker = param("")

    def on_start(self) -> None:
        if Path(self.marker).exists():
            os.kill(os.getpid(), signal.SIGKILL)

    def process(self, x: Any) -> None:
        Path(self.marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)


def _run(
    act: Callable[[Run, Heard], object], on_error: str = "skip", restarts: bool = False, doomed: str = ""
) -> list[tuple[str, str]]:
    graph = Graph()
    graph.add(EndsWhenTold, id="n", location="p:")
    if doomed:
        graph.add(NeverAgain, id="s", location="q:", marker=doomed)
    else:
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


def _finish(run: Run, heard: Heard) -> None:
    heard.wait_for("run", "running")
    run.set("n.is_enough", True)
    assert run.wait(WAIT_S), run.waiting_for()


def _kill_come_back_and_finish(run: Run, heard: Heard) -> None:
    heard.wait_for("run", "running")
    _kill(run, "q:")
    heard.wait_for("computer 1", "ready", times=2)
    _finish(run, heard)


def _give_up_and_finish(run: Run, heard: Heard) -> None:
    heard.wait_for("computer 1", "dead")
    assert heard.events.count(("computer 1", "restarting")) == MOST_DEATHS - 1
    _finish(run, heard)


def _finish_and_give_up(run: Run, heard: Heard) -> None:
    heard.wait_for("computer 1", "restarting")
    _finish(run, heard)


SCHEDULES: list[tuple[Callable[[Run, Heard], object], str, dict[str, Any]]] = [
    (_drain, "leave", {}),
    (_kill_before_the_barrier, "leave", {}),
    (_kill_and_come_back, "restart", {"restarts": True}),
    (_finish, "ends", {}),
    (_kill_come_back_and_finish, "ends, restart", {"restarts": True}),
    (_give_up_and_finish, "ends, doomed", {"restarts": True, "doomed": "marker"}),
]
MORE_SCHEDULES: list[tuple[Callable[[Run, Heard], object], str, dict[str, Any]]] = [
    (_force, "leave", {}),
    (_stop_at_once, "leave", {}),
    (_kill_source, "leave", {}),
    (_kill_sink, "leave", {}),
    (_kill_sink, "stop", {"on_error": "stop"}),
    (_kill_and_stop, "restart", {"restarts": True}),
    (_finish_and_give_up, "ends, doomed", {"restarts": True, "doomed": "marker"}),
]
SETTINGS = {
    "leave": Setting(),
    "stop": Setting(on_death="stop"),
    "restart": Setting(on_death="restart"),
    "ends": Setting(length=1, crashes=0, has_stops=False),
    "ends, restart": Setting(length=1, on_death="restart", has_stops=False),
    "ends, doomed": Setting(length=1, on_death="restart", doomed=1, has_stops=False),
    "endless, doomed": Setting(on_death="restart", doomed=1, has_stops=False),
}
MOST_DEATHS = Setting().most_deaths


@cache
def _model(setting: str) -> tuple[States, Any]:
    model = Protocol(SETTINGS[setting])
    return check(model), model.first()


@pytest.fixture(autouse=True, scope="module")
def _forget_models() -> Iterator[None]:
    yield
    _model.cache_clear()  # so many objects slow down whoever collects garbage


def _check_allowed(events: list[tuple[str, str]], setting: str) -> None:
    graph, first = _model(setting)
    count = first_not_allowed(graph, first, events)
    assert count == len(events), f"the model does not allow {events[count]} after {events[:count]}"


@pytest.fixture(autouse=True)
def _few_deaths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restarts, "MOST_DEATHS", MOST_DEATHS)
    assert Setting().most_unfed == restarts.MOST_DEATHS_UNFED


@pytest.mark.parametrize(
    ("act", "setting", "arguments"), SCHEDULES, ids=[f"{a.__name__[1:]}-{p}" for a, p, _ in SCHEDULES]
)
def test_what_a_real_run_tells_is_what_the_model_allows(
    act: Callable[[Run, Heard], object], setting: str, arguments: dict[str, Any], tmp_path: Path
) -> None:
    _check_run(act, setting, arguments, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(180)
def test_what_many_real_runs_tell_is_what_the_model_allows(tmp_path: Path) -> None:
    for number, (act, setting, arguments) in enumerate([*SCHEDULES, *MORE_SCHEDULES]):
        folder = tmp_path / str(number)
        folder.mkdir()
        _check_run(act, setting, arguments, folder)


def _check_run(act: Callable[[Run, Heard], object], setting: str, arguments: dict[str, Any], folder: Path) -> None:
    if "doomed" in arguments:
        arguments = {**arguments, "doomed": str(folder / arguments["doomed"])}
    events = _run(act, **arguments)
    assert events, "the run told nothing"
    print(events)
    if act in (_finish, _kill_come_back_and_finish):
        assert events[-1] == ("run", "finished")
    if act in (_give_up_and_finish, _finish_and_give_up):
        assert events[-1] == ("run", "failed")
    _check_allowed(events, setting)


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


_RUNNING = [("computer 0", "ready"), ("computer 1", "ready"), ("run", "running")]
_DIES_AGAIN = [("computer 1", "restarting"), ("computer 1", "preparing")]


@pytest.mark.parametrize(
    "events",
    [
        [*_RUNNING, *_DIES_AGAIN * 3],
        [*_RUNNING, *_DIES_AGAIN * 2, ("computer 1", "dead"), ("computer 0", "ended"), ("run", "finished")],
        [*_RUNNING, *_DIES_AGAIN * 2, ("computer 1", "dead"), ("computer 1", "preparing")],
        [*_RUNNING, *_DIES_AGAIN * 2, ("computer 1", "ready")],
        [*_RUNNING, ("computer 0", "ended"), ("run", "finished")],
    ],
    ids=[
        "never given up",
        "finished though a process was given up",
        "started again after it was given up",
        "ready though it cannot start",
        "finished before its sink",
    ],
)
def test_what_no_crash_loop_may_tell_the_model_refuses(events: list[tuple[str, str]]) -> None:
    with pytest.raises(AssertionError, match="does not allow"):
        _check_allowed(events, "ends, doomed")


def test_a_process_that_has_its_inputs_may_not_be_given_up_too_early() -> None:
    for times in range(MOST_DEATHS - 1):
        with pytest.raises(AssertionError, match="does not allow"):
            _check_allowed([*_RUNNING, *_DIES_AGAIN * times, ("computer 1", "dead")], "endless, doomed")
    _check_allowed([*_RUNNING, *_DIES_AGAIN * (MOST_DEATHS - 1), ("computer 1", "dead")], "endless, doomed")


def test_a_crash_loop_as_it_is_the_model_allows() -> None:
    given_up = [*_RUNNING, *_DIES_AGAIN * 2, ("computer 1", "dead"), ("computer 0", "ended"), ("run", "failed")]
    _check_allowed(given_up, "ends, doomed")
    unfed = [*_RUNNING, ("computer 0", "ended"), *_DIES_AGAIN, ("computer 1", "dead"), ("run", "failed")]
    _check_allowed(unfed, "ends, doomed")
