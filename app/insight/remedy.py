"""What could be done about something, as data: nodes to move and wires to change. Applied as one undo step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine import Graph


@dataclass(frozen=True)
class Remedy:
    """One thing that helps.

    Attributes:
        label: what it does, as a button says it and as the history calls the step.
        why: what it changes and what it costs.
        moves: node -> location.
        wires: key of a wire -> what to change of it.
    """

    label: str
    why: str = ""
    moves: Mapping[str, str] = field(default_factory=dict)
    wires: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def apply_to(self, graph: Graph) -> None:
        """Do it. What is gone since is left out; raises a `TidewireError` for what cannot be."""
        for id, location in self.moves.items():
            if id in graph.nodes:
                graph.set_location(id, location)
        for key, changes in self.wires.items():
            if key in graph.wires:
                graph.set_wire(key, **changes)
