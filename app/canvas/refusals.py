"""Why the wire in flight could not end at a port, asked of the document once for each port."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.canvas.port_item import PortItem
from app.document.wiring import copy_of

if TYPE_CHECKING:
    from app.workbench import Workbench
    from engine import Graph, Wire


def ends_of(one: PortItem, other: PortItem) -> tuple[str, str]:
    """Output and input of a wire between two ports, `node.port` each, whichever was taken first."""
    return (other.end, one.end) if one.is_input else (one.end, other.end)


class Refusals:
    """For one wire: the port where it is fixed, and the wire it replaces while one of its ends is in the hand."""

    def __init__(self, workbench: Workbench, fixed: PortItem, moved_wire: Wire | None = None) -> None:
        self._workbench = workbench
        self._fixed = fixed
        self._moved = moved_wire
        self._without_moved = _graph_without(workbench.graph, moved_wire) if moved_wire is not None else None
        self._known: dict[str, str | None] = {}

    def of(self, port: PortItem) -> str | None:
        """The reason, or None when the wire may end here."""
        if port.is_input == self._fixed.is_input:
            kind = "inputs" if port.is_input else "outputs"
            return f"both are {kind}: a wire goes from an output to an input"
        return self.of_end(port.end)

    def of_end(self, end: str) -> str | None:
        """The reason for a port on the other side of the wire (`node.port`), whether it is seen or not."""
        if end not in self._known:
            self._known[end] = self._ask(*((end, self._fixed.end) if self._fixed.is_input else (self._fixed.end, end)))
        return self._known[end]

    def _ask(self, output: str, input: str) -> str | None:
        if self._moved is None or self._without_moved is None:
            return _short(self._workbench.wire_refusal(output, input), output, input)
        from_node, _, from_port = output.partition(".")
        to_node, _, to_port = input.partition(".")
        wire = replace(self._moved, from_node=from_node, from_port=from_port, to_node=to_node, to_port=to_port)
        refusal = self._without_moved.refusal(wire)
        return _short(str(refusal), output, input) if refusal is not None else None


def _short(reason: str | None, output: str, input: str) -> str | None:
    """The reason without the name of the wire, which is there to be seen."""
    return reason and reason.removeprefix(f"cannot connect {output} -> {input}: ")


def _graph_without(graph: Graph, wire: Wire) -> Graph:
    copy = copy_of(graph)
    copy.wires.pop(wire.key, None)
    return copy
