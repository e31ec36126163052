"""A real run and groups: to group changes nothing of it, and the card of a group says what goes on inside."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.document.groups import read_groups
from app.window import MainWindow
from tests.app.shapes import COUNT, SCALE, Raise
from tests.app.test_run import start

WAIT_MS = 15_000
CTRL = Qt.KeyboardModifier.ControlModifier
RAISE = f"{Raise.__module__}:Raise"


@pytest.fixture
def running(window: MainWindow, qtbot) -> MainWindow:
    """count -> scale -> scale2, all on main; it runs."""
    bench = window.workbench
    bench.add_node(COUNT, (0, 0))
    bench.add_node(SCALE, (250, 0), connect_from="count.value")
    bench.add_node(SCALE, (500, 0), connect_from="scale.scaled")
    bench.set_location(["count", "scale", "scale2"], "")
    start(qtbot, window)
    return window


def group(window: MainWindow, ids: list[str]) -> str:
    window.workbench.select(ids)
    window.canvas.setFocus()
    QTest.keyClick(window.canvas.viewer, Qt.Key.Key_G, CTRL)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    return window.workbench.whereabouts.selected_cards()[0]


def test_to_group_while_it_runs_touches_nothing_of_the_run(running: MainWindow, qtbot) -> None:
    bench = running.workbench
    before = bench.run.statistics().nodes["scale2"].received
    id = group(running, ["scale", "scale2"])
    assert not bench.is_editing_run
    qtbot.waitUntil(lambda: running.canvas.mirror.nodes[id].activity.state == "running", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: running.canvas.mirror.nodes[id].activity.rate not in ("", "0/s"), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: bench.run.statistics().nodes["scale2"].received > before, timeout=WAIT_MS)
    running.canvas.setFocus()
    QTest.keyClick(running.canvas.viewer, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: running.canvas.mirror.nodes["scale"].activity.state == "running", timeout=WAIT_MS)
    assert running.run_state.text == "Running"


def test_a_node_added_inside_a_group_runs_at_once(running: MainWindow, qtbot) -> None:
    bench = running.workbench
    id = group(running, ["scale", "scale2"])
    bench.whereabouts.enter(id)
    added = bench.add_node(SCALE, (700, 0), connect_from="scale2.scaled")
    assert added in read_groups(bench.graph).by_id[id].nodes
    qtbot.waitUntil(lambda: added in bench.run.statistics().nodes, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: running.canvas.mirror.nodes[added].activity.state == "running", timeout=WAIT_MS)


def test_an_error_inside_shows_on_the_group_and_its_click_selects_the_node_and_its_problem(
    running: MainWindow, qtbot
) -> None:
    bench = running.workbench
    failing = bench.add_node(RAISE, (700, 0), connect_from="scale2.scaled")
    id = group(running, ["scale2", failing])
    card = running.canvas.mirror.nodes[id]
    qtbot.waitUntil(lambda: card.layout.error is not None, timeout=WAIT_MS)
    assert card.activity.error.startswith(f"{failing}: ")
    place = running.canvas.viewer.mapFromScene(card.mapToScene(card.layout.error.center()))
    qtbot.mouseClick(running.canvas.viewer.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert bench.selection == (failing,)
    assert bench.whereabouts.level == id
    assert failing in running.canvas.mirror.nodes
