"""The cards that are no node's own: of a group, with the ports that it needs, and of what lies outside of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from app.canvas.card import Card, CardKind, PortFace, card_of
from app.canvas.level import FROM_OUTSIDE, Level
from app.document.groups import common_location, read_groups
from engine.graph.location import Location

if TYPE_CHECKING:
    from app.workbench import Workbench
    from engine import Wire

_NAMED = 12  # nodes of a group in its tooltip


def group_card(workbench: Workbench, level: Level, id: str, wires_of: Mapping[str, Sequence[Wire]]) -> Card:
    """The card of a group: the ports that wires from and to it end at, and those inside that still want one.

    These are required inputs without a wire, and the outputs of nodes that no wire leaves at all.
    """
    graph = workbench.graph
    group = read_groups(graph).by_id[id]
    nodes = level.groups[id]
    inside = set(nodes)
    inputs: list[PortFace] = []
    outputs: list[PortFace] = []
    for node in nodes:
        wires = wires_of.get(node, ())
        card = card_of(workbench, graph.nodes[node], wires)
        fed = {wire.to_port for wire in wires if wire.to_node == node}
        fed_from_outside = {wire.to_port for wire in wires if wire.to_node == node and wire.from_node not in inside}
        leaving = [wire for wire in wires if wire.from_node == node]
        read_outside = {wire.from_port for wire in leaving if wire.to_node not in inside}
        for face in card.inputs:
            if face.name in fed_from_outside or (face.name not in fed and not face.optional):
                inputs.append(_inner_face(face, card))
        outputs += [_inner_face(face, card) for face in card.outputs if not leaving or face.name in read_outside]
    location = common_location(graph, nodes)
    return Card(
        id,
        group.label,
        "",
        f"group of {len(nodes)} {'node' if len(nodes) == 1 else 'nodes'}",
        ", ".join(graph.nodes[node].label for node in nodes[:_NAMED]) + (" …" if len(nodes) > _NAMED else ""),
        "group",
        location or Location(),
        "",
        tuple(inputs),
        tuple(outputs),
        is_known=True,
        kind=CardKind.GROUP,
        is_mixed=location is None,
    )


def inner_faces(workbench: Workbench, nodes: Iterable[str], *, is_input: bool) -> list[PortFace]:
    """All inputs or outputs of the nodes in a group, wired or not."""
    found: list[PortFace] = []
    for node in nodes:
        card = card_of(workbench, workbench.graph.nodes[node], ())
        found += [_inner_face(face, card) for face in (card.inputs if is_input else card.outputs)]
    return found


def outside_card(workbench: Workbench, level: Level, id: str, wires_of: Mapping[str, Sequence[Wire]]) -> Card:
    """The card of what is outside a group: where wires come from, or where they go."""
    graph = workbench.graph
    comes = id == FROM_OUTSIDE
    faces = []
    for end in level.coming if comes else level.going:
        node, _, port = end.partition(".")
        card = card_of(workbench, graph.nodes[node], wires_of.get(node, ()))
        face = next(face for face in (card.outputs if comes else card.inputs) if face.name == port)
        faces.append(_inner_face(face, card))
    return Card(
        id,
        "From outside" if comes else "To outside",
        "",
        "outside this group",
        "What is outside this group. Double-click to leave the group.",
        "outside-in" if comes else "outside-out",
        Location(),
        "",
        () if comes else tuple(faces),
        tuple(faces) if comes else (),
        is_known=True,
        kind=CardKind.OUTSIDE,
    )


def _inner_face(face: PortFace, card: Card) -> PortFace:
    return replace(face, node=card.id, node_label=card.label)
