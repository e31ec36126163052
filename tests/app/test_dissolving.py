"""The law of dissolving: nothing is unwired that is not told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.document.dissolving import dissolve_node
from app.document.trust import EditorGraph
from engine import GraphError
from tests.app.canvas.stage import PATHS, Both, Double, Number, Shout, Sum

KINDS = st.sampled_from([Number, Double, Double, Sum, Shout, Both])
PORTS = st.sampled_from(["value", "doubled", "total", "loud", "values", "text", "number"])


@st.composite
def graphs(draw: st.DrawFn) -> tuple[EditorGraph, str]:
    graph = EditorGraph()
    for index, kind in enumerate(draw(st.lists(KINDS, min_size=1, max_size=7))):
        graph.add(PATHS[kind], id=f"n{index}")
    ids = st.sampled_from(sorted(graph.nodes))
    for start, output, end, input, feedback in draw(
        st.lists(st.tuples(ids, PORTS, ids, PORTS, st.booleans()), max_size=60)
    ):
        try:
            graph.connect(f"{start}.{output}", f"{end}.{input}", feedback=feedback)
        except GraphError:
            continue
    return graph, draw(ids)


@given(graphs())
def test_every_wire_stays_is_joined_or_is_told(case):
    graph, id = case
    before = dict(graph.wires)
    lost = dissolve_node(graph, id)
    untouched = [key for key, wire in before.items() if id not in (wire.from_node, wire.to_node)]
    touched = [wire for wire in before.values() if (wire.from_node == id) != (wire.to_node == id)]
    assert [key for key in graph.wires if key in untouched] == untouched, "their order stays too"
    assert id not in graph.nodes
    assert set(lost) <= {wire.key for wire in touched}
    for wire in touched:
        if wire.key in lost:
            continue
        if wire.from_node == id:
            assert any(new.input == wire.input for new in graph.wires.values())
        else:
            assert any(new.output == wire.output for new in graph.wires.values())


@given(graphs())
def test_what_is_left_is_a_graph_that_could_be_built_wire_by_wire(case):
    graph, id = case
    dissolve_node(graph, id)
    again = EditorGraph()
    for spec in graph.nodes.values():
        again.add(spec.type, id=spec.id)
    for wire in graph.wires.values():
        assert again.refusal(wire) is None
        again.connect(wire.output, wire.input, feedback=wire.feedback)
