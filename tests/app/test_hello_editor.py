"""The example graphs in the whole editor: opened, started, seen moving, and stopped clean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PySide6.QtCore import Qt

from app.plots.panel import PlotPanel
from app.plots.scope import Scope
from app.plots.spectrum import SpectrumPlot
from app.window import MainWindow

EXAMPLES = sorted((Path(__file__).parents[2] / "resources" / "graphs").glob("*.tide"))
START_MS = 20_000
MOVING_MS = 5_000
STOP_MS = 10_000
LEFT = Qt.MouseButton.LeftButton


def panels(window: MainWindow) -> dict[str, PlotPanel]:
    assert window.plots is not None
    return {id: dock.panel for id, dock in window.plots.docks.items()}


def has_moved(panel: PlotPanel, before: object) -> bool:
    picture = panel.picture
    return picture is not None and not picture.is_empty and picture.grab().toImage() != before


def press(window: MainWindow, action: str) -> None:
    window.actions_by_id[action].trigger()


def run_and_wait(window: MainWindow, qtbot) -> None:
    press(window, "run.start")
    bench = window.workbench
    qtbot.waitUntil(lambda: bench.run is not None and str(bench.run.state) == "running", timeout=START_MS)


def stop_and_wait(window: MainWindow, qtbot) -> None:
    press(window, "run.stop")
    qtbot.waitUntil(lambda: not window.workbench.is_running, timeout=STOP_MS)


@pytest.fixture
def editor(window: MainWindow) -> MainWindow:
    window.load_plots()
    return window


def test_hello_moves_within_five_seconds_and_stops_clean(editor: MainWindow, qtbot) -> None:
    assert editor.workbench.open(next(file for file in EXAMPLES if file.stem == "hello"))
    run_and_wait(editor, qtbot)
    pictures = {id: panel.picture.grab().toImage() if panel.picture else None for id, panel in panels(editor).items()}
    assert pictures
    for id, panel in panels(editor).items():
        qtbot.waitUntil(lambda id=id, panel=panel: has_moved(panel, pictures[id]), timeout=MOVING_MS)

    tone = float(editor.workbench.graph.nodes["tone"].parameters["frequency_hz"])
    by_port = {panel.spec.port: panel.picture for panel in panels(editor).values()}
    filtered, spectrum = by_port["band_pass.filtered"], by_port["spectrum.spectrum"]
    assert isinstance(filtered, Scope)
    assert isinstance(spectrum, SpectrumPlot)

    def is_at_the_tone() -> bool:
        """A narrow plot draws a column for several frequencies, at the first of them."""
        x, power = spectrum.curve(0)
        column = float(np.diff(x).max())
        return -max(1.0, column) <= float(x[np.argmax(power)]) - tone <= 1.0

    qtbot.waitUntil(is_at_the_tone, timeout=MOVING_MS)
    with editor.workbench.run.tap("spectrum.spectrum") as tap:  # what the plot is drawn from, to the old bound
        found: list[Any] = []
        qtbot.waitUntil(lambda: bool(found.extend(tap.take_all()) or found), timeout=MOVING_MS)
    drawn_from = found[-1].payload
    assert drawn_from.frequencies_hz[np.argmax(drawn_from.power[:, 0])] == pytest.approx(tone, abs=1.0)

    def turns_a_second() -> float:
        """By the zero crossings of the last second that is drawn."""
        assert filtered.traces is not None
        found = filtered.traces.columns(-1.0, 0.0, 100_000)
        values = found.low[0][found.at > -1.0]
        return float(np.count_nonzero((values[:-1] < 0) & (values[1:] >= 0))) if len(values) > 400 else 0.0

    qtbot.waitUntil(lambda: abs(turns_a_second() - tone) <= 1.0, timeout=MOVING_MS)

    stop_and_wait(editor, qtbot)
    for panel in panels(editor).values():
        qtbot.waitUntil(lambda panel=panel: not panel.feed.is_attached and "ended" in panel.status.text(), timeout=2000)
        assert panel.picture is not None
        assert not panel.picture.is_empty  # the last picture stays
    assert not editor.workbench.run.failures


def test_a_plot_is_opened_and_closed_while_hello_runs(editor: MainWindow, qtbot) -> None:
    bench = editor.workbench
    assert bench.open(next(file for file in EXAMPLES if file.stem == "hello"))
    run_and_wait(editor, qtbot)
    plot_id = bench.add_plot("window.window")
    panel = panels(editor)[plot_id]
    assert panel.spec.kind == "scope"
    qtbot.waitUntil(lambda: has_moved(panel, None), timeout=MOVING_MS)
    assert editor.plots is not None
    editor.plots.docks[plot_id].close()
    assert not panel.feed.is_attached
    qtbot.waitUntil(lambda: plot_id not in bench.graph.plots, timeout=2000)
    bench.undo_stack.undo()
    qtbot.waitUntil(lambda: has_moved(panels(editor)[plot_id], None), timeout=MOVING_MS)
    stop_and_wait(editor, qtbot)


@pytest.mark.long
@pytest.mark.parametrize("file", EXAMPLES, ids=[file.stem for file in EXAMPLES])
def test_every_example_shows_data_in_the_editor_and_can_be_ended(
    editor: MainWindow, qtbot, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where examples that record write to
    assert editor.workbench.open(file)
    assert panels(editor), f"{file.name} shows nothing"
    run_and_wait(editor, qtbot)

    def seen() -> list[PlotPanel]:
        return [panel for panel in panels(editor).values() if panel.is_seen]

    qtbot.waitUntil(lambda: any(has_moved(panel, None) for panel in seen()), timeout=2 * MOVING_MS)
    assert not [panel.picture.notice for panel in seen() if panel.picture and "cannot" in panel.picture.notice]
    press(editor, "run.stop")
    bench = editor.workbench
    if file.stem == "break_it":  # one of its nodes hangs: only force ends it
        press(editor, "run.force")
    qtbot.waitUntil(lambda: not bench.is_running, timeout=STOP_MS)
    qtbot.waitUntil(lambda: not psutil.Process().children(recursive=True), timeout=STOP_MS)
