"""Frames and comments by mouse and keyboard: drawn, named, written, moved, resized, removed; one step each."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QDesktopServices
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit

from app.canvas.comment_item import CommentItem
from app.canvas.frame_item import FrameItem
from app.document import group_edits
from app.document.marks import read_marks
from engine.graph.file import format_graph
from tests.app.canvas.stage import CTRL, Double, Number, Stage

SHIFT = Qt.KeyboardModifier.ShiftModifier
FRAME, COMMENT = "@frame1", "@comment1"


@pytest.fixture
def framed(stage: Stage) -> Stage:
    """Number and double wired, in a frame; double2 outside of it."""
    stage.add(Number, 50, 60)
    stage.add(Double, 270, 60)
    stage.add(Double, 550, 300)
    stage.workbench.connect("number.value", "double.value")
    stage.settle_view()
    stage.drag(stage.at(30, 40), stage.at(460, 200))
    stage.key(Qt.Key.Key_F, CTRL | SHIFT)
    stage.type("Front end")
    stage.key(Qt.Key.Key_Return)
    stage.workbench.undo_stack.clear()
    return stage


@pytest.fixture
def commented(stage: Stage) -> Stage:
    """One comment of 240 x 120 at (100, 100)."""
    group_edits.comment_at(stage.workbench, (100, 100, 240, 120))
    stage.canvas.select(())
    stage.settle_view()
    stage.workbench.undo_stack.clear()
    return stage


def frame(stage: Stage) -> FrameItem:
    item = stage.canvas.mirror.marks.items[FRAME]
    assert isinstance(item, FrameItem)
    return item


def comment(stage: Stage) -> CommentItem:
    item = stage.canvas.mirror.marks.items[COMMENT]
    assert isinstance(item, CommentItem)
    return item


def rect(stage: Stage, id: str) -> tuple[float, float, float, float]:
    return read_marks(stage.graph).by_id[id].rect


def at_title(stage: Stage) -> QPoint:
    return stage.canvas.viewer.mapFromScene(frame(stage).mapToScene(QPointF(60, 15)))


def steps(stage: Stage) -> int:
    return stage.workbench.undo_stack.count()


def editor() -> QPlainTextEdit:
    found = QApplication.focusWidget()
    assert isinstance(found, QPlainTextEdit)
    return found


# -- frames


def test_ctrl_shift_f_frames_the_selection_and_asks_for_the_title(stage: Stage) -> None:
    stage.add(Number, 50, 60)
    stage.click(stage.at_part("number", "title"))
    stage.key(Qt.Key.Key_F, CTRL | SHIFT)
    line = QApplication.focusWidget()
    assert isinstance(line, QLineEdit)
    assert line.accessibleName() == "Name of Frame"
    stage.type("Source")
    stage.key(Qt.Key.Key_Return)
    assert frame(stage).frame.title == "Source"
    assert frame(stage).scene_rect().contains(stage.node("number").card_rect())
    assert stage.workbench.whereabouts.marks == (FRAME,)
    assert frame(stage).zValue() < stage.node("number").zValue()


def test_a_frame_moved_by_its_title_takes_its_nodes_and_wires_along_as_one_step(framed: Stage) -> None:
    before = format_graph(framed.graph)
    x, y, width, height = rect(framed, FRAME)
    start = at_title(framed)
    framed.drag(start, start + QPoint(40, 30))
    assert rect(framed, FRAME) == (x + 40, y + 30, width, height)
    assert framed.graph.positions == {"number": (90, 90), "double": (310, 90), "double2": (550, 300)}
    assert steps(framed) == 1
    framed.workbench.undo_stack.undo()
    assert format_graph(framed.graph) == before
    assert frame(framed).scene_rect().getRect() == (x, y, width, height)


def test_escape_puts_a_frame_and_its_nodes_back(framed: Stage) -> None:
    before = frame(framed).scene_rect(), framed.node("number").pos()
    framed.press(at_title(framed))
    framed.drag_to(at_title(framed), at_title(framed) + QPoint(70, 70))
    assert framed.node("number").pos() != before[1]
    framed.key(Qt.Key.Key_Escape)
    assert (frame(framed).scene_rect(), framed.node("number").pos()) == before
    framed.release(at_title(framed))
    assert steps(framed) == 0


@pytest.mark.parametrize(
    "corner, way, expected",
    [
        ((1.0, 0.5), (50, 9), (0, 0, 50, 0)),
        ((0.5, 1.0), (9, 40), (0, 0, 0, 40)),
        ((0.0, 0.5), (-30, 9), (-30, 0, 30, 0)),
        ((0.5, 0.0), (9, -20), (0, -20, 0, 20)),
        ((1.0, 1.0), (30, 20), (0, 0, 30, 20)),
        ((0.0, 0.0), (-30, -20), (-30, -20, 30, 20)),
    ],
)
def test_edges_and_corners_resize_a_frame(
    framed: Stage, corner: tuple[float, float], way: tuple[int, int], expected: tuple[int, ...]
) -> None:
    before = rect(framed, FRAME)
    area = frame(framed).scene_rect()
    place = QPointF(area.left() + corner[0] * area.width(), area.top() + corner[1] * area.height())
    start = framed.canvas.viewer.mapFromScene(place)
    framed.drag(start, start + QPoint(*way))
    assert rect(framed, FRAME) == tuple(old + change for old, change in zip(before, expected, strict=True))
    assert steps(framed) == 1
    assert framed.graph.positions["number"] == (50, 60)


def test_a_frame_is_not_made_smaller_than_its_title_needs(framed: Stage) -> None:
    area = frame(framed).scene_rect()
    start = framed.canvas.viewer.mapFromScene(area.bottomRight())
    framed.drag(start, framed.canvas.viewer.mapFromScene(area.topLeft() - QPointF(30, 30)))
    assert rect(framed, FRAME)[2:] == (96, 56)


def test_inside_a_frame_is_ground(framed: Stage) -> None:
    inside = framed.at(245, 175)
    framed.click(inside)
    assert framed.workbench.whereabouts.marks == ()
    framed.drag(inside, framed.at(300, 100))
    assert framed.workbench.selection == ("double",)


def test_a_double_click_on_the_title_renames_a_frame(framed: Stage) -> None:
    framed.double_click(at_title(framed))
    framed.type("Input")
    framed.key(Qt.Key.Key_Return)
    assert frame(framed).frame.title == "Input"
    assert steps(framed) == 1


def test_deleting_a_frame_leaves_the_nodes(framed: Stage) -> None:
    framed.click(at_title(framed))
    framed.key(Qt.Key.Key_Delete)
    assert set(framed.graph.nodes) == {"number", "double", "double2"}
    assert framed.canvas.mirror.marks.items == {}
    assert "frames" not in framed.graph.extra
    framed.workbench.undo_stack.undo()
    assert frame(framed).frame.title == "Front end"


def test_the_menu_colours_a_frame_and_selects_what_is_inside(framed: Stage) -> None:
    framed.pick(framed.context_menu(at_title(framed)), "Colour", "Green")
    assert frame(framed).frame.color == "green"
    framed.pick(framed.context_menu(at_title(framed)), "Select what is inside")
    assert set(framed.workbench.selection) == {"number", "double"}
    assert framed.workbench.whereabouts.marks == (FRAME,)


def test_a_copied_frame_is_pasted_with_what_is_selected(framed: Stage) -> None:
    framed.workbench.select_all()
    framed.workbench.copy()
    framed.workbench.paste()
    marks = read_marks(framed.graph).by_id
    assert [mark.label for mark in marks.values()] == ["Front end", "Front end"]
    assert len(framed.graph.nodes) == 6
    assert framed.workbench.whereabouts.marks == ("@frame2",)
    assert marks["@frame2"].rect[0] == marks[FRAME].rect[0] + 40


# -- comments


def test_ctrl_shift_m_adds_a_comment_and_opens_it(stage: Stage) -> None:
    stage.key(Qt.Key.Key_M, CTRL | SHIFT)
    assert editor().accessibleName() == "Text of the comment, in Markdown"
    stage.type("# Title")
    stage.key(Qt.Key.Key_Return, CTRL)
    assert comment(stage).comment.text == "# Title"
    assert comment(stage).plain_text == "Title"
    assert stage.canvas.viewer.hasFocus()


def test_a_comment_added_by_keyboard_covers_no_card(stage: Stage) -> None:
    middle = stage.canvas.viewer.scene_center()
    stage.add(Number, round(middle.x()) - 60, round(middle.y()) - 30)
    stage.key(Qt.Key.Key_M, CTRL | SHIFT)
    stage.key(Qt.Key.Key_Escape)
    assert not comment(stage).scene_rect().intersects(stage.node("number").card_rect())
    assert stage.canvas.viewer.visible_area().contains(comment(stage).scene_rect())


def test_the_menu_of_the_ground_puts_a_comment_there(stage: Stage) -> None:
    stage.pick(stage.context_menu(stage.at(300, 200)), "Add comment")
    assert rect(stage, COMMENT)[:2] == (300, 200)


def test_a_double_click_edits_and_escape_leaves_the_text(commented: Stage) -> None:
    before = comment(commented).comment.text
    commented.double_click(commented.at(200, 200))
    commented.type("never mind")
    commented.key(Qt.Key.Key_Escape)
    assert comment(commented).comment.text == before
    assert steps(commented) == 0


def test_a_click_elsewhere_takes_the_text_and_the_sheet_grows_with_it(commented: Stage) -> None:
    commented.double_click(commented.at(200, 200))
    editor().setPlainText("\n\n".join(f"line {number}" for number in range(12)))
    commented.click(commented.at(600, 400))
    assert comment(commented).comment.text.startswith("line 0\n\nline 1")
    assert rect(commented, COMMENT)[3] > 200
    assert steps(commented) == 1


def test_a_comment_that_is_left_empty_goes(commented: Stage) -> None:
    commented.double_click(commented.at(200, 200))
    editor().clear()
    commented.key(Qt.Key.Key_Return, CTRL)
    assert "comments" not in commented.graph.extra
    assert commented.canvas.mirror.marks.items == {}


def test_a_comment_is_moved_by_mouse_and_by_keys_and_resized_by_keys(commented: Stage) -> None:
    start = commented.at(200, 150)
    commented.drag(start, start + QPoint(30, 20))
    assert rect(commented, COMMENT) == (130, 120, 240, 120)
    commented.key(Qt.Key.Key_Right)
    commented.key(Qt.Key.Key_Right, SHIFT)
    commented.key(Qt.Key.Key_Down, SHIFT)
    assert rect(commented, COMMENT) == (142, 120, 252, 132)


def test_a_marquee_and_the_keyboard_select_comments(commented: Stage) -> None:
    commented.add(Number, 500, 100)
    commented.drag(commented.at(20, 150), commented.at(150, 180))
    assert commented.workbench.whereabouts.marks == (COMMENT,)
    assert comment(commented).isSelected()
    commented.key(Qt.Key.Key_Escape)
    commented.key(Qt.Key.Key_Right, CTRL)
    assert commented.workbench.selection == ("number",)
    commented.key(Qt.Key.Key_Right, CTRL)
    assert commented.workbench.whereabouts.marks == (COMMENT,)
    assert commented.workbench.selection == ()
    assert "selected: comment Comment" in commented.canvas.viewer.accessibleDescription()
    commented.key(Qt.Key.Key_Return)
    assert editor()


def test_ctrl_click_selects_comment_and_node_together_and_they_move_together(commented: Stage) -> None:
    commented.add(Number, 500, 100)
    commented.click(commented.at(200, 150))
    commented.click(commented.at_part("number", "title"), CTRL)
    start = commented.at_part("number", "title")
    commented.drag(start, start + QPoint(10, 20))
    assert rect(commented, COMMENT)[:2] == (110, 120)
    assert commented.graph.positions["number"] == (510, 120)


def test_the_menu_key_opens_the_menu_of_the_selected_comment(commented: Stage) -> None:
    commented.click(commented.at(200, 150))
    viewport = commented.canvas.viewer.viewport()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(1, 1), viewport.mapToGlobal(QPoint(1, 1)))
    QApplication.sendEvent(viewport, event)
    menu = commented.open_menu()
    assert menu.objectName() == "mark_menu"
    commented.pick(menu, "Edit text")
    assert editor()


def test_a_comment_reads_no_file(commented: Stage, tmp_path: Path) -> None:
    picture = tmp_path / "secret.svg"
    picture.write_text("<svg xmlns='http://www.w3.org/2000/svg' width='90' height='900'/>")
    without = comment(commented).height_for("nothing")
    for name in (f"file://{picture}", str(picture)):
        assert comment(commented).height_for(f"![x]({name})") <= without + 1
    group_edits.rewrite(commented.workbench, COMMENT, f"![x]({picture})")
    assert commented.canvas.grab()


def test_a_link_is_named_at_the_mouse_and_opened_from_the_menu(
    commented: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    group_edits.rewrite(commented.workbench, COMMENT, "[the data](https://example.org/data)")
    on_link = commented.at(125, 120)
    assert commented.canvas.hand.tip_at(on_link) == "https://example.org/data"
    commented.pick(commented.context_menu(on_link), "Open https://example.org/data")
    assert opened == ["https://example.org/data"]
    group_edits.rewrite(commented.workbench, COMMENT, "[a program](file:///bin/sh)")
    assert commented.canvas.hand.tip_at(on_link) == ""


def test_a_comment_in_writing_is_taken_when_the_view_moves_under_it(commented: Stage) -> None:
    commented.double_click(commented.at(200, 200))
    editor().setPlainText("half a")
    commented.canvas.zoom_to(1.3)
    assert comment(commented).comment.text == "half a"
    assert commented.canvas.viewer.hasFocus()


def test_marks_of_a_group_are_seen_inside_it_only(commented: Stage) -> None:
    commented.add(Number, 500, 100)
    commented.workbench.select_all()
    commented.key(Qt.Key.Key_G, CTRL)
    commented.key(Qt.Key.Key_Escape)
    assert commented.canvas.mirror.marks.items == {}
    commented.key(Qt.Key.Key_Return)
    assert set(commented.canvas.mirror.marks.items) == {COMMENT}
    commented.key(Qt.Key.Key_M, CTRL | SHIFT)
    commented.type("inner")
    commented.key(Qt.Key.Key_Return, CTRL)
    assert {mark.group for mark in read_marks(commented.graph).by_id.values()} == {"@group1"}


def test_all_that_is_selected_is_deleted_as_one_step(commented: Stage) -> None:
    commented.add(Number, 500, 100)
    count = steps(commented)
    commented.workbench.select_all()
    commented.key(Qt.Key.Key_Delete)
    assert commented.graph.nodes == {}
    assert commented.canvas.mirror.marks.items == {}
    assert steps(commented) == count + 1


def test_hovering_an_edge_shows_how_it_can_be_moved(framed: Stage) -> None:
    area = frame(framed).scene_rect()
    framed.hover(framed.canvas.viewer.mapFromScene(QPointF(area.right(), area.center().y())))
    assert framed.canvas.viewer.viewport().cursor().shape() is Qt.CursorShape.SizeHorCursor
