"""`Run`: one execution of a graph, as scripts and the editor see it. Every method may be called from any thread."""

from __future__ import annotations

import asyncio
import concurrent.futures
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

from engine.computers.computer import LocalComputer
from engine.computers.main import LoopComputer
from engine.errors import RunError
from engine.graph.graph import Graph
from engine.graph.wire import MAX_CAPACITY
from engine.overflow import Overflow
from engine.runtime.conductor import Conductor
from engine.runtime.coordinator import coordinator
from engine.runtime.difference import Difference
from engine.runtime.events import Event, Failure
from engine.runtime.plan import Plan, make_plan
from engine.runtime.states import RunState
from engine.runtime.statistics import RunStatistics
from engine.runtime.tap import Tap

T = TypeVar("T")
EXIT_DRAIN_S = 5.0  # how long leaving a `with` block lets a run drain before it is ended by force
_TAP_POLICIES = (Overflow.LATEST, Overflow.DROP_OLDEST, Overflow.DROP_NEWEST)
_tap_numbers = itertools.count(1)


@dataclass(frozen=True)
class Waiting:
    """A node that keeps a stop from ending: where it is and what it does."""

    node: str
    location: str
    reason: str
    stack: str = ""


class Run:
    """One execution of a graph. Made by `graph.start()` and `await graph.astart()`."""

    def __init__(self, plan: Plan, main: LocalComputer | None, on_error: str) -> None:
        self._coordinator = coordinator()
        self._on_error = on_error
        self._plan = plan
        self._main_loop_thread = threading.get_ident() if main is not None else None
        made: concurrent.futures.Future[Conductor] = self._coordinator.submit(self._make_conductor(plan, main))
        self._conductor = made.result()
        self._over = threading.Event()
        self._conductor.bus.subscribe(self._on_event)
        self._at_exit = self._end_at_exit
        self._coordinator.at_exit.add(self._at_exit)

    async def _make_conductor(self, plan: Plan, main: LocalComputer | None) -> Conductor:
        return Conductor(plan, self._coordinator, main)

    # -- start

    @classmethod
    def start(cls, graph: Graph, timeout: float, on_error: str) -> Run:
        """See `Graph.start`."""
        run, started = cls.begin(graph, timeout, on_error)
        started.result()
        return run

    @classmethod
    def begin(cls, graph: Graph, timeout: float, on_error: str) -> tuple[Run, concurrent.futures.Future[None]]:
        """Begin a run and return at once, for callers that look at it, or stop it, while it prepares.

        Returns:
            The run, and a future that is done when every node runs; it has the `StartError` when that fails, and is
            cancelled when the run was stopped before.

        Raises:
            GraphError: the graph has problems (`.problems`).
        """
        run = cls(make_plan(graph, on_error), None, on_error)
        return run, run._coordinator.submit(run._conductor.start(timeout))

    @classmethod
    async def astart(
        cls, graph: Graph, timeout: float, on_error: str, on_event: Callable[[Event], object] | None = None
    ) -> Run:
        """See `Graph.astart`."""
        run = cls(make_plan(graph, on_error), LoopComputer(asyncio.get_running_loop()), on_error)
        if on_event is not None:
            run.subscribe(on_event)
        starting = run._coordinator.submit(run._conductor.start(timeout))
        try:
            await asyncio.shield(asyncio.wrap_future(starting))
        except asyncio.CancelledError:
            await run.astop(force=True)
            raise
        return run

    # -- looking

    @property
    def state(self) -> RunState:
        """Where the run is in its life."""
        return self._conductor.state

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start, to the end when it is over."""
        return (self._conductor.ended or time.monotonic()) - self._conductor.began

    @property
    def failures(self) -> list[Failure]:
        """What went wrong so far, in order."""
        return list(self._conductor.failures)

    def statistics(self) -> RunStatistics:
        """A snapshot of what every node, wire and computer has counted. Never waits."""
        return self._conductor.ledger.snapshot()

    def waiting_for(self) -> list[Waiting]:
        """The nodes that have not ended, what each does, and for those that hold their loop, where."""
        found = []
        for site in list(self._conductor.sites.by_location.values()):
            if site.is_over:
                continue
            known = site.worker.waits_for() if site.worker is not None else {}
            for id in site.nodes:
                node = self._conductor.ledger.nodes.get(id)
                if node is None or node.state.is_over:
                    continue
                told = known.get(id) or self._conductor.ledger.waits_for(id) or f"is {node.state}"
                reason = node.message if node.late else told
                stack = self._conductor.loop_watch.stacks.get(id, "") if node.late else ""
                found.append(Waiting(id, site.location_text, reason, stack))
        found.sort(key=lambda waiting: not waiting.stack)
        return found

    def result(self, id: str) -> Any:
        """What a node's `result()` gave when it ended, for example what a `Collector` has collected.

        Raises:
            RunError: the node has no result (yet).
        """
        if id not in self._conductor.results:
            raise RunError(f"node {id!r} has no result: it has not ended, or its type has no result()")
        return self._conductor.result(id)

    def subscribe(self, callback: Callable[[Event], object]) -> Callable[[], None]:
        """Call back, from another thread, with every event of the run; returns what ends that."""
        return self._conductor.bus.subscribe(callback)

    # -- waiting and stopping

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the run is over; False when that takes longer than `timeout` seconds."""
        self._refuse_on_own_loop("wait", "await_end")
        return self._over.wait(timeout)

    async def await_end(self) -> None:
        """Wait until the run is over."""
        await self._on_coordinator(self._until_over())

    def stop(self, force: bool = False, timeout: float | None = None) -> None:
        """Stop the run and wait until all is down. Idempotent, any thread.

        Args:
            force: end by force what does not stop at once (within 2 s); else sources stop and all that is under
                way is processed, however long that takes.
            timeout: seconds after which a graceful stop becomes one by force; None never.
        """
        self._refuse_on_own_loop("stop", "astop")
        if self._over.is_set():
            return
        if self._coordinator.is_current_thread:
            raise RunError("stop cannot be called from a subscriber of the run: call it in another thread")
        self._coordinator.submit(self._stop(force, timeout)).result()
        self._over.wait()

    async def astop(self, force: bool = False) -> None:
        """Stop the run without blocking the caller's loop; see `stop`."""
        if not self._over.is_set():
            await self._on_coordinator(self._stop(force, None))

    async def _stop(self, force: bool, timeout: float | None) -> None:
        conductor = self._conductor
        if not force:
            conductor.drain()
            if conductor.state is RunState.PREPARING:
                force = True
            else:
                await asyncio.wait([conductor.over], timeout=timeout)
        if force or not conductor.over.done():
            await conductor.kill()

    async def _until_over(self) -> None:
        await asyncio.shield(self._conductor.over)

    # -- live

    def set(self, parameter: str, value: Any, timeout: float = 5.0) -> None:
        """Change a parameter, written `node.parameter`, where the node runs; returns when it is in effect.

        Raises:
            RunError: there is no such parameter, it cannot change while running, the value is refused, or the node
                did not answer within `timeout` seconds.
        """
        self._refuse_on_own_loop("set", "aset")
        node, name = self._parameter(parameter)
        self._coordinator.submit(self._conductor.parameters.set(node, name, value, timeout)).result()

    async def aset(self, parameter: str, value: Any, timeout: float = 5.0) -> None:
        """Change a parameter without blocking the caller's loop; see `set`."""
        node, name = self._parameter(parameter)
        await self._on_coordinator(self._conductor.parameters.set(node, name, value, timeout))

    def edit(self, graph: Graph, timeout: float = 10.0) -> Difference:
        """Make the run execute another graph: nodes and wires come and go, and everything else goes on.

        A node whose type, location or fixed parameter is another is made anew; one that goes on keeps its state,
        whatever its wires. What is under way on a wire that is removed is discarded. Taps of removed nodes end.

        Args:
            graph: what is to run from now on, usually the graph of the run after some edits.
            timeout: seconds within which what is new must be ready.

        Returns:
            What was done.

        Raises:
            GraphError: the graph has problems; the run goes on as it was.
            EditRefused: it cannot be done while the graph runs; the run goes on as it was.
            RunError: the run is not running.
        """
        self._refuse_on_own_loop("edit", "aedit")
        return self._coordinator.submit(self._edit(self._plan_of(graph), timeout)).result()

    async def aedit(self, graph: Graph, timeout: float = 10.0) -> Difference:
        """Edit the run without blocking the caller's loop; see `edit`."""
        done: Difference = await self._on_coordinator(self._edit(self._plan_of(graph), timeout))
        return done

    def look_at_edit(self, graph: Graph) -> Difference:
        """What `edit` would do, and in `refusals` why it cannot; raises `GraphError` when the graph has problems."""
        return self._conductor.edits.look(self._plan_of(graph))

    def _plan_of(self, graph: Graph) -> Plan:
        return make_plan(graph, self._on_error) if graph.nodes else Plan()

    async def _edit(self, plan: Plan, timeout: float) -> Difference:
        done = await self._conductor.edits.apply(plan, timeout)
        for node, name, value in done.values:
            await self._conductor.parameters.set(node, name, value, timeout)
        return done

    def _parameter(self, text: str) -> tuple[str, str]:
        node, _, name = text.partition(".")
        live = self._plan.live.get(node)
        if live is None:
            raise RunError(f"there is no node {node!r} in this run")
        if name not in live:
            raise RunError(f"node {node} has no parameter {name!r}; it has: {', '.join(live) or 'none'}")
        if not live[name]:
            raise RunError(f"{text} cannot change while the graph runs: set it before the start")
        return node, name

    def tap(self, port: str, policy: str | Overflow = "latest", capacity: int = 16) -> Tap:
        """Read along what an output port, written `node.port`, emits. Never slows the graph; returns at once.

        Args:
            port: the output port.
            policy: "latest" keeps the newest message only, "drop_oldest" up to `capacity`.
            capacity: how many messages may wait to be read.

        Raises:
            RunError: there is no such port, no such policy, the policy would slow the graph, or the capacity is none.
        """
        node, _, name = port.partition(".")
        if name not in self._plan.ports.get(node, ()):
            raise RunError(f"there is no output {port!r} in this run")
        if policy not in _TAP_POLICIES:
            raise RunError(
                f"{policy!r} is no policy for a tap, which never slows the graph: use {', '.join(_TAP_POLICIES)}"
            )
        if type(capacity) is not int or not 1 <= capacity <= MAX_CAPACITY:
            raise RunError(f"a tap's capacity is a whole number from 1 to {MAX_CAPACITY}, not {capacity!r}")
        overflow = Overflow(policy)
        number = next(_tap_numbers)
        tap = Tap(port, overflow, capacity, lambda: self._coordinator.call(self._conductor.taps.detach, number))
        self._coordinator.call(self._conductor.taps.attach, number, tap)
        return tap

    # -- leaving

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(force=kind is not None, timeout=EXIT_DRAIN_S)

    async def __aenter__(self) -> Run:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._on_coordinator(self._stop(kind is not None, EXIT_DRAIN_S))

    def __repr__(self) -> str:
        return f"<Run {self.state}, {len(self._plan.locations)} nodes, {self.elapsed_s:.1f} s>"

    def _on_event(self, event: Event) -> None:
        if event.entity == "run" and self._conductor.state.is_over:
            self._coordinator.at_exit.discard(self._at_exit)
            self._over.set()

    def _end_at_exit(self) -> None:
        self.stop(force=True)

    async def _on_coordinator(self, work: Any) -> Any:
        return await asyncio.wrap_future(self._coordinator.submit(work))

    def _refuse_on_own_loop(self, name: str, instead: str) -> None:
        """A blocking call in the thread whose loop runs nodes of this run would wait for itself."""
        if threading.get_ident() == self._main_loop_thread and not self._over.is_set():
            try:
                asyncio.get_running_loop()
            except RuntimeError:
                return
            raise RunError(f"run.{name}() would block the loop on which the graph runs: use `await run.{instead}()`")
