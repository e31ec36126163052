"""What the card of a node shows of the document, as values: compared, an edit says by itself what has to be redrawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.graph.location import Location

if TYPE_CHECKING:
    from app.workbench import Workbench
    from engine import NodeSpec, Wire


@dataclass(frozen=True, slots=True)
class PortFace:
    """One port of a card.

    Attributes:
        name: its name in the node type.
        type_name: its payload type as people read it; empty when unknown.
        is_input: input or output?
        many: does it take any number of wires? Outputs always do.
        optional: may it stay without a wire?
        doc: one line of help.
    """

    name: str
    type_name: str
    is_input: bool
    many: bool
    optional: bool = False
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A node's card. `is_known` is False for a placeholder: its node type cannot be found."""

    id: str
    label: str
    type_path: str
    type_title: str
    doc: str
    icon: str
    location: Location
    on_error: str
    inputs: tuple[PortFace, ...]
    outputs: tuple[PortFace, ...]
    is_known: bool

    @property
    def subtitle(self) -> str:
        """What the card says below its ports while nothing runs."""
        return self.type_title if self.is_known else f"unknown type · {self.type_title}"


def card_of(workbench: Workbench, spec: NodeSpec) -> Card:
    """The card of a node as the document is now; of an unknown node type the ports are those its wires use."""
    node_type = workbench.node_type(spec.id)
    if node_type is None:
        inputs, outputs = _ports_of_wires(spec.id, workbench.graph.wires.values())
        title, doc = spec.type.rpartition(":")[2] or spec.type, f"The node type {spec.type} cannot be found."
        icon = "warning"
    else:
        inputs = tuple(_input_face(name, port) for name, port in node_type.node_inputs.items())
        outputs = tuple(
            PortFace(name, port.type_name, is_input=False, many=True, doc=port.doc)
            for name, port in node_type.node_outputs.items()
        )
        title, doc = node_type.title, (node_type.__doc__ or "").strip().partition("\n")[0]
        icon = node_type.icon
    return Card(
        spec.id,
        spec.label,
        spec.type,
        title,
        doc,
        icon,
        spec.location,
        spec.on_error,
        inputs,
        outputs,
        is_known=node_type is not None,
    )


def _input_face(name: str, port: Any) -> PortFace:
    return PortFace(name, port.type_name, is_input=True, many=port.many, optional=port.optional, doc=port.doc)


def _ports_of_wires(node: str, wires: Iterable[Wire]) -> tuple[tuple[PortFace, ...], tuple[PortFace, ...]]:
    inputs: dict[str, PortFace] = {}
    outputs: dict[str, PortFace] = {}
    for wire in wires:
        if wire.to_node == node:
            inputs[wire.to_port] = PortFace(wire.to_port, "", is_input=True, many=True)
        if wire.from_node == node:
            outputs[wire.from_port] = PortFace(wire.from_port, "", is_input=False, many=True)
    return tuple(inputs[name] for name in sorted(inputs)), tuple(outputs[name] for name in sorted(outputs))
