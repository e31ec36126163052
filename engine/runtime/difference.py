"""What has to be done to a run so that it runs another plan, and what of that cannot be done while it runs. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from msgspec import structs

from engine.graph.location import Location
from engine.runtime.orders import NodeOrder, WireOrder
from engine.runtime.plan import Plan

_OF_ONE_START = {"descriptor", "generation", "peer_is_over", "edition", "sends_empty_ticks"}


@dataclass(frozen=True)
class Difference:
    """The steps from one plan to another. A node or wire that is made anew is both removed and added.

    Attributes:
        added, removed: ids of nodes.
        wires_added, wires_removed: keys of wires.
        values: live parameters to be set, (node, name, value).
        policies: what follows an exception in nodes that go on, where that is another.
        telling: wires that stay, and whether they now tell empty ticks.
        refusals: why it cannot be done while the graph runs; empty when it can.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    wires_added: tuple[str, ...] = ()
    wires_removed: tuple[str, ...] = ()
    values: tuple[tuple[str, str, Any], ...] = ()
    policies: dict[str, str] = field(default_factory=dict)
    telling: dict[str, bool] = field(default_factory=dict)
    refusals: tuple[str, ...] = ()

    @property
    def changes_structure(self) -> bool:
        """Is there anything to be done beside setting parameters?"""
        return bool(
            self.added or self.removed or self.wires_added or self.wires_removed or self.policies or self.telling
        )

    @property
    def summary(self) -> str:
        """What is done, in a line."""
        renewed = set(self.added) & set(self.removed)
        parts = {
            "added": [id for id in self.added if id not in renewed],
            "removed": [id for id in self.removed if id not in renewed],
            "made anew": sorted(renewed),
        }
        said = [f"{what}: {', '.join(ids)}" for what, ids in parts.items() if ids]
        return "; ".join(said) or "wires changed"

    def locations(self, old: Plan, new: Plan) -> set[Location]:
        """Where nodes or ends of wires are touched."""
        places = {old.locations[id] for id in self.removed} | {new.locations[id] for id in self.added}
        places |= {new.locations[id] for id in self.policies}
        for plan, keys in ((old, self.wires_removed), (new, self.wires_added), (new, self.telling)):
            wires = wires_of(plan)
            places |= {plan.locations[id] for key in keys for id in (wires[key].from_node, wires[key].to_node)}
        return places


def nodes_of(plan: Plan) -> dict[str, NodeOrder]:
    """The nodes of a plan, by id."""
    return {node.id: node for order in plan.orders.values() for node in order.nodes}


def wires_of(plan: Plan) -> dict[str, WireOrder]:
    """The wires of a plan as their senders know them, by key."""
    return {wire.key: wire for order in plan.orders.values() for wire in order.outgoing}


def difference(old: Plan, new: Plan, capacities: dict[str, int], over: Collection[str] = ()) -> Difference:
    """What leads from a plan that runs to another.

    Args:
        old: what runs.
        new: what is to run.
        capacities: what the wires of `old` were to hold when they were made: some have been grown since.
        over: nodes of `old` that have ended: one that gets another input begins anew.
    """
    before, after = nodes_of(old), nodes_of(new)
    old_wires, new_wires = wires_of(old), wires_of(new)
    renewed = {id for id in before if id in after and _is_renewed(id, before[id], after[id], old, new)}
    renewed |= {wire.to_node for key, wire in new_wires.items() if key not in old_wires and wire.to_node in over}
    remade = {
        key
        for key, wire in old_wires.items()
        if key in new_wires
        and (
            wire.from_node in renewed
            or wire.to_node in renewed
            or _shape(structs.replace(wire, capacity=capacities.get(key, wire.capacity))) != _shape(new_wires[key])
        )
    }
    stays = [id for id in after if id in before and id not in renewed]
    values = [
        (id, name, value)
        for id in stays
        for name, value in _effective(after[id], new).items()
        if not _same(value, _effective(before[id], old)[name])
    ]
    result = Difference(
        added=tuple(id for id in after if id not in before or id in renewed),
        removed=tuple(id for id in before if id not in after or id in renewed),
        wires_added=tuple(key for key in new_wires if key not in old_wires or key in remade),
        wires_removed=tuple(key for key in old_wires if key not in new_wires or key in remade),
        values=tuple(values),
        policies={id: after[id].on_error for id in stays if after[id].on_error != before[id].on_error},
        telling={
            key: wire.sends_empty_ticks
            for key, wire in new_wires.items()
            if key in old_wires and key not in remade and wire.sends_empty_ticks != old_wires[key].sends_empty_ticks
        },
    )
    return replace(result, refusals=tuple(_refusals(result, old, new)))


def _refusals(found: Difference, old: Plan, new: Plan) -> Iterable[str]:
    """Loops end by counts of all of their parts, and the ends of wires know whether a process may come back."""
    for plan, nodes, wires in (
        (old, found.removed, found.wires_removed),
        (new, found.added, found.wires_added),
    ):
        for cycle in plan.cycles:
            touched = [*cycle.nodes.intersection(nodes), *cycle.wires.intersection(wires)]
            if touched:
                yield f"{min(touched)} is part of a loop that a feedback wire closes"
                return
    for process, policy in new.death_policies.items():
        if process in old.death_policies and old.death_policies[process] != policy:
            yield f"what follows a crash of process {process} is another"


def _is_renewed(id: str, before: NodeOrder, after: NodeOrder, old: Plan, new: Plan) -> bool:
    """Must a node be made anew: another type, code or place, or another value of a parameter that is not live?"""
    if (before.type_path, old.locations[id]) != (after.type_path, new.locations[id]):
        return True
    if old.types[before.type_path] is not new.types[after.type_path]:  # its class was made anew
        return True
    values, wished = _effective(before, old), _effective(after, new)
    return values.keys() != wished.keys() or any(
        not new.live[id][name] and not _same(values[name], value) for name, value in wished.items()
    )


def _effective(node: NodeOrder, plan: Plan) -> dict[str, Any]:
    """The values of all parameters of a node, defaults included."""
    node_type: Any = plan.types[node.type_path]
    return {name: node.parameters.get(name, parameter.default) for name, parameter in node_type.node_parameters.items()}


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _shape(wire: WireOrder) -> dict[str, Any]:
    return {name: value for name, value in structs.asdict(wire).items() if name not in _OF_ONE_START}
