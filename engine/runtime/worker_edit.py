"""Edits of the graph while it runs, at one worker: new nodes and wires come, old ones go, the others go on.

An edit comes in three steps (see `live_edit.py`): the new nodes are built beside those that run; then receivers change
their wires; then senders do, old nodes end and new ones run. So no node ever takes the end of an old wire for the end
of its stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol

from engine.bridges.stream import StreamReceiver, StreamSender
from engine.computers.pulse import Pulse
from engine.computers.thread import Interrupted
from engine.node.state import hand_over
from engine.runtime import control
from engine.runtime.building import build, slot_of
from engine.runtime.ends import WireEnds
from engine.runtime.failing import one_line
from engine.runtime.host import Host
from engine.runtime.joining import NoInput, Slot
from engine.runtime.orders import NodeOrder, Order
from engine.runtime.outputs import OutgoingWire
from engine.runtime.states import NodeState
from engine.runtime.stepper import Stepper
from engine.runtime.time_joining import make_joiner
from engine.runtime.wiring import Wiring

FLUSH_S = 0.2  # what a removed wire may still have to say


class EditedWorker(Host, Protocol):
    """What an edit asks of its worker."""

    order: Order
    location: str
    pulse: Pulse
    steppers: dict[str, Stepper]
    ends: WireEnds
    wiring: Wiring

    def run_stepper(self, stepper: Stepper) -> None:
        """Let a new node run."""

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a coroutine that ends with the worker."""

    def say(self, report: control.ReportMessage) -> None:
        """Report."""


class WorkerEdits:
    """The edits of one worker, one at a time."""

    def __init__(self, worker: EditedWorker) -> None:
        self._worker = worker
        self._numbers = len(worker.order.nodes)  # nodes that were given a number
        self._edition = 0
        self._order = Order(location=worker.location, nodes=[], outgoing=[], incoming=[])
        self._ends = WireEnds(self._order, worker.wiring)
        self._steppers: dict[str, Stepper] = {}
        self._preparing: asyncio.Task[Any] | None = None
        self._settled = asyncio.Event()
        self._settled.set()

    @property
    def is_open(self) -> bool:
        """Is an edit under way?"""
        return not self._settled.is_set()

    async def settled(self) -> None:
        """Wait until no edit is under way."""
        await self._settled.wait()

    # -- first step

    def prepare(self, command: control.PrepareEdit) -> None:
        """Build the new nodes; says when they are ready, or why they are not."""
        self._settled.clear()
        self._edition, self._order = command.edition, command.order
        self._ends = WireEnds(command.order, self._worker.wiring)
        self._steppers = {}
        first = self._numbers
        self._numbers += len(command.order.nodes)
        self._preparing = self._worker.spawn(self._build(command, first))

    async def _build(self, command: control.PrepareEdit, first: int) -> None:
        error = node = ""
        for number, order in enumerate(command.order.nodes, first + 1):
            try:
                stepper = await self._build_one(order, number)
                self._steppers[order.id] = stepper
                await stepper.prepare()
            except BaseException as failure:  # SystemExit too: it would end the loop of the whole computer
                task = asyncio.current_task()
                if isinstance(failure, Interrupted) or (task is not None and task.cancelling()):
                    raise
                error, node = one_line(failure), order.id
                break
        self._worker.say(control.Edited(self._worker.location, command.edition, 1, error, node))

    async def _build_one(self, order: NodeOrder, number: int) -> Stepper:
        worker = self._worker
        return await build(worker, order, number, self._ends, asyncio.get_running_loop())

    # -- second step

    async def take_inputs(self, command: control.TakeInputs) -> None:
        """Nodes that go on read from other wires."""
        worker, loop = self._worker, asyncio.get_running_loop()
        if command.edition != self._edition:
            return
        gone = worker.ends.give_up_receivers(command.drop)
        changed = {wire.to_node for wire in self._order.incoming} - {node.id for node in self._order.nodes}
        changed |= {id for id, stepper in worker.steppers.items() if _reads_any(stepper, gone)}
        for id in changed & worker.steppers.keys():
            stepper = worker.steppers[id]
            opened = await self._ends.incoming(id, loop)
            worker.ends.adopt(self._ends, [wire.key for wire, _ in opened], senders=False)
            kept = [slot for slot in _slots(stepper) if slot.receiver not in gone]
            node_type = type(stepper.code.node)
            slots = [*kept, *(slot_of(wire, receiver, node_type) for wire, receiver in opened)]
            if stepper.state.is_over:
                for slot in slots[len(kept) :]:
                    slot.receiver.stop_receiving()
            elif slots:
                stepper.change_inputs(make_joiner(node_type.join, slots, node_type.node_inputs))
            else:
                stepper.change_inputs(NoInput([], node_type.node_inputs))
        for receiver in gone:
            receiver.stop_receiving()
        self._bury(gone)
        worker.say(control.Edited(worker.location, command.edition, 2))

    # -- last step

    async def finish(self, command: control.FinishEdit) -> None:
        """End nodes, change the wires that begin at those that go on, and run the new nodes."""
        if command.edition != self._edition or self._settled.is_set():
            return
        try:
            if command.is_wanted:
                await self._finish(command)
            else:
                await self._give_up()
        finally:
            self._settled.set()
        self._worker.say(control.Edited(self._worker.location, command.edition, 3))

    async def give_up(self) -> None:
        """The worker is to stop at once: an edit that is under way comes to nothing."""
        await self.finish(control.FinishEdit(self._worker.location, self._edition, False))

    async def _finish(self, command: control.FinishEdit) -> None:
        worker, loop = self._worker, asyncio.get_running_loop()
        for id in command.remove:
            self._hand_over(id)
            self._remove(id)
        new = {node.id for node in self._order.nodes}
        for id, stepper in worker.steppers.items():
            for name, output in stepper.outputs.items():
                opened: list[OutgoingWire] = []
                if id not in new:
                    opened = await self._ends.outgoing(id, name, loop)
                if opened or any(w.key in command.drop or w.key in command.telling for w in output.wires):
                    output.change_wires(command.drop, opened, command.telling)
            if id in command.policies:
                stepper.policy.on_error = command.policies[id]
        self._bury(worker.ends.give_up_senders(command.drop))
        worker.ends.adopt(self._ends)
        for order in self._order.nodes:
            worker.order.nodes.append(order)
            stepper = worker.steppers[order.id] = self._steppers[order.id]
            worker.run_stepper(stepper)
        self._steppers = {}

    def _hand_over(self, id: str) -> None:
        """A node that is made anew where it was takes over what the old one keeps, if its type says how."""
        old, new = self._worker.steppers.get(id), self._steppers.get(id)
        if old is None or new is None or not (old.code.is_built and new.code.is_built):
            return
        try:
            hand_over(old.code.node, new.code.node)
        except Exception as error:
            self._worker.note(id, f"begins anew: its state could not be handed over ({one_line(error)})")

    def _remove(self, id: str) -> None:
        worker = self._worker
        stepper = worker.steppers.pop(id, None)
        if stepper is None:
            return
        worker.order.nodes[:] = [node for node in worker.order.nodes if node.id != id]
        ends = worker.ends.give_up_node(id)
        stepper.abort()
        self._bury(ends, stepper.task)

    async def _give_up(self) -> None:
        """Nothing comes of the edit: the new nodes never ran."""
        if self._preparing is not None and not self._preparing.done():
            self._preparing.cancel()
            await asyncio.wait([self._preparing])
        for stepper in self._steppers.values():
            if stepper.state is NodeState.READY:
                await stepper.stop_node()
        self._steppers = {}
        wires = [*self._order.outgoing, *self._order.incoming]
        for wire in wires:
            self._worker.wiring.give_up(wire)
        keys = [wire.key for wire in wires]
        for sender in (senders := self._ends.give_up_senders(keys)):
            sender.close()
        for receiver in (receivers := self._ends.give_up_receivers(keys)):
            receiver.stop_receiving()
        self._bury([*senders, *receivers])

    def _bury(self, ends: list[Any], task: asyncio.Task[Any] | None = None) -> None:
        """Close ends of removed wires once their node has ended and what they had to say has left."""
        if ends:
            self._worker.spawn(_bury(ends, task))


async def _bury(ends: list[Any], task: asyncio.Task[Any] | None) -> None:
    try:
        if task is not None:
            await asyncio.wait([task])
        for end in ends:
            try:
                async with asyncio.timeout(FLUSH_S):
                    await end.flushed()
            except TimeoutError:
                pass
    finally:
        for end in ends:
            _release(end)


def _release(end: Any) -> None:
    if isinstance(end, StreamSender | StreamReceiver):
        end.release()


def _slots(stepper: Stepper) -> list[Slot]:
    return stepper.joiner.slots if stepper.joiner is not None else []


def _reads_any(stepper: Stepper, receivers: list[Any]) -> bool:
    return any(slot.receiver in receivers for slot in _slots(stepper))
