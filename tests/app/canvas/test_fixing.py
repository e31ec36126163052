from __future__ import annotations

from PySide6.QtCore import QPoint, Qt

from app.canvas.fix_popup import FixPopup
from engine import In, Node, Out, catalog
from tests.app.canvas.stage import LEFT, PLAIN, TYPES, Double, Number, Shout, Stage, Sum


class Spell(Node):
    """Says a number in words."""

    category = "Tests"
    number = In(int)
    words = Out(str)


class Pass(Node):
    """Passes anything on."""

    category = "Tests"
    value = In()
    passed = Out()


class Mixed(Node):
    """Two numbers and a text."""

    category = "Tests"
    first = In(int)
    second = In(int)
    text = In(str, optional=True)
    total = Out(int)
    told = Out(str)


def popup_of(stage: Stage) -> FixPopup:
    found = [popup for popup in stage.canvas.findChildren(FixPopup) if popup.is_open]
    assert len(found) == 1
    return found[0]


def add(stage: Stage, kind: type[Node], x: float, y: float) -> str:
    id = stage.workbench.add_node(catalog.path_of(kind), (x, y))
    assert id is not None
    stage.workbench.select(())
    return id


def drag_refused(stage: Stage, output: str, input: str) -> FixPopup:
    stage.drag(stage.at_port(output), stage.at_port(input))
    return popup_of(stage)


def test_a_converter_is_offered_at_the_cursor_and_inserted_as_one_step(stage):
    stage.canvas.show_types([*TYPES, Spell, Pass])
    number, shout = stage.add(Number, 0, 0), stage.add(Shout, 500, 60)
    steps = stage.workbench.undo_stack.index()
    start, end = stage.at_port(f"{number}.value"), stage.at_port(f"{shout}.text")
    stage.press(start)
    stage.drag_to(start, end)
    assert "int" in stage.canvas.reason.text()
    assert "Insert Spell" in stage.canvas.reason.text(), "what letting go offers is told while dragging"
    stage.release(end)
    popup = popup_of(stage)
    assert popup.texts() == ["Insert Spell"], "what passes anything on converts nothing"
    assert stage.canvas.viewer.live_wire.isVisible(), "the wire hangs on until something is chosen"
    assert stage.wires() == []
    stage.key(Qt.Key.Key_Return)
    assert stage.wires() == ["number.value -> spell.number", "spell.words -> shout.text"]
    assert stage.workbench.undo_stack.index() == steps + 1
    assert stage.workbench.undo_stack.undoText() == "Insert Spell"
    assert stage.workbench.selection == ("spell",)
    assert not stage.canvas.viewer.live_wire.isVisible()
    x, _ = stage.graph.positions["spell"]
    assert 0 < x < 500
    stage.workbench.undo_stack.undo()
    assert stage.wires() == []
    assert set(stage.graph.nodes) == {"number", "shout"}


def test_the_other_port_of_the_node_is_offered(stage):
    stage.canvas.show_types(TYPES)
    number, mixed = stage.add(Number, 0, 0), add(stage, Mixed, 400, 0)
    popup = drag_refused(stage, f"{number}.value", f"{mixed}.text")
    assert popup.texts() == ["Use first of mixed", "Use second of mixed"]
    stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Return)
    assert stage.wires() == ["number.value -> mixed.second"]


def test_two_outputs_lead_to_the_inputs_of_the_node(stage):
    number, mixed = stage.add(Number, 0, 0), add(stage, Mixed, 400, 0)
    popup = drag_refused(stage, f"{number}.value", f"{mixed}.total")
    assert popup.texts() == ["Use first of mixed", "Use second of mixed"]


def test_a_wire_from_an_input_is_offered_the_other_output(stage):
    mixed, double = add(stage, Mixed, 0, 0), stage.add(Double, 400, 0)
    popup = drag_refused(stage, f"{double}.value", f"{mixed}.told")
    assert popup.texts() == ["Use total of mixed"]
    stage.key(Qt.Key.Key_Return)
    assert stage.wires() == ["mixed.total -> double.value"]


def test_a_wire_that_closes_a_cycle_is_offered_as_a_feedback_wire(stage):
    one, two = stage.add(Double, 0, 0), stage.add(Double, 300, 0)
    stage.workbench.connect(f"{one}.doubled", f"{two}.value")
    stage.canvas.show_types([])
    popup = drag_refused(stage, f"{two}.doubled", f"{one}.value")
    assert popup.texts() == ["Make it a feedback wire"]
    stage.key(Qt.Key.Key_Return)
    assert stage.graph.wires["double2.doubled -> double.value"].feedback
    stage.workbench.undo_stack.undo()
    assert stage.wires() == ["double.doubled -> double2.value"]


def test_the_wire_that_is_in_the_way_is_replaced_by_a_click_as_one_step(stage):
    one, two, double = stage.add(Number, 0, 0), stage.add(Number, 0, 200), stage.add(Double, 400, 60)
    stage.workbench.connect(f"{one}.value", f"{double}.value")
    steps = stage.workbench.undo_stack.index()
    popup = drag_refused(stage, f"{two}.value", f"{double}.value")
    assert popup.texts() == ["Replace the wire from number.value"]
    place = popup.list.visualItemRect(popup.list.item(0)).center()
    stage.qtbot.mouseClick(popup.list.viewport(), LEFT, PLAIN, place)
    assert stage.wires() == ["number2.value -> double.value"]
    assert stage.workbench.undo_stack.index() == steps + 1
    stage.workbench.undo_stack.undo()
    assert stage.wires() == ["number.value -> double.value"]


def test_a_moved_end_that_is_refused_keeps_its_settings_through_the_fix(stage):
    one, two = stage.add(Number, 0, 0), stage.add(Number, 0, 200)
    a, b = stage.add(Double, 400, 0), stage.add(Double, 400, 200)
    stage.workbench.connect(f"{one}.value", f"{a}.value")
    stage.workbench.connect(f"{two}.value", f"{b}.value")
    stage.workbench.set_wire("number.value -> double.value", capacity=5)
    popup = drag_refused(stage, f"{a}.value", f"{b}.value")
    assert popup.texts() == ["Replace the wire from number2.value"]
    assert stage.wires() == ["number.value -> double.value", "number2.value -> double2.value"]
    stage.key(Qt.Key.Key_Return)
    assert stage.wires() == ["number.value -> double2.value"]
    assert stage.graph.wires["number.value -> double2.value"].capacity == 5


def test_a_taken_input_that_would_close_a_cycle_is_replaced_by_a_feedback_wire(stage):
    number, one, two = stage.add(Number, -250, 0), stage.add(Double, 0, 0), stage.add(Double, 300, 0)
    stage.workbench.connect(f"{number}.value", f"{one}.value")
    stage.workbench.connect(f"{one}.doubled", f"{two}.value")
    popup = drag_refused(stage, f"{two}.doubled", f"{one}.value")
    assert popup.texts() == ["Replace the wire from number.value by a feedback wire"]
    stage.key(Qt.Key.Key_Return)
    assert stage.graph.wires["double2.doubled -> double.value"].feedback
    assert "number.value -> double.value" not in stage.graph.wires


def test_escape_in_the_offer_changes_nothing_and_gives_the_keyboard_back(stage):
    one, two, double = stage.add(Number, 0, 0), stage.add(Number, 0, 200), stage.add(Double, 400, 60)
    stage.workbench.connect(f"{one}.value", f"{double}.value")
    popup = drag_refused(stage, f"{two}.value", f"{double}.value")
    assert popup.list.hasFocus()
    stage.key(Qt.Key.Key_Escape)
    assert not popup.is_open
    assert stage.wires() == ["number.value -> double.value"]
    assert not stage.canvas.viewer.live_wire.isVisible()
    assert stage.canvas.viewer.hasFocus()


def test_a_wire_let_go_on_a_card_that_has_nothing_free_is_offered_a_way(stage):
    one, two, double = stage.add(Number, 0, 0), stage.add(Number, 0, 200), stage.add(Double, 400, 60)
    stage.workbench.connect(f"{one}.value", f"{double}.value")
    stage.drag(stage.at_port(f"{two}.value"), stage.at_body(double))
    assert popup_of(stage).texts() == ["Replace the wire from number.value"]


def test_what_cannot_be_mended_only_says_why(stage):
    stage.canvas.show_types([Double, Sum])
    number, shout = stage.add(Number, 0, 0), stage.add(Shout, 300, 60)
    stage.drag(stage.at_port(f"{number}.value"), stage.at_port(f"{shout}.text"))
    assert not stage.canvas.findChildren(FixPopup)
    assert "→" not in stage.canvas.reason.text()


def test_the_offer_stays_inside_the_canvas(stage):
    stage.canvas.show_types([*TYPES, Spell])
    number, shout = stage.add(Number, 0, 0), stage.add(Shout, 780, 450)
    popup = drag_refused(stage, f"{number}.value", f"{shout}.text")
    assert stage.canvas.rect().contains(popup.geometry())
    assert popup.geometry().topLeft() != QPoint(0, 0)
