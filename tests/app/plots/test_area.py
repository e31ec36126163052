"""Docks, taps and frames: what happens around the pictures."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QDockWidget, QMainWindow, QToolButton

from app import theme
from app.plots import feed
from app.plots import panel as panel_module
from app.plots.area import PlotArea
from app.plots.panel import PlotPanel
from app.plots.scope import Scope
from app.plots.table import TablePlot
from engine import PlotSpec, Signal
from tests.app.plots.fakes import RATE_HZ, FakeBench, FakeRun, sine


def shows(panel: PlotPanel, newest: float) -> bool:
    picture = panel.picture
    return isinstance(picture, Scope) and picture.curve(0)[1].size > 0 and picture.curve(0)[1][-1] == newest


def number_chunk(begin: int, value: float) -> Signal:
    return Signal(np.full((50, 1), value), RATE_HZ, None, round(begin / RATE_HZ * 1e9))


@pytest.fixture
def plotted(area: PlotArea, bench: FakeBench, qtbot) -> PlotPanel:
    """A scope on `a.out` of a run that goes on, with its tap open."""
    plot_id = bench.add_plot("a.out", "scope")
    run = bench.begin()
    panel = area.panel(plot_id)
    qtbot.waitUntil(lambda: len(run.tapped()) == 1, timeout=5000)
    return panel


def run_of(bench: FakeBench) -> FakeRun:
    assert bench.made_up is not None
    return bench.made_up


# -- the document is the truth


def test_every_plot_of_the_document_has_a_dock_at_the_bottom(area, bench, main_window) -> None:
    bench.graph.rename("a", "Band & pass")
    first = bench.add_plot("a.out", "scope")
    bench.add_plot("b.out", "number")
    assert list(area.docks) == list(bench.graph.plots)
    dock = area.docks[first]
    assert dock.windowTitle() == "Band && pass · out"
    assert dock.accessibleName() == "Plot of Band & pass · out"
    assert main_window.dockWidgetArea(dock) == Qt.DockWidgetArea.BottomDockWidgetArea
    features = dock.features()
    for feature in ("Closable", "Movable", "Floatable"):
        assert features & getattr(QDockWidget.DockWidgetFeature, f"DockWidget{feature}")


def test_undo_and_redo_take_the_dock_away_and_bring_it_back(area, bench) -> None:
    bench.add_plot("a.out", "scope")
    bench.undo_stack.undo()
    assert not area.docks
    bench.undo_stack.redo()
    assert len(area.docks) == 1


def test_removing_the_node_removes_its_plots(area, bench) -> None:
    bench.add_plot("a.out", "scope")
    kept = bench.add_plot("b.out", "scope")
    bench.remove(["a"])
    assert list(area.docks) == [kept]


def test_another_document_has_its_own_docks(area, bench, tmp_path: Path, plotted, qtbot) -> None:
    run = run_of(bench)
    bench.set_plot("plot1", options={"window_s": 2.5, "stacked": False, "later": [1]})
    bench.add_plot("b.out", "table")
    file = tmp_path / "plots.tide"
    assert bench.save_as(file)
    bench.new()
    assert not area.docks
    assert not run.tapped()
    assert bench.open(file)
    assert {id: dock.panel.spec.kind for id, dock in area.docks.items()} == {"plot1": "scope", "plot2": "table"}
    assert area.panel("plot1").toolbar.window_length.value() == 2.5
    assert not area.panel("plot1").toolbar.switches["stacked"].isChecked()
    assert bench.save_as(tmp_path / "again.tide")
    assert (tmp_path / "again.tide").read_bytes() == file.read_bytes()


def test_more_plots_than_fit_side_by_side_are_tabs(area, bench, main_window, qtbot) -> None:
    for node in ("a", "b", "c", "d"):
        bench.add_plot(f"{node}.out", "table")
    docks = list(area.docks.values())
    tabs = {id: main_window.tabifiedDockWidgets(dock) for id, dock in area.docks.items()}
    assert sum(bool(others) for others in tabs.values()) == 2
    assert len(tabs["plot4"]) == 1
    # The one that was asked for is in front; when a document is opened the first ones are.
    qtbot.waitUntil(lambda: docks[3].panel.is_seen and not docks[0].panel.is_seen, timeout=2000)
    bench.document_replaced.emit()
    bench.document_changed.emit()
    docks = list(area.docks.values())
    qtbot.waitUntil(lambda: docks[0].panel.is_seen and not docks[3].panel.is_seen, timeout=2000)


# -- closing


def test_closing_the_dock_closes_the_tap_and_removes_the_plot_in_one_undoable_step(area, bench, plotted, qtbot) -> None:
    run = run_of(bench)
    dock = next(iter(area.docks.values()))
    button = dock.findChild(QAbstractButton, "qt_dockwidget_closebutton")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not run.tapped()
    qtbot.waitUntil(lambda: not bench.graph.plots, timeout=2000)
    assert not area.docks
    bench.undo_stack.undo()
    assert list(area.docks) == list(bench.graph.plots) == ["plot1"]
    qtbot.waitUntil(lambda: len(run.tapped()) == 1, timeout=2000)
    run.give(number_chunk(0, 3.0))
    qtbot.waitUntil(lambda: shows(area.panel("plot1"), 3.0), timeout=2000)


def test_docks_that_close_with_the_window_stay_in_the_document(area, bench, main_window, plotted, qtbot) -> None:
    dock = next(iter(area.docks.values()))
    dock.setFloating(True)
    dock.close()
    main_window.hide()
    with qtbot.waitSignal(bench.destroyed, timeout=100, raising=False):
        pass
    assert list(bench.graph.plots) == ["plot1"]


# -- taps


def test_a_hidden_dock_takes_nothing_and_goes_on_when_it_is_seen(area, bench, plotted, qtbot) -> None:
    run = run_of(bench)
    dock = next(iter(area.docks.values()))
    dock.hide()
    assert not run.tapped()
    assert list(bench.graph.plots) == ["plot1"]
    dock.show()
    qtbot.waitUntil(lambda: len(run.tapped()) == 1, timeout=2000)


def test_a_dock_behind_another_tab_takes_nothing(area, bench, main_window, plotted, qtbot) -> None:
    run = run_of(bench)
    front = QDockWidget("Problems", main_window)
    main_window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, front)
    dock = next(iter(area.docks.values()))
    main_window.tabifyDockWidget(dock, front)
    front.show()
    front.raise_()
    qtbot.waitUntil(lambda: not run.tapped(), timeout=2000)
    dock.raise_()
    qtbot.waitUntil(lambda: len(run.tapped()) == 1, timeout=2000)


def test_without_a_run_nothing_is_tapped_and_it_says_what_to_do(area, bench, qtbot) -> None:
    panel = area.panel(bench.add_plot("a.out", "scope"))
    qtbot.waitUntil(lambda: panel.picture is not None and "Start the graph" in panel.picture.notice, timeout=5000)
    qtbot.waitUntil(lambda: panel.status.text() == "no data yet", timeout=2000)
    qtbot.waitUntil(lambda: not area._timer.isActive(), timeout=2000)


def test_after_the_end_the_last_picture_stays_and_the_next_run_begins_empty(area, bench, plotted, qtbot) -> None:
    first = run_of(bench)
    first.give(number_chunk(0, 1.0), number_chunk(50, 2.0))
    bench.end()  # what was given before the end is still drawn
    qtbot.waitUntil(lambda: shows(plotted, 2.0), timeout=2000)
    qtbot.waitUntil(lambda: "ended" in plotted.status.text(), timeout=2000)
    assert not first.tapped()
    heard_ms = round(feed._HEAR_WHY_S * 1000)  # for so long it looks whether the node's state tells of its end
    qtbot.waitUntil(lambda: not area._timer.isActive(), timeout=heard_ms + 2000)
    second = bench.begin()
    qtbot.waitUntil(lambda: len(second.tapped()) == 1, timeout=2000)
    second.give(number_chunk(0, 5.0))
    qtbot.waitUntil(lambda: shows(plotted, 5.0), timeout=2000)
    assert plotted.picture.curve(0)[1].max() == plotted.picture.curve(0)[1].min() == 5.0


def test_a_port_that_cannot_be_tapped_is_said_in_the_plot(area, bench, qtbot) -> None:
    panel = area.panel(bench.add_plot("a.out", "scope"))
    bench.made_up = FakeRun()
    bench.made_up.refusal = "there is no port a.out in this run"
    bench.run_changed.emit()
    qtbot.waitUntil(
        lambda: panel.picture is not None and "there is no port a.out" in panel.picture.notice, timeout=5000
    )
    bench.begin()
    qtbot.waitUntil(lambda: len(run_of(bench).tapped()) == 1, timeout=2000)
    qtbot.waitUntil(lambda: "Waiting for the first message" in panel.picture.notice, timeout=2000)


def test_what_comes_too_fast_is_counted(plotted, bench, qtbot) -> None:
    run_of(bench).give(*(number_chunk(i * 50, 1.0) for i in range(300)))
    qtbot.waitUntil(lambda: plotted.feed.skipped == 300 - 256, timeout=2000)
    qtbot.waitUntil(lambda: "skipped 44" in plotted.status.text(), timeout=2000)


# -- pause


def test_pause_freezes_the_picture_and_resume_is_live_again(plotted, bench, qtbot) -> None:
    run = run_of(bench)
    run.give(number_chunk(0, 1.0))
    qtbot.waitUntil(lambda: shows(plotted, 1.0), timeout=2000)
    qtbot.mouseClick(plotted.toolbar.button(plotted.toolbar.pause), Qt.MouseButton.LeftButton)
    assert plotted.is_paused
    qtbot.waitUntil(lambda: "paused" in plotted.status.text(), timeout=2000)
    frozen = plotted.picture.grab().toImage()
    for begin in range(50, 500, 50):
        run.give(number_chunk(begin, 9.0))
        plotted.frame()
    assert shows(plotted, 1.0)
    assert plotted.picture.grab().toImage() == frozen
    qtbot.mouseClick(plotted.toolbar.button(plotted.toolbar.pause), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(run.tapped()) == 1, timeout=2000)
    run.give(number_chunk(500, 4.0))
    qtbot.waitUntil(lambda: shows(plotted, 4.0), timeout=2000)
    assert plotted.picture.curve(0)[1][0] == 1.0  # what was there before is still there, with a gap between
    assert np.isnan(plotted.picture.curve(0)[1]).any()


# -- the toolbar


def test_the_kind_can_be_switched_while_it_runs(plotted, bench, qtbot) -> None:
    run = run_of(bench)
    kind = plotted.toolbar.kind
    kind.setFocus()
    kind.setCurrentIndex(kind.findData("table"))
    kind.activated.emit(kind.currentIndex())
    assert bench.graph.plots["plot1"].kind == "table"
    qtbot.waitUntil(lambda: isinstance(plotted.picture, TablePlot) and len(run.tapped()) == 1, timeout=2000)
    run.give("hello")
    qtbot.waitUntil(lambda: [row.value for row in plotted.picture.model.rows] == ["'hello'"], timeout=2000)
    assert not plotted.toolbar.switches["stacked"].isVisible()
    bench.undo_stack.undo()
    qtbot.waitUntil(lambda: isinstance(plotted.picture, Scope), timeout=2000)
    assert kind.currentData() == "scope"


def test_settings_are_saved_in_the_document_and_can_be_undone(plotted, bench, qtbot) -> None:
    qtbot.waitUntil(lambda: plotted.picture is not None, timeout=2000)
    qtbot.mouseClick(plotted.toolbar.button(plotted.toolbar.switches["stacked"]), Qt.MouseButton.LeftButton)
    assert bench.graph.plots["plot1"].options == {"stacked": False}
    box = plotted.toolbar.window_length
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "2.5")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert bench.graph.plots["plot1"].options == {"stacked": False, "window_s": 2.5}
    assert plotted.picture.options.window_s == 2.5
    bench.undo_stack.undo()
    assert bench.graph.plots["plot1"].options == {"stacked": False}
    assert plotted.toolbar.window_length.value() == 5.0


def test_channels_can_be_hidden_from_the_menu(plotted, bench, qtbot) -> None:
    run_of(bench).give(sine(0, 100, channels=3))
    qtbot.waitUntil(lambda: plotted.toolbar.channels.isVisible(), timeout=2000)
    plotted.toolbar.channel_menu.aboutToShow.emit()
    second = plotted.toolbar.channel_menu.actions()[1]
    assert second.text() == "ch2"
    second.trigger()
    assert bench.graph.plots["plot1"].options == {"hidden": ["ch2"]}
    assert plotted.picture.options.hidden == ("ch2",)


def test_everything_in_the_toolbar_has_a_name(plotted) -> None:
    bar = plotted.toolbar
    buttons = [bar.button(action) for action in (bar.pause, bar.fit, bar.channels, *bar.switches.values())]
    controls = [bar.kind, bar.window_length, *buttons]
    assert all(control.accessibleName() for control in controls)
    assert all(control.focusPolicy() & Qt.FocusPolicy.TabFocus for control in controls)
    assert plotted.status.accessibleName()


def test_in_a_narrow_dock_the_settings_are_in_the_menu_behind_the_arrow(area, bench, plotted, qtbot) -> None:
    run_of(bench).give(sine(0, 100, channels=3))
    qtbot.waitUntil(lambda: plotted.toolbar.channels.isVisible(), timeout=2000)
    dock = area.docks["plot1"]
    dock.setFloating(True)
    dock.resize(240, 260)
    arrow = plotted.toolbar.findChild(QToolButton, "qt_toolbar_ext_button")
    qtbot.waitUntil(arrow.isVisible, timeout=2000)
    texts = [action.text() for action in arrow.menu().actions() if action.isVisible()]
    assert {"Stacked", "Auto-scale", "Channels", "Fit"} <= set(texts)
    next(action for action in arrow.menu().actions() if action.text() == "Auto-scale").trigger()
    assert bench.graph.plots["plot1"].options == {"autoscale": False}


# -- what may go wrong


def test_an_unknown_kind_of_a_newer_file_is_kept_and_said(area, bench, qtbot) -> None:
    bench.graph.plots["plot9"] = PlotSpec("a.out", "hologram", {"depth": 3})
    bench.document_changed.emit()
    panel = area.panel("plot9")
    qtbot.waitUntil(lambda: "no plot of the kind “hologram”" in panel._blank.text(), timeout=2000)
    bench.begin()
    qtbot.waitUntil(lambda: not panel.is_busy, timeout=2000)
    assert bench.graph.plots["plot9"] == PlotSpec("a.out", "hologram", {"depth": 3})


def test_a_picture_that_fails_is_stopped_and_said(plotted, bench, qtbot, monkeypatch, caplog) -> None:
    def fail() -> None:
        raise RuntimeError("out of ink")

    qtbot.waitUntil(lambda: plotted.picture is not None, timeout=2000)
    monkeypatch.setattr(plotted.picture, "draw", fail)
    run_of(bench).give(number_chunk(0, 1.0))
    qtbot.waitUntil(lambda: not run_of(bench).tapped(), timeout=2000)
    assert "out of ink" in plotted.picture.notice
    assert "the plot of a.out failed" in caplog.text


def test_frames_that_cost_much_come_less_often(plotted, qtbot, monkeypatch) -> None:
    qtbot.waitUntil(lambda: plotted.picture is not None, timeout=2000)
    draw = plotted.picture.draw

    def slow() -> None:
        end = time.thread_time() + 0.03
        while time.thread_time() < end:
            pass
        draw()

    monkeypatch.setattr(plotted.picture, "draw", slow)
    for _ in range(30):
        plotted._wake()
        plotted.frame()
    assert plotted.frame_ms > 25
    assert plotted.interval_s >= 2 * plotted.frame_ms / 1e3
    assert not plotted.is_due(plotted.last_frame_s + panel_module.FRAME_S)


def test_a_flood_of_large_payloads_leaves_the_loop_free(area, bench, qtbot, qapp) -> None:
    for kind in ("scope", "number"):
        bench.add_plot("a.out", kind)
    run = bench.begin()
    qtbot.waitUntil(lambda: len(run.tapped()) == 2, timeout=5000)
    chunk = Signal(np.zeros((1_000_000, 1)), 1e9)
    costs: list[float] = []
    given = 0
    frame = area._on_frame

    def timed() -> None:
        nonlocal given
        for _ in range(16):  # 8 MB at 1 kHz, as much as comes in the time of a frame
            run.give(chunk.replace(start_time_ns=given * 1_000_000))
            given += 1
        begun = time.thread_time()
        frame()
        costs.append((time.thread_time() - begun) * 1e3)

    area._timer.timeout.disconnect()
    area._timer.timeout.connect(timed)
    qtbot.waitUntil(lambda: len(costs) >= 40, timeout=20_000)
    assert np.median(costs) < 16
    panels = [dock.panel for dock in area.docks.values()]
    assert all(panel.feed.skipped > 0 for panel in panels)


def test_the_theme_can_be_switched_while_plots_are_shown(plotted, bench, qtbot, qapp) -> None:
    run_of(bench).give(sine(0, 200, channels=2))
    qtbot.waitUntil(lambda: plotted.picture is not None and not plotted.picture.is_empty, timeout=2000)
    theme.apply("light")
    qapp.processEvents()
    corner = plotted.picture.grab().toImage()
    assert corner.pixelColor(corner.width() - 3, corner.height() - 3).lightness() > 190


def test_the_document_of_a_window_without_plots_costs_no_timer(area: PlotArea, bench: FakeBench, qtbot: Any) -> None:
    bench.begin()
    qtbot.waitUntil(lambda: not area._timer.isActive(), timeout=2000)


def test_a_window_with_a_saved_layout_puts_the_plot_back_where_it_was(bench, main_window: QMainWindow, qtbot) -> None:
    area = PlotArea(bench, main_window)
    bench.add_plot("a.out", "table")
    main_window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, area.docks["plot1"])
    layout = main_window.saveState(1)
    bench.undo_stack.undo()
    main_window.restoreState(layout, 1)
    bench.undo_stack.redo()
    assert main_window.dockWidgetArea(area.docks["plot1"]) == Qt.DockWidgetArea.RightDockWidgetArea
