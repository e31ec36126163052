from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.document.finding import found
from app.document.group_edits import comment_at, frame_area, group_selected, rename, rewrite
from tests.app.canvas.stage import LEFT, Both, Double, Number, Shout, Stage
from tests.app.shapes import SCALE

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def stage_with_many(stage: Stage) -> Stage:
    for index, kind in enumerate((Number, Double, Shout, Double, Both)):
        stage.add(kind, 260 * index, 0)
    stage.workbench.rename("double", "Alpha band")
    stage.workbench.set_location(["shout"], "speech:")
    stage.canvas.find_bar.open_bar()
    return stage


def test_typing_finds_by_name_id_type_and_location(stage_with_many):
    stage, bar = stage_with_many, stage_with_many.canvas.find_bar
    assert bar.line.hasFocus()
    stage.type("alpha")
    assert [match.id for match in bar.matches] == ["double"]
    assert bar.count.text() == "1 of 1"
    assert bar.where.text() == "name"
    assert stage.workbench.selection == ("double",)
    for text, ids in (
        ("double", ["double", "double2"]),
        ("shout", ["shout"]),
        ("speech", ["shout"]),
        ("stage:both", ["both"]),
        ("engine double", ["double", "double2"]),
    ):
        bar.line.clear()
        stage.type(text)
        assert [match.id for match in bar.matches] == ids, text


def test_enter_and_shift_enter_go_round_and_mark_all_that_is_found(stage_with_many):
    stage, bar = stage_with_many, stage_with_many.canvas.find_bar
    stage.type("double")
    assert (bar.count.text(), stage.workbench.selection) == ("1 of 2", ("double",))
    assert [id for id, item in stage.canvas.mirror.nodes.items() if item.is_found] == ["double", "double2"]
    stage.key(Qt.Key.Key_Return)
    assert (bar.count.text(), stage.workbench.selection) == ("2 of 2", ("double2",))
    stage.key(Qt.Key.Key_Return)
    assert stage.workbench.selection == ("double",)
    stage.key(Qt.Key.Key_Return, SHIFT)
    assert stage.workbench.selection == ("double2",)
    assert bar.line.hasFocus(), "the keyboard stays in the bar"
    assert stage.canvas.viewer.visible_area().contains(stage.node("double2").card_rect())


def test_escape_closes_keeps_the_selection_and_unmarks(stage_with_many):
    stage, bar = stage_with_many, stage_with_many.canvas.find_bar
    stage.type("both")
    stage.key(Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert stage.canvas.viewer.hasFocus()
    assert stage.workbench.selection == ("both",)
    assert not any(item.is_found for item in stage.canvas.mirror.nodes.values())


def test_nothing_found_is_said(stage_with_many):
    stage, bar = stage_with_many, stage_with_many.canvas.find_bar
    stage.type("xyzzy")
    assert bar.count.text() == "nothing found"
    stage.key(Qt.Key.Key_Return)
    assert stage.workbench.selection == ()
    bar.line.clear()
    assert bar.count.text() == ""


def test_the_buttons_step_and_close(stage_with_many):
    stage, bar = stage_with_many, stage_with_many.canvas.find_bar
    stage.type("double")
    buttons = {button.accessibleName(): button for button, _ in bar._buttons}
    assert set(buttons) == {"Previous match", "Next match", "Close"}
    stage.qtbot.mouseClick(buttons["Next match"], LEFT)
    assert stage.workbench.selection == ("double2",)
    stage.qtbot.mouseClick(buttons["Previous match"], LEFT)
    assert stage.workbench.selection == ("double",)
    stage.qtbot.mouseClick(buttons["Close"], LEFT)
    assert not bar.isVisible()


def test_an_edit_while_the_bar_is_open_is_found_too(stage_with_many):
    stage, bar = stage_with_many, stage_with_many.canvas.find_bar
    stage.type("double")
    stage.workbench.remove(["double"])
    assert [match.id for match in bar.matches] == ["double2"]
    stage.workbench.undo_stack.undo()
    assert len(bar.matches) == 2


def test_a_node_inside_a_group_is_shown_there(stage_with_many):
    stage, bar = stage_with_many, stage_with_many.canvas.find_bar
    stage.workbench.select(["shout", "double2"])
    group = group_selected(stage.workbench)
    assert "shout" not in stage.canvas.mirror.nodes
    stage.type("shout")
    assert stage.workbench.whereabouts.level == group
    assert stage.canvas.mirror.nodes["shout"].is_found
    bar.line.clear()
    stage.type("group")
    assert stage.workbench.whereabouts.level == ""
    assert stage.canvas.mirror.selected_cards() == [group]


def test_values_and_names_of_parameters_are_found_with_their_place(drawn):
    drawn.workbench.set_parameter("scale", "factor", 7)
    assert drawn.workbench.graph.nodes["scale"].type == SCALE
    assert [(match.id, match.where) for match in found(drawn.workbench, "factor = 7")] == [("scale", "factor = 7")]
    assert "scale" in [match.id for match in found(drawn.workbench, "factor")]
    assert found(drawn.workbench, "  ") == []


def test_ctrl_f_and_f3_by_the_keyboard(drawn, qtbot):
    qtbot.keyClick(drawn.canvas.viewer, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    bar = drawn.canvas.find_bar
    assert bar.isVisible()
    qtbot.waitUntil(bar.line.hasFocus)
    qtbot.keyClicks(bar.line, "c")
    assert len(bar.matches) == 2
    first = drawn.workbench.selection
    qtbot.keyClick(bar.line, Qt.Key.Key_F3)
    assert drawn.workbench.selection != first
    qtbot.keyClick(bar.line, Qt.Key.Key_F3, SHIFT)
    assert drawn.workbench.selection == first


def test_the_bar_lies_in_the_corner_at_every_size(stage):
    stage.canvas.find_bar.open_bar()
    for width in (900, 500, 330):
        stage.canvas.resize(width, 400)
        assert stage.canvas.rect().contains(stage.canvas.find_bar.geometry())


def test_frames_and_comments_are_found_by_what_they_say_also_inside_a_group(stage: Stage) -> None:
    stage.add(Number, 0, 0)
    frame = frame_area(stage.workbench, (-40, -80, 300, 300))
    rename(stage.workbench, frame, "Intake")
    comment = comment_at(stage.workbench, (900, 900, 240, 90))
    rewrite(stage.workbench, comment, "mind the **gap**")
    stage.workbench.select(["number"])
    stage.workbench.whereabouts.select_marks([comment])
    group_selected(stage.workbench)
    bar = stage.canvas.find_bar
    bar.open_bar()
    stage.type("intake")
    assert [(match.id, match.where) for match in bar.matches] == [(frame, "frame")]
    assert stage.workbench.whereabouts.marks == (frame,)
    bar.line.clear()
    stage.type("gap")
    assert stage.workbench.whereabouts.level == "@group1"
    assert stage.workbench.whereabouts.marks == (comment,)
    seen = stage.canvas.viewer.visible_area()
    assert seen.contains(stage.canvas.mirror.marks.items[comment].scene_rect().center())
    assert bar.line.hasFocus()
