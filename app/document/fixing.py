"""What to do about a wire that is refused: each way out is an edit that was tried out, and is one undo step.

The ways: another port of the node, another wire's place, a feedback wire, a node in between that converts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from app.document.converting import converters
from app.document.wiring import copy_of, place_node, put_into_wire, refusal_of
from engine import Graph, GraphError, Node, UnknownNodeType, Wire, catalog

if TYPE_CHECKING:
    from app.document.document import Document

_MOST_CONVERTERS = 6


@dataclass(frozen=True)
class Fix:
    """One way out. `edit` changes a graph, or raises, and says which nodes it added.

    Attributes:
        kind: "port", "replace", "feedback" or "convert".
        text: what the offer says.
        tip: a line of help.
        step: what the undo step is called.
        type_path: the node type that it adds; empty when it adds none.
    """

    kind: str
    text: str
    tip: str
    step: str
    edit: Callable[[Graph], list[str]]
    type_path: str = ""

    def apply(self, document: Document) -> bool:
        """Do it as one undo step; what was added is selected. False, with a message, when it is refused after all."""
        added: list[str] = []
        if not document.edit(self.step, lambda graph: added.extend(self.edit(graph))):
            return False
        if added:
            document.select(added)
        return True


@dataclass(frozen=True, slots=True)
class WireEnd:
    """One port: the end of a wire that stays (`fixed`), or the one that refuses."""

    node: str
    port: str
    is_input: bool

    def __str__(self) -> str:
        return f"{self.node}.{self.port}"


class Fixer:
    """Finds the ways out for one wire in the hand.

    Args:
        graph: what is edited; looked at only.
        fixed: the end that stays.
        types: the node types that may be added, the most liked first.
        moved: the wire whose other end is in the hand; None for a new wire.
    """

    def __init__(self, graph: Graph, fixed: WireEnd, types: Sequence[type[Node]], moved: Wire | None = None) -> None:
        self._fixed = fixed
        self._types = types
        self._moved = moved
        self._graph = copy_of(graph)
        if moved is not None:
            self._graph.wires.pop(moved.key, None)

    def fixes(self, refused: WireEnd, place: tuple[float, float]) -> list[Fix]:
        """The ways out for a wire to this port, the nearest to what was wished first; `place` is for a new node."""
        found = self._other_ports(refused)
        if refused.is_input != self._fixed.is_input:
            wire = self._wire_to(refused)
            if self._graph.type_refusal(wire) is None:
                found += self._taking_the_place(wire)
            else:
                found += self._converting(wire, place)
        return [fix for fix in found if refusal_of(self._graph, fix.edit) is None]

    def _wire_to(self, end: WireEnd) -> Wire:
        output, input = (end, self._fixed) if self._fixed.is_input else (self._fixed, end)
        like = self._moved or Wire("", "", "", "")
        return replace(like, from_node=output.node, from_port=output.port, to_node=input.node, to_port=input.port)

    def _other_ports(self, refused: WireEnd) -> list[Fix]:
        node_type = _type_of(self._graph, refused.node)
        if node_type is None or refused.node == self._fixed.node:
            return []
        wants_input = not self._fixed.is_input
        label = self._graph.nodes[refused.node].label
        found = []
        for port in node_type.node_inputs if wants_input else node_type.node_outputs:
            end = WireEnd(refused.node, port, wants_input)
            if end in (refused, self._fixed):
                continue
            wire = self._wire_to(end)
            found.append(Fix("port", f"Use {port} of {label}", f"wire {wire.key}", "Connect", self._connecting(wire)))
        return found

    def _taking_the_place(self, wire: Wire) -> list[Fix]:
        taken = [old for old in self._graph.wires.values() if old.input == wire.input]
        if self._graph.accepts_many(wire):
            taken = []
        back = replace(wire, feedback=True)
        tip = "it closes the cycle: each message is delivered one tick later"
        if not taken:
            return [Fix("feedback", "Make it a feedback wire", tip, "Connect as feedback", self._connecting(back))]
        from_where = f"{self._graph.nodes[taken[0].from_node].label}.{taken[0].from_port}"
        text = f"Replace the wire from {from_where}"
        plain = Fix("replace", text, f"{taken[0].key} goes", "Replace wire", self._connecting(wire, taken))
        if refusal_of(self._graph, plain.edit) is None:
            return [plain]
        return [Fix("replace", f"{text} by a feedback wire", tip, "Replace wire", self._connecting(back, taken))]

    def _converting(self, wire: Wire, place: tuple[float, float]) -> list[Fix]:
        giving, taking = _type_of(self._graph, wire.from_node), _type_of(self._graph, wire.to_node)
        try:
            output, input = giving.node_outputs[wire.from_port], taking.node_inputs[wire.to_port]
        except (AttributeError, KeyError):
            return []
        taken = [] if input.many else [old for old in self._graph.wires.values() if old.input == wire.input]
        more = f", replacing the wire from {taken[0].output}" if taken else ""
        found = []
        for kind in converters(self._types, output, input)[:_MOST_CONVERTERS]:
            path = catalog.path_of(kind)
            doc = (kind.__doc__ or "").strip().partition("\n")[0]
            edit = self._inserting(path, wire, place, taken)
            found.append(Fix("convert", f"Insert {kind.title}{more}", doc, f"Insert {kind.title}", edit, path))
        return found

    def _connecting(self, wire: Wire, instead_of: Sequence[Wire] = ()) -> Callable[[Graph], list[str]]:
        def edit(graph: Graph) -> list[str]:
            self._clear(graph, instead_of)
            refusal = graph.refusal(wire)
            if refusal is not None:
                raise refusal
            content = graph.snapshot()
            graph.restore(replace(content, wires={**content.wires, wire.key: wire}))
            return []

        return edit

    def _inserting(
        self, type_path: str, wire: Wire, place: tuple[float, float], instead_of: Sequence[Wire]
    ) -> Callable[[Graph], list[str]]:
        def edit(graph: Graph) -> list[str]:
            self._clear(graph, instead_of)
            id = place_node(graph, type_path, place)
            put_into_wire(graph, id, wire)
            return [id]

        return edit

    def _clear(self, graph: Graph, wires: Sequence[Wire]) -> None:
        for wire in (*wires, *([self._moved] if self._moved is not None else [])):
            if wire.key in graph.wires:
                graph.disconnect(wire)


def _type_of(graph: Graph, id: str) -> Any:
    try:
        return graph.type_of(id)
    except (UnknownNodeType, GraphError):
        return None
