"""Making the plan of a run into another one, in place: others read it meanwhile, some of them in other threads."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import TypeVar

from engine.graph.location import Location
from engine.runtime.difference import Difference, wires_of
from engine.runtime.orders import Order
from engine.runtime.plan import Plan
from engine.runtime.sites import Sites

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class Leaving:
    """What leaves a location: ids of nodes, and keys of wires that begin or end there at nodes that go on."""

    nodes: list[str] = field(default_factory=list)
    outgoing: list[str] = field(default_factory=list)
    incoming: list[str] = field(default_factory=list)


def leaving_at(location: Location, plan: Plan, found: Difference) -> Leaving:
    """What a difference takes away from a location."""
    order = plan.orders.get(location)
    if order is None:
        return Leaving()
    gone, removed = set(found.wires_removed), set(found.removed)
    return Leaving(
        [node.id for node in order.nodes if node.id in removed],
        [wire.key for wire in order.outgoing if wire.key in gone and wire.from_node not in removed],
        [wire.key for wire in order.incoming if wire.key in gone and wire.to_node not in removed],
    )


def become(plan: Plan, new: Plan, found: Difference, sites: Sites) -> None:
    """Let a plan be the other one, but for what has come of it meanwhile: grown wires, and where pulses beat."""
    added, known = set(found.wires_added), wires_of(plan)
    for location, order in new.orders.items():
        for wire in [*order.outgoing, *order.incoming]:
            if wire.key not in added:
                wire.capacity, wire.edition = known[wire.key].capacity, known[wire.key].edition
        site = sites.by_location.get(str(location))
        if site is not None:
            order.pulse_at, order.pulse_room = site.pulse_at, site.pulse_room
    for location in plan.orders:  # its worker has not said yet that it has ended
        site = sites.by_location.get(str(location))
        if location not in new.orders and site is not None and not site.is_over:
            new.orders[location] = Order(location=str(location), nodes=[], outgoing=[], incoming=[])
    _replace(plan.orders, new.orders)
    _replace(plan.bridges, new.bridges)
    _replace(plan.locations, new.locations)
    _replace(plan.ports, new.ports)
    _replace(plan.live, new.live)
    _replace(plan.types, new.types)
    _replace(plan.death_policies, new.death_policies)


def _replace(old: MutableMapping[K, V], new: Mapping[K, V]) -> None:
    """Give a mapping the content of another, without a moment in which what stays is missing."""
    old.update(new)
    for key in [key for key in old if key not in new]:
        del old[key]
