"""Groups by mouse and keyboard: made, named, entered, left, wired, moved, taken apart."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from app.canvas.card import CardKind
from app.document.groups import read_groups
from engine.graph.file import format_graph
from tests.app.canvas.stage import CTRL, Double, Number, Shout, Stage, Sum, node_figures

SHIFT = Qt.KeyboardModifier.ShiftModifier
GROUP = "@group1"


@pytest.fixture
def chain(stage: Stage) -> Stage:
    """number -> double -> double2 -> sum, on one row."""
    stage.add(Number, 0, 0)
    stage.add(Double, 210, 0)
    stage.add(Double, 420, 0)
    stage.add(Sum, 630, 0)
    stage.workbench.connect("number.value", "double.value")
    stage.workbench.connect("double.doubled", "double2.value")
    stage.workbench.connect("double2.doubled", "sum.values")
    stage.workbench.undo_stack.clear()
    stage.settle_view()
    return stage


@pytest.fixture
def grouped(chain: Stage) -> Stage:
    """number -> [double -> double2] -> sum, as people make it."""
    select_doubles(chain)
    chain.key(Qt.Key.Key_G, CTRL)
    chain.type("Twice")
    chain.key(Qt.Key.Key_Return)
    chain.workbench.select(())
    return chain


def select_doubles(stage: Stage) -> None:
    stage.drag(stage.at(200, -40), stage.at(600, 60))
    assert set(stage.workbench.selection) == {"double", "double2"}


def ports(stage: Stage, id: str) -> tuple[list[str], list[str]]:
    card = stage.node(id).card
    return [face.text for face in card.inputs], [face.text for face in card.outputs]


def enter(stage: Stage) -> None:
    stage.double_click(stage.at_body(GROUP))
    assert stage.workbench.whereabouts.level == GROUP


def crumbs(stage: Stage) -> list[str]:
    bar = stage.canvas.levels.breadcrumbs
    return [button.text() for button in bar.buttons] if bar.isVisible() else []


def test_ctrl_g_makes_one_card_of_a_marquee_and_asks_for_its_name(chain: Stage) -> None:
    before = set(chain.graph.wires)
    select_doubles(chain)
    chain.key(Qt.Key.Key_G, CTRL)
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    assert editor.accessibleName() == "Name of Group 1"
    chain.type("Twice")
    chain.key(Qt.Key.Key_Return)
    assert set(chain.canvas.mirror.nodes) == {"number", "sum", GROUP}
    card = chain.node(GROUP).card
    assert (card.kind, card.label, card.type_title) == (CardKind.GROUP, "Twice", "group of 2 nodes")
    assert ports(chain, GROUP) == (["double.value"], ["double2.doubled"])
    assert set(chain.graph.wires) == before
    assert set(chain.canvas.mirror.wires) == {"number.value -> double.value", "double2.doubled -> sum.values"}
    assert [chain.workbench.undo_stack.text(index) for index in range(2)] == ["Group", "Rename group"]


def test_undo_of_a_group_gives_the_same_bytes_and_the_nodes_back(chain: Stage) -> None:
    before = format_graph(chain.graph)
    select_doubles(chain)
    chain.key(Qt.Key.Key_G, CTRL)
    chain.key(Qt.Key.Key_Escape)
    chain.workbench.undo_stack.undo()
    assert format_graph(chain.graph) == before
    assert set(chain.canvas.mirror.nodes) == {"number", "double", "double2", "sum"}
    assert set(chain.canvas.mirror.wires) == set(chain.graph.wires)


def test_ctrl_shift_g_leaves_what_is_inside(grouped: Stage) -> None:
    grouped.click(grouped.at_part(GROUP, "title"))
    grouped.key(Qt.Key.Key_G, CTRL | SHIFT)
    assert set(grouped.canvas.mirror.nodes) == {"number", "double", "double2", "sum"}
    assert "groups" not in grouped.graph.extra
    assert set(grouped.workbench.selection) == {"double", "double2"}


def test_a_double_click_enters_and_escape_leaves_with_the_group_selected(grouped: Stage) -> None:
    zoom = grouped.canvas.zoom
    enter(grouped)
    assert set(grouped.canvas.mirror.nodes) == {"double", "double2", "<", ">"}
    assert len(grouped.canvas.mirror.wires) == 3  # none is out of sight
    assert crumbs(grouped) == ["Untitled"]
    grouped.key(Qt.Key.Key_Escape)
    assert grouped.workbench.whereabouts.level == ""
    assert crumbs(grouped) == []
    assert grouped.canvas.mirror.selected_cards() == [GROUP]
    assert grouped.canvas.zoom == zoom


@pytest.mark.parametrize(
    "key, modifiers", [(Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_Down, CTRL)]
)
def test_the_keyboard_enters_and_leaves(grouped: Stage, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
    while grouped.canvas.mirror.selected_cards() != [GROUP]:
        grouped.key(Qt.Key.Key_Right, CTRL)
    grouped.key(key, modifiers)
    assert grouped.workbench.whereabouts.level == GROUP
    grouped.key(Qt.Key.Key_Right, CTRL)
    assert grouped.workbench.selection == ("double",)
    grouped.key(Qt.Key.Key_Escape)  # selects nothing
    assert grouped.workbench.whereabouts.level == GROUP
    grouped.key(Qt.Key.Key_Up, CTRL)
    assert grouped.workbench.whereabouts.level == ""


def test_the_way_back_is_clicked_or_gone_by_keyboard_through_nested_groups(grouped: Stage) -> None:
    enter(grouped)
    grouped.click(grouped.at_part("double", "title"))
    grouped.key(Qt.Key.Key_G, CTRL)
    grouped.key(Qt.Key.Key_Return)
    grouped.key(Qt.Key.Key_Return)  # the canvas has the keyboard again
    assert grouped.workbench.whereabouts.level == "@group2"
    assert set(grouped.canvas.mirror.nodes) == {"double", "<", ">"}
    assert crumbs(grouped) == ["Untitled", "Twice"]
    bar = grouped.canvas.levels.breadcrumbs
    assert [button.accessibleName() for button in bar.buttons] == ["Go to Untitled", "Go to Twice"]
    bar.buttons[0].setFocus()
    grouped.key(Qt.Key.Key_Right)
    grouped.key(Qt.Key.Key_Return)
    assert grouped.workbench.whereabouts.level == GROUP
    assert grouped.canvas.viewer.hasFocus()
    grouped.qtbot.mouseClick(bar.buttons[0], Qt.MouseButton.LeftButton)
    assert grouped.workbench.whereabouts.level == ""
    assert grouped.canvas.mirror.selected_cards() == [GROUP]


def test_a_double_click_on_what_is_outside_leaves(grouped: Stage) -> None:
    enter(grouped)
    grouped.double_click(grouped.at_part("<", "title"))
    assert grouped.workbench.whereabouts.level == ""


def test_f2_names_a_group_in_place(grouped: Stage) -> None:
    grouped.click(grouped.at_part(GROUP, "title"))
    grouped.key(Qt.Key.Key_F2)
    grouped.type("Fourfold")
    grouped.key(Qt.Key.Key_Return)
    assert read_groups(grouped.graph).by_id[GROUP].name == "Fourfold"
    assert grouped.node(GROUP).card.label == "Fourfold"


def test_dragging_the_card_moves_it_as_one_step_and_nothing_inside(grouped: Stage) -> None:
    places = dict(grouped.graph.positions)
    steps = grouped.workbench.undo_stack.count()
    start = grouped.at_part(GROUP, "title")
    grouped.drag(start, start + QPointF(40, 90).toPoint())
    assert grouped.graph.positions == places
    assert read_groups(grouped.graph).by_id[GROUP].at == (355, 90)
    assert grouped.workbench.undo_stack.count() == steps + 1


def test_what_is_added_inside_belongs_to_the_group(grouped: Stage) -> None:
    enter(grouped)
    grouped.key(Qt.Key.Key_Tab)
    grouped.type("Sum")
    grouped.key(Qt.Key.Key_Return)
    assert read_groups(grouped.graph).by_id[GROUP].nodes == ("double", "double2", "sum2")
    assert "sum2" in grouped.canvas.mirror.nodes


def test_select_all_and_delete_act_on_the_level_that_is_seen(grouped: Stage) -> None:
    enter(grouped)
    grouped.workbench.select_all()
    assert grouped.workbench.selection == ("double", "double2")
    grouped.click(grouped.at_part("double", "title"))
    grouped.key(Qt.Key.Key_Delete)
    assert set(grouped.graph.nodes) == {"number", "double2", "sum"}
    assert grouped.workbench.whereabouts.level == GROUP
    grouped.click(grouped.at_part("double2", "title"))
    grouped.key(Qt.Key.Key_Delete)
    assert grouped.workbench.whereabouts.level == ""
    assert set(grouped.canvas.mirror.nodes) == {"number", "sum"}


def test_delete_of_a_group_takes_what_is_inside_as_one_step(grouped: Stage) -> None:
    before, steps = format_graph(grouped.graph), grouped.workbench.undo_stack.count()
    grouped.click(grouped.at_part(GROUP, "title"))
    grouped.key(Qt.Key.Key_Delete)
    assert set(grouped.graph.nodes) == {"number", "sum"}
    assert grouped.workbench.undo_stack.count() == steps + 1
    grouped.workbench.undo_stack.undo()
    assert format_graph(grouped.graph) == before


def test_a_wire_is_drawn_from_and_to_the_ports_of_a_group(grouped: Stage) -> None:
    other = grouped.add(Sum, 630, 200)
    port = grouped.canvas.mirror.nodes[GROUP].port_of("double2", "doubled", is_input=False)
    assert port is not None
    grouped.drag(grouped.canvas.viewer.mapFromScene(port.scene_center()), grouped.at_port(f"{other}.values"))
    assert f"double2.doubled -> {other}.values" in grouped.graph.wires
    assert f"double2.doubled -> {other}.values" in grouped.canvas.mirror.wires


def test_a_wire_dropped_on_a_group_offers_the_ports_inside_that_fit(grouped: Stage) -> None:
    for key in ("number.value -> double.value", "double.doubled -> double2.value"):
        grouped.workbench.disconnect(key)
    grouped.drag(grouped.at_port("number.value"), grouped.at_body(GROUP))
    menu = grouped.open_menu()
    assert [action.text() for action in menu.actions()] == ["Wire to", "double.value", "double2.value"]
    grouped.pick(menu, "double2.value")
    assert "number.value -> double2.value" in grouped.graph.wires


def test_a_wire_dropped_on_a_group_takes_the_only_port_inside_that_fits(grouped: Stage) -> None:
    grouped.workbench.disconnect("number.value -> double.value")
    grouped.drag(grouped.at_port("number.value"), grouped.at_body(GROUP))
    assert "number.value -> double.value" in grouped.graph.wires


def test_a_wire_that_fits_nothing_inside_is_refused_with_a_reason(grouped: Stage) -> None:
    grouped.add(Shout, 0, 200)
    grouped.press(grouped.at_port("shout.loud"))
    grouped.drag_to(grouped.at_port("shout.loud"), grouped.at_body(GROUP))
    assert grouped.canvas.reason.isVisible()
    grouped.release(grouped.at_body(GROUP))
    assert not any("shout" in key for key in grouped.graph.wires)


def test_inside_a_wire_is_drawn_from_what_is_outside(grouped: Stage) -> None:
    grouped.workbench.disconnect("double.doubled -> double2.value")
    enter(grouped)
    outside = grouped.node("<").port_of("number", "value", is_input=False)
    assert outside is not None
    grouped.drag(grouped.canvas.viewer.mapFromScene(outside.scene_center()), grouped.at_port("double2.value"))
    assert "number.value -> double2.value" in grouped.graph.wires
    assert len(grouped.canvas.mirror.wires) == 3


def test_the_location_of_a_group_applies_to_all_inside_as_one_step(grouped: Stage) -> None:
    grouped.workbench.set_location(["double"], "fast:")
    assert grouped.node(GROUP).card.location_label == "mixed"
    steps = grouped.workbench.undo_stack.count()
    grouped.click(grouped.at_part(GROUP, "chip"))
    grouped.pick(grouped.open_menu(), "fast:")
    assert {str(grouped.graph.nodes[id].location) for id in ("double", "double2")} == {"fast:"}
    assert grouped.workbench.undo_stack.count() == steps + 1
    assert grouped.node(GROUP).card.location_label == "fast:"


def test_a_new_process_for_a_group_is_named_in_place(grouped: Stage) -> None:
    grouped.click(grouped.at_part(GROUP, "chip"))
    grouped.pick(grouped.open_menu(), "New process")
    grouped.type("twice")
    grouped.key(Qt.Key.Key_Return)
    assert {str(grouped.graph.nodes[id].location) for id in ("double", "double2")} == {"twice:"}


def test_the_menu_moves_a_node_into_a_group_where_it_runs_like_the_others(grouped: Stage) -> None:
    grouped.workbench.set_location(["double", "double2"], "twice:")
    grouped.pick(grouped.context_menu(grouped.at_part("sum", "title")), "Move into", "Twice")
    assert read_groups(grouped.graph).by_id[GROUP].nodes == ("double", "double2", "sum")
    assert str(grouped.graph.nodes["sum"].location) == "twice:"
    enter(grouped)
    grouped.pick(grouped.context_menu(grouped.at_part("sum", "title")), "Move out of Twice")
    assert read_groups(grouped.graph).by_id[GROUP].nodes == ("double", "double2")
    assert len(grouped.graph.wires) == 3


def test_a_node_dropped_on_a_group_goes_into_it_as_one_step(grouped: Stage) -> None:
    told: list[str] = []
    grouped.canvas.gesture_told.connect(told.append)
    before, steps = format_graph(grouped.graph), grouped.workbench.undo_stack.count()
    start, end = grouped.at_part("sum", "title"), grouped.at_body(GROUP)
    grouped.press(start)
    grouped.drag_to(start, end)
    assert told[-1] == "Let go to move sum into Twice, with Alt not"
    assert grouped.node(GROUP).is_emphasized
    grouped.release(end)
    assert read_groups(grouped.graph).by_id[GROUP].nodes == ("double", "double2", "sum")
    assert set(grouped.canvas.mirror.nodes) == {"number", GROUP}
    assert len(grouped.graph.wires) == 3
    assert grouped.workbench.undo_stack.count() == steps + 1
    grouped.workbench.undo_stack.undo()
    assert format_graph(grouped.graph) == before
    assert not grouped.node(GROUP).is_emphasized


def test_escape_over_a_group_leaves_the_node_where_it_was(grouped: Stage) -> None:
    start = grouped.at_part("sum", "title")
    grouped.press(start)
    grouped.drag_to(start, grouped.at_body(GROUP))
    grouped.key(Qt.Key.Key_Escape)
    assert not grouped.node(GROUP).is_emphasized
    assert grouped.node("sum").pos() == QPointF(*grouped.graph.positions["sum"])


def test_the_menu_of_a_group_looks_inside_and_ungroups(grouped: Stage) -> None:
    grouped.pick(grouped.context_menu(grouped.at_part(GROUP, "title")), "Look inside")
    assert grouped.workbench.whereabouts.level == GROUP
    grouped.key(Qt.Key.Key_Up, CTRL)
    grouped.pick(grouped.context_menu(grouped.at_part(GROUP, "title")), "Ungroup")
    assert "double" in grouped.canvas.mirror.nodes


def test_an_output_of_a_group_is_shown_in_a_plot(grouped: Stage) -> None:
    menu = grouped.context_menu(grouped.at_part(GROUP, "title"))
    grouped.pick(menu, "Show in plot", "double2.doubled", "Table")
    assert [(plot.port, plot.kind) for plot in grouped.graph.plots.values()] == [("double2.doubled", "table")]


def test_a_group_shows_the_worst_inside_and_what_leaves_it_a_second(grouped: Stage) -> None:
    grouped.play({"double": node_figures(rate_hz=250.0, load=0.2), "double2": node_figures(rate_hz=100.0, load=0.3)})
    grouped.qtbot.waitUntil(lambda: grouped.node(GROUP).activity.state == "running", timeout=2000)
    activity = grouped.node(GROUP).activity
    assert activity.rate == "100/s"  # of double2, whose output leaves it
    assert activity.load == 10  # both are on one loop: 0.5 in steps of a twentieth
    assert activity.counts == "2 running"


def test_an_error_inside_shows_on_the_group_and_a_click_goes_there(grouped: Stage) -> None:
    clicked: list[str] = []
    grouped.canvas.error_clicked.connect(clicked.append)
    broken = node_figures(state="failed", errors=1, message="ValueError: no luck")
    grouped.play({"double": node_figures(), "double2": broken})
    grouped.qtbot.waitUntil(lambda: grouped.node(GROUP).layout.error is not None, timeout=2000)
    assert grouped.node(GROUP).activity.error == "double2: ValueError: no luck"
    grouped.click(grouped.at_part(GROUP, "error"))
    assert clicked == ["double2"]
    assert grouped.workbench.whereabouts.level == GROUP
    assert grouped.workbench.selection == ("double2",)
    assert grouped.node("double2").activity.error == "ValueError: no luck"


def test_a_problem_of_a_node_enters_its_group(grouped: Stage) -> None:
    grouped.canvas.focus_node("double")
    assert grouped.workbench.whereabouts.level == GROUP
    assert grouped.workbench.selection == ("double",)
    grouped.canvas.focus_node("sum")
    assert grouped.workbench.whereabouts.level == ""


def test_people_who_cannot_see_are_told_where_they_are(grouped: Stage) -> None:
    assert grouped.canvas.viewer.accessibleDescription().startswith("2 nodes, 1 group, 2 wires; selected: none")
    grouped.click(grouped.at_part(GROUP, "title"))
    assert "selected: group Twice on" in grouped.canvas.viewer.accessibleDescription()
    enter(grouped)
    assert grouped.canvas.viewer.accessibleDescription().startswith("inside Twice: 2 nodes")
