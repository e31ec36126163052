from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, Qt

from app.document.marks import add_frame
from app.window import MainWindow
from tests.app.shapes import SCALE

ALT_SHIFT = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier


def three(window: MainWindow) -> list[str]:
    """Three nodes selected, at odd places."""
    third = window.workbench.add_node(SCALE, (777, 333), connect_from="scale.scaled")
    assert third is not None
    window.workbench.move({"count": (13, 170), "scale": (290, 20)})
    window.workbench.select(["count", "scale", third])
    window.actions_by_id.refresh()
    return ["count", "scale", third]


def places(window: MainWindow, ids: list[str]) -> list[tuple[float, float]]:
    return [window.workbench.graph.positions[id] for id in ids]


def test_ctrl_l_lays_out_everything_as_one_step_and_shows_it(drawn, qtbot):
    ids = three(drawn)
    drawn.workbench.select(())
    steps, before = drawn.workbench.undo_stack.index(), places(drawn, ids)
    qtbot.keyClick(drawn.canvas.viewer, Qt.Key.Key_L, CTRL)
    qtbot.waitUntil(lambda: drawn.workbench.undo_stack.index() == steps + 1, timeout=5000)
    (x1, y1), (x2, y2), (x3, y3) = places(drawn, ids)
    assert x1 < x2 < x3
    assert abs(y1 - y2) <= 1
    assert abs(y2 - y3) <= 1
    assert drawn.workbench.undo_stack.undoText() == "Auto layout"
    assert drawn.canvas.viewer.visible_area().contains(drawn.canvas.mirror.area())
    drawn.workbench.undo_stack.undo()
    assert places(drawn, ids) == before


def test_only_the_selection_is_laid_out_where_it_is(drawn, qtbot):
    ids = three(drawn)
    drawn.workbench.select(ids[:2])
    third = places(drawn, ids)[2]
    drawn.actions_by_id["arrange.layout"].trigger()
    qtbot.waitUntil(lambda: drawn.workbench.undo_stack.undoText() == "Auto layout", timeout=5000)
    assert places(drawn, ids)[2] == third
    assert places(drawn, ids)[0] == (13, 20), "the corner of what was selected stays"


def test_a_node_that_is_deleted_while_the_layout_is_made_does_no_harm(drawn, qtbot):
    ids = three(drawn)
    drawn.workbench.select(())
    drawn.canvas.arranger.lay_out()
    drawn.workbench.remove([ids[2]])
    qtbot.waitUntil(lambda: drawn.workbench.undo_stack.undoText() == "Auto layout", timeout=5000)
    assert ids[2] not in drawn.workbench.graph.positions


def test_a_document_that_was_replaced_meanwhile_is_left_alone(drawn, qtbot, tmp_path: Path):
    three(drawn)
    drawn.workbench.select(())
    drawn.canvas.arranger.lay_out()
    drawn.workbench.undo_stack.setClean()
    drawn.workbench.new()
    drawn.workbench.add_node(SCALE, (5, 5))
    qtbot.waitUntil(lambda: not drawn.canvas.arranger._is_working, timeout=5000)
    assert list(drawn.workbench.graph.positions.values()) == [(5, 5)]
    assert drawn.workbench.undo_stack.undoText() == "Add Scale"


def test_alt_shift_and_an_arrow_align(drawn, qtbot):
    ids = three(drawn)
    viewer = drawn.canvas.viewer
    viewer.setFocus()
    for key, axis, check in (
        (Qt.Key.Key_Left, 0, {13}),
        (Qt.Key.Key_Up, 1, {20}),
    ):
        drawn.workbench.move({"count": (13, 170), "scale": (290, 20), ids[2]: (777, 333)})
        steps = drawn.workbench.undo_stack.index()
        qtbot.keyClick(viewer, key, ALT_SHIFT)
        assert {place[axis] for place in places(drawn, ids)} == check
        assert drawn.workbench.undo_stack.index() == steps + 1


def test_the_menu_distributes_and_is_there_for_three_only(drawn, qtbot):
    ids = three(drawn)
    action = drawn.actions_by_id["arrange.distribute_horizontal"]
    drawn.workbench.select(ids[:2])
    drawn.actions_by_id.refresh()
    assert not action.isEnabled()
    assert drawn.actions_by_id["arrange.align_left"].isEnabled()
    drawn.workbench.select(ids)
    drawn.actions_by_id.refresh()
    menu = next(m.menu() for m in drawn.menuBar().actions() if m.text() == "&Arrange")
    menu.popup(drawn.mapToGlobal(drawn.rect().center()))
    qtbot.waitUntil(menu.isVisible)
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    (x1, _), (x2, _), (x3, _) = places(drawn, ids)
    cards = [drawn.canvas.mirror.nodes[id].card_rect() for id in ids]
    assert abs((x2 - cards[0].right()) - (x3 - cards[1].right())) <= 1
    assert (x1, x3) == (13, 777)
    assert drawn.workbench.undo_stack.undoText() == "Distribute horizontally"


def test_a_frame_stays_around_its_nodes(drawn, qtbot):
    bench = drawn.workbench
    ids = three(drawn)
    bench.move({"count": (900, 170), "scale": (290, 20)})
    bench.edit("Add frame", lambda graph: add_frame(graph, (870, 140, 260, 220), "Source", ""))
    bench.select(())
    drawn.canvas.arranger.lay_out()
    qtbot.waitUntil(lambda: bench.undo_stack.undoText() == "Auto layout", timeout=5000)
    (frame,) = bench.whereabouts.marks_here()
    area = QRectF(*frame.rect)
    cards = {id: drawn.canvas.mirror.nodes[id].card_rect() for id in ids}
    assert area.contains(cards["count"])
    assert not area.intersects(cards["scale"])
    assert places(drawn, ids)[0][0] < places(drawn, ids)[1][0]
    bench.undo_stack.undo()
    (frame,) = bench.whereabouts.marks_here()
    assert frame.rect == (870, 140, 260, 220)
