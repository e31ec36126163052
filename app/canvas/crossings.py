"""Which wires of the canvas leave their loop, over which bridge, and what a message costs there, also before a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.insight.costs import bridge_costs
from app.insight.crossing import NOT_CROSSING, Crossing, crossing_of

if TYPE_CHECKING:
    from app.canvas.mirror import Mirror
    from app.workbench import Workbench
    from engine import Wire


class Crossings:
    """Works out the crossing of each wire of the document, and shows it on the wires while nothing runs."""

    def __init__(self, mirror: Mirror, workbench: Workbench) -> None:
        self._mirror = mirror
        self._workbench = workbench

    def show_all(self) -> None:
        """Show on every wire the bridge it would get."""
        source = bridge_costs().source
        for key, wire in self._workbench.graph.wires.items():
            item = self._mirror.wires.get(key)
            if item is not None:
                crossing = self.of(wire)
                note = f"{crossing.badge} a message ({source})" if crossing.cost and crossing.badge else crossing.badge
                item.show_crossing(crossing.badge.replace(" · ", "\n"), note)  # the room between two cards is narrow

    def of(self, wire: Wire, bytes_each: int = 0) -> Crossing:
        """The crossing of a wire; `bytes_each` is the size of its messages where that was measured."""
        graph = self._workbench.graph
        sender, receiver = graph.nodes[wire.from_node], graph.nodes[wire.to_node]
        if sender.location == receiver.location:
            return NOT_CROSSING
        return crossing_of(graph, wire, bridge_costs(), self._port_type(wire), bytes_each)

    def _port_type(self, wire: Wire) -> Any:
        node_type = self._workbench.node_type(wire.from_node)
        port = node_type.node_outputs.get(wire.from_port) if node_type is not None else None
        return port.type if port is not None else Any
