"""The life of a run, on the coordinator's loop: start barrier, reports, the three stops, outcome.

Every method here runs in the coordinator's thread. `Run` is the face for all other threads.
"""

from __future__ import annotations

import asyncio
import itertools
import pickle
import time
from typing import Any

from engine.computers.computer import LocalComputer
from engine.computers.process import describe_exit
from engine.computers.thread import ThreadComputer
from engine.errors import StartError
from engine.runtime import control
from engine.runtime.control import ReportMessage
from engine.runtime.coordinator import Coordinator
from engine.runtime.cycles import Cycle, CycleWatch
from engine.runtime.deadlock import DeadlockWatch, Growth
from engine.runtime.deaths import Death, death_of
from engine.runtime.events import EventBus, Failure
from engine.runtime.live import ParameterDesk
from engine.runtime.plan import Plan
from engine.runtime.sites import Site, Sites
from engine.runtime.states import NodeState, RunState, check_move
from engine.runtime.statistics import Ledger
from engine.runtime.tapping import TapDesk
from engine.runtime.watchdog import LOOK_EVERY_S, LoopWatch

ABORT_GRACE_S, TERMINATE_GRACE_S, KILL_GRACE_S = 1.0, 0.3, 0.4  # together within the 2 s of a stop by force
MOST_FAILURES_OF_NODE = 100  # a node whose every message fails must not fill the memory; its errors are counted on

_numbers = itertools.count(1)


class Conductor:
    """Conducts one run. Invariant: once `over` is done, no computer, socket or process of the run is left."""

    def __init__(self, plan: Plan, coordinator: Coordinator, main: LocalComputer | None) -> None:
        self.plan = plan
        self.coordinator = coordinator
        self.state = RunState.PREPARING
        self.bus = EventBus(next(_numbers))
        self.ledger = Ledger()
        self.failures: list[Failure] = []
        self._failure_counts: dict[str, int] = {}
        self.results: dict[str, bytes] = {}
        self.began = time.monotonic()
        self.ended: float | None = None
        self.over: asyncio.Future[None] = coordinator.loop.create_future()
        self.sites = Sites(plan, coordinator.loop, main, coordinator.spare)
        self._ready: asyncio.Future[None] = coordinator.loop.create_future()
        self._start_failure: Failure | None = None
        self.parameters = ParameterDesk(self.sites, coordinator.loop)
        self.taps = TapDesk(self.sites, coordinator, self.bus)
        self.loop_watch = LoopWatch(self.sites, self.ledger, self.bus, self._rest)
        self._cycle_watch = CycleWatch(plan.cycles)
        self._deadlock_watch = DeadlockWatch(list(plan.orders.values()))
        self._forced = False
        self._failed = False
        self._watching: asyncio.Task[None] | None = None
        self._killing: asyncio.Task[None] | None = None

    # -- start

    async def start(self, timeout: float) -> None:
        """Bring every computer up and release the start barrier; on failure take all down and raise `StartError`."""
        self.ledger.open(self.plan)
        self.bus.tell("run", "", RunState.PREPARING)
        try:
            self.sites.open(self._hear, self._process_exited, self._process_said)
            for site in self.sites.by_location.values():
                self.ledger.update_computer(site.label, pid=site.pid)
            await self.sites.handed_over()
            self._watching = asyncio.ensure_future(self._watch())
            async with asyncio.timeout(timeout):
                await self._ready
        except TimeoutError:
            late = [site for site in self.sites.by_location.values() if not site.is_ready]
            reason = await self.loop_watch.explain_start(late)
            await self._take_down()
            raise StartError(f"not ready within {timeout:g} s: {reason}".rstrip()) from None
        except OSError as error:
            self.sites.give_up_unbegun()
            await self._take_down()
            raise StartError(f"the computers of the run could not be started: {error}") from error
        except BaseException:
            await self._take_down()
            raise
        if self._start_failure is not None:
            failure = self._start_failure
            await self._take_down()
            where = failure.location or "main"
            what = f"node {failure.node} at {where}" if failure.node else f"computer {where}"
            raise StartError(f"{what} could not start: {failure.error}\n{failure.traceback}".rstrip())
        if self.state is RunState.PREPARING:
            self._move(RunState.RUNNING)
        self._send_all(control.Release)

    async def _take_down(self) -> None:
        """A start that failed leaves nothing behind."""
        self._forced = True
        self._failed = True
        await self.kill()

    def _check_ready(self) -> None:
        if self._ready.done():
            return
        if self._start_failure is not None or all(site.is_ready for site in self.sites.by_location.values()):
            self._ready.set_result(None)

    # -- reports

    def _hear(self, report: ReportMessage) -> None:
        """A report of a worker in this process; any thread."""
        self.coordinator.call(self.on_report, report)

    def _process_said(self, name: str, message: bytes) -> None:
        self.on_report(control.decode_report(message))

    def on_report(self, report: ReportMessage) -> None:
        """Act on what a worker says."""
        site = self.sites.by_location.get(report.location)
        if site is None or self.over.done():
            return
        match report:
            case control.Ready():
                site.is_ready = True
                self.ledger.update_computer(site.label, state="ready")
                self.bus.tell(f"computer:{site.label}", "preparing", "ready")
                self._check_ready()
            case control.NodeMoved():
                if report.result:
                    self.results[report.node] = report.result
                self._node_moved(report.node, NodeState(report.state), report.reason)
            case control.NodeFailure():
                self._node_failed(site, report)
            case control.NodeNote():
                self.bus.tell(f"node:{report.node}", "", "note", report.text)
            case control.StackGiven():
                self.loop_watch.answered(report)
            case control.Counts():
                self.ledger.take(site.label, report)
                for cycle in self._cycle_watch.take(report.nodes, report.wires):
                    self._end_cycle(cycle)
                growth = self._deadlock_watch.take(report)
                if growth is not None and self.state in (RunState.RUNNING, RunState.DRAINING):
                    self._grow(growth)
            case control.ParameterSet():
                self.parameters.answer(report.request, report.error)
            case control.Done():
                self._site_done(site)

    def _end_cycle(self, cycle: Cycle) -> None:
        for site in self.sites.by_location.values():
            nodes = [id for id in site.nodes if id in cycle.nodes]
            if nodes:
                site.send(control.EndFeedback(str(site.location), nodes))

    def _grow(self, growth: Growth) -> None:
        """The run stands still because wires are full: make room where that is the least, or say that it cannot be."""
        if growth.capacity:
            key = growth.wires[0]
            self.ledger.grow_wire(key, growth.capacity)
            self.bus.tell(f"wire:{key}", "", "grown", f"the run stood still: {key} now holds {growth.capacity}")
            for order in self.plan.orders.values():
                if any(wire.key == key for wire in order.outgoing):
                    self.sites.by_location[order.location].send(control.GrowWire(order.location, key, growth.capacity))
            return
        reason = (
            f"deadlock: the run stands still because these wires are full: {', '.join(growth.wires)}. "
            "Give one of them more capacity or another overflow policy."
        )
        self.bus.tell("run", "", "deadlock", reason)
        self.failures.append(Failure("", "", reason, "", time.time()))
        nodes = [node for order in self.plan.orders.values() for node in order.nodes]
        if any(node.on_error == "stop" for node in nodes):
            self._failed = True
            self._killing = self._killing or asyncio.ensure_future(self._kill())  # to drain would take for ever

    def _node_moved(self, id: str, state: NodeState, reason: str) -> None:
        old = self.ledger.nodes[id]
        if old.state.is_over:
            return
        message = reason or (old.message if state in (NodeState.FAILED, NodeState.ENDED) else "")
        self.ledger.update_node(id, state=state, message=message)
        self.bus.tell(f"node:{id}", old.state, state, reason)

    def _node_failed(self, site: Site, report: control.NodeFailure) -> None:
        failure = Failure(report.node, str(site.location), report.error, report.traceback, time.time())
        self._failure_counts[report.node] = self._failure_counts.get(report.node, 0) + 1
        if report.is_final or self._failure_counts[report.node] <= MOST_FAILURES_OF_NODE:
            self.failures.append(failure)
        self.ledger.update_node(report.node, message=report.error)
        self.bus.tell(f"node:{report.node}", "", "failure", f"{report.phase}: {report.error}")
        if report.phase == "start":
            self._start_failure = self._start_failure or failure
            self._node_moved(report.node, NodeState.FAILED, report.error)
            self._check_ready()
        elif report.is_final:
            self._failed = True
            self._stop_by_policy(report.node)

    def _stop_by_policy(self, id: str) -> None:
        """A node that fails by the policy "stop" ends the run: the sources stop, what is under way is finished."""
        order = next(n for o in self.plan.orders.values() for n in o.nodes if n.id == id)
        if order.on_error == "stop":
            self.drain(f"node {id} failed")

    def _rest(self, site: Site) -> None:
        """Nothing moves there now, as far as is known."""
        self.ledger.rest(site.nodes, [wire.key for wire in self.plan.orders[site.location].incoming])

    def _site_done(self, site: Site) -> None:
        site.is_done = True
        self.ledger.update_computer(site.label, state="ended", cpu=0.0, lag_ms=0.0)
        self._rest(site)
        self.bus.tell(f"computer:{site.label}", "", "ended")
        if site.process is not None and all(other.is_over for other in self.sites.of_process(site.process.name)):
            site.process.finish()
        self._check_over()

    def _process_exited(self, name: str, code: int) -> None:
        for site in self.sites.of_process(name):
            self.ledger.update_computer(site.label, exit_code=code, cpu=0.0)
            if site.is_over:
                continue
            death = death_of(site, code)
            if self._forced:
                death = Death("", f"process {name} was ended by force: {describe_exit(code)}", "")
            self._site_died(site, death)
        self._check_ready()
        self._check_over()

    def _site_died(self, site: Site, death: Death) -> None:
        reason = death.reason
        site.is_dead = True
        self.ledger.update_computer(site.label, state="dead")
        self._rest(site)
        self.bus.tell(f"computer:{site.label}", "", "dead", reason)
        order = self.plan.orders[site.location]
        for wire in [*order.outgoing, *order.incoming]:
            self.ledger.lose(wire.key)
        if not self._forced:
            self._failed = True
            failure = Failure(death.node, str(site.location), reason, death.last_words, time.time())
            self._start_failure = self._start_failure or failure
            self._fail_all(site, reason, death.last_words)
        for id in site.nodes:
            self._node_moved(id, NodeState.DEAD, reason)
        if any(node.on_error == "stop" for node in order.nodes):
            self.drain(reason)

    # -- stops

    def drain(self, reason: str = "asked to stop") -> None:
        """End the sources; what is under way is finished."""
        if self.state is RunState.RUNNING:
            self._move(RunState.DRAINING, reason)
            self._send_all(control.Drain)

    def abort(self) -> None:
        """Stop after the current `process` calls."""
        if self.state in (RunState.PREPARING, RunState.RUNNING, RunState.DRAINING):
            self._move(RunState.ABORTING, "asked to stop at once")
            self._send_all(control.Abort)

    async def kill(self) -> None:
        """Abort, then end by force what has not ended. Bounded by 2 s. Idempotent."""
        if self.over.done():
            return
        if self._killing is None:
            self._killing = asyncio.ensure_future(self._kill())
        await asyncio.shield(self._killing)

    async def _kill(self) -> None:
        self.abort()
        self._check_over()
        if await self._over_within(ABORT_GRACE_S):
            return
        self._forced = True
        for name, process in self.sites.processes.items():
            if not all(site.is_over for site in self.sites.of_process(name)):
                process.terminate()
        for site in self._stuck_here():
            if site.computer is not None:
                site.computer.interrupt()
        if await self._over_within(TERMINATE_GRACE_S):
            return
        for process in self.sites.processes.values():
            process.kill()
        self._bury_interrupted()
        for site in self._stuck_here():
            self._abandon(site)
        self._check_over()
        if not await self._over_within(KILL_GRACE_S):
            self._finish()  # a process that even SIGKILL does not end (uninterruptible): said, not waited for

    async def _over_within(self, seconds: float) -> bool:
        await asyncio.wait([self.over], timeout=seconds)
        return self.over.done()

    def _bury_interrupted(self) -> None:
        """Threads that the interruption ended outside of a node: their workers can say nothing any more."""
        for site in self._stuck_here():
            if isinstance(site.computer, ThreadComputer) and site.computer.join(0):
                site.is_dead = True
                for id in site.nodes:
                    self._node_moved(id, NodeState.DEAD, "ended by force")

    def _stuck_here(self) -> list[Site]:
        return [site for site in self.sites.by_location.values() if site.worker is not None and not site.is_over]

    def _abandon(self, site: Site) -> None:
        """A thread of this process that does not come back: say so, cut it off, go on without it."""
        site.is_dead = True
        if isinstance(site.computer, ThreadComputer):
            site.computer.abandon()
        stack = site.stack()
        reason = (
            f"stuck, abandoned: Python cannot kill a thread; {site.label} goes on until its code returns. "
            "Run such nodes in a process, which can be ended."
        )
        self.ledger.update_computer(site.label, state="abandoned")
        self.bus.tell(f"computer:{site.label}", "", "abandoned", stack)
        self._fail_all(site, reason, stack)
        for id in site.nodes:
            self._node_moved(id, NodeState.ABANDONED, reason)

    def _fail_all(self, site: Site, reason: str, stack: str) -> None:
        """A computer that dies is a failure of each of its nodes that had not ended."""
        now = time.time()
        hit = [id for id in site.nodes if not self.ledger.nodes[id].state.is_over] or [""]
        self.failures.extend(Failure(id, str(site.location), reason, stack, now) for id in hit)

    def _send_all(self, command: type[control.Command]) -> None:
        for site in self.sites.by_location.values():
            site.send(command(str(site.location)))  # type: ignore[arg-type]

    # -- the end

    def _check_over(self) -> None:
        if not self.over.done() and self.sites.all_over:
            self._finish()

    def _finish(self) -> None:
        if self.over.done():
            return
        if self._watching is not None:
            self._watching.cancel()
        self.taps.end_all()
        self.parameters.end_all()
        self.sites.close()
        for site in self.sites.by_location.values():
            if isinstance(site.computer, ThreadComputer) and not site.is_dead:
                site.computer.join(0.5)
        for id, node in list(self.ledger.nodes.items()):
            if node.state in (NodeState.PREPARING, NodeState.READY):
                self._node_moved(id, NodeState.STOPPED, "the run ended before it began")
        self.ledger.settle()
        self.ended = time.monotonic()
        if not self._ready.done():
            self._ready.cancel()
        self._move(self._outcome())
        self.over.set_result(None)

    def _outcome(self) -> RunState:
        """The worst of the nodes: killed or abandoned > failed > stopped > finished."""
        states = {node.state for node in self.ledger.nodes.values()}
        if NodeState.ABANDONED in states or (NodeState.DEAD in states and self._forced):
            return RunState.KILLED
        if self._failed or NodeState.DEAD in states or NodeState.FAILED in states:
            return RunState.FAILED
        if self.state in (RunState.DRAINING, RunState.ABORTING) or NodeState.STOPPED in states:
            return RunState.STOPPED
        return RunState.FINISHED

    def _move(self, state: RunState, reason: str = "") -> None:
        check_move(self.state, state)
        old, self.state = self.state, state
        self.bus.tell("run", old, state, reason)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.loop_watch.look()

    def result(self, id: str) -> Any:
        """What a node's `result()` gave at its end."""
        return pickle.loads(self.results[id])
