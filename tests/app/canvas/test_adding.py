from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from app.canvas.search_popup import SearchPopup
from app.panels.palette import NODE_MIME
from tests.app.canvas.stage import PATHS, PLAIN, Double, Number, Shout, Stage


def popups(stage: Stage) -> list[SearchPopup]:
    return [popup for popup in stage.canvas.findChildren(SearchPopup) if popup.is_open]


def drag_over(stage: Stage, place: QPoint, path: str, mime: str = NODE_MIME) -> tuple[QMimeData, bool]:
    data = QMimeData()
    data.setData(mime, path.encode())
    copy, viewport = Qt.DropAction.CopyAction, stage.canvas.viewer.viewport()
    enter = QDragEnterEvent(place, copy, data, Qt.MouseButton.LeftButton, PLAIN)
    QApplication.sendEvent(viewport, enter)
    move = QDragMoveEvent(place, copy, data, Qt.MouseButton.LeftButton, PLAIN)
    QApplication.sendEvent(viewport, move)
    return data, move.isAccepted()


def drop(stage: Stage, place: QPoint, path: str) -> None:
    data, is_accepted = drag_over(stage, place, path)
    assert is_accepted
    event = QDropEvent(place, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, PLAIN)
    QApplication.sendEvent(stage.canvas.viewer.viewport(), event)


def test_an_empty_canvas_says_how_to_begin_until_there_is_a_node(stage):
    hint = stage.canvas.findChild(object, "canvas_hint")
    assert hint.isVisible()
    assert "Type the name of a node" in hint.text()
    stage.add(Number, 0, 0)
    assert not hint.isVisible()
    stage.workbench.undo_stack.undo()
    assert hint.isVisible()


def test_a_double_click_on_the_ground_opens_the_search_and_enter_adds_there(stage):
    stage.double_click(stage.at(200, 150))
    stage.type("numb")
    assert popups(stage)[0].titles()[0] == "Number"
    assert "Shout" not in popups(stage)[0].titles()
    stage.key(Qt.Key.Key_Return)
    assert stage.graph.positions["number"] == (200, 150 - 47)
    assert stage.workbench.selection == ("number",)
    assert popups(stage) == []
    assert stage.canvas.viewer.hasFocus()


def test_tab_opens_the_search_at_the_mouse_and_the_arrow_keys_choose(stage):
    stage.hover(stage.at(120, 80))
    stage.key(Qt.Key.Key_Tab)
    popup = popups(stage)[0]
    assert (popup.pos() - stage.at(120, 80)).manhattanLength() < 4
    titles = popup.titles()
    stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Up)
    stage.key(Qt.Key.Key_Return)
    added = stage.graph.nodes[stage.workbench.selection[0]]
    assert added.type.endswith(f":{titles[1]}")


def test_a_row_of_the_search_is_taken_by_a_click(stage):
    stage.double_click(stage.at(200, 150))
    popup = popups(stage)[0]
    row = popup.titles().index("Shout")
    place = popup.list.visualItemRect(popup.list.item(row)).center()
    stage.qtbot.mouseClick(popup.list.viewport(), Qt.MouseButton.LeftButton, PLAIN, place)
    assert list(stage.graph.nodes) == ["shout"]


def test_the_search_says_when_nothing_matches_and_enter_then_adds_nothing(stage):
    stage.double_click(stage.at(200, 150))
    stage.type("xyzzy")
    popup = popups(stage)[0]
    assert popup.nothing.isVisible()
    stage.key(Qt.Key.Key_Return)
    assert not stage.graph.nodes
    stage.key(Qt.Key.Key_Escape)
    assert popups(stage) == []


def test_the_search_goes_when_the_mouse_is_used_elsewhere(stage):
    stage.double_click(stage.at(200, 150))
    stage.click(stage.at(600, 400))
    assert popups(stage) == []


def test_the_search_stays_inside_the_canvas(stage):
    stage.double_click(QPoint(890, 590))
    popup = popups(stage)[0]
    assert stage.canvas.rect().contains(popup.geometry())


def test_the_search_finds_by_words_of_the_help(stage):
    stage.double_click(stage.at(200, 150))
    stage.type("text out")
    assert popups(stage)[0].titles() == ["Shout"]


def test_a_type_dropped_on_the_ground_is_added_there(stage):
    drop(stage, stage.at(150, 100), PATHS[Double])
    assert stage.graph.positions["double"] == (150, 100 - 47)


def test_a_type_dropped_on_a_wire_is_put_into_it_as_one_step(stage):
    one, two = stage.add(Number, 0, 0), stage.add(Double, 500, 0)
    stage.workbench.connect(f"{one}.value", f"{two}.value")
    steps = stage.workbench.undo_stack.index()
    place = stage.at_wire("number.value -> double.value")
    drag_over(stage, place, PATHS[Double])
    assert stage.canvas.mirror.wires["number.value -> double.value"]._is_target
    drop(stage, place, PATHS[Double])
    assert stage.wires() == ["double2.doubled -> double.value", "number.value -> double2.value"]
    assert stage.workbench.undo_stack.index() == steps + 1


def test_a_type_that_does_not_fit_into_the_wire_is_added_beside_it(stage):
    one, two = stage.add(Number, 0, 0), stage.add(Double, 500, 0)
    stage.workbench.connect(f"{one}.value", f"{two}.value")
    drop(stage, stage.at_wire("number.value -> double.value"), PATHS[Shout])
    assert stage.wires() == ["number.value -> double.value"]
    assert "shout" in stage.graph.nodes


def test_a_wire_is_no_target_any_more_when_the_drag_leaves(stage):
    one, two = stage.add(Number, 0, 0), stage.add(Double, 500, 0)
    stage.workbench.connect(f"{one}.value", f"{two}.value")
    drag_over(stage, stage.at_wire("number.value -> double.value"), PATHS[Double])
    QApplication.sendEvent(stage.canvas.viewer.viewport(), QDragLeaveEvent())
    assert not stage.canvas.mirror.wires["number.value -> double.value"]._is_target


@pytest.mark.parametrize("mime", ["text/plain", "nodegraphqt/nodes", "text/uri-list"])
def test_what_is_no_node_type_is_not_taken(stage, mime):
    _, is_accepted = drag_over(stage, stage.at(100, 100), "anything", mime)
    assert not is_accepted
    assert not stage.graph.nodes


def test_an_unknown_type_that_is_dropped_is_refused_with_a_message(stage):
    drop(stage, stage.at(150, 100), "no.such.module:Thing")
    assert not stage.graph.nodes
    assert len(stage.messages) == 1
