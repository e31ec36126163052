"""Every edit is one undo step, and a refused edit changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.workbench import Workbench
from engine.graph.file import format_graph
from tests.app.shapes import COUNT, SCALE, WORDS

WIRE = "count.value -> scale.value"

EDITS: dict[str, Callable[[Workbench], object]] = {
    "add": lambda bench: bench.add_node(SCALE, (1, 2)),
    "add with wire": lambda bench: bench.add_node(SCALE, (1, 2), connect_from="scale.scaled"),
    "insert": lambda bench: bench.insert_on_wire(SCALE, WIRE, (5, 5)),
    "remove": lambda bench: bench.remove(["scale"]),
    "remove wire": lambda bench: bench.remove([], [WIRE]),
    "delete selection": lambda bench: (bench.select(["count", "scale"]), bench.delete_selection()),
    "connect": lambda bench: bench.connect("count.value", "other.value"),
    "reconnect": lambda bench: bench.reconnect(WIRE, "count.value", "other.value"),
    "disconnect": lambda bench: bench.disconnect(WIRE),
    "move": lambda bench: bench.move({"count": (9, 9), "scale": (8, 8)}),
    "rename": lambda bench: bench.rename("count", "Zähler"),
    "parameter": lambda bench: bench.set_parameter("scale", "factor", 5),
    "location": lambda bench: bench.set_location(["count", "scale"], "ml:"),
    "policy": lambda bench: bench.set_error_policy(["scale"], "restart"),
    "wire": lambda bench: bench.set_wire(WIRE, capacity=3, overflow="latest"),
    "cut": lambda bench: (bench.select(["scale"]), bench.cut()),
    "paste": lambda bench: (bench.select(["count", "scale"]), bench.copy(), bench.paste()),
    "duplicate": lambda bench: (bench.select(["count", "scale"]), bench.duplicate()),
    "plot": lambda bench: bench.add_plot("scale.scaled"),
}


@pytest.fixture
def drawn(workbench: Workbench) -> Workbench:
    workbench.add_node(COUNT, (0, 0))
    workbench.add_node(SCALE, (200, 0), connect_from="count.value")
    workbench.add_node(SCALE, (200, 200))
    workbench.graph.nodes["other"] = workbench.graph.nodes.pop("scale2").__class__("other", SCALE)
    workbench.graph.positions["other"] = workbench.graph.positions.pop("scale2")
    workbench.undo_stack.clear()
    return workbench


@pytest.mark.parametrize("name", EDITS)
def test_every_edit_is_one_step_that_undo_takes_back_and_redo_repeats(drawn: Workbench, name: str) -> None:
    before = format_graph(drawn.graph)
    EDITS[name](drawn)
    after = format_graph(drawn.graph)
    assert after != before
    assert drawn.undo_stack.count() == 1
    drawn.undo_stack.undo()
    assert format_graph(drawn.graph) == before
    drawn.undo_stack.redo()
    assert format_graph(drawn.graph) == after


REFUSED: dict[str, Callable[[Workbench], object]] = {
    "type does not fit": lambda bench: bench.connect("count.value", "words.text"),
    "input taken": lambda bench: bench.connect("count.value", "scale.value"),
    "cycle": lambda bench: bench.connect("scale.scaled", "scale.value"),
    "no such node": lambda bench: bench.connect("nobody.value", "scale.value"),
    "insert without a fit": lambda bench: bench.insert_on_wire(WORDS, WIRE, (0, 0)),
    "reconnect without a fit": lambda bench: bench.reconnect(WIRE, "count.value", "words.text"),
    "no location": lambda bench: bench.set_location(["count", "scale"], "a:b:c:d"),
    "no policy": lambda bench: bench.set_error_policy(["scale"], "panic"),
    "no capacity": lambda bench: bench.set_wire(WIRE, capacity=0),
    "no type": lambda bench: bench.add_node("engine.library.sources:Nothing", (0, 0)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_edit_says_why_and_changes_nothing(drawn: Workbench, qtbot, name: str) -> None:
    drawn.add_node(WORDS, (400, 0))
    drawn.undo_stack.clear()
    before = format_graph(drawn.graph)
    with qtbot.waitSignal(drawn.message, timeout=1000) as told:
        assert not REFUSED[name](drawn)
    assert told.args[0] == "warning"
    assert told.args[1]
    assert format_graph(drawn.graph) == before
    assert drawn.undo_stack.count() == 0


def test_consecutive_changes_of_one_parameter_are_one_step(drawn: Workbench) -> None:
    for factor in (3, 4, 5):
        assert drawn.set_parameter("scale", "factor", factor) is None
    drawn.set_parameter("scale", "mode", "down")
    assert drawn.undo_stack.count() == 2
    drawn.undo_stack.undo()
    drawn.undo_stack.undo()
    assert "factor" not in drawn.graph.nodes["scale"].parameters


def test_a_refused_parameter_value_gives_the_reason(drawn: Workbench) -> None:
    reason = drawn.set_parameter("scale", "factor", 11)
    assert reason is not None
    assert "at most 10" in reason
    assert drawn.undo_stack.count() == 0


def test_a_drag_in_many_moves_is_one_step(drawn: Workbench) -> None:
    for x in range(1, 6):
        drawn.move({"count": (x, x)})
    assert drawn.undo_stack.count() == 1
    drawn.undo_stack.undo()
    assert drawn.graph.positions["count"] == (0, 0)


def test_an_edit_that_changes_nothing_is_no_step(drawn: Workbench) -> None:
    drawn.rename("count", "")
    drawn.set_location(["count"], str(drawn.graph.nodes["count"].location))
    assert drawn.undo_stack.count() == 0


def test_a_new_node_gets_the_default_location_and_the_selection(workbench: Workbench) -> None:
    id = workbench.add_node(COUNT, (1, 2))
    assert workbench.selection == (id,)
    assert workbench.graph.nodes[id].location.label == "engine:"
    assert workbench.graph.positions[id] == (1, 2)


def test_what_is_removed_is_no_longer_selected(drawn: Workbench) -> None:
    drawn.select(["count", "scale"])
    drawn.remove(["count"])
    assert drawn.selection == ("scale",)


def test_pasted_nodes_keep_their_inner_wires_under_new_ids(drawn: Workbench, qapp) -> None:
    drawn.set_parameter("scale", "factor", 7)
    drawn.select(["count", "scale"])
    drawn.copy()
    drawn.paste()
    assert drawn.selection == ("count2", "scale2")
    assert "count2.value -> scale2.value" in drawn.graph.wires
    assert drawn.graph.nodes["scale2"].parameters == {"factor": 7}
    x, y = drawn.graph.positions["count2"]
    assert (x, y) != drawn.graph.positions["count"]
    drawn.paste(at=(1000, 500))
    assert drawn.graph.positions["count3"] == (1000, 500)


def test_copied_nodes_can_be_pasted_into_another_window(drawn: Workbench, qapp) -> None:
    drawn.select(["count", "scale"])
    drawn.copy()
    other = Workbench()
    other.paste()
    assert list(other.graph.wires) == [WIRE]


@pytest.mark.parametrize("text", ["", "hello", "[1,2]", '{"tidewire": 1, "nodes": [7]}', "{" * 200])
def test_a_foreign_clipboard_says_so_and_breaks_nothing(drawn: Workbench, qtbot, qapp, text: str) -> None:
    qapp.clipboard().setText(text)
    before = format_graph(drawn.graph)
    with qtbot.waitSignal(drawn.message, timeout=1000):
        drawn.paste()
    assert format_graph(drawn.graph) == before
    drawn.rename("count", "still here")
    drawn.undo_stack.undo()
    assert format_graph(drawn.graph) == before


NODE = st.sampled_from(["count", "scale", "other", "count2", "scale2", "scale3"])
STEP = st.one_of(
    st.builds(lambda x: lambda b: b.add_node(SCALE, (x, x)), st.integers(-500, 500)),
    st.builds(lambda a: lambda b: b.remove([a]), NODE),
    st.builds(lambda a, z: lambda b: b.connect(f"{a}.scaled", f"{z}.value"), NODE, NODE),
    st.builds(lambda a, x: lambda b: b.move({a: (x, -x)}), NODE, st.integers(-500, 500)),
    st.builds(lambda a, text: lambda b: b.rename(a, text), NODE, st.text(max_size=5)),
    st.builds(lambda a, x: lambda b: a in b.graph.nodes and b.set_parameter(a, "factor", x), NODE, st.integers()),
    st.builds(lambda a, place: lambda b: b.set_location([a], place), NODE, st.sampled_from(["", "t", "p:", "?"])),
    st.builds(lambda a: lambda b: (b.select([a, "scale"]), b.duplicate()), NODE),
    st.builds(lambda a: lambda b: b.add_plot(f"{a}.scaled"), NODE),
)


@given(steps=st.lists(STEP, max_size=25))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_edits_undone_give_the_same_bytes_and_redone_the_same_end(qapp, steps) -> None:
    bench = Workbench()
    bench.add_node(COUNT, (0, 0))
    bench.add_node(SCALE, (200, 0), connect_from="count.value")
    bench.undo_stack.clear()
    before = format_graph(bench.graph)
    for step in steps:
        step(bench)
    after = format_graph(bench.graph)
    while bench.undo_stack.canUndo():
        bench.undo_stack.undo()
    assert format_graph(bench.graph) == before
    while bench.undo_stack.canRedo():
        bench.undo_stack.redo()
    assert format_graph(bench.graph) == after
