from __future__ import annotations

from PySide6.QtCore import QPoint, Qt

from tests.app.canvas.stage import CTRL, Double, Number, Stage


def three(stage: Stage) -> list[str]:
    return [stage.add(Number, 0, 0), stage.add(Double, 240, 0), stage.add(Double, 480, 0)]


def shown_selection(stage: Stage) -> set[str]:
    return {id for id, node in stage.canvas.mirror.nodes.items() if node.isSelected()}


def test_a_click_selects_one_node_and_a_click_on_the_ground_none(stage):
    one, two, _ = three(stage)
    stage.click(stage.at_body(one))
    assert stage.workbench.selection == (one,)
    stage.click(stage.at_body(two))
    assert stage.workbench.selection == (two,)
    assert shown_selection(stage) == {two}
    stage.click(stage.at(100, 350))
    assert stage.workbench.selection == ()


def test_ctrl_click_adds_and_takes_away(stage):
    one, two, _ = three(stage)
    stage.click(stage.at_body(one))
    stage.click(stage.at_body(two), CTRL)
    assert set(stage.workbench.selection) == {one, two}
    stage.click(stage.at_body(one), CTRL)
    assert stage.workbench.selection == (two,)


def test_the_selection_made_elsewhere_is_shown(stage):
    one, _, three_ = three(stage)
    stage.workbench.select([one, three_])
    assert shown_selection(stage) == {one, three_}


def test_a_marquee_selects_what_it_touches_and_with_ctrl_adds(stage):
    one, two, three_ = three(stage)
    stage.drag(stage.at(-60, -60), stage.at(300, 40))
    assert set(stage.workbench.selection) == {one, two}
    stage.drag(stage.at(470, -60), stage.at(700, 40), keys=CTRL)
    assert set(stage.workbench.selection) == {one, two, three_}


def test_a_marquee_shows_its_selection_before_it_is_made(stage):
    one, two, _ = three(stage)
    stage.press(stage.at(-60, -60))
    stage.drag_to(stage.at(-60, -60), stage.at(300, 40))
    assert shown_selection(stage) == {one, two}
    assert stage.workbench.selection == ()
    stage.key(Qt.Key.Key_Escape)
    assert shown_selection(stage) == set()
    stage.release(stage.at(300, 40))
    assert stage.workbench.selection == ()


def test_dragging_a_node_moves_it_as_one_undo_step(stage):
    one, _, _ = three(stage)
    steps = stage.workbench.undo_stack.index()
    start = stage.at_body(one)
    stage.drag(start, start + QPoint(37, 121))
    assert stage.graph.positions[one] == (37, 121)
    assert stage.workbench.undo_stack.index() == steps + 1
    stage.workbench.undo_stack.undo()
    assert stage.graph.positions[one] == (0, 0)
    assert (stage.node(one).pos().x(), stage.node(one).pos().y()) == (0, 0)


def test_all_selected_nodes_move_together(stage):
    one, two, three_ = three(stage)
    stage.workbench.select([one, two])
    start = stage.at_body(two)
    stage.drag(start, start + QPoint(10, 90))
    assert stage.graph.positions == {one: (10, 90), two: (250, 90), three_: (480, 0)}


def test_escape_puts_dragged_nodes_back(stage):
    one, _, _ = three(stage)
    steps = stage.workbench.undo_stack.index()
    start = stage.at_body(one)
    stage.press(start)
    stage.drag_to(start, start + QPoint(80, 80))
    assert stage.node(one).pos().x() == 80
    stage.key(Qt.Key.Key_Escape)
    stage.release(start + QPoint(80, 80))
    assert stage.node(one).pos().x() == 0
    assert stage.workbench.undo_stack.index() == steps


def test_wires_follow_a_node_that_is_dragged(stage):
    one, two, _ = three(stage)
    stage.workbench.connect(f"{one}.value", f"{two}.value")
    start = stage.at_body(two)
    stage.press(start)
    stage.drag_to(start, start + QPoint(30, 100))
    end = stage.canvas.mirror.wires["number.value -> double.value"].path().pointAtPercent(1)
    assert end == stage.port(f"{two}.value").scene_center()
    stage.release(start + QPoint(30, 100))


def test_delete_removes_the_selected_nodes_with_their_wires(stage):
    one, two, three_ = three(stage)
    stage.workbench.connect(f"{one}.value", f"{two}.value")
    stage.click(stage.at_body(two))
    stage.key(Qt.Key.Key_Delete)
    assert list(stage.graph.nodes) == [one, three_]
    assert set(stage.canvas.mirror.nodes) == {one, three_}
    assert stage.canvas.mirror.wires == {}
    assert {item.card.id for item in stage.canvas.viewer.all_nodes()} == {one, three_}
    assert stage.canvas.viewer.all_pipes() == []


def test_backspace_removes_a_wire_that_was_clicked(stage):
    one, two, _ = three(stage)
    stage.workbench.connect(f"{one}.value", f"{two}.value")
    stage.click(stage.at_wire("number.value -> double.value"))
    assert stage.canvas.mirror.selected_wires == ("number.value -> double.value",)
    stage.key(Qt.Key.Key_Backspace)
    assert stage.wires() == []
    assert set(stage.graph.nodes) == {one, two, "double2"}


def test_a_node_and_a_wire_are_removed_as_one_step(stage):
    one, two, three_ = three(stage)
    stage.workbench.connect(f"{one}.value", f"{two}.value")
    stage.click(stage.at_body(three_))
    stage.click(stage.at_wire("number.value -> double.value"), CTRL)
    steps = stage.workbench.undo_stack.index()
    stage.key(Qt.Key.Key_Delete)
    assert (list(stage.graph.nodes), stage.wires()) == ([one, two], [])
    assert stage.workbench.undo_stack.index() == steps + 1


def test_the_arrow_keys_move_what_is_selected(stage):
    one, _, _ = three(stage)
    stage.workbench.select([one])
    stage.key(Qt.Key.Key_Right)
    stage.key(Qt.Key.Key_Down)
    assert stage.graph.positions[one] == (12, 12)


def test_a_second_button_gives_the_drag_up(stage):
    one, _, _ = three(stage)
    start = stage.at_body(one)
    stage.press(start)
    stage.drag_to(start, start + QPoint(60, 60))
    stage.press(start + QPoint(60, 60), Qt.MouseButton.RightButton)
    stage.release(start + QPoint(60, 60), Qt.MouseButton.RightButton)
    stage.release(start + QPoint(60, 60))
    assert stage.graph.positions[one] == (0, 0)
    assert stage.canvas.hand.gesture is None


def test_ctrl_and_the_arrow_keys_go_from_node_to_node_and_the_canvas_says_which(stage):
    one, two, three_ = three(stage)
    stage.workbench.set_location([two], "ml:")
    seen = []
    for _ in range(4):
        stage.key(Qt.Key.Key_Right, CTRL)
        seen.append(stage.workbench.selection)
    assert seen == [(one,), (two,), (three_,), (one,)]
    stage.key(Qt.Key.Key_Left, CTRL)
    stage.key(Qt.Key.Key_Left, CTRL)
    assert "selected: double on ml:" in stage.canvas.viewer.accessibleDescription()
