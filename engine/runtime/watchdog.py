"""Noticing that a loop is held: within a second, named with its node and its stack, in whichever process it is.

Every loop beats in memory that is read from here (`engine.computers.pulse`), which works whatever its process does. The
stack is asked for in two ways. Where the interpreter lock of the process is free, a thread there answers. Where it
is not, because C code keeps it, a signal makes the interpreter write its stacks all the same.

One thing cannot be watched: this very process while C code in it keeps the interpreter lock, for then nothing here
runs either. That is told afterwards, and prevented by running such nodes in a process of their own.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from engine.computers.process import Condition, ProcessComputer
from engine.computers.pulse import Pulse
from engine.computers.stacks import stack_of, stacks_in
from engine.runtime import control
from engine.runtime.events import EventBus
from engine.runtime.sites import Site, Sites
from engine.runtime.statistics import Ledger

LOOK_EVERY_S = 0.1
SLOW_AFTER_S, STUCK_AFTER_S = 0.5, 2.0
_ASK_BEFORE_S, _SIGNAL_BEFORE_S, _WAIT_FOR_STACK_S = 0.3, 0.1, 0.3  # around the time at which a hold is told
_NEVER_S = float("inf")
_STACK_WRITTEN_S = 0.1


@dataclass
class Hold:
    """One loop, and how long it has not beaten.

    Attributes:
        held_s: seconds since its last beat in which we have looked.
        times_told: how often it was told of since its last beat.
        answer: what the process said when it was asked for the stack.
        marked: nodes that are shown as late because of it, and the message each had before.
    """

    site: Site
    process: ProcessComputer | None
    pulse: Pulse
    beats: int = 0
    held_s: float = 0.0
    times_told: int = 0
    asked: bool = False
    signalled: bool = False
    answer: control.StackGiven | None = None
    message: str = ""
    entity: str = ""
    marked: dict[str, str] = field(default_factory=dict)

    @property
    def node(self) -> str:
        """The id of the node whose code runs on the loop now, or empty."""
        return self.site.node_of_number(self.pulse.node)

    @property
    def has_gone(self) -> bool:
        """Has its process ended, and its pulse with it?"""
        return self.process is not None and self.process.exit_code is not None

    @property
    def due_s(self) -> float:
        """When it is told of next: as slow, as stuck, never. Imports take their time, the code of a node must not."""
        if not self.beats:
            return _NEVER_S
        if self.times_told == 0 and (self.site.is_ready or self.pulse.node):
            return SLOW_AFTER_S
        return STUCK_AFTER_S if self.times_told < 2 else _NEVER_S

    def begin_round(self, times_told: int) -> None:
        """Ask anew for the stack before the next time that it is told of."""
        self.times_told, self.asked, self.signalled, self.answer = times_told, False, False, None


@dataclass(frozen=True)
class _Holder:
    """Who keeps a loop, or the interpreter lock of a process: a node, and the stack of its thread."""

    site: Site
    node: str
    stack: str


class LoopWatch:
    """Marks nodes that hold their loop as late, and takes the mark away when the loop turns again.

    Invariant: a node is marked by one hold at most, and only while its loop does not beat.

    Attributes:
        stacks: where the nodes are that are, or were, late; by node.
    """

    def __init__(self, sites: Sites, ledger: Ledger, bus: EventBus, rest: Callable[[Site], None]) -> None:
        self.stacks: dict[str, str] = {}
        self._sites = sites
        self._ledger = ledger
        self._bus = bus
        self._rest = rest
        self._holds: dict[str, Hold] = {}
        self._suspended: set[str] = set()  # processes that were told to be stopped
        self._looked_at = time.monotonic()
        self._has_failed = False

    def look(self) -> None:
        """Look at all loops of the run. To be called every `LOOK_EVERY_S`. Never raises: what it cannot do it says."""
        try:
            self._look()
        except Exception:
            if not self._has_failed:
                self._has_failed = True
                self._bus.tell("run", "", "note", f"held loops may go unseen:\n{traceback.format_exc()}")

    def _look(self) -> None:
        now = time.monotonic()
        gap, self._looked_at = now - self._looked_at, now
        if gap > SLOW_AFTER_S:
            self._tell_own_gap(gap)
        by_process: dict[ProcessComputer | None, list[Hold]] = {}
        for site in self._sites.by_location.values():
            hold = self._take_pulse(site, min(gap, 2 * LOOK_EVERY_S))
            if hold is not None:
                by_process.setdefault(hold.process, []).append(hold)
        for process, holds in by_process.items():
            if process is None:
                self._look_here(holds)
            else:
                self._look_at_process(process, holds)

    def answered(self, answer: control.StackGiven) -> None:
        """A process says where one of its loops is."""
        hold = self._holds.get(answer.location)
        if hold is not None and hold.asked:
            hold.answer = answer

    async def explain_start(self, late: Iterable[Site]) -> str:
        """Why these are not ready: the node that each is at, and where. For a run that is taken down right after."""
        late = list(late)
        processes = {site.process for site in late if site.process is not None}
        for process in processes:
            process.ask_for_stacks()
        if processes:
            await asyncio.sleep(_STACK_WRITTEN_S)
        return "\n".join(self._explain_start_of(site) for site in late)

    # -- one loop

    def _take_pulse(self, site: Site, passed: float) -> Hold | None:
        """How long the loop of a site has not beaten; None when it does, or is over."""
        hold = self._holds.get(site.location_text)
        if hold is not None and (
            site.is_over or hold.site is not site or hold.process is not site.process or hold.has_gone
        ):
            self._release(hold, "")
            del self._holds[site.location_text]
            hold = None
        if hold is None:
            pulse = None if site.is_over else site.pulse()
            if pulse is None:
                return None
            hold = self._holds[site.location_text] = Hold(site, site.process, pulse)
        beats = hold.pulse.beats
        if beats != hold.beats:
            hold.beats = beats
            self._release(hold, "in time")
            return None
        hold.held_s += passed
        return hold

    def _look_here(self, holds: list[Hold]) -> None:
        for hold in holds:
            if hold.held_s >= hold.due_s:
                self._tell(hold, _Holder(hold.site, hold.node, stack_of(hold.pulse.thread[0])))
            self._grow_message(hold)

    def _look_at_process(self, process: ProcessComputer, holds: list[Hold]) -> None:
        if self._is_suspended(process, holds):
            return
        for hold in holds:
            self._ask_for_stack(process, hold, holds)
        for hold in holds:
            if hold.held_s >= hold.due_s:
                self._tell_of_process(process, hold, holds)
            self._grow_message(hold)

    def _ask_for_stack(self, process: ProcessComputer, hold: Hold, holds: list[Hold]) -> None:
        """In good time before a hold is told of: first by a command, then by the signal."""
        if hold.held_s < hold.due_s - _ASK_BEFORE_S or hold.answer is not None or hold.signalled:
            return
        if not hold.asked:
            hold.asked = True
            process.send(control.encode(control.GiveStack(hold.site.location_text)))
            return
        is_time = hold.held_s >= hold.due_s - _SIGNAL_BEFORE_S and process.is_locked_up
        if is_time or hold.held_s >= hold.due_s + _WAIT_FOR_STACK_S:
            process.ask_for_stacks()
            for other in holds:
                other.signalled = True

    def _tell_of_process(self, process: ProcessComputer, hold: Hold, holds: list[Hold]) -> None:
        if hold.answer is not None:
            self._tell(hold, _Holder(hold.site, hold.site.node_of_number(hold.answer.node), hold.answer.stack))
            return
        dump = process.page.text()
        if not (dump and hold.signalled) and hold.held_s < hold.due_s + 2 * _WAIT_FOR_STACK_S:
            return
        holders = _holders_of_lock(process, holds, stacks_in(dump))
        own = [holder for holder in holders if holder.site is hold.site]
        everything = _Holder(hold.site, "", "\n".join(stacks_in(dump).values()))
        self._tell(hold, (own or holders or [everything])[0])

    # -- telling

    def _tell(self, hold: Hold, holder: _Holder) -> None:
        """Say who holds a loop: as slow the first time, as stuck the second."""
        is_first = not hold.marked
        stack = holder.stack or "(no stack)\n"
        if holder.site is not hold.site:
            message = f"held up by node {holder.node}, which keeps the interpreter lock of its process"
        elif holder.node or hold.answer is not None or hold.process is None:
            message = "holds its loop"
        else:
            message = f"process {hold.process.name} does not respond"
        if is_first or message != hold.message:
            if holder.site is hold.site and holder.node:
                self._mark(hold, [holder.node], message, f"node:{holder.node}")
            else:
                self._mark(hold, hold.site.nodes, message, f"computer:{hold.site.label}")
        for id in hold.marked:
            self.stacks[id] = stack
        self._bus.tell(hold.entity, "", "late" if is_first else "stuck", stack)
        hold.begin_round(1 if hold.held_s < STUCK_AFTER_S else 2)

    def _mark(self, hold: Hold, nodes: Iterable[str], message: str, entity: str) -> None:
        self._unmark(hold)
        hold.message, hold.entity = message, entity
        hold.site.late = True
        self._rest(hold.site)
        for id in nodes:
            node = self._ledger.nodes.get(id)
            if node is not None and not node.state.is_over:
                hold.marked[id] = node.message
                self._ledger.update_node(id, late=True, message=message)

    def _grow_message(self, hold: Hold) -> None:
        """A loop that is stuck says for how long."""
        if not hold.marked or hold.held_s < STUCK_AFTER_S:
            return
        message = f"{hold.message}: stuck for {hold.held_s:.0f} s"
        for id in hold.marked.keys() & self._ledger.nodes.keys():
            if self._ledger.nodes[id].message != message:
                self._ledger.update_node(id, message=message)

    def _release(self, hold: Hold, what: str) -> None:
        """The loop turns again, or is over."""
        hold.held_s = 0.0
        if hold.marked:
            self._unmark(hold)
            if what and hold.entity:
                self._bus.tell(hold.entity, "", what)
        if hold.process is not None and hold.process.name in self._suspended:
            self._suspended.discard(hold.process.name)
            self._bus.tell(f"process:{hold.process.name}", "", "in time")
        if hold.asked or hold.times_told:
            hold.begin_round(0)

    def _unmark(self, hold: Hold) -> None:
        for id, before in hold.marked.items():
            if id not in self._ledger.nodes:
                continue  # removed meanwhile
            is_ours = self._ledger.nodes[id].message.startswith(hold.message)
            message = before if is_ours else self._ledger.nodes[id].message
            self._ledger.update_node(id, late=False, message=message)
        hold.marked.clear()
        hold.site.late = False

    def _is_suspended(self, process: ProcessComputer, holds: list[Hold]) -> bool:
        """A process that somebody has stopped is no fault of its nodes: say so, and how it goes on."""
        if max(hold.held_s for hold in holds) < SLOW_AFTER_S - _SIGNAL_BEFORE_S:
            return False
        condition = process.condition
        if condition is Condition.RUNS:
            return False
        reason = _suspended_text(process, condition)
        for hold in holds:
            if hold.message != reason or not hold.marked:
                self._mark(hold, hold.site.nodes, reason, "")  # one event says it of all
        if process.name not in self._suspended:
            self._suspended.add(process.name)
            self._bus.tell(f"process:{process.name}", "", "suspended", reason)
        return True

    def _tell_own_gap(self, gap: float) -> None:
        """Nothing ran in this process for a while: a node here may have kept the interpreter lock."""
        holds = [hold for hold in self._holds.values() if hold.process is None and not hold.site.is_over]
        at_work = [hold.node for hold in holds if hold.node and hold.beats == hold.pulse.beats]
        if holds:
            who = f"node {at_work[0]}" if len(at_work) == 1 else "code"
            self._bus.tell(
                f"computer:{holds[0].site.label}",
                "",
                "note",
                f"nothing ran in the main process for {gap:.1f} s: {who} in it kept the interpreter lock, or the "
                "whole process was stopped",
            )

    def _explain_start_of(self, site: Site) -> str:
        process, pulse = site.process, site.pulse()
        nodes = [id for id in site.nodes if not site.is_ready and self._ledger.nodes[id].state == "preparing"]
        at_work = site.node_of_number(pulse.node) if pulse is not None else ""
        node = at_work or (nodes[0] if nodes else site.nodes[0])
        if process is not None and process.condition is not Condition.RUNS:
            return f"node {node} at {site.label}: {_suspended_text(process, process.condition)}"
        if process is None:
            return f"node {node} at {site.label}\n{site.stack()}"
        stacks = stacks_in(process.page.text())
        if pulse is not None and pulse.beats:
            return f"node {node} at {site.label}\n{stacks.get(pulse.thread[0], '')}"
        return f"node {node} at {site.label}: its process is still getting ready\n" + "\n".join(stacks.values())


def _holders_of_lock(process: ProcessComputer, holds: list[Hold], stacks: dict[int, str]) -> list[_Holder]:
    """The nodes that may keep the interpreter lock of a process: at work, and not themselves waiting for a lock."""
    on_loops = [(hold.site, hold.pulse.node, hold.pulse.thread) for hold in holds if hold.pulse.node]
    beside = [(hold.site, number, thread) for hold in holds for number, thread in hold.pulse.helpers.items()]
    for found in (on_loops, beside):
        holders = [
            _Holder(site, site.node_of_number(number), stacks.get(thread, ""))
            for site, number, (thread, task) in found
            if not process.is_waiting_for_a_lock(task)
        ]
        if holders:
            return holders
    return []


def _suspended_text(process: ProcessComputer, condition: Condition) -> str:
    if condition is Condition.STOPPED:
        return f"process {process.name} is stopped (SIGSTOP); `kill -CONT {process.pid}` lets it go on"
    return f"process {process.name} is held by a debugger"
