"""Editing the graph of a run: what is touched is made anew, and everything else goes on. On the coordinator's loop.

An edit has three steps, each of which all touched workers answer before the next begins:

1. New nodes are built, where they are to run, beside those that run; new computers get ready. If any of that fails,
   all of it is taken down again and the run goes on as it was.
2. Receivers that go on read no more from wires that are removed, and from their new ones.
3. Senders that go on drop and add wires, removed nodes are stopped, new ones run.

What is under way on a wire that is removed is discarded. A node that goes on keeps its state, whatever its wires.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from msgspec import structs

from engine.bridges.choose import BridgeKind
from engine.bridges.stream import socket_pair
from engine.errors import EditRefused, RunError, StartError
from engine.graph.location import Location
from engine.node.node import Join
from engine.runtime import control
from engine.runtime.classes import classes_by_value
from engine.runtime.deaths import Death
from engine.runtime.difference import Difference, difference, wires_of
from engine.runtime.orders import NodeOrder, Order, WireOrder
from engine.runtime.plan import Plan
from engine.runtime.record import Record
from engine.runtime.replanning import Leaving, become, leaving_at
from engine.runtime.sites import Site, Sites

_TRIES = 5
_LOOK_EVERY_S = 0.005
_LEAVE_S = 5.0
_ANSWER_S = 2.0  # what has just answered will do so again
_TICKS_AHEAD = 10_000  # a source that is made anew counts on from well behind what it has counted


@dataclass
class _Edit:
    """An edit that is under way.

    Attributes:
        orders: what is new at each touched location.
        leaving: what leaves there.
        capacities: of the new wires.
        fresh: sites at which nothing ran before.
        told: locations of workers that ran before, and have been told of the edit.
        answered: (location, step) of those who have answered.
        error: why it cannot be done; empty while it can.
    """

    number: int
    found: Difference
    new: Plan
    orders: dict[Location, Order] = field(default_factory=dict)
    leaving: dict[str, Leaving] = field(default_factory=dict)
    capacities: dict[str, int] = field(default_factory=dict)
    fresh: dict[str, Site] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    answered: set[tuple[str, int]] = field(default_factory=set)
    error: str = ""


class _Outdated(EditRefused):
    """A computer that an edit touches has just ended: what is to be done is another."""


class LiveEdits:
    """The edits of one run, one at a time.

    Args:
        plan: what runs; it becomes what an edit makes of it, in place.
        is_running: may the graph be edited now?
        replan: called when the plan has changed.
    """

    def __init__(
        self, plan: Plan, sites: Sites, record: Record, is_running: Callable[[], bool], replan: Callable[[], object]
    ) -> None:
        self._plan = plan
        self._sites = sites
        self._record = record
        self._is_running = is_running
        self._replan = replan
        self._capacities = {key: wire.capacity for key, wire in wires_of(plan).items()}
        self._number = 0
        self._lock = asyncio.Lock()
        self._edit: _Edit | None = None

    def look(self, new: Plan) -> Difference:
        """What would have to be done so that another plan runs. Any thread."""
        nodes = self._record.ledger.nodes
        over = [id for id in self._plan.locations if id in nodes and nodes[id].state.is_over]
        return difference(self._plan, new, self._capacities, over)

    async def apply(self, new: Plan, timeout: float) -> Difference:
        """Make the run execute another plan; returns what was done for that.

        Raises:
            EditRefused: it cannot be done while the graph runs, or a new node or computer does not get ready within
                `timeout` seconds. The run goes on as it was.
            RunError: the run is not running.
        """
        async with self._lock:
            for _ in range(_TRIES - 1):
                with contextlib.suppress(_Outdated):
                    return await self._apply(new, timeout)
            return await self._apply(new, timeout)

    async def _apply(self, new: Plan, timeout: float) -> Difference:
        found = self.look(new)
        if found.refusals:
            raise EditRefused("; ".join(found.refusals))
        if not found.changes_structure:
            return found
        self._number += 1
        edit = self._edit = _Edit(self._number, found, new)
        try:
            await self._prepare(edit, timeout)
            await self._step(edit, 2, lambda order: self._take_inputs(edit, order))
            self._commit(edit)
            for site in edit.fresh.values():
                site.send(control.Release(site.location_text))
            await self._step(edit, 3, lambda order: self._finish(edit, order))
        finally:
            self._edit = None
        return found

    # -- first step

    async def _prepare(self, edit: _Edit, timeout: float) -> None:
        until = time.monotonic() + timeout
        for location in sorted(edit.found.locations(self._plan, edit.new), key=str):
            edit.orders[location] = self._order(edit, location)
            edit.leaving[str(location)] = leaving_at(location, self._plan, edit.found)
            await self._until_there(location, until)
        edit.capacities = {w.key: w.capacity for order in edit.orders.values() for w in order.outgoing}
        sockets: list[socket.socket] = []
        try:
            await self._open_sites(edit)
            self._give_sockets(edit, sockets)
            classes = classes_by_value({node.type_path: edit.new.types[node.type_path] for node in _new_nodes(edit)})
            for location, order in edit.orders.items():
                site = self._sites.by_location[str(location)]
                if str(location) in edit.fresh:
                    self._sites.begin(site, order)
                elif not site.is_over:
                    edit.told.append(str(location))
                    site.built = [*site.built, *(node.id for node in order.nodes)]
                    site.send(control.PrepareEdit(str(location), edit.number, order, classes if site.process else b""))
            await self._prepared(edit, until)
        except (OSError, StartError) as error:
            await self._give_up(edit)
            raise EditRefused(f"the change cannot be made now: {error}") from error
        except BaseException:
            await self._give_up(edit)
            raise
        finally:
            for connection in sockets:
                connection.close()

    def _order(self, edit: _Edit, location: Location) -> Order:
        """The new nodes of a location, and the ends of new wires there."""
        order = edit.new.orders.get(location)
        empty = Order(location=str(location), nodes=[], outgoing=[], incoming=[])
        if order is None:
            return empty
        added = set(edit.found.wires_added)
        for wire in [*order.outgoing, *order.incoming]:
            if wire.key in added:
                wire.edition = edit.number
        return structs.replace(
            empty,
            nodes=[self._counting_on(node, edit.new) for node in order.nodes if node.id in edit.found.added],
            outgoing=[self._wire(edit, w, w.to_node) for w in order.outgoing if w.key in added],
            incoming=[self._wire(edit, w, w.from_node) for w in order.incoming if w.key in added],
        )

    def _counting_on(self, node: NodeOrder, new: Plan) -> NodeOrder:
        """A node that counts ticks of its own goes on behind those of the one whose place it takes."""
        old = self._record.ledger.nodes.get(node.id)
        node_type: Any = new.types[node.type_path]
        if old is None or not (not node_type.node_inputs or node_type.join is Join.ANY):
            return node
        return structs.replace(node, first_tick=max(old.received, old.emitted) + _TICKS_AHEAD)

    def _wire(self, edit: _Edit, wire: WireOrder, other: str) -> WireOrder:
        site = self._sites.by_location.get(str(edit.new.locations[other]))
        is_over = other not in edit.found.added and site is not None and site.is_over
        return structs.replace(wire, peer_is_over=is_over)

    async def _until_there(self, location: Location, until: float) -> None:
        """Wait for a process that is being started again."""
        site = self._sites.by_location.get(str(location))
        while self._is_running() and site is not None and not site.is_over and (site.is_away or not site.is_ready):
            if time.monotonic() > until:
                raise EditRefused(f"{site.label} is being started again")
            await asyncio.sleep(_LOOK_EVERY_S)
        if not self._is_running():
            raise RunError("the graph is edited only while it runs")

    async def _open_sites(self, edit: _Edit) -> None:
        """Make sites, and processes where there are none, for the locations at which nothing runs."""
        for location, order in edit.orders.items():
            site = self._sites.by_location.get(str(location))
            if not order.nodes or not (site is None or site.is_over):
                continue
            await self._process_gone(location)
            fresh = self._sites.add(location, order, edit.new.types)
            fresh.nodes = []  # until the edit is made, they are others
            edit.fresh[str(location)] = fresh
            self._record.ledger.add_computer(location, fresh.pid)

    async def _process_gone(self, location: Location) -> None:
        """A process of which all work is done is about to leave: wait until it has."""
        process = self._sites.processes.get(location.process) if location.process else None
        if process is None or any(not site.is_over for site in self._sites.of_process(location.process)):
            return
        await _until(lambda: process.exit_code is not None, _LEAVE_S)

    def _give_sockets(self, edit: _Edit, unsent: list[socket.socket]) -> None:
        for sender_at, order in edit.orders.items():
            for sender in order.outgoing:
                if sender.kind is not BridgeKind.STREAM:
                    continue
                receiver_at = edit.new.locations[sender.to_node]
                receiver = next(wire for wire in edit.orders[receiver_at].incoming if wire.key == sender.key)
                if sender.peer_is_over or receiver.peer_is_over:
                    continue
                pair = socket_pair()
                unsent += pair
                for wire, location, connection in zip((sender, receiver), (sender_at, receiver_at), pair, strict=True):
                    wire.descriptor = self._sites.socket_number()
                    self._sites.give_socket(self._sites.by_location[str(location)], wire.descriptor, connection)
                    unsent.remove(connection)

    async def _prepared(self, edit: _Edit, until: float) -> None:
        def waiting() -> list[str]:
            unready = [location for location, site in edit.fresh.items() if not site.is_ready]
            return unready + [location for location in edit.told if not self._has_answered(edit, location, 1)]

        while not edit.error and (late := waiting()):
            if not self._is_running():
                raise RunError("the run was stopped while its graph was being edited")
            if time.monotonic() > until:
                site = self._sites.by_location[late[0]]
                why = "does not answer: a node holds its loop" if site.late else "did not get ready in time"
                raise EditRefused(f"{site.label} {why}")
            await asyncio.sleep(_LOOK_EVERY_S)
        if edit.error:
            raise EditRefused(edit.error)

    def _has_answered(self, edit: _Edit, location: str, step: int) -> bool:
        site = self._sites.by_location.get(location)
        if site is None or (location, step) in edit.answered:
            return True
        if site.is_over and step == 1:
            raise _Outdated(f"{site.label} ends again and again")
        if site.is_away:
            edit.error = edit.error or f"{site.label} has died"
        return site.is_over or site.is_away

    async def _give_up(self, edit: _Edit) -> None:
        """The run goes on as it was: what was built is taken down."""
        for location in edit.orders:
            site = self._sites.by_location.get(str(location))
            if site is None:
                continue
            if str(location) not in edit.fresh:
                site.send(control.FinishEdit(str(location), edit.number, False))
            elif site.has_begun:
                site.send(control.Abort(str(location)))
            else:
                site.is_dead = True
        for name in {site.location.process for site in edit.fresh.values()} - {""}:
            if all(site.is_over for site in self._sites.of_process(name)):
                self._sites.processes[name].kill()
        await _until(lambda: all(site.is_over for site in edit.fresh.values()), _ANSWER_S)
        for site in edit.fresh.values():
            if not site.is_over and site.process is not None:
                site.process.kill()
            self.forget(site)

    # -- the other steps

    async def _step(self, edit: _Edit, step: int, command: Callable[[Order], control.CommandMessage]) -> None:
        """Tell all touched workers that ran before, and wait for their answers, but not for one that hangs."""
        for location, order in edit.orders.items():
            if str(location) in edit.told:
                self._sites.by_location[str(location)].send(command(order))
        await _until(lambda: all(self._has_answered(edit, location, step) for location in edit.told), _ANSWER_S)

    def _take_inputs(self, edit: _Edit, order: Order) -> control.CommandMessage:
        return control.TakeInputs(order.location, edit.number, edit.leaving[order.location].incoming)

    def _finish(self, edit: _Edit, order: Order) -> control.CommandMessage:
        leaving, found = edit.leaving[order.location], edit.found
        return control.FinishEdit(
            order.location, edit.number, True, leaving.nodes, leaving.outgoing, found.telling, found.policies
        )

    def _commit(self, edit: _Edit) -> None:
        """From now on the other plan is what runs."""
        become(self._plan, edit.new, edit.found, self._sites)
        self._capacities = {
            key: edit.capacities.get(key, self._capacities.get(key, wire.capacity))
            for key, wire in wires_of(self._plan).items()
        }
        self._record.change_plan(edit.found.removed, edit.found.added, edit.found.wires_removed, edit.found.wires_added)
        for location, order in self._plan.orders.items():
            site = self._sites.by_location.get(str(location))
            if site is not None:
                site.nodes = [node.id for node in order.nodes]
        for site in edit.fresh.values():
            self._record.move_computer(site, "preparing", "ready")
        self._replan()
        self._record.bus.tell("run", "", "edited", edit.found.summary)

    # -- what is heard meanwhile

    def hear(self, site: Site, report: control.ReportMessage) -> bool:
        """Take a report that is about an edit; False when it is one like any other."""
        edit = self._edit
        if isinstance(report, control.Edited):
            if edit is not None and report.edition == edit.number:
                edit.answered.add((report.location, report.step))
                where = f"node {report.node} at {site.label}: " if report.node else ""
                edit.error = edit.error or (where + report.error if report.error else "")
            return True
        if edit is None or edit.fresh.get(site.location_text) is not site or site.nodes:
            return False
        match report:
            case control.Ready():
                site.is_ready = True
            case control.NodeFailure():
                edit.error = edit.error or f"node {report.node} at {site.label} could not start: {report.error}"
            case control.NodeMoved():
                pass
            case control.Counts():
                pass
            case _:
                return False
        return True

    def lost(self, site: Site, death: Death) -> bool:
        """A process has died; is that of a site that only an edit knows?"""
        edit = self._edit
        if edit is None or edit.fresh.get(site.location_text) is not site or site.nodes:
            return False
        site.is_dead = True
        edit.error = edit.error or death.reason
        return True

    def forget(self, site: Site) -> None:
        """A site is over: when no node of the plan is left there, nothing is known of it any more."""
        order = self._plan.orders.get(site.location)
        if site.is_over and (order is None or not order.nodes) and self._number:
            self._plan.orders.pop(site.location, None)
            self._sites.by_location.pop(site.location_text, None)
            self._record.ledger.drop_computer(site.label)


async def _until(is_so: Callable[[], bool], timeout: float) -> None:
    """Wait until something is so, or the time is up."""
    until = time.monotonic() + timeout
    while not is_so():
        if time.monotonic() > until:
            return
        await asyncio.sleep(_LOOK_EVERY_S)


def _new_nodes(edit: _Edit) -> list[NodeOrder]:
    return [node for order in edit.orders.values() for node in order.nodes]
