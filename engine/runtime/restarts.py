"""Starting processes again that have died, each time after a longer pause, and joining them to the graph that went on.

A death is told to the workers at the other ends of the process's wires (`peers.py`). After the pause a new process
builds the nodes that had not ended. Only when they are ready do the peers get their ends of the new wires; then its
nodes run.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto

from msgspec import structs

from engine.bridges.choose import BridgeKind
from engine.runtime import control
from engine.runtime.deaths import Death
from engine.runtime.live import ParameterDesk
from engine.runtime.orders import Order, WireOrder
from engine.runtime.peers import Peers
from engine.runtime.plan import Plan
from engine.runtime.record import Record
from engine.runtime.sites import Site, Sites
from engine.runtime.standstill import Standstill
from engine.runtime.states import NodeState
from engine.runtime.tapping import TapDesk

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
LIVED_S = 10.0  # a process that ran for so long begins its pauses anew
MOST_DEATHS = 10  # in a row, none of them after a long life: then it is given up
MOST_DEATHS_UNFED = 2  # the same when all of its inputs have ended: nothing new can come of a fresh start
PEERS_PATIENCE_S = 1.0  # how long a worker that holds its loop may keep a new process waiting for what it has seen


class _Phase(Enum):
    RUNS = auto()
    PAUSES = auto()
    ASKS = auto()  # the pause is over, but not every peer has said what it has seen
    STARTS = auto()


@dataclass
class _Comeback:
    """The way back of one process.

    Attributes:
        deaths: in a row, without having run for long.
        unfed_deaths: of these, since all inputs of the process have ended.
        reason: of the last death.
        cause: why a process that was starting is ended by us; empty when it was not.
        stack: where it was then.
        unheard: locations that have not said what they have counted and seen.
    """

    name: str
    phase: _Phase = _Phase.RUNS
    deaths: int = 0
    unfed_deaths: int = 0
    restarts: int = 0
    runs_since: float = field(default_factory=time.monotonic)
    reason: str = ""
    cause: str = ""
    stack: str = ""
    timer: asyncio.TimerHandle | None = None
    unheard: set[str] = field(default_factory=set)

    def wait(self, timer: asyncio.TimerHandle | None) -> None:
        """Wait for this timer, and for no other."""
        if self.timer is not None:
            self.timer.cancel()
        self.timer = timer


class Restarts:
    """Brings back the processes of a run whose policy is to restart.

    Invariant: a site is away exactly as long as its process is in a phase other than RUNS; `give_up` ends every such
    phase, and leaves no timer, socket or process of it.

    Attributes:
        start_timeout_s: how long a process may take until its nodes are ready.
    """

    def __init__(
        self,
        plan: Plan,
        sites: Sites,
        record: Record,
        taps: TapDesk,
        parameters: ParameterDesk,
        standstill: Standstill,
        loop: asyncio.AbstractEventLoop,
        explain: Callable[[Iterable[Site]], Awaitable[str]],
    ) -> None:
        self.start_timeout_s = 10.0
        self._plan = plan
        self._sites = sites
        self._record = record
        self._taps = taps
        self._parameters = parameters
        self._standstill = standstill
        self._loop = loop
        self._explain = explain
        self._explaining: asyncio.Future[None] | None = None
        self._peers = Peers(plan, sites, record)
        self._comebacks = {name: _Comeback(name) for name, policy in plan.death_policies.items() if policy == "restart"}

    def replan(self) -> None:
        """The plan has changed."""
        self._peers.replan()
        for name, policy in self._plan.death_policies.items():
            if policy == "restart" and name not in self._comebacks:
                self._comebacks[name] = _Comeback(name)

    # -- deaths

    def died(self, name: str, deaths: list[tuple[Site, Death]]) -> None:
        """A process has died that is to be started again. Only while the run is running.

        Args:
            name: of the process, whose policy is to restart.
            deaths: its sites that have unfinished nodes, and how they died.
        """
        back = self._comebacks[name]
        has_run = back.phase is _Phase.RUNS
        if has_run and time.monotonic() - back.runs_since >= LIVED_S:
            back.deaths = 0
        pause = min(FIRST_PAUSE_S * 2**back.deaths, LONGEST_PAUSE_S)
        back.deaths += 1
        back.unfed_deaths += not self._is_fed(name)
        cause, stack = back.cause, back.stack
        back.cause = back.stack = ""
        is_hopeless = back.deaths >= MOST_DEATHS or back.unfed_deaths >= MOST_DEATHS_UNFED
        for site, death in deaths if is_hopeless else ():
            back.reason = cause or death.reason
            self._record.fail_site(site, back.reason, stack or death.last_words)
        if is_hopeless:
            self._give_up(back, [site for site, _ in deaths], f"it died {back.deaths} times in a row")
            return
        for site, death in deaths:
            back.reason = cause or death.reason
            self._record.fail_site(site, back.reason, stack or death.last_words, is_final=False)
            self._send_away(site, f"{back.reason}; starts again in {pause:g} s (restart {back.restarts + 1})")
            if has_run:
                self._parameters.went_away(site)
        self._peers.drop(name)
        if has_run:
            back.unheard = self._peers.part(name)
        for site, _ in deaths:
            self._heard(site.location_text)  # who waits for what it has seen waits in vain
        back.phase = _Phase.PAUSES
        back.wait(self._loop.call_later(pause, self._paused, back))

    def _is_fed(self, name: str) -> bool:
        """Can anything new come of a process: has it a source, or an input from outside that has not ended?"""
        states = self._record.ledger.nodes
        for site in self._sites.of_process(name):
            incoming = self._plan.order_at(site.location).incoming
            for id in self._record.unfinished(site):
                wires = [wire for wire in incoming if wire.to_node == id]
                outside = [w.from_node for w in wires if self._plan.locations[w.from_node].process != name]
                if not wires or any(not states[other].state.is_over for other in outside):
                    return True
        return False

    def _send_away(self, site: Site, message: str) -> None:
        record = self._record
        site.is_away, site.is_ready, site.late = True, False, False
        record.rest(site)
        record.move_computer(site, "", "restarting", message, cpu=0.0, lag_ms=0.0)
        nodes = record.unfinished(site)
        for id in nodes:
            record.ledger.update_node(id, late=False)
            record.move_node(id, NodeState.RESTARTING, message)
        record.ledger.begin_anew(site.label, nodes)
        self._standstill.begin_anew(site)

    def died_for_good(self, site: Site) -> None:
        """A site is dead and does not come back: its peers wait no longer, its taps end."""
        self._peers.part_for_good(site)
        self._taps.is_gone(site)
        self._parameters.is_gone(site)
        self._standstill.leave(site)
        self._heard(site.location_text)

    def parted(self, report: control.Parted) -> None:
        """A worker says what its ends of wires had counted when a process at their other ends had died."""
        self._peers.parted(report)
        self._heard(report.location)

    def rewired(self, report: control.Rewired) -> None:
        """A worker has joined its end of a wire to the new process."""
        self._peers.rewired(report)

    def site_ended(self, site: Site) -> None:
        """A worker has ended, perhaps with a socket that came too late for it."""
        self._peers.site_over(site)
        self._standstill.leave(site)
        self._heard(site.location_text)

    def _heard(self, location: str) -> None:
        for back in self._comebacks.values():
            back.unheard.discard(location)
            if back.phase is _Phase.ASKS and not back.unheard:
                self._start(back)

    # -- the way back

    def _paused(self, back: _Comeback) -> None:
        if not back.unheard:
            self._start(back)
            return
        back.phase = _Phase.ASKS
        back.wait(self._loop.call_later(PEERS_PATIENCE_S, self._start, back))

    def _start(self, back: _Comeback) -> None:
        back.phase = _Phase.STARTS
        back.restarts += 1
        sites = [site for site in self._sites.of_process(back.name) if site.is_away]
        sockets: dict[int, socket.socket] = {}
        try:
            orders = {site.location_text: self._order(site, back, sockets) for site in sites}
            self._sites.start_again(back.name, orders, sockets)
        except OSError as error:
            for connection in sockets.values():
                connection.close()
            reason = f"process {back.name} could not be started again: {error}"
            self.died(back.name, [(site, Death("", reason, "")) for site in sites])
            return
        for site in sites:
            self._parameters.was_ordered(site)
            self._record.move_computer(site, "restarting", "preparing", "", pid=site.pid, restarts=back.restarts)
            for id in site.built:
                self._record.move_node(id, NodeState.PREPARING, f"starts again (restart {back.restarts})")
        back.wait(self._loop.call_later(self.start_timeout_s, self._is_late, back))

    def _order(self, site: Site, back: _Comeback, sockets: dict[int, socket.socket]) -> Order:
        """What is still to be run at a site: its nodes that had not ended, and their wires."""
        order = self._plan.order_at(site.location)
        nodes = [
            structs.replace(node, first_tick=self._peers.first_tick(back.name, node.id, back.unheard))
            for node in order.nodes
            if not self._record.ledger.nodes[node.id].state.is_over
        ]
        built = {node.id for node in nodes}
        return structs.replace(
            order,
            nodes=nodes,
            outgoing=[self._wire(w, w.to_node, back, sockets) for w in order.outgoing if w.from_node in built],
            incoming=[self._wire(w, w.from_node, back, sockets) for w in order.incoming if w.to_node in built],
        )

    def _wire(self, wire: WireOrder, other: str, back: _Comeback, sockets: dict[int, socket.socket]) -> WireOrder:
        """A wire as it is opened anew; one to another process gets a socket, whose other end is kept until later."""
        if wire.kind is not BridgeKind.STREAM:
            return structs.replace(wire, peer_is_over=self._record.ledger.nodes[other].state.is_over)
        number = self._sites.socket_number()
        sockets[number] = self._peers.open(back.name, wire.key)
        return structs.replace(wire, descriptor=number, generation=back.restarts)

    def _is_late(self, back: _Comeback) -> None:
        self._explaining = asyncio.ensure_future(self._explain_late(back, back.restarts))

    async def _explain_late(self, back: _Comeback, restart: int) -> None:
        late = [site for site in self._sites.of_process(back.name) if site.is_away and not site.is_ready]
        reason, _, stack = (await self._explain(late)).partition("\n")
        if back.phase is _Phase.STARTS and back.restarts == restart:
            back.stack = stack
            self._end_start(back, f"process {back.name} was not ready within {self.start_timeout_s:g} s: {reason}")

    def _end_start(self, back: _Comeback, cause: str) -> None:
        """A process that cannot get ready is ended; that is its next death."""
        back.cause = back.cause or cause
        self._sites.processes[back.name].kill()

    def hear(self, site: Site, report: control.ReportMessage) -> bool:
        """Take a report of a site that is away; False when it is one like any other."""
        back = self._comebacks[site.location.process]
        match report:
            case control.Ready():
                site.is_ready = not back.cause
                if all(other.is_ready for other in self._sites.of_process(back.name) if other.is_away):
                    self._join(back)
            case control.NodeFailure():
                report.is_final = False
                self._record.take_failure(site, report)
                if report.phase == "start":
                    self._end_start(back, f"node {report.node} could not start: {report.error}")
            case control.NodeMoved():
                return NodeState(report.state).is_over  # it is taken down: the death says the rest
            case control.Done():
                pass
            case _:
                return False
        return True

    def _join(self, back: _Comeback) -> None:
        """All nodes are ready: give the peers their ends of the new wires, and let it run."""
        back.wait(None)
        back.phase = _Phase.RUNS
        back.runs_since = time.monotonic()
        sites = [site for site in self._sites.of_process(back.name) if site.is_away]
        for site in sites:
            site.is_away = False
            self._record.move_computer(site, "preparing", "ready", "", exit_code=None)
        self._peers.join(back.name)
        for site in sites:
            self._parameters.came_back(site)
            self._taps.came_back(site)
            self._standstill.catch_up(site)
            site.send(control.Release(site.location_text))

    # -- giving up

    def give_up(self, reason: str) -> None:
        """The run stops: nothing comes back any more. Nodes that are away are dead for good."""
        for back in self._comebacks.values():
            if back.phase is _Phase.RUNS:
                continue
            self._give_up(back, [site for site in self._sites.of_process(back.name) if site.is_away], reason)

    def _give_up(self, back: _Comeback, sites: list[Site], reason: str) -> None:
        back.phase = _Phase.RUNS
        back.wait(None)
        self._peers.drop(back.name)
        self._sites.processes[back.name].kill()
        for site in sites:
            self._bury(site, f"{back.reason}; not started again: {reason}")
        for site in sites:
            self.died_for_good(site)

    def _bury(self, site: Site, reason: str) -> None:
        site.is_away, site.is_dead = False, True
        self._record.has_failed = True
        self._record.rest(site)
        self._record.move_computer(site, "", "dead", reason, cpu=0.0, lag_ms=0.0)
        order = self._plan.order_at(site.location)
        for wire in [*order.outgoing, *order.incoming]:
            self._record.ledger.lose(wire.key)
        for id in site.nodes:
            self._record.move_node(id, NodeState.DEAD, reason)
