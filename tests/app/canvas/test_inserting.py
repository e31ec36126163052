from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDragLeaveEvent
from PySide6.QtWidgets import QApplication

from app.document.dissolving import dissolve
from tests.app.canvas.stage import CTRL, PATHS, Both, Double, Number, Shout, Stage, Sum
from tests.app.canvas.test_adding import drag_over, drop
from tests.app.canvas.test_fixing import Mixed, add

ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def wired(stage: Stage) -> Stage:
    """A number into a double, with room between them."""
    number, double = stage.add(Number, 0, 0), stage.add(Double, 560, 0)
    stage.workbench.connect(f"{number}.value", f"{double}.value")
    stage.workbench.undo_stack.clear()
    return stage


def onto_wire(stage: Stage, id: str, key: str) -> QPoint:
    """Where the mouse lets go of a card that it holds by its body, so that the card lies in the middle of a wire."""
    node = stage.node(id)
    grip = stage.at_body(id) - stage.canvas.viewer.mapFromScene(node.card_rect().center())
    return stage.at_wire(key) + grip


# -- what is there already, onto a wire -----------------------------------------------------------------------------


def test_a_node_dragged_onto_a_wire_is_put_into_it_as_one_step_with_its_move(wired):
    other = wired.add(Double, 200, 300)
    before, steps = wired.graph.positions[other], wired.workbench.undo_stack.index()
    end = onto_wire(wired, other, "number.value -> double.value")
    wired.press(wired.at_body(other))
    wired.drag_to(wired.at_body(other), end)
    assert wired.canvas.mirror.wires["number.value -> double.value"]._is_target
    wired.release(end)
    assert wired.wires() == ["double2.doubled -> double.value", "number.value -> double2.value"]
    assert wired.workbench.undo_stack.index() == steps + 1
    assert wired.workbench.undo_stack.undoText() == "Insert double2"
    assert wired.graph.positions[other] != before
    wired.workbench.undo_stack.undo()
    assert wired.wires() == ["number.value -> double.value"]
    assert wired.graph.positions[other] == before


def test_a_node_that_does_not_fit_is_only_moved(wired):
    shout = wired.add(Shout, 200, 300)
    end = onto_wire(wired, shout, "number.value -> double.value")
    wired.drag(wired.at_body(shout), end)
    assert wired.wires() == ["number.value -> double.value"]
    assert wired.graph.positions[shout][1] < 100


def test_a_node_that_has_wires_is_only_moved(wired):
    two, three = wired.add(Double, 100, 300), wired.add(Double, 400, 300)
    wired.workbench.connect(f"{two}.doubled", f"{three}.value")
    wired.drag(wired.at_body(three), onto_wire(wired, three, "number.value -> double.value"))
    assert wired.wires() == ["double2.doubled -> double3.value", "number.value -> double.value"]


def test_with_alt_a_node_is_only_moved(wired):
    other = wired.add(Double, 200, 300)
    end = onto_wire(wired, other, "number.value -> double.value")
    start = wired.at_body(other)
    wired.press(start)
    wired.drag_to(start, end)
    wired.qtbot.keyPress(wired.canvas.viewer, Qt.Key.Key_Alt, ALT)
    wired.release(end, keys=ALT)
    wired.qtbot.keyRelease(wired.canvas.viewer, Qt.Key.Key_Alt)
    assert wired.wires() == ["number.value -> double.value"]
    assert not wired.canvas.mirror.wires["number.value -> double.value"]._is_target


def test_escape_puts_the_node_back_and_unmarks_the_wire(wired):
    other = wired.add(Double, 200, 300)
    before = wired.node(other).pos()
    wired.press(wired.at_body(other))
    wired.drag_to(wired.at_body(other), onto_wire(wired, other, "number.value -> double.value"))
    wired.key(Qt.Key.Key_Escape)
    assert wired.node(other).pos() == before
    assert not wired.canvas.mirror.wires["number.value -> double.value"]._is_target
    assert wired.wires() == ["number.value -> double.value"]


def test_a_feedback_wire_stays_one_behind_the_node_that_is_put_into_it(stage):
    one, two = stage.add(Double, 0, 0), stage.add(Double, 560, 0)
    stage.workbench.connect(f"{one}.doubled", f"{two}.value")
    stage.workbench.edit(
        "Feed back", lambda graph: graph.connect(f"{two}.doubled", f"{one}.value", feedback=True, initial=3)
    )
    added = stage.workbench.insert_on_wire(PATHS[Double], "double2.doubled -> double.value", (200, 300))
    wires = stage.graph.wires
    assert not wires[f"double2.doubled -> {added}.value"].feedback
    assert wires[f"{added}.doubled -> double.value"].feedback
    assert wires[f"{added}.doubled -> double.value"].initial == 3


# -- from the palette, onto a node ----------------------------------------------------------------------------------


def at_half(stage: Stage, id: str, share: float) -> QPoint:
    card = stage.node(id).card_rect()
    return stage.canvas.viewer.mapFromScene(card.left() + share * card.width(), card.top() + 36)


def test_a_type_dropped_on_a_node_takes_from_it_and_lies_to_its_right(stage):
    number = stage.add(Number, 0, 0)
    steps = stage.workbench.undo_stack.index()
    place = at_half(stage, number, 0.7)
    drag_over(stage, place, PATHS[Both])
    assert stage.node(number).is_emphasized
    drop(stage, place, PATHS[Both])
    assert stage.wires() == ["number.value -> both.number"]
    assert stage.workbench.undo_stack.index() == steps + 1
    assert not stage.node(number).is_emphasized
    assert stage.node("both").card_rect().left() > stage.node(number).card_rect().right()


def test_a_type_dropped_on_the_left_half_feeds_the_node(stage):
    double = stage.add(Double, 400, 0)
    drop(stage, at_half(stage, double, 0.3), PATHS[Double])
    assert stage.wires() == ["double2.doubled -> double.value"]
    assert stage.node("double2").card_rect().right() < 400


def test_a_type_dropped_on_a_port_is_wired_to_that_port(stage):
    mixed = add(stage, Mixed, 0, 0)
    drop(stage, stage.at_port(f"{mixed}.told"), PATHS[Shout])
    assert stage.wires() == ["mixed.told -> shout.text"]


def test_a_type_that_does_not_fit_the_node_is_added_beside_it(stage):
    number = stage.add(Number, 0, 0)
    drop(stage, at_half(stage, number, 0.7), PATHS[Shout])
    assert stage.wires() == []
    assert not stage.node("shout").card_rect().intersects(stage.node(number).card_rect())


def test_the_card_is_unmarked_when_the_drag_leaves(stage):
    number = stage.add(Number, 0, 0)
    drag_over(stage, at_half(stage, number, 0.7), PATHS[Double])
    QApplication.sendEvent(stage.canvas.viewer.viewport(), QDragLeaveEvent())
    assert not stage.node(number).is_emphasized


# -- dissolve -------------------------------------------------------------------------------------------------------


def test_a_dissolved_node_lets_its_wires_through_as_one_step(stage):
    number, one, two = stage.add(Number, 0, 0), stage.add(Double, 250, 0), stage.add(Double, 500, 0)
    stage.workbench.connect(f"{number}.value", f"{one}.value")
    stage.workbench.connect(f"{one}.doubled", f"{two}.value")
    stage.workbench.set_wire("double.doubled -> double2.value", capacity=9)
    steps = stage.workbench.undo_stack.index()
    stage.pick(stage.context_menu(stage.at_body(one)), "Dissolve")
    assert stage.wires() == ["number.value -> double2.value"]
    assert stage.graph.wires["number.value -> double2.value"].capacity == 9
    assert stage.workbench.undo_stack.index() == steps + 1
    assert stage.messages == []
    stage.workbench.undo_stack.undo()
    assert stage.wires() == ["double.doubled -> double2.value", "number.value -> double.value"]


def test_ctrl_delete_dissolves_what_is_selected(drawn, qtbot):
    bench = drawn.workbench
    last = bench.add_node(bench.graph.nodes["scale"].type, (500, 0), connect_from="scale.scaled")
    bench.select(["scale"])
    qtbot.keyClick(drawn.canvas.viewer, Qt.Key.Key_Delete, CTRL)
    assert list(bench.graph.wires) == [f"count.value -> {last}.value"]


def test_a_chain_is_dissolved_at_once(stage):
    ids = [stage.add(Number, 0, 0), *(stage.add(Double, 200 * n, 0) for n in (1, 2, 3))]
    for before, after in pairwise(ids):
        port = "value" if before == ids[0] else "doubled"
        stage.workbench.connect(f"{before}.{port}", f"{after}.value")
    assert dissolve(stage.workbench, ids[1:3])
    assert stage.wires() == ["number.value -> double3.value"]
    assert stage.messages == []


def test_the_order_of_an_input_for_many_wires_stays(stage):
    one, two, double, total = (
        stage.add(Number, 0, 0), stage.add(Number, 0, 200), stage.add(Double, 200, 0), stage.add(Sum, 400, 0)
    )  # fmt: skip
    stage.workbench.connect(f"{one}.value", f"{double}.value")
    stage.workbench.connect(f"{double}.doubled", f"{total}.values")
    stage.workbench.connect(f"{two}.value", f"{total}.values")
    dissolve(stage.workbench, [double])
    assert list(stage.graph.wires) == ["number.value -> sum.values", "number2.value -> sum.values"]


def test_a_wire_that_cannot_be_joined_is_told(stage):
    number, mixed, shout = stage.add(Number, 0, 0), add(stage, Mixed, 250, 0), stage.add(Shout, 500, 0)
    stage.workbench.connect(f"{number}.value", f"{mixed}.first")
    stage.workbench.connect(f"{mixed}.told", f"{shout}.text")
    dissolve(stage.workbench, [mixed])
    assert stage.wires() == []
    assert "number.value -> mixed.first" in stage.messages[0]
    assert "mixed.told -> shout.text" in stage.messages[0]


def test_a_cycle_is_dissolved_into_a_feedback_wire_of_what_is_left(stage):
    one, two = stage.add(Double, 0, 0), stage.add(Double, 300, 0)
    stage.workbench.connect(f"{one}.doubled", f"{two}.value")
    stage.workbench.edit("Feed back", lambda graph: graph.connect(f"{two}.doubled", f"{one}.value", feedback=True))
    dissolve(stage.workbench, [two])
    assert stage.wires() == ["double.doubled -> double.value"]
    assert stage.graph.wires["double.doubled -> double.value"].feedback


def test_nothing_is_dissolved_without_a_selection(stage):
    stage.add(Number, 0, 0)
    steps = stage.workbench.undo_stack.index()
    assert not dissolve(stage.workbench, [])
    assert stage.workbench.undo_stack.index() == steps
