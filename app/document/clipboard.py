"""Nodes as text: what copy puts on the clipboard and paste reads is the format of the graph file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.document.trust import EditorGraph
from engine import Graph, Snapshot
from engine.graph.file import format_graph, parse_graph


def text_of(graph: Graph, ids: Iterable[str]) -> str:
    """The chosen nodes with the wires among them and their positions, as the text of a graph file."""
    chosen = {id for id in ids if id in graph.nodes}
    part = EditorGraph()
    part.restore(
        Snapshot(
            {id: spec for id, spec in graph.nodes.items() if id in chosen},
            {key: wire for key, wire in graph.wires.items() if wire.from_node in chosen and wire.to_node in chosen},
            {id: place for id, place in graph.positions.items() if id in chosen},
            {},
            {},
            graph.version,
        )
    )
    return format_graph(part)


def pasted(
    graph: Graph,
    text: str,
    *,
    at: tuple[float, float] | None = None,
    offset: tuple[float, float] = (0.0, 0.0),
) -> tuple[Snapshot, list[str]]:
    """The content of a graph with the nodes of a text added under new ids.

    Args:
        graph: where they are added; it is not changed.
        text: the text of a graph file.
        at: where the upper left corner of the added nodes goes; None keeps their places, shifted by `offset`.
        offset: the shift, (x, y).

    Returns:
        The new content, and the ids of the added nodes.

    Raises:
        FileFormatError: the text is no graph.
    """
    part = parse_graph(text, EditorGraph, name="the clipboard")
    target = EditorGraph()
    target.restore(graph.snapshot())
    new_ids: dict[str, str] = {}
    for old, spec in part.nodes.items():
        new = target.unused_id(old)
        new_ids[old] = new
        target.nodes[new] = replace(spec, id=new)
    for wire in part.wires.values():
        moved = replace(wire, from_node=new_ids[wire.from_node], to_node=new_ids[wire.to_node])
        target.wires[moved.key] = moved
    places = {id: place for id, place in part.positions.items() if id in new_ids}
    if at is not None and places:
        offset = (at[0] - min(x for x, _ in places.values()), at[1] - min(y for _, y in places.values()))
    for old, (x, y) in places.items():
        target.positions[new_ids[old]] = (x + offset[0], y + offset[1])
    return target.snapshot(), list(new_ids.values())
