"""A whole run under the virtual scheduler: the real `Conductor`, `Child`, `Worker`, steppers, joiners and bridges.

Only what touches the system is replaced: threads and processes are virtual loops, sockets virtual pairs, time virtual
time. A command or report crosses from one to the other whenever the schedule says so.
"""

from __future__ import annotations

import contextlib
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from engine import Graph
from engine.bridges.frames import Frame, Kind
from engine.bridges.stream import socket_pair
from engine.computers.process import ProcessComputer
from engine.computers.pulse import Pulse
from engine.computers.thread import ThreadComputer
from engine.errors import StartError
from engine.runtime import child, conductor, worker
from engine.runtime.plan import make_plan
from engine.runtime.run import Run
from engine.runtime.states import NodeState, RunState
from tests.model.nodes import Watch
from tests.model.scheduler import Choices, VirtualLoop, World

HORIZON_S = 40.0
_NEVER_S = 1e6
_world: list[World] = []  # of the schedule that is explored


class VirtualThread(ThreadComputer):
    """A thread computer that is a virtual loop. By force it ends, or stays, as the schedule says."""

    def __init__(self, name: str, kind: str = "thread") -> None:
        super().__init__(name, kind)
        self.loop = _world[-1].loop(name)

    def start(self, work: Any) -> None:
        self.loop.owner = _owner()
        start_on(self.loop, work)

    def join(self, timeout: float) -> bool:
        return self.loop.is_closed() or self.loop.is_gone

    def interrupt(self) -> None:
        if self.loop.is_held and _world[-1].choices.choose(2):
            self.loop.vanish()

    def abandon(self) -> None:
        self.loop.vanish()  # it may go on, but nothing of the run is in it

    def stack(self) -> str:
        return ""


def start_on(loop: VirtualLoop, work: Any) -> None:
    """Run a worker on a loop that closes with it."""

    async def live() -> None:
        await work.run()
        loop.call_soon(_let_go, loop)

    loop.create_task(live())


async def _explain(late: list[Any]) -> str:
    return f"{len(late)} were late"


def _let_go(loop: VirtualLoop) -> None:
    """See `engine.computers.thread.run_on_loop`."""
    for task in loop.world.tasks:
        if task.get_loop() is loop and not task.done():
            task.cancel()
    loop.call_later(0.2, loop.close)


def _owner() -> Any:
    running = next((loop for loop in _world[-1].loops if loop.is_current), None)
    return running.owner if running is not None else None


class VirtualChild(child.Child):
    """The inside of a virtual process: the real one, without its threads."""

    def __init__(self, process: VirtualProcess) -> None:
        super().__init__(None, process.page)  # type: ignore[arg-type]
        self.process = process
        self._main_work = SimpleNamespace(put=self._start_main)  # type: ignore[assignment]

    def _report(self, report: Any) -> None:
        self.process.said(child.control.encode(report))

    def _start_main(self, work: Any) -> None:
        if work is None:
            self.process.exits(0)
            return
        loop = self.process.loop("main")
        start_on(loop, work)


class VirtualProcess:
    """A process computer, in a few virtual loops: one reads the control socket, one writes it, others run nodes."""

    kind = "process"
    last_words = ""

    def __init__(self, name: str, module: str, loop: VirtualLoop, on_message: Any, on_exit: Any, started: Any) -> None:
        self.name = name
        self.exit_code: int | None = None
        self.pid = 100_000 + len(_world[-1].loops)
        self.page = SimpleNamespace(pulse=lambda at, n: Pulse.in_this_process(n))
        self.has_died = False
        self._coordinator = loop
        self._on_message, self._on_exit = on_message, on_exit
        self._sockets: list[Any] = []
        self._world = _world[-1]
        self._reads, self._writes = self.loop("control"), self.loop("reports")
        self._child = VirtualChild(self)

    def loop(self, name: str) -> VirtualLoop:
        """A new loop in this process."""
        loop = self._world.loop(f"{self.name}.{name}")
        loop.owner = self
        return loop

    # -- as the coordinator sees it

    def send(self, message: bytes) -> None:
        self._reads.call_soon(self._child._on_frame, Frame(Kind.MESSAGE, 0, 0, 0, 0, message))

    def send_socket(self, number: int, connection: Any, *, is_tap: bool = False) -> None:
        own = connection.dup()
        self._sockets.append(own)
        take = self._child._tap_sockets.__setitem__ if is_tap else self._child._wiring.add_socket
        self._reads.call_soon(take, number, own)

    async def flushed(self) -> None:
        return

    def finish(self) -> None:
        self._reads.call_soon(self._child._parent_closed)

    def terminate(self) -> None:
        self.kill()

    def kill(self) -> None:
        self.exits(-9)

    # -- as it sees itself

    def said(self, message: bytes) -> None:
        self._writes.call_soon(self._coordinator.call_soon, self._on_message, message)

    def exits(self, code: int) -> None:
        """Nothing of it goes on; what it had written is read, then its end is noticed."""
        if self.has_died:
            return
        self.has_died = True
        for loop in self._world.loops:
            if loop.owner is self:
                if loop is self._writes and code == 0:
                    while loop.ready:  # it waits for its writer
                        loop._run_first()
                loop.vanish()
        for connection in self._sockets:
            connection.close()
        self._coordinator.call_soon(self._exited, code)

    def _exited(self, code: int) -> None:
        self.exit_code = code
        self._on_exit(code)


@dataclass(frozen=True)
class RunCase:
    """A graph, and what may happen at any moment: "drain", "abort", "force", "kill p", "time passes".

    `results`: what nodes give at their end when nothing disturbs them.
    """

    graph: Callable[[], Graph]
    outside: tuple[str, ...] = ()
    results: dict[str, list[Any]] = field(default_factory=dict)
    on_error: str = "skip"
    ends_by_itself: bool = True


class RunScenario:
    """One schedule of a `RunCase`."""

    def __init__(self, case: RunCase, choices: Choices) -> None:
        self.case = case
        self.world = World(choices, horizon=HORIZON_S)
        _world[:] = [self.world]
        self.loop = self.world.loop("coordinator")
        self.happened: list[str] = []
        Watch.on_work, Watch.hold = self._on_work, self._hold  # type: ignore[method-assign,assignment]
        coordinator: Any = SimpleNamespace(
            loop=self.loop, spares=SimpleNamespace(take=lambda: None), call=self.loop.call_soon_threadsafe
        )
        self.loop.run(self._make, coordinator)
        for what in case.outside:
            self._may(what)

    def _make(self, coordinator: Any) -> None:
        self.conductor = conductor.Conductor(make_plan(self.case.graph(), self.case.on_error), coordinator, None)
        self.states: list[tuple[str, str]] = []
        self.conductor.bus.subscribe(lambda e: self.states.append((e.entity, e.new)))
        self.conductor.loop_watch.explain_start = _explain  # type: ignore[method-assign]  # no process to be asked
        self.conductor._restarts._explain = _explain
        self.starting = self.loop.create_task(self.conductor.start(10.0))

    def _may(self, what: str) -> None:
        if what == "time passes":
            self.world.may_be_slow(lambda: self.happened.append(what))
        elif what.startswith("kill "):
            name = what.partition(" ")[2]
            self.world.may(what, lambda: self._kill(name), lambda: self._process(name) is not None)
        else:
            self.world.may(what, lambda: self._stop(what), lambda: not self.conductor.over.done())

    def _process(self, name: str) -> VirtualProcess | None:
        process: Any = self.conductor.sites.processes.get(name)
        return process if process is not None and not process.has_died else None

    def _kill(self, name: str) -> None:
        self.happened.append(f"kill {name}")
        process = self._process(name)
        assert process is not None
        process.exits(-9)

    def _stop(self, what: str) -> None:
        self.happened.append(what)
        run: Any = SimpleNamespace(_conductor=self.conductor)
        work = Run._stop(run, what == "force", 5.0 if what == "drain" else None)
        self.loop.create_task(work)

    def _on_work(self) -> None:
        ready = {entity for entity, new in self.states if entity.startswith("computer:") and new == "ready"}
        everybody = {f"computer:{site.label}" for site in self.conductor.sites.by_location.values()}
        if ready != everybody:  # not raised here: that would be the node's failure
            self.world.errors.append(AssertionError(f"a node works, and only {sorted(ready)} are ready"))

    def _hold(self) -> None:
        self.happened.append("stuck")
        next(loop for loop in self.world.loops if loop.is_current).is_held = True

    def state(self) -> Iterable[Any]:
        return ()

    # -- what must hold

    def check(self) -> None:
        run = self.conductor
        assert self.starting.done(), "the start never ends"
        self._check_tasks()
        is_asked = bool({"drain", "force"} & set(self.happened))
        may_go_on = not is_asked and ("stuck" in self.happened or not self.case.ends_by_itself)
        assert run.over.done() or may_go_on, "the run never ends"
        if not run.over.done():
            return
        assert all(p.has_died and p.exit_code is not None for p in run.sites.processes.values()), "a process is left"  # type: ignore[attr-defined]
        left = [loop.name for loop in self.world.loops if loop.readers or loop.writers]
        left = [name for name in left if not next(x for x in self.world.loops if x.name == name).is_gone]
        assert not left, f"sockets are open on {left}"
        still = [loop.name for loop in self.world.loops if loop.owner is None and not self._is_over(loop)]
        assert not still, f"loops are left: {still}"
        open_ = [c.number for c in self.world.sockets.values() if not c.is_closed]
        assert not open_, f"{len(open_)} sockets are open"
        self._check_counts()
        self._check_outcome()

    def _is_over(self, loop: VirtualLoop) -> bool:
        return loop is self.loop or loop.is_closed() or loop.is_gone

    def _check_tasks(self) -> None:
        for task in self.world.tasks:
            error = task.exception() if task.done() and not task.cancelled() else None
            if error is not None and not isinstance(error, StartError):
                raise error

    def _check_counts(self) -> None:
        for key, wire in self.conductor.ledger.snapshot().wires.items():
            counts = (wire.sent, wire.delivered, wire.dropped, wire.discarded, wire.lost, wire.queued)
            assert min(counts) >= 0, f"{key}: a count is negative: {counts}"
            assert wire.sent == sum(counts[1:]), f"{key}: {counts} do not add up"
            assert wire.queued == 0

    def _check_outcome(self) -> None:
        run = self.conductor
        nodes = {id: node.state for id, node in run.ledger.nodes.items()}
        assert all(state.is_over for state in nodes.values()), nodes
        states = set(nodes.values())
        disturbed = set(self.happened) - {"time passes"}
        if not disturbed and not run._force.is_used:
            assert run.state is RunState.FINISHED, f"{run.state}: {nodes}"
            for id, expected in self.case.results.items():
                assert run.result(id) == expected, f"{id} has {run.result(id)} instead of {expected}"
        if not {"stuck", "time passes"} & set(self.happened) and not any(w.startswith("kill") for w in self.happened):
            assert run.state is not RunState.KILLED, "force was used on what would have stopped by itself"
        if NodeState.ABANDONED in states:
            assert run.state is RunState.KILLED
        if {NodeState.DEAD, NodeState.FAILED} & states:
            assert run.state in (RunState.FAILED, RunState.KILLED), f"{run.state}: {nodes}"
        if NodeState.STOPPED in states:
            assert run.state is not RunState.FINISHED, f"{run.state}: {nodes}"
        for id, expected in self.case.results.items():
            if id in run.results:
                got = run.result(id)
                assert got == expected[: len(got)], f"{id} has {got}: not once and in order"
                if nodes[id] is NodeState.ENDED and not any(w.startswith("kill") for w in self.happened):
                    was_stopped = {"drain", "force"} & set(self.happened)  # a source may have heard of it first
                    assert got == expected or was_stopped, f"{id} ended with {got} instead of {expected}"

    def close(self) -> None:
        self.world.close()
        Watch.on_work = Watch.hold = staticmethod(lambda: None)  # type: ignore[method-assign,assignment]
        for connection in self.world.sockets.values():
            connection.close()


@contextlib.contextmanager
def virtual_system() -> Iterator[None]:
    """Replace threads, processes, sockets and time of the engine, while runs are explored."""
    replaced = {
        id(ThreadComputer): VirtualThread,
        id(ProcessComputer): VirtualProcess,
        id(socket_pair): lambda: _world[-1].pair(),
        id(time): _VirtualTime(),
    }
    with contextlib.ExitStack() as patches:
        # A process that dies leaves coroutines that never began.
        patches.enter_context(warnings.catch_warnings(action="ignore", category=RuntimeWarning))
        for name, module in list(sys.modules.items()):
            if name.startswith("engine."):
                for attribute, value in list(vars(module).items()):
                    if id(value) in replaced and getattr(value, "__module__", "") != name:
                        patches.enter_context(patch.object(module, attribute, replaced[id(value)]))
        patches.enter_context(patch.object(worker, "COUNT_INTERVAL_S", _NEVER_S))
        patches.enter_context(patch.object(conductor, "LOOK_EVERY_S", _NEVER_S))
        patches.enter_context(patch.object(child, "kill_own_group", lambda: None))
        try:
            yield
        finally:
            _world.clear()


class _VirtualTime:
    """The time of the world. Work takes none."""

    def monotonic(self) -> float:
        return _world[-1].now

    perf_counter = time = thread_time = process_time = monotonic

    def monotonic_ns(self) -> int:
        return int(_world[-1].now * 1e9)

    perf_counter_ns = time_ns = thread_time_ns = process_time_ns = monotonic_ns
