"""What the run as a whole does when nothing moves: ending cycles that have run dry, growing wires that lock it."""

from __future__ import annotations

from collections.abc import Callable

from engine.runtime import control
from engine.runtime.control import Counts
from engine.runtime.cycles import Cycle, CycleWatch
from engine.runtime.deadlock import DeadlockWatch, Growth
from engine.runtime.plan import Plan
from engine.runtime.record import Record
from engine.runtime.sites import Site, Sites


class Standstill:
    """Looks at the counts of all workers and does what they ask for.

    Args:
        on_deadlock: called when a part of the run is locked, no wire of it may be grown, and a node of it has the
            policy to stop the run.
    """

    def __init__(self, plan: Plan, sites: Sites, record: Record, on_deadlock: Callable[[], object]) -> None:
        self._plan = plan
        self._sites = sites
        self._record = record
        self._on_deadlock = on_deadlock
        self._cycles = CycleWatch(plan.cycles)
        self._deadlock = DeadlockWatch(list(plan.orders.values()))

    def replan(self) -> None:
        """The plan has changed, its cycles apart."""
        self._deadlock = DeadlockWatch(list(self._plan.orders.values()))
        for site in self._sites.by_location.values():
            if site.is_over:
                self._deadlock.leave(site.location_text)

    def take(self, counts: Counts, *, may_grow: bool) -> None:
        """Take the counts of a worker, with those in them of workers that it took the place of."""
        for cycle in self._cycles.take(counts.nodes, counts.wires):
            for site in self._sites.by_location.values():
                self._end_feedback(site, cycle)
        for growth in self._deadlock.take(counts) if may_grow else ():
            self._grow(growth)

    def begin_anew(self, site: Site) -> None:
        """A worker has died: nothing stands still until its successor says so."""
        self._cycles.forget(site.nodes)
        self._deadlock.forget(site.location_text)

    def leave(self, site: Site) -> None:
        """A worker has ended, or died for good: what stands still does so without it."""
        self._deadlock.leave(site.location_text)

    def catch_up(self, site: Site) -> None:
        """A successor is there: tell it of the cycles that had run dry before."""
        for cycle in self._plan.cycles:
            if cycle.is_ended:
                self._end_feedback(site, cycle)

    def _end_feedback(self, site: Site, cycle: Cycle) -> None:
        nodes = [id for id in site.nodes if id in cycle.nodes]
        if nodes:
            site.send(control.EndFeedback(site.location_text, nodes))

    def _grow(self, growth: Growth) -> None:
        """Wires are full, so nothing moves: make room where that is the least, or say that it cannot be."""
        what = "the run" if len(growth.nodes) == len(self._plan.locations) else "a part of the run"
        if growth.capacity:
            key = growth.wires[0]
            self._record.ledger.grow_wire(key, growth.capacity)
            self._record.bus.tell(f"wire:{key}", "", "grown", f"{what} stood still: {key} now holds {growth.capacity}")
            for order in self._plan.orders.values():
                for wire in order.outgoing:
                    if wire.key == key:
                        wire.capacity = growth.capacity
                        site = self._sites.by_location[order.location]
                        site.send(control.GrowWire(order.location, key, growth.capacity))
            return
        reason = (
            f"deadlock: {what} stands still because these wires are full: {', '.join(growth.wires)}. "
            "Give one of them more capacity or another overflow policy."
        )
        self._record.bus.tell("run", "", "deadlock", reason)
        self._record.fail_run(reason)
        nodes = [node for order in self._plan.orders.values() for node in order.nodes if node.id in growth.nodes]
        if any(node.on_error == "stop" for node in nodes):
            self._on_deadlock()
