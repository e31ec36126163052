"""What the button of a tip does to the graph: break it, and heal it."""

from __future__ import annotations

from app.document.document import Document
from engine import Graph

FAULT = "engine.library.faults:Raise"
PLACE = "broken:"
_TEXT = "Break it"
_BELOW = 190.0  # the lowest card
_ASIDE = 260.0


def break_it(document: Document, output: str) -> str:
    """Add a node that fails at every message, in a process of its own, as one undo step; its id, "" when refused."""
    added: list[str] = []

    def edit(graph: Graph) -> None:
        node, _, _ = output.partition(".")
        x, y = graph.positions.get(node, (0.0, 0.0))
        lowest = max((place[1] for place in graph.positions.values()), default=y)
        spec = graph.add(FAULT, id=graph.unused_id("broken"), location=PLACE)
        graph.set_parameter(spec.id, "after", 0)
        graph.move(spec.id, x + _ASIDE, lowest + _BELOW)
        graph.connect(output, f"{spec.id}.value", overflow="drop_oldest")  # whoever fails holds nobody up
        added.append(spec.id)

    return added[0] if document.edit(_TEXT, edit) else ""


def heal(document: Document, broken: str) -> None:
    """Take the failing node away: by undoing where it was the last edit, so that nothing of it stays."""
    if document.undo_stack.canUndo() and document.undo_stack.undoText() == _TEXT:
        document.undo_stack.undo()
    elif broken in document.graph.nodes:
        document.remove([broken])
