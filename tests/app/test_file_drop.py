"""Files dropped on the window: graphs open, recordings become nodes that read them, the rest is told."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from app.window import MainWindow
from engine import Graph

NO_KEYS = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton
COPY = Qt.DropAction.CopyAction


def hover(widget: QWidget, place: QPoint, files: list[Path]) -> QMimeData | None:
    """Drag files over a widget; None when it does not want them."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    enter = QDragEnterEvent(place, COPY, data, LEFT, NO_KEYS)
    QApplication.sendEvent(widget, enter)
    move = QDragMoveEvent(place, COPY, data, LEFT, NO_KEYS)
    QApplication.sendEvent(widget, move)
    return data if move.isAccepted() else None


def drop(widget: QWidget, place: QPoint, *files: Path) -> None:
    data = hover(widget, place, list(files))
    assert data is not None, "the drag was refused"
    QApplication.sendEvent(widget, QDropEvent(QPointF(place), COPY, data, LEFT, NO_KEYS))


def middle(widget: QWidget) -> QPoint:
    return widget.rect().center()


def graph_file(path: Path) -> Path:
    graph = Graph()
    graph.add("engine.library.sources:Tone", id=path.stem)
    graph.save(path)
    return path


def wav_file(path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(3200))
    return path


def test_a_graph_dropped_anywhere_opens(window: MainWindow, tmp_path: Path) -> None:
    first, second = graph_file(tmp_path / "first.tide"), graph_file(tmp_path / "second.TIDE")
    viewport = window.canvas.viewer.viewport()
    drop(viewport, middle(viewport), first)
    assert list(window.workbench.graph.nodes) == ["first"]
    drop(window.parameters, middle(window.parameters), second)
    assert list(window.workbench.graph.nodes) == ["second"]
    assert window.bars.bar("drop") is None


def test_unsaved_work_is_asked_about_first(drawn: MainWindow, qtbot, tmp_path: Path) -> None:
    drawn.workbench.rename("count", "precious")
    viewport = drawn.canvas.viewer.viewport()
    drop(viewport, middle(viewport), graph_file(tmp_path / "other.tide"))
    (box,) = [box for box in QApplication.topLevelWidgets() if isinstance(box, QMessageBox)]
    qtbot.mouseClick(box.button(QMessageBox.StandardButton.Cancel), LEFT)
    assert drawn.workbench.graph.nodes["count"].name == "precious"


def test_of_several_graphs_the_first_opens_and_the_others_are_named(window: MainWindow, tmp_path: Path) -> None:
    files = [graph_file(tmp_path / f"{name}.tide") for name in ("a", "b")]
    viewport = window.canvas.viewer.viewport()
    drop(viewport, middle(viewport), *files)
    assert list(window.workbench.graph.nodes) == ["a"]
    assert "b.tide" in window.bars.bar("drop").label.text()


def test_a_recording_becomes_a_reader_where_it_was_dropped_as_one_step(window: MainWindow, tmp_path: Path) -> None:
    file = wav_file(tmp_path / "voice.wav")
    viewport = window.canvas.viewer.viewport()
    place = QPoint(200, 160)
    assert hover(viewport, place, [file]) is not None
    assert "voice.wav with a WAV Reader" in window.status.gesture
    drop(viewport, place, file)
    bench = window.workbench
    (spec,) = bench.graph.nodes.values()
    assert spec.type.endswith(":WavReader") and spec.parameters["path"] == str(file)
    assert bench.graph.positions[spec.id] == window.canvas.place_for_card(place)
    assert bench.selection == (spec.id,) and window.canvas.viewer.hasFocus()
    assert window.status.gesture == ""
    assert bench.undo_stack.undoText() == "Add WAV Reader"
    bench.undo_stack.undo()
    assert not bench.graph.nodes


@pytest.mark.parametrize(
    ("name", "text", "delimiter"),
    [
        ("a.csv", "time_s,x\n0.0,1\n0.1,2\n", None),
        ("b.csv", "time_s;x\n0.0;1\n0.1;2\n", "semicolon"),
        ("c.tsv", "time_s\tx\n0.0\t1\n0.1\t2\n", "tab"),
        ("d.CSV", "", None),
    ],
)
def test_the_delimiter_of_a_table_is_found(
    window: MainWindow, tmp_path: Path, name: str, text: str, delimiter: str | None
) -> None:
    file = tmp_path / name
    file.write_text(text)
    viewport = window.canvas.viewer.viewport()
    drop(viewport, middle(viewport), file)
    (spec,) = window.workbench.graph.nodes.values()
    assert spec.type.endswith(":CsvReader")
    assert spec.parameters.get("delimiter") == delimiter


def test_a_dropped_table_plays(window: MainWindow, qtbot, tmp_path: Path) -> None:
    file = tmp_path / "b.csv"
    file.write_text("time_s;x\n" + "".join(f"{number / 100};{number}\n" for number in range(50)))
    viewport = window.canvas.viewer.viewport()
    drop(viewport, middle(viewport), file)
    bench = window.workbench
    bench.set_parameter("csv_reader", "realtime", False)
    bench.set_location(["csv_reader"], "")
    bench.start()
    qtbot.waitUntil(lambda: bench.run is not None and bench.run_state == "finished", timeout=20_000)
    assert bench.run.statistics().nodes["csv_reader"].emitted == 2


def test_several_recordings_are_one_step_below_one_another(window: MainWindow, tmp_path: Path) -> None:
    files = [wav_file(tmp_path / f"{name}.wav") for name in ("a", "b")]
    viewport = window.canvas.viewer.viewport()
    drop(viewport, QPoint(100, 100), *files)
    bench = window.workbench
    (_, first), (_, second) = bench.graph.positions.values()
    assert second >= first + 100
    bench.undo_stack.undo()
    assert not bench.graph.nodes


def test_what_nothing_can_read_is_told_with_what_can_be_dropped(drawn: MainWindow, tmp_path: Path) -> None:
    files = [tmp_path / "brain.edf", tmp_path / "stream.xdf", tmp_path / "folder.wav"]
    files[2].mkdir()
    for file in files[:2]:
        file.write_bytes(b"0")
    before = json.dumps(sorted(drawn.workbench.graph.nodes))
    viewport = drawn.canvas.viewer.viewport()
    drop(viewport, middle(viewport), *files)
    text = drawn.bars.bar("drop").label.text()
    assert "No node type here reads brain.edf, stream.xdf, folder.wav." in text
    assert ".tide" in text and ".csv" in text and ".wav" in text
    assert json.dumps(sorted(drawn.workbench.graph.nodes)) == before
    drop(viewport, middle(viewport), wav_file(tmp_path / "a.wav"))
    assert drawn.bars.bar("drop") is None


def test_a_drag_that_leaves_or_brings_no_files_is_nothing(window: MainWindow, tmp_path: Path) -> None:
    viewport = window.canvas.viewer.viewport()
    hover(viewport, middle(viewport), [tmp_path / "a.png"])
    assert "a.png" in window.status.gesture
    QApplication.sendEvent(viewport, QDragLeaveEvent())
    assert window.status.gesture == ""
    assert hover(viewport, middle(viewport), []) is None
    assert not window.workbench.graph.nodes
