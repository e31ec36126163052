"""What of a document is seen on one level: its own nodes and the cards of its groups, and the wires between those.

Pure values. A wire into a group ends at the card of the group; inside a group, a wire that comes from outside or goes
there ends at one of two cards that stand for all that is outside. So every wire that crosses a border is seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.document.groups import TOP, read_groups

if TYPE_CHECKING:
    from engine import Graph

FROM_OUTSIDE = "<"  # ids of the two cards: neither a node nor a group can have them
TO_OUTSIDE = ">"
OUTSIDE = (FROM_OUTSIDE, TO_OUTSIDE)


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a document.

    Attributes:
        id: the group whose inside it is; `TOP` for the whole graph.
        nodes: ids of the nodes that are seen as themselves, in the order of the document.
        groups: by id of each group that is seen as a card, the nodes in it.
        card_of: by node, the id of the card that it is seen as; nodes outside are not there.
        wires: by key of each wire that is seen, the cards where it begins and ends.
        coming, going: the ends outside, `node.port`, of wires that come in and go out, each once.
    """

    id: str
    nodes: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    card_of: Mapping[str, str]
    wires: Mapping[str, tuple[str, str]]
    coming: tuple[str, ...] = ()
    going: tuple[str, ...] = ()

    @property
    def cards(self) -> list[str]:
        """The ids of all cards."""
        outside = [id for id, ends in ((FROM_OUTSIDE, self.coming), (TO_OUTSIDE, self.going)) if ends]
        return [*self.nodes, *self.groups, *outside]

    def nodes_of(self, card: str) -> tuple[str, ...]:
        """The nodes that a card stands for."""
        return self.groups.get(card, () if card in OUTSIDE else (card,))


def level_of(graph: Graph, id: str) -> Level:
    """The level of a group of a graph, or with `TOP` the outermost."""
    groups = read_groups(graph)
    if not groups.by_id:
        wires = {key: (wire.from_node, wire.to_node) for key, wire in graph.wires.items()}
        return Level(TOP, tuple(graph.nodes), {}, {node: node for node in graph.nodes}, wires)
    nodes = tuple(node for node in graph.nodes if groups.level_of(node) == id)
    inner = {group: tuple(groups.nodes_below(group)) for group in groups.inside.get(id, ())}
    card_of = {node: node for node in nodes}
    for group, below in inner.items():
        card_of.update(dict.fromkeys(below, group))
    seen: dict[str, tuple[str, str]] = {}
    coming: dict[str, None] = {}
    going: dict[str, None] = {}
    for key, wire in graph.wires.items():
        start, end = card_of.get(wire.from_node), card_of.get(wire.to_node)
        if start is None and end is None:
            continue
        if start is None:
            coming[wire.output] = None
        if end is None:
            going[wire.input] = None
        if start != end or start not in inner:
            seen[key] = (start or FROM_OUTSIDE, end or TO_OUTSIDE)
    return Level(id, nodes, inner, card_of, seen, tuple(coming), tuple(going))
