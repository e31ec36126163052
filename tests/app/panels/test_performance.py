"""The performance panel: figures of computers and nodes, sorted, and why it is slow with buttons that help."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QAbstractItemModel, QPoint, Qt
from PySide6.QtTest import QTest

from app.panels.performance import NOTHING_RUNS, PerformancePanel
from app.window import MainWindow
from app.workbench import Workbench
from engine import RunState
from tests.app.insight.figures import chain, measured
from tests.app.insight.slow_nodes import SPIN
from tests.app.shapes import COUNT, SCALE

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(workbench: Workbench, qtbot, monkeypatch) -> Iterator[PerformancePanel]:
    monkeypatch.setattr(Workbench, "run_state", property(lambda _: RunState.RUNNING))
    shown = PerformancePanel(workbench)
    shown.resize(320, 500)
    shown.show()
    qtbot.waitExposed(shown)
    yield shown
    shown.close()
    shown.deleteLater()


def fill(workbench: Workbench, *locations: str) -> None:
    graph = chain(*locations)
    workbench.edit("Fill", lambda mine: mine.restore(graph.snapshot()))


def column(model: QAbstractItemModel, number: int) -> list[str]:
    return [model.index(row, number).data() for row in range(model.rowCount())]


def test_nodes_are_shown_with_their_share_time_and_rate_the_busiest_first(panel, workbench) -> None:
    fill(workbench, "", "p:", "p:")
    workbench.statistics_changed.emit(measured(workbench.graph, {"a": 0.1, "b": 0.8, "c": 0.3}, rate_hz=100))
    assert column(panel.nodes, 0) == ["b", "c", "a"]
    assert column(panel.nodes, 1) == ["80 %", "30 %", "10 %"]
    assert column(panel.nodes, 2) == ["8 ms", "3 ms", "1 ms"]
    assert column(panel.nodes, 3) == ["100/s"] * 3


def test_computers_are_shown_with_cpu_lag_and_memory(panel, workbench) -> None:
    fill(workbench, "", "p:")
    machine = {"p:": {"cpu": 0.5, "lag_ms": 12.0, "memory_bytes": 85_000_000}}
    workbench.statistics_changed.emit(measured(workbench.graph, {}, computers=machine))
    rows = {row[0]: row[1:] for row in zip(*(column(panel.computers, n) for n in range(4)), strict=True)}
    assert rows["p:"] == ("50 %", "12 ms", "85 MB")
    assert "main" in rows


def test_a_click_on_a_title_or_the_box_sorts_anew(panel, workbench, qtbot) -> None:
    fill(workbench, "", "p:", "p:")
    workbench.statistics_changed.emit(measured(workbench.graph, {"a": 0.1, "b": 0.8, "c": 0.3}))
    header = panel.node_table.horizontalHeader()
    qtbot.mouseClick(header.viewport(), LEFT, pos=_inside(header, 0))
    assert column(panel.nodes, 0) == ["a", "b", "c"]
    assert panel.sort.currentText() == "by name"
    panel.sort.setFocus()
    QTest.keyClick(panel.sort, Qt.Key.Key_Down)
    assert column(panel.nodes, 0) == ["b", "c", "a"]


def _inside(header, section: int):
    return QPoint(header.sectionViewportPosition(section) + 10, header.height() // 2)


def test_rows_keep_their_places_for_a_second_and_the_selection_stays_with_its_node(panel, workbench, qtbot) -> None:
    fill(workbench, "", "p:", "p:")
    workbench.statistics_changed.emit(measured(workbench.graph, {"b": 0.8, "c": 0.3}))
    place = panel.node_table.visualRect(panel.nodes.index(0, 0)).center()
    qtbot.mouseClick(panel.node_table.viewport(), LEFT, pos=place)
    assert workbench.selection == ("b",)
    orders = []
    for _ in range(10):
        workbench.statistics_changed.emit(measured(workbench.graph, {"b": 0.3, "c": 0.8}))
        orders.append(column(panel.nodes, 0)[:2])
    assert orders[0] == ["b", "c"] and orders[-1] == ["c", "b"]
    assert column(panel.nodes, 1)[0] == "80 %"
    assert panel.node_table.selected_ids() == ["b"]


def test_enter_on_a_row_asks_for_its_node(panel, workbench, qtbot) -> None:
    fill(workbench, "", "p:")
    workbench.statistics_changed.emit(measured(workbench.graph, {"b": 0.8}))
    panel.node_table.setFocus()
    panel.node_table.setCurrentIndex(panel.nodes.index(0, 0))
    with qtbot.waitSignal(panel.node_chosen) as chosen:
        QTest.keyClick(panel.node_table, Qt.Key.Key_Return)
    assert chosen.args == ["b"]


def test_only_what_is_seen_is_worked_out(panel, workbench) -> None:
    fill(workbench, "", "p:")
    panel.hide()
    workbench.statistics_changed.emit(measured(workbench.graph, {"b": 0.8}))
    assert panel.nodes.rowCount() == 0
    panel.show()
    assert panel.nodes.rowCount() == 2


def test_why_is_it_slow_names_the_bottleneck_and_the_button_helps_as_one_step(panel, workbench, qtbot) -> None:
    fill(workbench, "", "p:", "p:")
    for queued in (3, 16, 2):  # a full queue is seen now and then
        workbench.statistics_changed.emit(measured(workbench.graph, {"b": 0.97}, queues={"b": queued}))
    qtbot.mouseClick(panel.why, LEFT)
    assert "b is the bottleneck" in panel.findings.text and "97 %" in panel.findings.text
    before, steps = workbench.graph.snapshot(), workbench.undo_stack.count()
    button = panel.findings.buttons[0]
    assert button.text() == "Run b in a process of its own"
    qtbot.mouseClick(button, LEFT)
    assert str(workbench.graph.nodes["b"].location) == "process1:"
    assert workbench.undo_stack.count() == steps + 1
    assert workbench.undo_stack.undoText() == "Run b in a process of its own"
    assert not button.isEnabled()
    workbench.undo_stack.undo()
    assert workbench.graph.snapshot() == before


def test_it_says_honestly_that_nothing_is_slow_and_that_nothing_runs(panel, workbench, qtbot) -> None:
    qtbot.mouseClick(panel.why, LEFT)
    assert panel.findings.text == NOTHING_RUNS
    fill(workbench, "", "p:")
    workbench.statistics_changed.emit(measured(workbench.graph, {"b": 0.2}))
    qtbot.mouseClick(panel.why, LEFT)
    assert panel.findings.text.startswith("Nothing is slow. The busiest node, b")
    assert panel.findings.buttons == []
    qtbot.mouseClick(panel._close, LEFT)
    assert panel.tables.isVisible() and panel.why.hasFocus()


def test_a_finding_selects_its_node_by_mouse_and_by_key(panel, workbench, qtbot) -> None:
    fill(workbench, "", "p:", "p:")
    workbench.statistics_changed.emit(measured(workbench.graph, {"b": 0.97}))
    qtbot.mouseClick(panel.why, LEFT)
    card = panel.findings.buttons[0].parentWidget()
    qtbot.mouseClick(card, LEFT)
    assert workbench.selection == ("b",)
    workbench.select(())
    card.setFocus()
    QTest.keyClick(card, Qt.Key.Key_Return)
    assert workbench.selection == ("b",)


def test_in_the_window_the_command_names_a_real_bottleneck(window: MainWindow, qtbot) -> None:
    bench = window.workbench
    bench.add_node(COUNT, (0, 0))
    bench.add_node(SPIN, (250, 0), connect_from="count.value")
    bench.add_node(SCALE, (500, 0), connect_from="spin.done")
    bench.set_parameter("count", "interval", 0.001)
    bench.set_location(["count"], "feed:")
    bench.set_location(["spin", "scale"], "work:")
    bench.start()
    qtbot.waitUntil(lambda: bench.run_state == "running", timeout=20_000)
    panel = window.insight.performance

    def is_measured() -> bool:
        figures = bench.run.statistics().nodes["spin"]
        return figures.load > 0.9 and figures.rate_hz > 0

    qtbot.waitUntil(is_measured, timeout=10_000)
    QTest.keyClick(window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert window.insight.performance_dock.isVisible() and panel.isVisible()

    def is_named() -> bool:
        panel.explain()
        return "spin is the bottleneck" in panel.findings.text

    qtbot.waitUntil(is_named, timeout=10_000)
    panel.close_findings()
    qtbot.waitUntil(lambda: panel.nodes.rowCount() == 3, timeout=2000)
    qtbot.waitUntil(lambda: column(panel.nodes, 0)[0] == "spin", timeout=3000)
    panel._activate(panel.nodes.index(0, 0))
    assert bench.selection == ("spin",)


def test_a_remedy_is_taken_up_by_the_run_as_it_goes_on(window: MainWindow, qtbot) -> None:
    bench = window.workbench
    bench.add_node(COUNT, (0, 0))
    bench.add_node(SPIN, (250, 0), connect_from="count.value")
    bench.set_parameter("count", "interval", 0.001)
    bench.set_location(["count", "spin"], "feed:")
    bench.start()
    qtbot.waitUntil(lambda: bench.run_state == "running", timeout=20_000)
    run = bench.run
    window.insight.explain()
    panel = window.insight.performance

    def is_offered() -> bool:
        panel.explain()
        return [button.text() for button in panel.findings.buttons][:1] == ["Run spin in a process of its own"]

    qtbot.waitUntil(is_offered, timeout=10_000)
    qtbot.mouseClick(panel.findings.buttons[0], LEFT)
    qtbot.waitUntil(lambda: run.statistics().nodes["spin"].location == "process1:", timeout=15_000)
    before = run.statistics().nodes["spin"].received
    qtbot.waitUntil(lambda: run.statistics().nodes["spin"].received > before + 5, timeout=10_000)
    assert bench.run is run and run.state == "running"
