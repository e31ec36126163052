from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from app import theme
from app.canvas.minimap import Minimap
from tests.app.canvas.stage import LEFT, PLAIN, Double, Number, Stage

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def mapped(stage: Stage) -> Stage:
    stage.add(Number, 0, 0)
    stage.add(Double, 2000, 900)
    stage.settle_view()
    return stage


def map_of(stage: Stage) -> Minimap:
    return stage.canvas.minimap


def middle(stage: Stage) -> QPointF:
    return stage.canvas.viewer.visible_area().center()


def on_map(stage: Stage, id: str) -> QPoint:
    return map_of(stage).to_map(stage.node(id).card_rect().center()).toPoint()


def test_it_shows_every_card_in_the_colour_of_its_location(mapped):
    mapped.workbench.set_location(["double"], "elsewhere:")
    picture = map_of(mapped).grab().toImage()
    ratio = picture.devicePixelRatio()
    for id, location in (("number", "engine:"), ("double", "elsewhere:")):
        place = on_map(mapped, id) * ratio
        near = [picture.pixelColor(place.x() + x, place.y() + y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
        assert theme.location_color(location) in near


def test_a_click_looks_there_and_a_drag_takes_the_view_along(mapped):
    target = mapped.node("double").card_rect().center()
    place = on_map(mapped, "double")
    mapped.qtbot.mousePress(map_of(mapped), LEFT, PLAIN, place)
    assert (middle(mapped) - target).manhattanLength() < 60
    back = place - QPoint(40, 20)
    mapped.qtbot.mouseMove(map_of(mapped), back)
    scale = map_of(mapped)._mapping().m11()
    moved = target - middle(mapped)
    assert abs(moved.x() * scale - 40) <= 3
    assert abs(moved.y() * scale - 20) <= 3
    mapped.qtbot.mouseRelease(map_of(mapped), LEFT, PLAIN, back)
    stays = middle(mapped)
    mapped.qtbot.mouseMove(map_of(mapped), back + QPoint(20, 0))
    assert middle(mapped) == stays, "without a button nothing follows"


def test_a_press_inside_the_outline_does_not_jump(mapped):
    before = middle(mapped)
    inside = map_of(mapped).to_map(before + QPointF(150, 100)).toPoint()
    mapped.qtbot.mousePress(map_of(mapped), LEFT, PLAIN, inside)
    assert (middle(mapped) - before).manhattanLength() < 40
    mapped.qtbot.mouseRelease(map_of(mapped), LEFT, PLAIN, inside)


def test_the_wheel_zooms(mapped):
    before = mapped.canvas.zoom
    place = QPointF(20, 20)
    event = QWheelEvent(
        place, QPointF(map_of(mapped).mapToGlobal(place)), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, PLAIN,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(map_of(mapped), event)
    assert mapped.canvas.zoom > before


def test_it_is_not_shown_on_an_empty_or_small_canvas(stage):
    assert not map_of(stage).isVisible()
    stage.add(Number, 0, 0)
    assert map_of(stage).isVisible()
    stage.canvas.resize(400, 280)
    assert not map_of(stage).isVisible()
    stage.canvas.resize(900, 600)
    assert map_of(stage).isVisible()
    assert stage.canvas.rect().contains(map_of(stage).geometry())


def test_it_hides_no_card_of_a_graph_that_is_seen_whole(stage):
    number = stage.add(Number, 0, 0)
    stage.settle_view()
    assert map_of(stage).isVisible()
    corner = stage.canvas.viewer.mapToScene(map_of(stage).geometry().center())
    stage.workbench.move({number: (corner.x() - 150, corner.y() - 90)})
    stage.qtbot.waitUntil(lambda: not map_of(stage).isVisible())
    stage.canvas.viewer.pan(QPoint(0, 600))  # the card is out of sight now: there is something to find
    stage.qtbot.waitUntil(map_of(stage).isVisible)


def test_ctrl_m_hides_it_from_now_on(drawn, qtbot):
    drawn.resize(1280, 800)
    minimap = drawn.canvas.minimap
    assert minimap.isVisible()
    qtbot.keyClick(drawn.canvas.viewer, Qt.Key.Key_M, CTRL)
    assert not minimap.isVisible()
    qtbot.waitUntil(lambda: not drawn.actions_by_id["view.minimap"].isChecked())
    assert not Minimap(drawn.canvas).is_wished, "it is remembered"
    qtbot.keyClick(drawn.canvas.viewer, Qt.Key.Key_M, CTRL)
    assert minimap.isVisible()


def test_its_menu_hides_it(mapped):
    place = QPoint(20, 20)
    minimap = map_of(mapped)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, minimap.mapToGlobal(place))
    QApplication.sendEvent(minimap, event)
    mapped.pick(mapped.open_menu(), "Hide")
    assert not minimap.isVisible()


def test_zoom_to_selection_shows_what_is_selected_and_no_more(drawn, qtbot):
    bench, viewer = drawn.workbench, drawn.canvas.viewer
    bench.move({"scale": (3000, 1000)})
    drawn.canvas.fit()
    assert drawn.canvas.zoom < 0.6
    bench.select(["scale"])
    drawn.actions_by_id.refresh()
    qtbot.keyClick(viewer, Qt.Key.Key_8, CTRL)
    assert drawn.canvas.zoom > 0.8
    assert viewer.visible_area().contains(drawn.canvas.mirror.nodes["scale"].card_rect())
    assert not viewer.visible_area().intersects(drawn.canvas.mirror.nodes["count"].card_rect())
