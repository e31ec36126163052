from __future__ import annotations

from PySide6.QtCore import QPoint, Qt

from app.canvas.port_item import PortHint
from app.canvas.search_popup import SearchPopup
from engine.graph.file import parse_graph
from tests.app.canvas.stage import PATHS, Both, Double, Number, Shout, Stage, Sum


def popup_of(stage: Stage) -> SearchPopup:
    found = stage.canvas.findChildren(SearchPopup)
    assert len(found) == 1
    assert found[0].isVisible()
    return found[0]


def test_a_wire_is_drawn_from_an_output_to_an_input(stage):
    number, double = stage.add(Number, 0, 0), stage.add(Double, 300, 60)
    stage.drag(stage.at_port(f"{number}.value"), stage.at_port(f"{double}.value"))
    assert stage.wires() == ["number.value -> double.value"]
    assert list(stage.canvas.mirror.wires) == stage.wires()
    assert not stage.canvas.viewer.live_wire.isVisible()


def test_a_wire_is_drawn_from_an_input_to_an_output(stage):
    number, double = stage.add(Number, 0, 0), stage.add(Double, 300, 60)
    stage.drag(stage.at_port(f"{double}.value"), stage.at_port(f"{number}.value"))
    assert stage.wires() == ["number.value -> double.value"]


def test_a_wire_let_go_on_a_card_goes_to_the_port_that_fits(stage):
    number, both = stage.add(Number, 0, 0), stage.add(Both, 300, 60)
    stage.drag(stage.at_port(f"{number}.value"), stage.at_body(both))
    assert stage.wires() == ["number.value -> both.number"]


def test_a_wire_that_cannot_be_is_refused_with_the_reason_at_the_mouse(stage):
    number, shout = stage.add(Number, 0, 0), stage.add(Shout, 300, 60)
    start, end = stage.at_port(f"{number}.value"), stage.at_port(f"{shout}.text")
    stage.press(start)
    stage.drag_to(start, end)
    reason = stage.canvas.reason
    assert reason.isVisible()
    assert "int" in reason.text()
    assert "str" in reason.text()
    assert (reason.pos() - end).manhattanLength() < 80
    stage.release(end)
    assert stage.wires() == []
    assert reason.isVisible(), "the reason must stay long enough to be read"


def test_ports_that_do_not_fit_are_dimmed_while_a_wire_is_drawn(stage, qtbot):
    number, shout, double = stage.add(Number, 0, 0), stage.add(Shout, 300, 0), stage.add(Double, 300, 200)
    start = stage.at_port(f"{number}.value")
    stage.press(start)
    stage.drag_to(start, start + QPoint(60, 30))
    qtbot.waitUntil(lambda: stage.port(f"{shout}.text").hint is PortHint.REFUSES)
    qtbot.waitUntil(lambda: stage.port(f"{double}.value").hint is PortHint.FITS)
    stage.key(Qt.Key.Key_Escape)
    assert all(port.hint is PortHint.NONE for port in stage.node(shout).ports())


def test_an_input_that_has_its_wire_is_refused_by_name(stage):
    one, two, double = stage.add(Number, 0, 0), stage.add(Number, 0, 200), stage.add(Double, 300, 60)
    stage.workbench.connect(f"{one}.value", f"{double}.value")
    start, end = stage.at_port(f"{two}.value"), stage.at_port(f"{double}.value")
    stage.press(start)
    stage.drag_to(start, end)
    assert "takes one wire" in stage.canvas.reason.text()
    stage.release(end)
    assert stage.wires() == ["number.value -> double.value"]


def test_an_input_for_many_wires_takes_a_second_one(stage):
    one, two, total = stage.add(Number, 0, 0), stage.add(Number, 0, 200), stage.add(Sum, 300, 60)
    for number in (one, two):
        stage.drag(stage.at_port(f"{number}.value"), stage.at_port(f"{total}.values"))
    assert len(stage.wires()) == 2


def test_two_outputs_are_not_wired_and_the_reason_says_so(stage):
    one, two = stage.add(Number, 0, 0), stage.add(Number, 0, 200)
    start, end = stage.at_port(f"{one}.value"), stage.at_port(f"{two}.value")
    stage.press(start)
    stage.drag_to(start, end)
    assert "both are outputs" in stage.canvas.reason.text()
    stage.release(end)
    assert stage.wires() == []


def test_a_cycle_is_refused_with_the_way_out(stage):
    one, two = stage.add(Double, 0, 0), stage.add(Double, 300, 0)
    stage.workbench.connect(f"{one}.doubled", f"{two}.value")
    start, end = stage.at_port(f"{two}.doubled"), stage.at_port(f"{one}.value")
    stage.press(start)
    stage.drag_to(start, end)
    assert "feedback" in stage.canvas.reason.text()
    stage.release(end)
    assert len(stage.wires()) == 1


def test_escape_drops_the_wire_in_flight(stage):
    number, double = stage.add(Number, 0, 0), stage.add(Double, 300, 60)
    start, end = stage.at_port(f"{number}.value"), stage.at_port(f"{double}.value")
    stage.press(start)
    stage.drag_to(start, end)
    assert stage.canvas.viewer.live_wire.isVisible()
    stage.key(Qt.Key.Key_Escape)
    assert not stage.canvas.viewer.live_wire.isVisible()
    stage.release(end)
    assert stage.wires() == []


def test_a_wire_let_go_on_the_ground_offers_what_fits_and_enter_wires_it(stage):
    number = stage.add(Number, 0, 0)
    stage.drag(stage.at_port(f"{number}.value"), stage.at(350, 150))
    popup = popup_of(stage)
    assert set(popup.titles()) == {"Double", "Sum", "Both"}
    assert stage.canvas.viewer.live_wire.isVisible(), "the wire hangs on until something is chosen"
    stage.type("sum")
    assert popup.titles()[0] == "Sum"
    stage.key(Qt.Key.Key_Return)
    assert stage.wires() == ["number.value -> sum.values"]
    assert not stage.canvas.viewer.live_wire.isVisible()
    place = stage.port("sum.values").scene_center()
    assert abs(place.x() - 350) <= 3
    assert abs(place.y() - 150) <= 3


def test_what_is_offered_for_an_input_gives_its_type_and_is_one_undo_step(stage):
    shout = stage.add(Shout, 300, 0)
    before = stage.workbench.undo_stack.index()
    stage.drag(stage.at_port(f"{shout}.text"), stage.at(200, 200))
    assert popup_of(stage).titles() == ["Shout"]
    stage.key(Qt.Key.Key_Return)
    assert stage.wires() == ["shout2.loud -> shout.text"]
    assert stage.workbench.undo_stack.index() == before + 1
    stage.workbench.undo_stack.undo()
    assert list(stage.canvas.mirror.nodes) == [shout]


def test_escape_in_the_offer_drops_the_wire(stage):
    number = stage.add(Number, 0, 0)
    stage.drag(stage.at_port(f"{number}.value"), stage.at(350, 150))
    stage.key(Qt.Key.Key_Escape)
    assert not stage.canvas.viewer.live_wire.isVisible()
    assert list(stage.graph.nodes) == [number]
    assert stage.canvas.viewer.hasFocus()


def test_an_end_taken_off_an_input_and_let_go_on_the_ground_disconnects(stage):
    number, double = stage.add(Number, 0, 0), stage.add(Double, 300, 60)
    stage.workbench.connect(f"{number}.value", f"{double}.value")
    stage.drag(stage.at_port(f"{double}.value"), stage.at(250, 300))
    assert stage.wires() == []
    assert stage.canvas.mirror.wires == {}
    stage.workbench.undo_stack.undo()
    assert list(stage.canvas.mirror.wires) == ["number.value -> double.value"]


def test_an_end_is_moved_to_another_input_as_one_step_and_keeps_its_settings(stage):
    number, one, two = stage.add(Number, 0, 0), stage.add(Double, 300, 0), stage.add(Double, 300, 200)
    stage.workbench.connect(f"{number}.value", f"{one}.value")
    stage.workbench.set_wire("number.value -> double.value", capacity=7)
    steps = stage.workbench.undo_stack.index()
    stage.drag(stage.at_port(f"{one}.value"), stage.at_port(f"{two}.value"))
    assert stage.wires() == ["number.value -> double2.value"]
    assert stage.graph.wires["number.value -> double2.value"].capacity == 7
    assert stage.workbench.undo_stack.index() == steps + 1


def test_the_other_end_is_moved_by_taking_the_wire_near_its_output(stage):
    one, two, double = stage.add(Number, 0, 0), stage.add(Number, 0, 200), stage.add(Double, 400, 60)
    stage.workbench.connect(f"{one}.value", f"{double}.value")
    stage.drag(stage.at_wire("number.value -> double.value", 0.2), stage.at_port(f"{two}.value"))
    assert stage.wires() == ["number2.value -> double.value"]


def test_an_end_put_back_where_it_was_changes_nothing(stage):
    number, double = stage.add(Number, 0, 0), stage.add(Double, 300, 60)
    stage.workbench.connect(f"{number}.value", f"{double}.value")
    steps = stage.workbench.undo_stack.index()
    place = stage.at_port(f"{double}.value")
    stage.press(place)
    stage.drag_to(place, place + QPoint(-80, 60))
    stage.drag_to(place + QPoint(-80, 60), place)
    assert not stage.canvas.reason.isVisible(), "its own input is not taken by somebody else"
    stage.release(place)
    assert stage.wires() == ["number.value -> double.value"]
    assert stage.workbench.undo_stack.index() == steps


def test_an_edit_from_elsewhere_while_a_wire_is_in_the_hand_drops_it(stage):
    number, double = stage.add(Number, 0, 0), stage.add(Double, 300, 60)
    start, end = stage.at_port(f"{number}.value"), stage.at_port(f"{double}.value")
    stage.press(start)
    stage.drag_to(start, end)
    stage.workbench.remove([double])
    assert not stage.canvas.viewer.live_wire.isVisible()
    stage.release(end)
    assert stage.wires() == []


def test_a_wire_from_a_port_of_unknown_type_offers_everything(stage):
    double = stage.add(Double, 300, 0)
    text = '{"tidewire": 1, "nodes": [{"id": "old", "type": "gone.package:Old"}, {"id": "d", "type": "%s"}],'
    text += '"wires": [{"from": "old.result", "to": "d.value"}]}'
    graph = parse_graph(text % PATHS[Double], type(stage.graph))
    stage.workbench.replace_content("Load", graph.snapshot())
    assert double not in stage.canvas.mirror.nodes
    stage.settle_view()
    stage.drag(stage.at_port("old.result"), stage.at(300, 330))
    assert set(popup_of(stage).titles()) == {"Both", "Double", "Number", "Shout", "Sum"}
    stage.type("shout")
    stage.key(Qt.Key.Key_Return)
    assert "old.result -> shout.text" in stage.wires()
