"""`make_plan`: a checked graph turned into orders for workers, one worker for each location. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.bridges.choose import BridgeKind, choose_bridge
from engine.errors import GraphNotReady
from engine.graph.check import problems_of
from engine.graph.graph import Graph
from engine.graph.location import Location
from engine.graph.wire import NO_VALUE, Wire
from engine.node.node import Join
from engine.node.reloading import edition_of
from engine.runtime.cycles import Cycle, cycles_of
from engine.runtime.orders import NodeOrder, Order, WireOrder


@dataclass(frozen=True)
class Plan:
    """What is to run where.

    Attributes:
        orders: one for each location, in the order in which the graph first names it.
        bridges: the kind of bridge of each wire, by wire key.
        locations: where each node runs.
        ports: the output ports of each node.
        live: which parameters of which node may change while running.
        types: the node types, by type path.
        cycles: the loops that feedback wires close.
        death_policies: what follows the death of each process: "leave", "restart" or "stop".
    """

    orders: dict[Location, Order] = field(default_factory=dict)
    bridges: dict[str, BridgeKind] = field(default_factory=dict)
    locations: dict[str, Location] = field(default_factory=dict)
    ports: dict[str, tuple[str, ...]] = field(default_factory=dict)
    live: dict[str, dict[str, bool]] = field(default_factory=dict)
    types: dict[str, type] = field(default_factory=dict)
    cycles: list[Cycle] = field(default_factory=list)
    death_policies: dict[str, str] = field(default_factory=dict)

    def order_at(self, location: Location) -> Order:
        """What is to run at a location; nothing where an edit has removed all of it."""
        return self.orders.get(location) or Order(location=str(location), nodes=[], outgoing=[], incoming=[])


def make_plan(graph: Graph, on_error: str) -> Plan:
    """Plan a run of a graph; raises `GraphNotReady` with the problems when it cannot start."""
    problems = problems_of(graph)
    if problems:
        listed = "\n".join(f"  {problem.where}: {problem.message}" for problem in problems[:20])
        raise GraphNotReady(f"the graph cannot start:\n{listed}", problems)
    plan = Plan()
    folder = str(graph.folder or "")
    code = edition_of(graph.folder)
    for spec in graph.nodes.values():
        node_type = graph.type_of(spec)
        order = plan.orders.get(spec.location)
        if order is None:
            order = Order(location=str(spec.location), nodes=[], outgoing=[], incoming=[])
            plan.orders[spec.location] = order
        order.nodes.append(
            NodeOrder(
                id=spec.id,
                type_path=spec.type,
                folder=folder,
                parameters=dict(spec.parameters),
                on_error=spec.on_error or on_error,
                code=code,
            )
        )
        plan.locations[spec.id] = spec.location
        plan.ports[spec.id] = tuple(node_type.node_outputs)
        plan.live[spec.id] = {name: p.live for name, p in node_type.node_parameters.items()}
        plan.types[spec.type] = node_type
    plan.cycles.extend(cycles_of(graph.wires.values()))
    for location in plan.orders:
        if location.process:
            plan.death_policies[location.process] = _death_policy(plan, graph, location)
    telling = _ports_that_tell_empty_ticks(graph)
    for wire in graph.wires.values():
        _add_wire(plan, wire, wire.output in telling)
    return plan


def _death_policy(plan: Plan, graph: Graph, location: Location) -> str:
    """What follows the death of a process: what is set for it, else what fits the policies of its nodes."""
    policy = graph.death_policy(location.process_location)
    if policy:
        return policy
    orders = [order for place, order in plan.orders.items() if place.process == location.process]
    policies = {node.on_error for order in orders for node in order.nodes}
    return "stop" if "stop" in policies else "restart" if policies == {"restart"} else "leave"


def _add_wire(plan: Plan, wire: Wire, sends_empty_ticks: bool) -> None:
    sender, receiver = plan.locations[wire.from_node], plan.locations[wire.to_node]
    kind = choose_bridge(
        (sender.host, sender.process, sender.thread), (receiver.host, receiver.process, receiver.thread)
    )
    has_initial = wire.initial is not NO_VALUE
    restarts = kind is BridgeKind.STREAM and "restart" in (
        plan.death_policies.get(sender.process),
        plan.death_policies.get(receiver.process),
    )

    def order() -> WireOrder:
        return WireOrder(
            key=wire.key,
            from_node=wire.from_node,
            from_port=wire.from_port,
            to_node=wire.to_node,
            to_port=wire.to_port,
            capacity=wire.capacity,
            overflow=wire.overflow,
            feedback=wire.feedback,
            has_initial=has_initial,
            initial=wire.initial if has_initial else None,
            kind=kind,
            sends_empty_ticks=sends_empty_ticks,
            in_cycle=any(wire.key in cycle.wires for cycle in plan.cycles),
            restarts=restarts,
        )

    plan.bridges[wire.key] = kind
    plan.orders[sender].outgoing.append(order())
    plan.orders[receiver].incoming.append(order())


def _ports_that_tell_empty_ticks(graph: Graph) -> set[str]:
    """Output ports from which a join by tick or time can be reached: it must hear of ticks that are filtered out."""
    wires_in: dict[str, list[Wire]] = {id: [] for id in graph.nodes}
    for wire in graph.wires.values():
        wires_in[wire.to_node].append(wire)
    joins = {id: graph.type_of(id).join for id in graph.nodes}
    telling: set[str] = set()
    todo = [id for id, wires in wires_in.items() if len(wires) > 1 and joins[id] in (Join.TICK, Join.TIME)]
    seen = set(todo)
    while todo:
        for wire in wires_in[todo.pop()]:
            telling.add(wire.output)
            if wire.from_node not in seen and joins[wire.from_node] is not Join.ANY:
                seen.add(wire.from_node)
                todo.append(wire.from_node)
    return telling
