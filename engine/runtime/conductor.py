"""The life of a run, on the coordinator's loop: start barrier, reports, the three stops, outcome.

Every method here runs in the coordinator's thread. `Run` is the face for all other threads.
"""

from __future__ import annotations

import asyncio
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
from engine.runtime.deaths import Death, death_of
from engine.runtime.events import Failure
from engine.runtime.forcing import Force
from engine.runtime.live import ParameterDesk
from engine.runtime.live_edit import LiveEdits
from engine.runtime.plan import Plan
from engine.runtime.record import Record
from engine.runtime.restarts import Restarts
from engine.runtime.sites import Site, Sites
from engine.runtime.standstill import Standstill
from engine.runtime.states import NodeState, RunState, check_move
from engine.runtime.tapping import TapDesk
from engine.runtime.watchdog import LOOK_EVERY_S, LoopWatch


class Conductor:
    """Conducts one run. Invariant: once `over` is done, no computer, socket or process of the run is left."""

    def __init__(self, plan: Plan, coordinator: Coordinator, main: LocalComputer | None) -> None:
        self.plan = plan
        self.coordinator = coordinator
        self.state = RunState.PREPARING
        self.record = Record(plan)
        self.bus, self.ledger = self.record.bus, self.record.ledger
        self.failures, self.results = self.record.failures, self.record.results
        self.began = time.monotonic()
        self.ended: float | None = None
        self.over: asyncio.Future[None] = coordinator.loop.create_future()
        self.sites = Sites(plan, coordinator.loop, main, coordinator.spares)
        self._ready: asyncio.Future[None] = coordinator.loop.create_future()
        self._start_failure: Failure | None = None
        self.parameters = ParameterDesk(self.sites, coordinator.loop)
        self.taps = TapDesk(self.sites, coordinator, self.bus)
        self.loop_watch = LoopWatch(self.sites, self.ledger, self.bus, self.record.rest)
        self._standstill = Standstill(plan, self.sites, self.record, self._deadlocked)
        self._restarts = Restarts(
            plan,
            self.sites,
            self.record,
            self.taps,
            self.parameters,
            self._standstill,
            coordinator.loop,
            self.loop_watch.explain_start,
        )
        self.edits = LiveEdits(plan, self.sites, self.record, lambda: self.state is RunState.RUNNING, self._replan)
        self._force = Force(self.sites, self.record, self.over, self._check_over)
        self._watching: asyncio.Task[None] | None = None
        self._killing: asyncio.Task[None] | None = None

    # -- start

    async def start(self, timeout: float) -> None:
        """Bring every computer up and release the start barrier; on failure take all down and raise `StartError`."""
        self.ledger.open(self.plan)
        self._restarts.start_timeout_s = timeout
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
        self._force.is_used = True
        self.record.has_failed = True
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
        if self.edits.hear(site, report) or (site.is_away and self._restarts.hear(site, report)):
            return
        match report:
            case control.Ready():
                site.is_ready = True
                self.record.move_computer(site, "preparing", "ready")
                self._check_ready()
            case control.NodeMoved():
                if report.result:
                    self.results[report.node] = report.result
                self.record.move_node(report.node, NodeState(report.state), report.reason)
            case control.NodeFailure():
                self._node_failed(site, report)
            case control.NodeNote():
                self.bus.tell(f"node:{report.node}", "", "note", report.text)
            case control.StackGiven():
                self.loop_watch.answered(report)
            case control.Counts():
                counts = self.ledger.take(site.label, report)
                self._standstill.take(counts, may_grow=self.state in (RunState.RUNNING, RunState.DRAINING))
            case control.ParameterSet():
                self.parameters.answer(report.request, report.error)
            case control.Parted():
                self._restarts.parted(report)
            case control.Rewired():
                self._restarts.rewired(report)
            case control.Done():
                self._site_done(site)

    def _replan(self) -> None:
        """The graph was edited."""
        self.parameters.replan()
        self._restarts.replan()
        self._standstill.replan()

    def _deadlocked(self) -> None:
        nodes = [node for order in self.plan.orders.values() for node in order.nodes]
        if any(node.on_error == "stop" for node in nodes):
            self.record.has_failed = True
            self._killing = self._killing or asyncio.ensure_future(self._kill())  # to drain would take for ever

    def _node_failed(self, site: Site, report: control.NodeFailure) -> None:
        failure = self.record.take_failure(site, report)
        if report.phase == "start":
            self._start_failure = self._start_failure or failure
            self.record.move_node(report.node, NodeState.FAILED, report.error)
            self._check_ready()
        elif report.is_final:
            self.record.has_failed = True
            self._stop_by_policy(report.node)

    def _stop_by_policy(self, id: str) -> None:
        """A node that fails by the policy "stop" ends the run: the sources stop, what is under way is finished."""
        if any(n.on_error == "stop" for o in self.plan.orders.values() for n in o.nodes if n.id == id):
            self.drain(f"node {id} failed")

    def _site_done(self, site: Site) -> None:
        site.is_done = True
        self._fail_unended(site)
        self.record.move_computer(site, "", "ended", cpu=0.0, lag_ms=0.0)
        self.record.rest(site)
        self._restarts.site_ended(site)
        if site.process is not None and all(other.is_over for other in self.sites.of_process(site.process.name)):
            site.process.finish()
        self.edits.forget(site)
        self._check_over()

    def _fail_unended(self, site: Site) -> None:
        """A node that went on for all we know when its worker ended: whatever kept its end from us is a failure."""
        states = (NodeState.RUNNING, NodeState.RESTARTING)
        for id in site.nodes if not self._force.is_used else ():
            if self.ledger.nodes[id].state in states:
                report = control.NodeFailure(site.location_text, id, "its end was not told", "", True, "end")
                self._node_failed(site, report)
                self.record.move_node(id, NodeState.FAILED, report.error)

    def _process_exited(self, name: str, code: int) -> None:
        deaths = []
        for site in self.sites.of_process(name):
            self.ledger.update_computer(site.label, exit_code=code, cpu=0.0)
            if not site.is_over and not self.edits.lost(site, death := self._death_of(site, code)):
                deaths.append((site, death))
        policy = self.plan.death_policies.get(name, "leave")
        if policy == "restart" and self.state is RunState.RUNNING and not self._force.is_used:
            returning = [(site, death) for site, death in deaths if self.record.unfinished(site)]
            deaths = [(site, death) for site, death in deaths if not self.record.unfinished(site)]
            if returning:
                self._restarts.died(name, returning)
        for site, death in deaths:
            self._site_died(site, death)
        if deaths and policy == "stop":
            self.drain(deaths[0][1].reason)
        self._check_ready()
        self.coordinator.loop.call_soon(self._check_over)  # then the process has given back its memory, too

    def _death_of(self, site: Site, code: int) -> Death:
        if self._force.is_used:
            return Death("", f"process {site.location.process} was ended by force: {describe_exit(code)}", "")
        return death_of(site, code)

    def _site_died(self, site: Site, death: Death) -> None:
        reason = death.reason
        site.is_dead = True
        self.record.rest(site)
        self.record.move_computer(site, "", "dead", reason)
        order = self.plan.order_at(site.location)
        for wire in [*order.outgoing, *order.incoming]:
            self.ledger.lose(wire.key)
        if not self._force.is_used:
            self.record.has_failed = True
            failure = Failure(death.node, site.location_text, reason, death.last_words, time.time())
            self._start_failure = self._start_failure or failure
            self.record.fail_site(site, reason, death.last_words)
        for id in site.nodes:
            self.record.move_node(id, NodeState.DEAD, reason)
        self._restarts.died_for_good(site)

    # -- stops

    def drain(self, reason: str = "asked to stop") -> None:
        """End the sources; what is under way is finished."""
        if self.state is RunState.RUNNING:
            self._move(RunState.DRAINING, reason)
            self._send_all(control.Drain)
            self._restarts.give_up(reason)
            self._check_over()

    def abort(self) -> None:
        """Stop after the current `process` calls."""
        if self.state in (RunState.PREPARING, RunState.RUNNING, RunState.DRAINING):
            self._move(RunState.ABORTING, "asked to stop at once")
            self._send_all(control.Abort)
            self._restarts.give_up("the run was stopped at once")

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
        if not await self._force.end():
            self._finish()  # a process that even SIGKILL does not end (uninterruptible): said, not waited for

    def _send_all(self, command: type[control.Command]) -> None:
        for site in self.sites.by_location.values():
            site.send(command(site.location_text))  # type: ignore[arg-type]

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
                self.record.move_node(id, NodeState.STOPPED, "the run ended before it began")
        self.ledger.settle()
        self.ended = time.monotonic()
        if not self._ready.done():
            self._ready.cancel()
        self._move(self._outcome())
        self.over.set_result(None)

    def _outcome(self) -> RunState:
        """The worst of the nodes: killed or abandoned > failed > stopped > finished."""
        states = {node.state for node in self.ledger.nodes.values()}
        if NodeState.ABANDONED in states or (NodeState.DEAD in states and self._force.is_used):
            return RunState.KILLED
        if self.record.has_failed or NodeState.DEAD in states or NodeState.FAILED in states:
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
