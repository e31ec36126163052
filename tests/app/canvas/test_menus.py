from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication

from app.canvas.name_field import NameField
from app.canvas.title_editor import TitleEditor
from tests.app.canvas.stage import Double, Number, Stage, entry, node_figures

KEY = "number.value -> double.value"


def wired(stage: Stage) -> tuple[str, str]:
    one, two = stage.add(Number, 0, 0), stage.add(Double, 400, 0)
    stage.workbench.connect(f"{one}.value", f"{two}.value")
    return one, two


def test_a_node_is_renamed_from_its_menu(stage):
    one = stage.add(Number, 0, 0)
    stage.pick(stage.context_menu(stage.at_body(one)), "Rename")
    stage.type("Counter & co <b>")
    stage.key(Qt.Key.Key_Return)
    assert stage.graph.nodes[one].name == "Counter & co <b>"
    assert stage.node(one).card.label == "Counter & co <b>"


def test_f2_renames_the_selected_node_and_escape_leaves_the_name(stage):
    one = stage.add(Number, 0, 0)
    stage.click(stage.at_body(one))
    stage.key(Qt.Key.Key_F2)
    stage.type("x")
    stage.key(Qt.Key.Key_Escape)
    assert stage.graph.nodes[one].name == ""
    stage.key(Qt.Key.Key_F2)
    stage.type("Mine")
    stage.key(Qt.Key.Key_Return)
    assert stage.graph.nodes[one].name == "Mine"


def test_a_double_click_on_the_title_renames_and_a_click_elsewhere_takes_the_name(stage):
    one = stage.add(Number, 0, 0)
    stage.double_click(stage.at_part(one, "title"))
    assert stage.canvas.findChild(TitleEditor).hasFocus()
    stage.type("Mine")
    stage.click(stage.at(300, 300))
    assert stage.graph.nodes[one].name == "Mine"


def test_keys_typed_into_the_title_are_no_commands(stage):
    one = stage.add(Number, 0, 0)
    stage.workbench.select([one])
    stage.key(Qt.Key.Key_F2)
    stage.type("foo")
    stage.key(Qt.Key.Key_Backspace)
    stage.key(Qt.Key.Key_Left)
    stage.key(Qt.Key.Key_Delete)
    stage.key(Qt.Key.Key_Return)
    assert stage.graph.nodes[one].name == "f"


def test_the_name_that_is_the_id_is_no_name(stage):
    one = stage.add(Number, 0, 0)
    stage.workbench.select([one])
    stage.key(Qt.Key.Key_F2)
    stage.type(one)
    stage.key(Qt.Key.Key_Return)
    assert stage.graph.nodes[one].name == ""


def test_the_menu_of_a_selected_node_acts_on_all_selected(stage):
    one, two = wired(stage)
    stage.workbench.select([one, two])
    stage.pick(stage.context_menu(stage.at_body(one)), "On error", "Restart")
    assert {spec.on_error for spec in stage.graph.nodes.values()} == {"restart"}
    menu = stage.context_menu(stage.at_body(one))
    assert entry(entry(menu, "On error").menu(), "Restart").isChecked()
    stage.pick(menu, "Delete")
    assert not stage.graph.nodes


def test_a_context_menu_selects_the_node_it_is_for(stage):
    one, two = wired(stage)
    stage.workbench.select([one])
    stage.pick(stage.context_menu(stage.at_body(two)), "Duplicate")
    assert set(stage.graph.nodes) == {one, two, "double2"}


def test_an_output_is_shown_in_a_plot_from_the_node_and_from_the_port(stage):
    one, _ = wired(stage)
    stage.pick(stage.context_menu(stage.at_body(one)), "Show in plot", "value", "Number")
    stage.pick(stage.context_menu(stage.at_port(f"{one}.value")), "Show in plot", "Table")
    assert [(plot.port, plot.kind) for plot in stage.graph.plots.values()] == [
        (f"{one}.value", "number"),
        (f"{one}.value", "table"),
    ]


def test_a_port_is_disconnected_from_its_menu(stage):
    one, two = wired(stage)
    menu = stage.context_menu(stage.at_port(f"{two}.value"))
    assert not any(action.text() == "Show in plot" for action in menu.actions()), "inputs cannot be plotted"
    stage.pick(menu, "Disconnect")
    assert stage.wires() == []
    assert set(stage.graph.nodes) == {one, two}


def test_a_wire_is_disconnected_from_its_menu(stage):
    wired(stage)
    stage.pick(stage.context_menu(stage.at_wire(KEY)), "Disconnect")
    assert stage.wires() == []


def test_the_capacity_of_a_wire_is_typed_and_checked(stage):
    wired(stage)
    stage.pick(stage.context_menu(stage.at_wire(KEY)), "Capacity: 16")
    stage.type("none")
    stage.key(Qt.Key.Key_Return)
    field = stage.canvas.findChild(NameField)
    assert "whole number" in field.error.text()
    field.line.selectAll()
    stage.type("64")
    stage.key(Qt.Key.Key_Return)
    assert stage.graph.wires[KEY].capacity == 64


def test_the_overflow_policy_of_a_wire_is_chosen_and_ticked(stage):
    wired(stage)
    stage.pick(stage.context_menu(stage.at_wire(KEY)), "Overflow", "Drop the oldest")
    assert stage.graph.wires[KEY].overflow == "drop_oldest"
    menu = stage.context_menu(stage.at_wire(KEY))
    assert entry(entry(menu, "Overflow").menu(), "Drop the oldest").isChecked()


def test_a_wire_is_made_feedback_and_says_so(stage):
    wired(stage)
    stage.pick(stage.context_menu(stage.at_wire(KEY)), "Feedback")
    assert stage.graph.wires[KEY].feedback
    badge = stage.canvas.mirror.wires[KEY].badge
    assert badge.isVisible()
    assert "↺" in badge.text
    assert entry(stage.context_menu(stage.at_wire(KEY)), "Feedback").isChecked()


def test_the_ground_offers_search_paste_select_all_and_fit(stage):
    one, two = wired(stage)
    stage.pick(stage.context_menu(stage.at(100, 300)), "Select all")
    assert set(stage.workbench.selection) == {one, two}
    stage.workbench.copy()
    stage.pick(stage.context_menu(stage.at(50, 300)), "Paste")
    pasted = [id for id in stage.graph.nodes if id not in (one, two)]
    assert min(stage.graph.positions[id] for id in pasted) == (50, 300)
    stage.pick(stage.context_menu(stage.at(-50, 420)), "Add node")
    stage.type("shout")
    stage.key(Qt.Key.Key_Return)
    assert "shout" in stage.graph.nodes
    stage.canvas.zoom_to(0.3)
    stage.pick(stage.context_menu(stage.canvas.viewer.viewport().rect().bottomRight()), "Fit")
    assert stage.canvas.zoom > 0.7


def test_the_menu_key_opens_the_menu_of_the_selected_node(stage):
    one = stage.add(Number, 0, 0)
    stage.workbench.select([one])
    viewport = stage.canvas.viewer.viewport()
    place = viewport.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, place, viewport.mapToGlobal(place))
    QApplication.sendEvent(viewport, event)
    assert stage.open_menu().objectName() == "node_menu"


def test_an_error_can_be_shown_from_the_menu(stage, qtbot):
    one = stage.add(Number, 0, 0)
    stage.play({one: node_figures(state="failed", message="ValueError: no\nmore")})
    menu = stage.context_menu(stage.at_body(one))
    with qtbot.waitSignal(stage.canvas.error_clicked) as caught:
        stage.pick(menu, "Show the error")
    assert caught.args == [one]
