from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication

from app import RESOURCES
from app.document.clipboard import text_of
from app.window import MainWindow
from app.workbench import Workbench
from tests.app.shapes import SCALE

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def other(drawn: MainWindow, qtbot) -> Iterator[MainWindow]:
    """A second window of the same process, empty."""
    bench = Workbench()
    shown = MainWindow(bench)
    with qtbot.waitSignal(shown.painted, timeout=5000):
        shown.show()
    shown.load_canvas()
    yield shown
    shown.hide()
    shown.deleteLater()
    QCoreApplication.sendPostedEvents(shown, QEvent.Type.DeferredDelete)
    bench.deleteLater()


def key(qtbot, window: MainWindow, key: Qt.Key) -> None:
    with qtbot.waitActive(window, timeout=5000):
        window.activateWindow()
    window.canvas.setFocus()
    window.actions_by_id.refresh()
    qtbot.keyClick(window.canvas.viewer, key, CTRL)


def test_nodes_with_their_wires_go_from_one_window_to_another(drawn, other, qtbot):
    drawn.workbench.set_parameter("scale", "factor", 5)
    drawn.workbench.set_wire("count.value -> scale.value", capacity=3)
    key(qtbot, drawn, Qt.Key.Key_A)
    key(qtbot, drawn, Qt.Key.Key_C)
    key(qtbot, other, Qt.Key.Key_V)
    graph = other.workbench.graph
    assert list(graph.nodes) == ["count", "scale"]
    assert graph.nodes["scale"].parameters["factor"] == 5
    assert graph.wires["count.value -> scale.value"].capacity == 3
    assert other.workbench.selection == ("count", "scale")
    assert other.canvas.viewer.visible_area().contains(other.canvas.mirror.area())
    other.workbench.undo_stack.undo()
    assert not graph.nodes
    assert list(drawn.workbench.graph.nodes) == ["count", "scale"]


def test_what_is_pasted_lies_at_the_mouse_and_steps_aside_the_next_time(drawn, qtbot):
    drawn.workbench.select(["count", "scale"])
    drawn.workbench.copy()
    viewer = drawn.canvas.viewer
    place = viewer.viewport().rect().center()
    qtbot.mouseMove(viewer.viewport(), place)
    scene = viewer.mapToScene(place)
    drawn.canvas.setFocus()
    corners = []
    for _ in range(3):
        qtbot.keyClick(viewer, Qt.Key.Key_V, CTRL)
        corners.append(drawn.workbench.graph.positions[drawn.workbench.selection[0]])
    assert corners[0] == (round(scene.x()), round(scene.y()))
    assert len(set(corners)) == 3, "no copy lies on another"
    assert corners[1][0] > corners[0][0]


def test_the_text_of_a_file_is_pasted_with_its_settings(drawn, qtbot):
    QGuiApplication.clipboard().setText((RESOURCES / "graphs" / "heart.tide").read_text("utf-8"))
    steps = drawn.workbench.undo_stack.index()
    key(qtbot, drawn, Qt.Key.Key_V)
    graph = drawn.workbench.graph
    assert {"ecg", "band_pass", "r_peaks", "heart_rate"} <= set(graph.nodes)
    assert "ecg.signal -> band_pass.signal" in graph.wires
    assert str(graph.nodes["r_peaks"].location) == "heart:"
    assert drawn.workbench.undo_stack.index() == steps + 1


def test_what_is_set_for_a_process_comes_along_unless_it_is_set_here(drawn):
    bench = drawn.workbench
    bench.set_location(["scale"], "work:")
    bench.set_death_policy("work:", "restart")
    text = text_of(bench.graph, ["scale"])
    assert "restart" in text
    assert "restart" not in text_of(bench.graph, ["count"]), "only of processes whose nodes are copied"
    fresh = Workbench(bench)
    QGuiApplication.clipboard().setText(text)
    fresh.paste()
    assert fresh.graph.death_policy("work:") == "restart"
    fresh.set_death_policy("work:", "stop")
    fresh.paste()
    assert fresh.graph.death_policy("work:") == "stop"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no text"),
        ("hello", "holds no nodes, but “hello”"),
        ("x" * 200, "holds no nodes, but “" + "x" * 40 + "…”"),
        ('{"tidewire": 1, "nodes": []}', "has no nodes"),
        ('{"name": "package.json"}', "cannot be pasted: the clipboard is no Tidewire graph"),
    ],
)
def test_a_clipboard_without_nodes_is_told_in_the_status_line(drawn, qtbot, text, said):
    QGuiApplication.clipboard().setText(text)
    steps = drawn.workbench.undo_stack.index()
    key(qtbot, drawn, Qt.Key.Key_V)
    assert said in drawn.status.text
    assert drawn.workbench.undo_stack.index() == steps


def test_types_that_are_not_trusted_stay_placeholders_and_are_told(drawn, qtbot):
    text = '{"tidewire": 1, "nodes": [{"id": "x", "type": "tests.leaks:Thing"}], "layout": {"x": [5, 5]}}'
    QGuiApplication.clipboard().setText(text)
    with qtbot.waitSignal(drawn.workbench.foreign_code_found, timeout=1000) as told:
        drawn.workbench.paste()
    assert told.args == [["tests.leaks:Thing"]]
    assert "x" in drawn.canvas.mirror.nodes


def test_duplicate_keeps_the_wires_among_the_copies(drawn, qtbot):
    drawn.workbench.select(["count", "scale"])
    key(qtbot, drawn, Qt.Key.Key_D)
    assert "count2.value -> scale2.value" in drawn.workbench.graph.wires
    assert drawn.workbench.graph.nodes["scale2"].type == SCALE
    assert drawn.workbench.selection == ("count2", "scale2")
