from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDragLeaveEvent
from PySide6.QtWidgets import QApplication

from tests.app.canvas.stage import PATHS, Double, Number, Shout
from tests.app.canvas.test_adding import drag_over


def test_a_wire_in_the_hand_says_what_letting_go_does(stage):
    told: list[str] = []
    stage.canvas.gesture_told.connect(told.append)
    number, double, shout = stage.add(Number, 0, 0), stage.add(Double, 300, 0), stage.add(Shout, 300, 250)
    start = stage.at_port(f"{number}.value")
    stage.press(start)
    stage.drag_to(start, stage.at_port(f"{double}.value"))
    assert told[-1] == "Let go to wire number.value to double.value"
    stage.drag_to(stage.at_port(f"{double}.value"), stage.at_port(f"{shout}.text"))
    assert told[-1].startswith("value gives int, text takes str")
    stage.drag_to(stage.at_port(f"{shout}.text"), stage.at(100, 420))
    assert "choose a node that takes int" in told[-1]
    stage.key(Qt.Key.Key_Escape)
    assert told[-1] == ""


def test_an_end_in_the_hand_says_that_it_disconnects(stage):
    told: list[str] = []
    stage.canvas.gesture_told.connect(told.append)
    number, double = stage.add(Number, 0, 0), stage.add(Double, 300, 0)
    stage.workbench.connect(f"{number}.value", f"{double}.value")
    place = stage.at_port(f"{double}.value")
    stage.press(place)
    stage.drag_to(place, stage.at(100, 400))
    assert told[-1].startswith("Let go to disconnect")
    stage.drag_to(stage.at(100, 400), place)
    assert told[-1] == "Let go to leave the wire as it is"
    stage.release(place)
    assert told[-1] == ""


def test_a_moved_node_and_the_marquee_say_what_they_do(stage):
    told: list[str] = []
    stage.canvas.gesture_told.connect(told.append)
    number = stage.add(Number, 100, 100)
    stage.drag(stage.at_body(number), stage.at_body(number) + QPoint(40, 40))
    assert any(text.startswith("Moving number · onto a wire to insert it") for text in told)
    stage.drag(stage.at(0, 0), stage.at(400, 400))
    assert any(text.startswith("Let go to select 1 node ·") for text in told)
    assert told[-1] == ""


def test_a_type_from_the_palette_says_where_it_would_go(stage):
    told: list[str] = []
    stage.canvas.gesture_told.connect(told.append)
    number, double = stage.add(Number, 0, 0), stage.add(Double, 500, 0)
    stage.workbench.connect(f"{number}.value", f"{double}.value")
    drag_over(stage, stage.at_wire("number.value -> double.value"), PATHS[Double])
    assert told[-1] == "Let go to insert Double into number.value -> double.value"
    drag_over(stage, stage.at_body(number), PATHS[Double])
    assert told[-1].startswith("Let go to add Double after number, wired to number.value")
    drag_over(stage, stage.at(200, 300), PATHS[Double])
    assert told[-1].startswith("Let go to add Double here")
    QApplication.sendEvent(stage.canvas.viewer.viewport(), QDragLeaveEvent())
    assert told[-1] == ""


def test_the_status_line_shows_the_gesture_and_then_the_message_again(drawn, qtbot):
    drawn.workbench.message.emit("info", "Saved.")
    viewer = drawn.canvas.viewer
    card = drawn.canvas.mirror.nodes["count"].card_rect()
    start = viewer.mapFromScene(card.center().x(), card.top() + 36)
    qtbot.mousePress(viewer.viewport(), Qt.MouseButton.LeftButton, pos=start)
    for step in (10, 20, 30):
        qtbot.mouseMove(viewer.viewport(), start + QPoint(step, step))
    assert drawn.status.gesture.startswith("Moving count")
    assert not drawn.status._text.isVisible()
    drawn.workbench.message.emit("info", "Read.")
    assert not drawn.status._text.isVisible()
    qtbot.mouseRelease(viewer.viewport(), Qt.MouseButton.LeftButton, pos=start + QPoint(30, 30))
    assert drawn.status.gesture == ""
    assert drawn.status._text.isVisible()
    assert drawn.status.text == "Read."
