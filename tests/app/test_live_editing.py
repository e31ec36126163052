"""Editing the graph in the window while it runs: nodes come, go and move, and the rest is not even touched."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.window import MainWindow
from tests.app.shapes import COUNT, SCALE
from tests.app.test_run import press, start

EDIT_MS = 15_000


@pytest.fixture
def running(window: MainWindow, qtbot) -> MainWindow:
    """count -> scale, the source on main, the other in a process; it runs."""
    bench = window.workbench
    bench.add_node(COUNT, (0, 0))
    bench.add_node(SCALE, (250, 0), connect_from="count.value")
    bench.set_location(["count"], "")
    bench.set_location(["scale"], "work:")
    bench.undo_stack.clear()
    start(qtbot, window)
    return window


def nodes(window: MainWindow) -> dict[str, str]:
    return {id: node.location for id, node in window.workbench.run.statistics().nodes.items()}


def is_in_step(window: MainWindow) -> bool:
    bench = window.workbench
    wished = {id: str(spec.location) for id, spec in bench.graph.nodes.items()}
    return not bench.is_editing_run and nodes(window) == wished


def received(window: MainWindow, id: str) -> int:
    return window.workbench.run.statistics().nodes[id].received


def test_a_node_that_is_added_by_hand_runs_at_once(running: MainWindow, qtbot) -> None:
    bench = running.workbench
    before = received(running, "scale")
    added = bench.add_node(SCALE, (500, 0), connect_from="scale.scaled")
    assert added == "scale2"
    qtbot.waitUntil(lambda: is_in_step(running), timeout=EDIT_MS)
    qtbot.waitUntil(lambda: received(running, "scale2") > 3, timeout=EDIT_MS)
    assert received(running, "scale") > before, "it was not made anew"
    assert running.run_state.text == "Running"


def test_undo_and_redo_change_the_run_as_well(running: MainWindow, qtbot) -> None:
    bench = running.workbench
    bench.add_node(SCALE, (500, 0), connect_from="scale.scaled")
    qtbot.waitUntil(lambda: is_in_step(running), timeout=EDIT_MS)
    running.canvas.setFocus()
    qtbot.keyClick(running.canvas.viewer, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "scale2" not in bench.graph.nodes
    qtbot.waitUntil(lambda: is_in_step(running), timeout=EDIT_MS)
    qtbot.keyClick(running.canvas.viewer, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: is_in_step(running) and received(running, "scale2") > 0, timeout=EDIT_MS)


def test_a_node_moves_to_another_process_while_it_runs(running: MainWindow, qtbot) -> None:
    bench = running.workbench
    bench.set_location(["scale"], "other:")
    qtbot.waitUntil(lambda: is_in_step(running), timeout=EDIT_MS)
    qtbot.waitUntil(lambda: received(running, "scale") > 3, timeout=EDIT_MS)
    places = lambda: {c.location for c in bench.run.statistics().computers.values()}  # noqa: E731
    qtbot.waitUntil(lambda: places() == {"", "other:"}, timeout=EDIT_MS)


def test_a_node_without_its_wire_is_left_out_and_says_so(running: MainWindow, qtbot) -> None:
    bench = running.workbench
    with qtbot.waitSignal(bench.message, check_params_cb=lambda _, text: "Not in the run yet: scale2" in text):
        bench.add_node(SCALE, (500, 0))
    assert nodes(running).keys() == {"count", "scale"}
    assert "has no wire" in bench.left_out_of_run["scale2"]
    qtbot.waitUntil(lambda: "1 node not in the run" in running.run_state.edit_text, timeout=EDIT_MS)
    card = running.canvas.mirror.nodes["scale2"]
    qtbot.waitUntil(lambda: "not in the run" in card.activity.error, timeout=EDIT_MS)
    assert card.activity.is_warning
    bench.connect("count.value", "scale2.value")
    qtbot.waitUntil(lambda: is_in_step(running) and received(running, "scale2") > 0, timeout=EDIT_MS)
    qtbot.waitUntil(lambda: not card.activity.error and not running.run_state.edit_text, timeout=EDIT_MS)


def test_a_wire_that_is_removed_takes_out_what_hangs_on_it(running: MainWindow, qtbot) -> None:
    bench = running.workbench
    bench.disconnect("count.value -> scale.value")
    qtbot.waitUntil(lambda: nodes(running).keys() == {"count"}, timeout=EDIT_MS)
    bench.undo_stack.undo()
    qtbot.waitUntil(lambda: is_in_step(running) and received(running, "scale") > 0, timeout=EDIT_MS)


def test_what_cannot_be_live_waits_for_the_next_start_and_says_so(running: MainWindow, qtbot) -> None:
    bench = running.workbench
    with qtbot.waitSignal(bench.message, check_params_cb=lambda _, text: "next start" in text):
        bench.set_death_policy("work:", "restart")
    assert "crash of process work" in bench.waits_for_start
    qtbot.waitUntil(lambda: "next start" in running.run_state.edit_text, timeout=EDIT_MS)
    bench.undo_stack.undo()
    qtbot.waitUntil(lambda: not bench.waits_for_start, timeout=EDIT_MS)


def test_a_plot_of_a_node_that_is_made_anew_goes_on(running: MainWindow, qtbot) -> None:
    bench = running.workbench
    running.load_plots()
    plot = bench.add_plot("scale.scaled", "number")
    panel = running.plots.panel(plot)
    qtbot.waitUntil(lambda: panel.feed.is_attached and panel.feed.rate_hz > 0, timeout=EDIT_MS)
    bench.set_location(["scale"], "other:")
    qtbot.waitUntil(lambda: is_in_step(running), timeout=EDIT_MS)
    qtbot.waitUntil(lambda: panel.feed.is_attached and panel.feed.rate_hz > 0, timeout=EDIT_MS)


def test_many_edits_in_a_row_end_as_the_graph_is(running: MainWindow, qtbot) -> None:
    bench = running.workbench
    for number in range(6):
        bench.add_node(SCALE, (500, 100 * number), connect_from="count.value")
        bench.set_location([bench.selection[0]], ("work:", "", "io")[number % 3])
        if number % 2:
            bench.delete_selection()
    qtbot.waitUntil(lambda: is_in_step(running), timeout=EDIT_MS)
    press(qtbot, running, "stop")
    qtbot.waitUntil(lambda: not bench.is_running, timeout=EDIT_MS)
    assert bench.run_state == "stopped"
