"""What is told of a run: states, failures, results, counts, and the events that say them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable

from engine.runtime.control import NodeFailure
from engine.runtime.events import EventBus, Failure
from engine.runtime.plan import Plan
from engine.runtime.sites import Site
from engine.runtime.states import NodeState
from engine.runtime.statistics import Ledger

MOST_FAILURES_OF_NODE = 100  # a node whose every message fails must not fill the memory; its errors are counted on

_numbers = itertools.count(1)


class Record:
    """Keeps the record of one run. Written on the coordinator's thread, read from any.

    Attributes:
        results: what nodes gave at their end, pickled, by node.
        has_failed: has something failed that nothing made good?
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.bus = EventBus(next(_numbers))
        self.ledger = Ledger()
        self.failures: list[Failure] = []
        self.results: dict[str, bytes] = {}
        self.has_failed = False
        self._failure_counts: dict[str, int] = {}

    def move_node(self, id: str, state: NodeState, reason: str) -> None:
        """A node is in another state; nothing when it is over already."""
        old = self.ledger.nodes.get(id)
        if old is None or old.state.is_over:
            return
        message = reason or (old.message if state in (NodeState.FAILED, NodeState.ENDED) else "")
        self.ledger.update_node(id, state=state, message=message)
        self.bus.tell(f"node:{id}", old.state, state, reason)

    def move_computer(self, site: Site, old: str, new: str, reason: str = "", **changes: object) -> None:
        """A computer is in another state; `changes` are of its statistics."""
        self.ledger.update_computer(site.label, state=new, **changes)
        self.bus.tell(f"computer:{site.label}", old, new, reason)

    def change_plan(
        self, removed: Iterable[str], added: Iterable[str], wires_removed: Iterable[str], wires_added: Iterable[str]
    ) -> None:
        """The plan has been edited: keep counts of what is new, and none of what is removed."""
        for key in wires_removed:
            self.ledger.drop_wire(key)
        for id in removed:
            self.ledger.drop_node(id)
        new_nodes, new_wires = set(added), set(wires_added)
        for location, order in self.plan.orders.items():
            for node in order.nodes:
                if node.id in new_nodes:
                    self.ledger.add_node(node, location)
                    self.move_node(node.id, NodeState.READY, "")
            for wire in order.outgoing:
                if wire.key in new_wires:
                    self.ledger.add_wire(wire.key, wire.kind, wire.capacity)

    def unfinished(self, site: Site) -> list[str]:
        """The nodes of a site that are not over."""
        return [id for id in site.nodes if not self.ledger.nodes[id].state.is_over]

    def take_failure(self, site: Site, report: NodeFailure) -> Failure:
        """Something went wrong in a node."""
        failure = Failure(report.node, site.location_text, report.error, report.traceback, time.time())
        self._add(failure, is_final=report.is_final)
        if report.node in self.ledger.nodes:
            self.ledger.update_node(report.node, message=report.error)
        self.bus.tell(f"node:{report.node}", "", "failure", f"{report.phase}: {report.error}")
        return failure

    def fail_site(self, site: Site, reason: str, stack: str, *, is_final: bool = True) -> None:
        """A computer that dies is a failure of each of its nodes that had not ended."""
        now = time.time()
        for id in self.unfinished(site) or [""]:
            self._add(Failure(id, site.location_text, reason, stack, now), is_final=is_final)

    def fail_run(self, reason: str) -> None:
        """Something went wrong that is no single node's or computer's fault."""
        self.failures.append(Failure("", "", reason, "", time.time()))

    def _add(self, failure: Failure, *, is_final: bool) -> None:
        count = self._failure_counts[failure.node] = self._failure_counts.get(failure.node, 0) + 1
        if is_final or count <= MOST_FAILURES_OF_NODE:
            self.failures.append(failure)

    def rest(self, site: Site) -> None:
        """Nothing moves there now, as far as is known."""
        self.ledger.rest(site.nodes, [wire.key for wire in self.plan.order_at(site.location).incoming])
