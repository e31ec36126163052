"""A machine that does to the runs of random graphs whatever a person can do, and what can befall them, against a model.

The model is the list of steps (`editing.py`) and what the reference makes of them. It knows nothing of places, times
and processes: where a run was disturbed, it still says what can have come (a beginning of what must come, in order).
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import Counter
from typing import ClassVar

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from engine import GraphNotReady, Run, RunError, RunState, StartError, TapClosed
from tests.leaks import Before
from tests.properties import ops
from tests.properties.editing import ENDLESS, Editing, picks
from tests.properties.graphs import Step
from tests.properties.reference import difference, numbers, streams_of

END_S = 20.0
STOP_S = 10.0  # a graceful stop has no bound of its own; these graphs hold little
FORCE_S = 3.0
MEDDLING = ("tap", "tap", "set_live", "set_live", "look", "kill", "kill", "kill", "start_twice")


class Runs(Editing):
    """`ran` is what the run was started with; `ended` and `done` count what all machines together have done."""

    ended: ClassVar[Counter[str]] = Counter()
    done: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.has_run = False
        self.ran: dict[str, Step] = {}
        self.was_changed: set[str] = set()
        self.killed: set[str] = set()
        self.pids: set[int] = set()
        self.before = Before.look()

    @precondition(lambda self: self.run is None and self.steps)
    @rule()
    def start(self) -> None:
        self.done["start" if not self.has_run else "start again"] += 1
        self.has_run = True
        self.run = self.graph.start()
        self.ran, self.was_changed, self.killed = dict(self.steps), set(), set()
        self.policies = {place: self.graph.death_policy(place) for place in ("p:", "q:")}
        self.pids = {computer.pid for computer in self.run.statistics().computers.values()} - {os.getpid()}

    @precondition(lambda self: self.run is not None)
    @rule(what=st.sampled_from(MEDDLING), first=picks, second=picks)
    def meddle(self, what: str, first: int, second: int) -> None:
        """Something that a person or fate does to a run that goes on."""
        self.done[what] += 1
        getattr(self, f"_{what}")(first, second)

    def _start_twice(self, *_: int) -> None:
        assert self.run is not None
        try:
            second = self.graph.start()
        except GraphNotReady:  # it has been edited meanwhile
            return
        except StartError as error:
            assert "running already" in str(error), error
            return
        assert self.run.state.is_over
        second.stop(force=True)

    def _tap(self, first: int, second: int) -> None:
        assert self.run is not None
        id = self._pick([id for id, step in self.ran.items() if not step.is_sink], first)
        policy = ("latest", "drop_oldest")[second % 2]
        with self.run.tap(f"{id}.y", policy=policy) as tap:
            try:
                value = tap.get(timeout=0.02)
            except (TimeoutError, TapClosed):
                return
        if not self._is_disturbed(id) and not self._is_endless:
            assert ops.number_of(value) in numbers(streams_of(self.ran.values())[id]), id

    def _set_live(self, first: int, second: int) -> None:
        """What changes nothing of the result, and what does."""
        assert self.run is not None
        id = self._pick([id for id, step in self.ran.items() if step.kind in ("Record", "Mangle")], first)
        name, value = ("delay", 0.0) if self.ran[id].kind == "Record" else ("factor", second % 5)
        if name == "factor":
            self.was_changed.add(id)
        with contextlib.suppress(RunError):  # the node or the run has ended
            self.run.set(f"{id}.{name}", value, timeout=5.0)

    def _look(self, *_: int) -> None:
        assert self.run is not None
        self.run.waiting_for()
        statistics = self.run.statistics()
        assert set(statistics.nodes) == {id for step in self.ran.values() for id in [step.id, *step.loop_ids]}

    def _kill(self, first: int, _: int) -> None:
        """A process goes by SIGKILL: the run stops, goes on without it or starts it again, as the document says."""
        assert self.run is not None
        computers = self.run.statistics().computers.values()
        alive = sorted({c.pid for c in computers if c.pid in self.pids and c.exit_code is None and c.state == "ready"})
        if not alive or self.run.state.is_over:
            return
        pid = alive[first % len(alive)]
        process = next(c.location for c in computers if c.pid == pid).partition(":")[0] + ":"
        self.killed.add(process)
        self.done[f"killed: {self.policies[process]}"] += 1
        began = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        if self.policies[process] in ("", "stop"):
            assert self.run.wait(STOP_S), (self.run.waiting_for(), self.run.failures)
            note(f"over {time.monotonic() - began:.3f} s after the death")
        elif self.policies[process] == "restart":
            while pid in self._pids_alive() or not self._is_settled(process):
                assert time.monotonic() - began < END_S, self.run.statistics().computers
                self.run.wait(0.01)
            self.pids |= self._pids_alive()
            self.done["came back"] += not self.run.state.is_over

    def _pids_alive(self) -> set[int]:
        assert self.run is not None
        computers = self.run.statistics().computers.values()
        return {computer.pid for computer in computers if computer.state == "ready"} - {os.getpid()}

    def _is_settled(self, process: str) -> bool:
        """Is a process that has died there again, or will it not be?"""
        assert self.run is not None
        computers = [c for c in self.run.statistics().computers.values() if c.location.startswith(process)]
        return self.run.state.is_over or all(c.state in ("ready", "ended", "dead", "abandoned") for c in computers)

    @precondition(lambda self: self.run is not None)
    @rule(how=st.sampled_from(("wait", "wait", "stop", "force", "not yet", "not yet", "not yet")))
    def end(self, how: str) -> None:
        """A run whose sources end by themselves ends by itself; every other can be stopped."""
        assert self.run is not None
        if how == "not yet":
            self.run.wait(0.01)
            return
        began = time.monotonic()
        if how == "wait" and self._is_endless:
            self.run.wait(0.02)
            how = "stop"
        if how == "wait":
            assert self.run.wait(END_S), (self.run.waiting_for(), self.run.statistics())
        elif how == "stop":
            self.run.stop(timeout=STOP_S)
            assert time.monotonic() - began < STOP_S, self.run.failures
        else:
            self.run.stop(force=True)
            assert time.monotonic() - began < FORCE_S
        self._check_end(how)

    # -- what must hold at the end of a run

    @property
    def _is_endless(self) -> bool:
        return any(step.parameters.get("count") == ENDLESS for step in self.ran.values())

    def _is_disturbed(self, id: str) -> bool:
        """Did a live change reach this stream, or was a process it goes through started again?"""
        step = self.ran[id]
        process = step.location.partition(":")[0] + ":" if ":" in step.location else ""
        feeds = [feed.source for feeds in step.inputs.values() for feed in feeds]
        return (
            id in self.was_changed
            or (process in self.killed and self.policies[process] == "restart")
            or (bool(self.killed) and step.kind == "Perhaps")  # what it may do without may be what has died
            or any(self._is_disturbed(source) for source in feeds)
        )

    def _check_end(self, how: str) -> None:
        run, self.run = self.run, None
        self.ended[f"{how} after a death" if self.killed else how] += 1
        assert run is not None and run.state.is_over
        statistics = run.statistics()
        self._check_states(run, how)
        for key, wire in statistics.wires.items():
            assert wire.sent == wire.delivered + wire.dropped + wire.discarded + wire.lost, (key, wire)
            assert wire.queued == 0, (key, wire)
        counts = {id: statistics.nodes[id].emitted for id, step in self.ran.items() if not step.inputs}
        is_whole = how != "force" and not self.killed
        expected = streams_of(self.ran.values(), counts if is_whole else {**counts, **self._generous(counts)})
        for id, step in self.ran.items():
            if not step.is_sink or self._is_disturbed(id):
                continue
            try:
                seen = run.result(id)
            except RunError:
                assert not is_whole, (id, statistics.nodes[id])
                continue
            must = numbers(expected[step.inputs["x"][0].source])
            must = must if is_whole else must[: len(seen)]
            assert seen == must, (id, how, difference(seen, must))
        self._check_nothing_left()

    def _generous(self, counts: dict[str, int]) -> dict[str, int]:
        """What sources that died can have sent at most: more than was counted."""
        return {id: count + 2_000 for id, count in counts.items()}

    def _check_states(self, run: Run, how: str) -> None:
        assert all(node.state.is_over for node in run.statistics().nodes.values())
        if how == "wait" and not self.killed:
            assert run.state is RunState.FINISHED, (run.state, run.failures)
        if how == "stop" and not self.killed:
            assert run.state in (RunState.STOPPED, RunState.FINISHED), (run.state, run.failures)
        expected = {id for id, step in self.ran.items() if step.kind == "Fragile"}
        failures = [f for f in run.failures if f.node not in expected or "ArithmeticError" not in f.error]
        self.done.update(f"{self.ran[f.node].on_error} a tick" for f in run.failures if f.node in expected)
        if not self.killed:
            assert not failures
        elif any(self.policies[place] in ("", "stop") for place in ("p:", "q:")):
            assert all("died" in failure.error or "killed" in failure.error for failure in failures), failures

    def _check_nothing_left(self) -> None:
        deadline = time.monotonic() + 2.0
        while left := self.before.left():
            assert time.monotonic() < deadline, [(probe.kind, probe.describe(value)) for probe, value in left]
            del left
            time.sleep(0.01)

    def teardown(self) -> None:
        if self.run is not None:
            self.run.stop(force=True)
            self._check_end("force")
