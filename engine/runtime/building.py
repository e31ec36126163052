"""Making the stepper of a node from its order: the instance, its parameters, its ends of wires."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from pathlib import Path

from engine.node.catalog import catalog
from engine.node.node import Node, Source
from engine.runtime.ends import WireEnds
from engine.runtime.host import Host
from engine.runtime.joining import Slot
from engine.runtime.orders import NodeOrder, WireOrder
from engine.runtime.outputs import OutputPort
from engine.runtime.source_stepper import SourceStepper
from engine.runtime.stepper import Stepper
from engine.runtime.time_joining import make_joiner


async def build(host: Host, order: NodeOrder, number: int, ends: WireEnds, loop: asyncio.AbstractEventLoop) -> Stepper:
    """Make the stepper of a node; raises what its class, its parameters or its wires raise."""
    folder = Path(order.folder) if order.folder else None
    if folder is not None and order.code:
        catalog.bring_up_to(folder, order.code)
    node_type = catalog.resolve(order.type_path, folder)

    def make() -> Node:
        node: Node = node_type.__new__(node_type)
        for name, value in order.parameters.items():
            node.__dict__[name] = node_type.node_parameters[name].validate(deepcopy(value))
        node.__init__()  # type: ignore[misc]  # as `node_type()` would, the parameters being in place already
        if stepper.joiner is not None:
            stepper.joiner.follow(node)
        return node

    slots = [slot_of(wire, receiver, node_type) for wire, receiver in await ends.incoming(order.id, loop)]
    joiner = make_joiner(node_type.join, slots, node_type.node_inputs) if slots else None
    outputs = {
        name: OutputPort(port, await ends.outgoing(order.id, name, loop))
        for name, port in node_type.node_outputs.items()
    }
    kind = SourceStepper if issubclass(node_type, Source) else Stepper
    stepper = kind(host, order.id, number, make, order.on_error, joiner, outputs)
    stepper.begin_at(order.first_tick)
    for slot in slots:
        slot.receiver.on_news = stepper.wake
    return stepper


def slot_of(wire: WireOrder, receiver: object, node_type: type[Node]) -> Slot:
    """The slot of a wire's end at a node of this type."""
    return Slot(
        node_type.node_inputs[wire.to_port],
        receiver,  # type: ignore[arg-type]
        feedback=wire.feedback,
        initial=wire.initial_value,
        in_cycle=wire.in_cycle,
    )
