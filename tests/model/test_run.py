"""Whole runs under the virtual scheduler: start barrier, stops, deaths and restarts of the real code, at any moment.

All schedules with one departure from the straight way are tried, and many with several: an event from outside (a stop,
a death, time that passes while others are slow) is such a departure, as is another loop going first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine import Graph
from engine.runtime.conductor import Conductor
from engine.runtime.forcing import Force
from engine.runtime.outputs import OutputPort
from engine.runtime.states import RunState
from engine.runtime.worker import Worker
from tests.model.explorer import Counterexample, Explored, explore_few_deviations, walk_at_random
from tests.model.nodes import Both, Count, Even, Keep, QuickCount
from tests.model.run_scenario import RunCase, RunScenario, virtual_system

pytestmark = pytest.mark.timeout(240)  # much computing, on a machine that may be busy


@pytest.fixture(autouse=True)
def _virtual() -> Iterator[None]:
    with virtual_system():
        yield


def _two(
    source: str, sink: str, count: int = 2, pause: float = 0.0, capacity: int = 16, stuck_at: int = -1, back: str = ""
) -> Callable[[], Graph]:
    """A source and a sink; `back`: processes that are started again when they die."""

    def make() -> Graph:
        graph = Graph()
        graph.add(Count, id="n", count=count, pause=pause, location=source)
        graph.add(Keep, id="s", stuck_at=stuck_at, location=sink)
        graph.connect("n.value", "s.x", capacity=capacity)
        for process in back:
            graph.set_computer(f"{process}:", on_death="restart")
        return graph

    return make


def _diamond() -> Graph:
    """A fork and a join by tick, one branch of which filters, on main, two processes and a thread."""
    graph = Graph()
    graph.add(QuickCount, id="n", count=2, location="p:")
    graph.add(Even, id="even", location="t")
    graph.add(Both, id="both", location="q:")
    graph.add(Keep, id="s")
    graph.connect("n.value", "even.x", capacity=1)
    graph.connect("n.value", "both.a", capacity=1)
    graph.connect("even.y", "both.b", capacity=1)
    graph.connect("both.both", "s.x")
    return graph


def _counting(count: int) -> dict[str, list[Any]]:
    return {"s": list(range(count))}


CASES: dict[str, RunCase] = {
    "two threads": RunCase(_two("t", "u", capacity=1, count=3), results=_counting(3)),
    "drain": RunCase(_two("p:", "q:", pause=0.05), ("drain",), _counting(2)),
    "force": RunCase(_two("p:", "t"), ("force",), _counting(2)),
    "the source's process dies": RunCase(_two("p:", "q:"), ("kill p",), _counting(2)),
    "a stuck thread": RunCase(_two("t", "u", stuck_at=1), ("force",), ends_by_itself=False),
    "a sink comes back": RunCase(_two("p:", "q:", back="q"), ("kill q",)),
}
MORE: dict[str, RunCase] = {
    "a join": RunCase(_diamond, results={"s": [(0, 0)]}),
    "two processes": RunCase(_two("p:", "q:", capacity=1, count=3), results=_counting(3)),
    "force while all are slow": RunCase(_two("p:", "q:"), ("force", "time passes"), _counting(2)),
    "the sink's process dies": RunCase(_two("t", "q:", capacity=1, count=3), ("kill q",), _counting(3)),
    "a death stops the run": RunCase(_two("p:", "q:"), ("kill q",), _counting(2), on_error="stop"),
    "a stuck process": RunCase(_two("t", "q:", stuck_at=1), ("drain",), ends_by_itself=False),
    "a source comes back": RunCase(_two("p:", "t", back="p"), ("kill p",)),
}
LASTING = RunCase(_two("p:", "t", count=30, pause=0.05), ("force",), _counting(30))  # longer than force has patience
HARDER: dict[str, RunCase] = {
    **CASES,
    **MORE,
    "everything befalls two processes": RunCase(
        _two("p:", "q:x", count=4, pause=0.05), ("kill p", "drain", "force", "time passes", "time passes"), _counting(4)
    ),
    "everything befalls a join": RunCase(_diamond, ("kill q", "force", "time passes"), results={"s": [(0, 0)]}),
    "both processes die and come back": RunCase(
        _two("p:", "q:", count=3, pause=0.05, back="pq"), ("kill p", "kill q", "force", "time passes")
    ),
    "a stuck node and every stop": RunCase(
        _two("t", "q:x", count=3, stuck_at=1), ("drain", "force", "time passes"), ends_by_itself=False
    ),
}


def _make(case: RunCase) -> Callable[..., RunScenario]:
    return lambda choices: RunScenario(case, choices)


@pytest.mark.parametrize("name", CASES)
def test_a_run_keeps_its_promises_in_every_schedule_with_one_departure(name: str) -> None:
    explored = explore_few_deviations(_make(CASES[name]), 1)
    print(f"{name}: {explored}")
    assert explored.ends == explored.schedules > 60


@pytest.mark.long
@pytest.mark.parametrize("name", MORE)
def test_other_runs_keep_their_promises_in_every_schedule_with_one_departure(name: str) -> None:
    assert explore_few_deviations(_make(MORE[name]), 1).schedules > 60


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_run_keeps_its_promises_in_many_schedules_with_several_departures() -> None:
    total = Explored()
    for seed, (name, case) in enumerate(HARDER.items()):
        explored = explore_few_deviations(_make(case), 3, sample=200, seed=seed)
        explored += walk_at_random(_make(case), 100, seed)
        print(f"{name}: {explored}")
        total += explored
    print(f"in all: {total}")
    assert total.schedules == total.ends == 300 * len(HARDER)


# -- the checker can fail


def _release_at_first_ready(patch: pytest.MonkeyPatch) -> None:
    def check_ready(self: Conductor) -> None:
        if not self._ready.done() and any(site.is_ready for site in self.sites.by_location.values()):
            self._ready.set_result(None)

    patch.setattr(Conductor, "_check_ready", check_ready)


def _stop_not_latched(patch: pytest.MonkeyPatch) -> None:
    def command(self: Worker, command: Any, extra: Any = None) -> None:
        if self._is_listening and self._loop is not None:
            self._loop.call_soon_threadsafe(self._act, command, extra)

    patch.setattr(Worker, "command", command)


def _force_without_kill(patch: pytest.MonkeyPatch) -> None:
    async def end(self: Force) -> bool:
        return await self._over_within(1e3)

    patch.setattr(Force, "end", end)


def _deaths_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Conductor, "_process_exited", lambda self, name, code: None)


def _end_without_flushing(patch: pytest.MonkeyPatch) -> None:
    async def flush(self: OutputPort) -> None:
        for wire in self.wires:
            wire.backlog.clear()
        self.is_full = False

    patch.setattr(OutputPort, "flush", flush)


def _outcome_always_fine(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Conductor, "_outcome", lambda self: RunState.FINISHED)


BROKEN: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str, str]] = {
    "the barrier opens at the first that is ready": (_release_at_first_ready, "two processes", "are ready"),
    "commands are not latched": (_stop_not_latched, "lasting", "force was used"),
    "force kills nothing": (_force_without_kill, "a stuck thread", "never ends"),
    "deaths are not looked at": (_deaths_not_looked_at, "the source's process dies", "never"),
    "what waits is thrown away at the end": (_end_without_flushing, "two processes", "instead of|never ends|add up"),
    "the outcome is always fine": (_outcome_always_fine, "the source's process dies", "finished"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_run_is_found_and_the_schedule_is_told(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    break_it, name, said = BROKEN[what]
    break_it(monkeypatch)
    with pytest.raises(Counterexample, match=said) as found:
        explore_few_deviations(_make({**CASES, **MORE, "lasting": LASTING}[name]), 1)
    assert "after this schedule" in str(found.value)
