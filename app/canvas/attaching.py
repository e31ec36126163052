"""Where a new node would be wired at once: to a port or wire of what is selected, or of what it is dropped on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.canvas.choices import Choice, choices, has_fit, rank_of, ranked, situation_of
from engine import Node, TidewireError, Wire, catalog

if TYPE_CHECKING:
    from app.workbench import Workbench

_NO_FIT = 9


@dataclass(frozen=True, slots=True)
class Attachment:
    """Exactly one of the three is set.

    Attributes:
        output: the output (`node.port`) that the new node takes from.
        input: the free input that it gives to.
        wire: the key of the wire that it is put into.
        rank: how well it fits; 0 is best.
    """

    output: str = ""
    input: str = ""
    wire: str = ""
    rank: int = 0

    @property
    def end(self) -> str:
        """The port that it is about: of a wire the output."""
        return self.output or self.input or self.wire.partition(" -> ")[0]

    def words(self, workbench: Workbench) -> str:
        """What will be done, for people."""
        if self.wire:
            return "into the wire"
        id, _, _ = self.end.partition(".")
        label = workbench.graph.nodes[id].label
        return f"after {label}" if self.output else f"before {label}"

    def add(self, workbench: Workbench, type_path: str, place: tuple[float, float]) -> str | None:
        """Add the node and wire it, as one undo step."""
        if self.wire:
            return workbench.insert_on_wire(type_path, self.wire, place)
        return workbench.add_node(type_path, place, self.output or None, self.input or None)


def attachment_to_node(workbench: Workbench, id: str, node_type: Any, *, before: bool = False) -> Attachment | None:
    """How a node of a type would be wired to a node: after it, or before it where that is wished or all that fits."""
    known: Any = workbench.node_type(id)
    if known is None:
        return None
    after = _best(
        Attachment(output=f"{id}.{name}", rank=rank)
        for name, port in known.node_outputs.items()
        if (rank := rank_of(port, node_type, is_input=False)) is not None
    )
    if after is not None and not before:
        return after
    taken = {wire.input for wire in workbench.graph.wires.values() if wire.to_node == id}
    ahead = _best(
        Attachment(input=f"{id}.{name}", rank=rank)
        for name, port in known.node_inputs.items()
        if (port.many or f"{id}.{name}" not in taken) and (rank := rank_of(port, node_type, is_input=True)) is not None
    )
    return ahead or after


def attachment_to_port(workbench: Workbench, end: str, node_type: Any, *, is_input: bool) -> Attachment | None:
    """How a node of a type would be wired to just this port; None when it does not fit or the input is taken."""
    id, _, name = end.partition(".")
    known: Any = workbench.node_type(id)
    side = {} if known is None else known.node_inputs if is_input else known.node_outputs
    port = side.get(name)
    if port is None:
        return None
    if is_input and not port.many and any(wire.input == end for wire in workbench.graph.wires.values()):
        return None
    rank = rank_of(port, node_type, is_input=is_input)
    if rank is None:
        return None
    return Attachment(input=end, rank=rank) if is_input else Attachment(output=end, rank=rank)


def attachment_to_ports(
    workbench: Workbench, ends: Iterable[tuple[str, bool]], node_type: Any, *, before: bool
) -> Attachment | None:
    """How a node of a type would be wired to the card of a group: `ends` are its ports, and whether they are inputs."""
    found = [attachment_to_port(workbench, end, node_type, is_input=is_input) for end, is_input in ends]
    ways = [way for way in found if way is not None]
    return _best(way for way in ways if bool(way.input) == before) or _best(ways)


def attachment_to_wire(workbench: Workbench, wire: Wire, node_type: Any) -> Attachment | None:
    """How a node of a type would be put into a wire; None when it does not fit there."""
    graph = workbench.graph
    try:
        output = graph.type_of(wire.from_node).node_outputs[wire.from_port]
        input = graph.type_of(wire.to_node).node_inputs[wire.to_port]
    except (TidewireError, KeyError):
        return None
    if not has_fit(node_type, output, input):
        return None
    return Attachment(wire=wire.key, rank=rank_of(output, node_type, is_input=False) or 0)


def attaching_choices(
    types: Iterable[type[Node]], workbench: Workbench, node: str = "", wire: str = ""
) -> tuple[list[Choice], dict[str, Attachment]]:
    """Rows for all node types, those that can be wired to a node or put into a wire first; and how, by type path."""
    listed = list(types)
    found: dict[type[Node], Attachment] = {}
    for node_type in listed:
        way = (
            attachment_to_wire(workbench, workbench.graph.wires[wire], node_type)
            if wire
            else attachment_to_node(workbench, node, node_type)
        )
        if way is not None:
            found[node_type] = way
    if not found:
        return choices(listed), {}
    ranks = {node_type: found[node_type].rank if node_type in found else _NO_FIT for node_type in listed}
    notes = {node_type: way.words(workbench) for node_type, way in found.items()}
    rows = ranked(ranks, situation_of(workbench, next(iter(found.values())).end), notes)
    return rows, {catalog.path_of(node_type): way for node_type, way in found.items()}


def _best(found: Iterable[Attachment]) -> Attachment | None:
    return min(found, key=lambda way: way.rank, default=None)
