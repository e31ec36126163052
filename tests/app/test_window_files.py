"""Files in the whole window: opened, saved, asked about; nothing of what is open is lost."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from app.panels.palette import Palette
from app.window import MainWindow
from engine import Graph
from engine.graph.file import format_graph

CTRL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


def answer(qtbot, button: QMessageBox.StandardButton) -> None:
    """Press a button of the question that is open, or about to be."""

    def question() -> QMessageBox | None:
        return next((box for box in QApplication.topLevelWidgets() if isinstance(box, QMessageBox)), None)

    qtbot.waitUntil(lambda: question() is not None and question().isVisible(), timeout=3000)
    qtbot.mouseClick(question().button(button), LEFT)


def test_save_load_save_gives_identical_bytes(drawn: MainWindow, qtbot, tmp_path: Path) -> None:
    bench = drawn.workbench
    bench.set_parameter("scale", "factor", 5)
    bench.add_plot("scale.scaled")
    first, second = tmp_path / "first.tide", tmp_path / "second.tide"
    assert bench.save_as(first)
    assert bench.open(first)
    assert bench.save_as(second)
    assert first.read_bytes() == second.read_bytes()
    assert bench.recent_files() == [second, first]


@pytest.mark.parametrize("content", ["", "{", '{"tidewire": 1, "nodes": [{"id": 7}]}', "[" * 5000, "\x00\xff"])
def test_a_broken_file_keeps_the_open_graph_and_says_why(
    drawn: MainWindow, qtbot, tmp_path: Path, content: str
) -> None:
    broken = tmp_path / "broken.tide"
    broken.write_text(content, "utf-8")
    drawn.workbench.rename("count", "precious")
    before = format_graph(drawn.workbench.graph)
    assert not drawn.workbench.open(broken)
    assert format_graph(drawn.workbench.graph) == before
    assert drawn.workbench.is_modified
    assert "broken.tide" in drawn.bars.bar("error").label.text()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing.tide", "nothing.tide does not exist"),
        ("folder", "folder is a folder: name a graph file in it"),
        ("circle.tide", "circle.tide is a link that leads back to itself"),
        ("/proc/self/mem", "mem cannot be read"),
        ("a\0b.tide", "is no name of a file"),
        ("~no-such-user/a.tide", "a.tide does not exist"),
    ],
)
def test_a_file_that_cannot_be_read_keeps_the_open_graph_and_says_in_place_what_to_do(
    drawn: MainWindow, tmp_path: Path, name: str, said: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "circle.tide").symlink_to(tmp_path / "circle.tide")
    drawn.workbench.rename("count", "precious")
    before = format_graph(drawn.workbench.graph)
    assert not drawn.workbench.open(name if name.startswith("~") else tmp_path / name)
    assert format_graph(drawn.workbench.graph) == before and drawn.workbench.is_modified
    text = drawn.bars.bar("error").label.text()
    assert said in text and "\0" not in text


@pytest.mark.parametrize("name", ["circle.tide", "a\0b.tide", "pipe.tide"])
def test_a_name_that_cannot_be_written_to_loses_nothing(drawn: MainWindow, tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe.tide")
    (tmp_path / "circle.tide").symlink_to(tmp_path / "circle.tide")
    drawn.workbench.rename("count", "precious")
    assert not drawn.workbench.save_as(tmp_path / name)
    assert drawn.workbench.is_modified
    assert "not saved" in drawn.bars.bar("unsaved").label.text()
    assert (tmp_path / "pipe.tide").is_fifo()


def test_a_file_that_cannot_be_written_loses_nothing(drawn: MainWindow, tmp_path: Path) -> None:
    drawn.workbench.rename("count", "precious")
    assert not drawn.workbench.save_as(tmp_path / "nowhere" / "file.tide")
    assert drawn.workbench.is_modified
    assert "not saved" in drawn.bars.bar("unsaved").label.text()


def test_save_on_a_new_graph_asks_for_a_file(drawn: MainWindow, qtbot, tmp_path: Path) -> None:
    drawn.workbench.rename("count", "x")
    qtbot.keyClick(drawn.canvas.viewer, Qt.Key.Key_S, CTRL)
    dialog = next(box for box in drawn.findChildren(QFileDialog))
    qtbot.waitUntil(dialog.isVisible, timeout=2000)
    dialog.fileSelected.emit(str(tmp_path / "new.tide"))
    dialog.close()
    assert Graph.load(tmp_path / "new.tide").nodes["count"].name == "x"
    assert not drawn.workbench.is_modified
    assert drawn.windowTitle().startswith("new.tide")


def test_unsaved_work_is_asked_about_before_a_new_graph(drawn: MainWindow, qtbot) -> None:
    drawn.workbench.rename("count", "precious")
    qtbot.keyClick(drawn.canvas.viewer, Qt.Key.Key_N, CTRL)
    answer(qtbot, QMessageBox.StandardButton.Cancel)
    assert drawn.workbench.graph.nodes["count"].name == "precious"
    qtbot.keyClick(drawn.canvas.viewer, Qt.Key.Key_N, CTRL)
    answer(qtbot, QMessageBox.StandardButton.Discard)
    qtbot.waitUntil(lambda: not drawn.workbench.graph.nodes, timeout=1000)


def test_save_in_the_question_saves_and_goes_on(drawn: MainWindow, qtbot, tmp_path: Path) -> None:
    drawn.workbench.save_as(tmp_path / "a.tide")
    drawn.workbench.rename("count", "precious")
    qtbot.keyClick(drawn.canvas.viewer, Qt.Key.Key_N, CTRL)
    answer(qtbot, QMessageBox.StandardButton.Save)
    qtbot.waitUntil(lambda: not drawn.workbench.graph.nodes, timeout=1000)
    assert Graph.load(tmp_path / "a.tide").nodes["count"].name == "precious"


def test_closing_with_unsaved_work_asks_and_cancel_stays(drawn: MainWindow, qtbot) -> None:
    drawn.workbench.rename("count", "precious")
    drawn.close()
    answer(qtbot, QMessageBox.StandardButton.Cancel)
    assert drawn.isVisible()
    drawn.close()
    with qtbot.waitSignal(drawn.closed, timeout=3000):
        answer(qtbot, QMessageBox.StandardButton.Discard)


def titles_in(palette: Palette) -> set[str]:
    headings = [palette.tree.topLevelItem(row) for row in range(palette.tree.topLevelItemCount())]
    return {heading.child(row).text(0) for heading in headings for row in range(heading.childCount())}


def test_opening_a_file_runs_no_code_that_comes_with_it(window: MainWindow, qtbot, tmp_path: Path) -> None:
    (tmp_path / "nodes").mkdir()
    (tmp_path / "nodes" / "mine.py").write_text(
        "from pathlib import Path\nfrom engine import Node\n"
        f"Path({str(tmp_path / 'ran')!r}).touch()\n"
        "class Mine(Node):\n    'Mine.'\n    def process(self): pass\n"
    )
    file = tmp_path / "graph.tide"
    file.write_text(json.dumps({"tidewire": 1, "nodes": [{"id": "mine", "type": "nodes.mine:Mine"}]}))
    assert window.workbench.open(file)
    window.load_palette()
    window.workbench.graph.problems()
    assert window.workbench.node_type("mine") is None
    assert not (tmp_path / "ran").exists()
    bar = window.bars.bar("foreign")
    assert "nodes.mine:Mine" in bar.label.text()
    qtbot.mouseClick(bar.buttons["Not now"], LEFT)
    assert not (tmp_path / "ran").exists()
    window.workbench.open(file)
    qtbot.mouseClick(window.bars.bar("foreign").buttons["Load"], LEFT)
    assert window.workbench.node_type("mine") is not None
    assert (tmp_path / "ran").exists()
    assert window.bars.bar("foreign") is None
    assert "Mine" in titles_in(window.palette_panel)
    window.workbench.new()
    assert "Mine" not in titles_in(window.palette_panel)


def test_the_menu_lists_recent_files_and_examples(drawn: MainWindow, qtbot, tmp_path: Path) -> None:
    drawn.workbench.save_as(tmp_path / "mine.tide")
    menus = {menu.title(): menu for menu in drawn.menuBar().findChildren(type(drawn.menuBar().addMenu("x")))}
    recent, examples = menus["&Open recent"], menus["&Examples"]
    for menu in (recent, examples):
        menu.aboutToShow.emit()
    assert [action.text() for action in recent.actions()] == ["&1  mine.tide", "&Clear this list"]
    assert "Hello" in [action.text() for action in examples.actions()]
