"""What the card of a node shows of the document, as values: compared, an edit says by itself what has to be redrawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from app.document.placeholders import placeholder_of
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
        is_known: does the node type have it? A wire may end at a port that is gone.
        node: the node it belongs to, where the card is not that node's own; empty elsewhere.
        node_label: what people call that node.
    """

    name: str
    type_name: str
    is_input: bool
    many: bool
    optional: bool = False
    doc: str = ""
    is_known: bool = True
    node: str = ""
    node_label: str = ""

    @property
    def text(self) -> str:
        """What is written beside it: `node.port` where the card is not the node's own."""
        return f"{self.node_label}.{self.name}" if self.node else self.name


class CardKind(Enum):
    """What a card stands for: one node, a group of nodes, or all that is outside the group that is looked at."""

    NODE = "node"
    GROUP = "group"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Card:
    """A node's card, or a group's. `is_known` is False for a placeholder: its node type cannot be found.

    `is_mixed`: the nodes of a group run in several locations, and `location` says nothing.
    """

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
    kind: CardKind = CardKind.NODE
    is_mixed: bool = False

    @property
    def location_label(self) -> str:
        """Where it runs, as people read it."""
        return "mixed" if self.is_mixed else self.location.label

    @property
    def depends_on_wires(self) -> bool:
        """Does it have ports that are there only because wires end at them?"""
        return not self.is_known or not all(port.is_known for port in (*self.inputs, *self.outputs))

    @property
    def subtitle(self) -> str:
        """What the card says below its ports while nothing runs."""
        return self.type_title


def card_of(workbench: Workbench, spec: NodeSpec, wires: Iterable[Wire]) -> Card:
    """The card of a node as the document is now; ports that only its wires know are shown too, as unknown.

    Args:
        workbench: where its type is found.
        spec: the node.
        wires: those that begin or end at it; others do no harm.
    """
    node_type: Any = workbench.node_type(spec.id)
    lost_inputs, lost_outputs = _ports_of_wires(spec.id, wires, node_type)
    inputs: tuple[PortFace, ...] = ()
    outputs: tuple[PortFace, ...] = ()
    if node_type is None:
        reason = placeholder_of(workbench.graph, spec)
        title, doc = spec.type.rpartition(":")[2] or spec.type, f"The node type {spec.type} cannot be found."
        if reason is not None:
            title, doc = f"{reason.short} · {title}", f"{doc}\n{reason.text}"
        icon = "warning"
    else:
        inputs, outputs = _faces_of(node_type)
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
        inputs + lost_inputs,
        outputs + lost_outputs,
        is_known=node_type is not None,
    )


@lru_cache(maxsize=128)
def _faces_of(node_type: Any) -> tuple[tuple[PortFace, ...], tuple[PortFace, ...]]:
    """The inputs and outputs that a node type has."""
    inputs = tuple(_input_face(name, port) for name, port in node_type.node_inputs.items())
    outputs = tuple(
        PortFace(name, port.type_name, is_input=False, many=True, doc=port.doc)
        for name, port in node_type.node_outputs.items()
    )
    return inputs, outputs


def forget_faces() -> None:
    """Hold on to no node type: some are not in use any more."""
    _faces_of.cache_clear()


def _input_face(name: str, port: Any) -> PortFace:
    return PortFace(name, port.type_name, is_input=True, many=port.many, optional=port.optional, doc=port.doc)


def _ports_of_wires(
    node: str, wires: Iterable[Wire], node_type: Any
) -> tuple[tuple[PortFace, ...], tuple[PortFace, ...]]:
    """The inputs and outputs that wires use and the node type, when it is known, does not have."""
    known_inputs = node_type.node_inputs if node_type is not None else {}
    known_outputs = node_type.node_outputs if node_type is not None else {}
    doc = "the node type has no such port" if node_type is not None else ""
    inputs, outputs = set(), set()
    for wire in wires:
        if wire.to_node == node and wire.to_port not in known_inputs:
            inputs.add(wire.to_port)
        if wire.from_node == node and wire.from_port not in known_outputs:
            outputs.add(wire.from_port)
    return (
        tuple(PortFace(name, "", is_input=True, many=True, doc=doc, is_known=False) for name in sorted(inputs)),
        tuple(PortFace(name, "", is_input=False, many=True, doc=doc, is_known=False) for name in sorted(outputs)),
    )
