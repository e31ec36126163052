"""The heart example, built on an empty canvas as a person does it: typing, clicking and dragging, no dialog."""

from __future__ import annotations

import time

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QMenu

from app import RESOURCES
from app.document.trust import EditorGraph
from app.window import MainWindow
from tests.app.canvas.stage import entry

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier


def type_and_take(window: MainWindow, text: str) -> None:
    for letter in text:
        QTest.keyClicks(QApplication.focusWidget(), letter)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)


def click(window: MainWindow, id: str, part: str, qtbot, keys: Qt.KeyboardModifier = PLAIN) -> None:
    viewer = window.canvas.viewer
    item = window.canvas.mirror.nodes[id]
    place = viewer.mapFromScene(item.mapToScene(getattr(item.layout, part).center()))
    qtbot.mouseMove(viewer.viewport(), place)
    qtbot.mouseClick(viewer.viewport(), LEFT, keys, place)


def run_on(window: MainWindow, ids: list[str], kind: str, name: str, qtbot) -> None:
    """Select nodes by their titles, and name a new thread or process in the menu of the location."""
    for index, id in enumerate(ids):
        click(window, id, "title", qtbot, CTRL if index else PLAIN)
    click(window, ids[-1], "chip", qtbot)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    place = menu.actionGeometry(entry(menu, kind)).center()
    qtbot.mouseMove(menu, place)
    qtbot.mouseClick(menu, LEFT, pos=place)
    qtbot.waitUntil(lambda: isinstance(QApplication.focusWidget(), QLineEdit), timeout=3000)
    type_and_take(window, name)


def test_heart_is_built_by_mouse_and_keyboard_in_under_90_seconds_without_a_dialog(window: MainWindow, qtbot) -> None:
    window.resize(1280, 800)
    window.workbench.new()
    window.canvas.setFocus()
    start = time.monotonic()
    for text in ("ecg", "band", "r pe", "heart"):
        type_and_take(window, text)
    run_on(window, ["band_pass"], "New thread", "filter", qtbot)
    run_on(window, ["r_peaks", "heart_rate"], "New process", "heart", qtbot)
    qtbot.keyClick(window.canvas.viewer, Qt.Key.Key_L, CTRL)
    qtbot.waitUntil(lambda: not window.canvas.arranger._is_working, timeout=5000)
    assert time.monotonic() - start < 90
    assert not [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QDialog)]
    built, wished = window.workbench.graph, EditorGraph.load(RESOURCES / "graphs" / "heart.tide")
    renamed = {"ecg_generator": "ecg"}
    assert {renamed.get(id, id): spec.type for id, spec in built.nodes.items()} == {
        id: spec.type for id, spec in wished.nodes.items()
    }
    ends = {(renamed.get(wire.from_node, wire.from_node), wire.to_node) for wire in built.wires.values()}
    assert ends == {(wire.from_node, wire.to_node) for wire in wished.wires.values()}
    for id in ("band_pass", "r_peaks", "heart_rate"):
        assert built.nodes[id].location == wished.nodes[id].location
    assert not built.problems()


def test_the_popup_of_the_first_letter_is_closed_by_escape_and_nothing_is_added(window: MainWindow, qtbot) -> None:
    window.workbench.new()
    window.canvas.setFocus()
    qtbot.mouseMove(window.canvas.viewer.viewport(), QPoint(40, 40))
    QTest.keyClicks(QApplication.focusWidget(), "e")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert not window.workbench.graph.nodes
    assert window.canvas.viewer.hasFocus()
