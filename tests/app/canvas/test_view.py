from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QColor, QKeySequence, QWheelEvent
from PySide6.QtWidgets import QApplication, QMainWindow

from app import theme
from app.canvas.hit import hit_at
from app.canvas.tips import tip_of
from app.canvas.view import CanvasView
from app.canvas.viewer import ZOOM_MAX, ZOOM_MIN
from app.workbench import Workbench
from engine import Graph
from tests.app.canvas.stage import CTRL, PLAIN, Double, Number, Stage, node_figures


def turn_wheel(stage: Stage, place: QPoint, steps: int, keys: Qt.KeyboardModifier = PLAIN) -> None:
    viewport = stage.canvas.viewer.viewport()
    event = QWheelEvent(
        QPointF(place), QPointF(viewport.mapToGlobal(place)), QPoint(), QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(viewport, event)


def test_the_wheel_zooms_at_the_mouse(stage):
    place = QPoint(222, 333)
    before = stage.canvas.viewer.mapToScene(place)
    turn_wheel(stage, place, 3)
    assert stage.canvas.zoom > 1.4
    after = stage.canvas.viewer.mapToScene(place)
    assert abs(after.x() - before.x()) <= 1.5
    assert abs(after.y() - before.y()) <= 1.5


def test_the_zoom_has_limits(stage):
    turn_wheel(stage, QPoint(200, 200), 500)
    assert stage.canvas.zoom == ZOOM_MAX
    turn_wheel(stage, QPoint(200, 200), -500)
    assert stage.canvas.zoom == ZOOM_MIN
    stage.canvas.zoom_to(1e9)
    assert stage.canvas.zoom == ZOOM_MAX


def test_ctrl_0_is_exactly_100_percent_and_f_fits(stage):
    stage.add(Number, 0, 0)
    stage.add(Double, 3000, 900)
    stage.key(Qt.Key.Key_Home)
    assert stage.canvas.zoom < 0.5
    shown = stage.canvas.viewer.mapToScene(stage.canvas.viewer.viewport().rect()).boundingRect()
    assert all(shown.contains(node.card_rect()) for node in stage.canvas.mirror.nodes.values())
    stage.key(Qt.Key.Key_0, CTRL)
    assert stage.canvas.zoom == 1.0


@pytest.mark.parametrize("button", [Qt.MouseButton.MiddleButton, Qt.MouseButton.LeftButton], ids=["middle", "space"])
def test_dragging_with_the_middle_button_or_with_space_shifts_the_view(stage, button):
    one = stage.add(Number, 0, 0)
    if button is Qt.MouseButton.LeftButton:
        stage.qtbot.keyPress(stage.canvas.viewer, Qt.Key.Key_Space)
    start = stage.at_body(one)
    stage.drag(start, start + QPoint(70, -40), button)
    stage.qtbot.keyRelease(stage.canvas.viewer, Qt.Key.Key_Space)
    assert stage.at_body(one) == start + QPoint(70, -40)
    assert stage.graph.positions[one] == (0, 0)
    assert stage.workbench.selection == ()


def test_space_does_not_stick_when_the_keyboard_goes_elsewhere(stage):
    one = stage.add(Number, 0, 0)
    stage.qtbot.keyPress(stage.canvas.viewer, Qt.Key.Key_Space)
    stage.canvas.viewer.clearFocus()
    start = stage.at_body(one)
    stage.drag(start, start + QPoint(70, 40))
    assert stage.graph.positions[one] == (70, 40)


def test_a_resize_keeps_the_zoom_and_the_middle(stage):
    before = stage.canvas.viewer.scene_center()
    stage.canvas.resize(700, 500)
    QApplication.processEvents()
    after = stage.canvas.viewer.scene_center()
    assert stage.canvas.zoom == 1.0
    assert (after - before).manhattanLength() <= 3


def test_focus_node_selects_it_and_brings_it_into_view(stage):
    far = stage.add(Number, 5000, 4000)
    stage.canvas.focus_node(far)
    assert stage.workbench.selection == (far,)
    assert stage.canvas.viewer.viewport().rect().contains(stage.at_body(far))
    stage.canvas.focus_node("nobody")
    assert stage.workbench.selection == (far,)


def test_a_node_put_at_the_center_position_lies_in_the_middle(stage):
    one = stage.add(Number, *stage.canvas.center_position())
    assert stage.node(one).card_rect().contains(stage.canvas.viewer.scene_center())


def test_undo_of_the_window_is_not_made_ambiguous_by_the_canvas(qtbot, qapp):
    workbench, window = Workbench(), QMainWindow()
    window.setCentralWidget(CanvasView(workbench))
    undo = QAction("Undo", window)
    undo.setShortcut(QKeySequence.StandardKey.Undo)
    heard: list[bool] = []
    undo.triggered.connect(lambda: heard.append(True))
    window.addAction(undo)
    qtbot.addWidget(window)
    window.show()
    with qtbot.waitActive(window):
        window.activateWindow()
    viewer = window.centralWidget().viewer
    viewer.setFocus()
    qtbot.keyClick(viewer, Qt.Key.Key_Z, CTRL)
    assert heard == [True]
    workbench.deleteLater()


def test_the_canvas_uses_its_own_keys_before_the_window_does(qtbot, qapp):
    workbench, window = Workbench(), QMainWindow()
    window.setCentralWidget(CanvasView(workbench))
    delete = QAction("Delete", window)
    delete.setShortcut(QKeySequence(Qt.Key.Key_Delete))
    heard: list[bool] = []
    delete.triggered.connect(lambda: heard.append(True))
    window.addAction(delete)
    qtbot.addWidget(window)
    window.show()
    with qtbot.waitActive(window):
        window.activateWindow()
    window.centralWidget().viewer.setFocus()
    qtbot.keyClick(window.centralWidget().viewer, Qt.Key.Key_Delete)
    assert heard == []
    workbench.deleteLater()


def test_the_theme_is_switched_live(stage):
    one = stage.add(Number, 0, 0)

    def pixel(place: QPoint) -> QColor:
        return stage.canvas.viewer.viewport().grab().toImage().pixelColor(place)

    ground, card = QPoint(5, 5), stage.at_body(one)
    assert pixel(ground).lightness() < 60
    assert pixel(card).lightness() < 80
    theme.apply("light")
    QApplication.processEvents()
    assert pixel(ground).lightness() > 220
    assert pixel(card).lightness() > 220


def test_the_card_carries_the_colour_of_its_location_on_its_left(stage):
    one = stage.add(Number, 0, 0)
    stage.workbench.set_location([one], "dsp:")
    QApplication.processEvents()
    image = stage.canvas.viewer.viewport().grab().toImage()
    band = image.pixelColor(stage.at(2, 60))
    wished = theme.location_color("dsp:")
    assert abs(band.hue() - wished.hue()) < 12


def test_tips_say_in_words_what_colours_and_shapes_say(stage):
    one, two = stage.add(Number, 0, 0), stage.add(Double, 400, 0)
    stage.workbench.connect(f"{one}.value", f"{two}.value")
    stage.play({one: node_figures(late=True)})

    def tip(place: QPoint) -> str:
        return tip_of(hit_at(stage.canvas.viewer, place))

    assert "late" in tip(stage.at_part(one, "state"))
    assert "not running" in tip(stage.at_part(two, "state"))
    assert "int" in tip(stage.at_port(f"{one}.value"))
    assert "runs on" in tip(stage.at_part(one, "chip"))
    assert "number.value -> double.value" in tip(stage.at_wire("number.value -> double.value"))
    assert tip(stage.at(200, 400)) == ""


def test_nodes_that_overlap_are_taken_from_the_top(stage):
    below, above = stage.add(Number, 0, 0), stage.add(Double, 150, 0)
    hit = hit_at(stage.canvas.viewer, stage.at(160, 60))
    assert hit.node is stage.node(above)
    covered = hit_at(stage.canvas.viewer, stage.at_port(f"{below}.value"))
    assert covered.port is None or covered.port.node_id == above


def is_all_shown(stage: Stage) -> bool:
    shown = stage.canvas.viewer.mapToScene(stage.canvas.viewer.viewport().rect()).boundingRect()
    return all(shown.contains(node.card_rect()) for node in stage.canvas.mirror.nodes.values())


def test_an_opened_graph_stays_fitted_while_the_window_finds_its_size_until_the_view_is_moved(stage):
    other = Graph()
    for n in range(4):
        other.add(Number, id=f"n{n}")
        other.move(f"n{n}", 600 * n, 300 * n)
    stage.workbench._replace_graph(other)
    assert is_all_shown(stage)
    stage.canvas.resize(600, 300)
    QApplication.processEvents()
    assert is_all_shown(stage)
    turn_wheel(stage, QPoint(100, 100), 2)
    zoom = stage.canvas.zoom
    stage.canvas.resize(900, 600)
    QApplication.processEvents()
    assert stage.canvas.zoom == zoom, "a view that was moved by hand is left alone"


def test_an_edit_ends_the_fitting(stage):
    stage.workbench._replace_graph(Graph())
    zoom = stage.canvas.zoom
    stage.add(Number, 0, 0)
    stage.canvas.resize(600, 300)
    QApplication.processEvents()
    assert stage.canvas.zoom == zoom == 1.0
