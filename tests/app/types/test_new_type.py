"""A node type of one's own, made in the editor."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from app.document.settings import settings
from app.document.source_file import EDITOR_COMMAND as COMMAND
from app.types.new_type_popup import NewTypePopup
from tests.app.types.project import Project, code

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def seen(tmp_path: Path) -> Path:
    """Where the user's editor writes which file it was given."""
    file = tmp_path / "seen"
    settings().setValue(COMMAND, f"/bin/sh -c 'echo \"$1\" > {file}' sh {{file}}")
    return file


@pytest.fixture
def popup(project: Project, seen: Path) -> NewTypePopup:
    """The popup, opened by its keys over a graph that has a file."""
    project.graph("engine.library.arithmetic:Gain")
    project.open()
    return opened(project)


def opened(project: Project) -> NewTypePopup:
    window = project.window
    QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    found = window.findChild(NewTypePopup)
    assert found is not None and found.isVisible() and QApplication.focusWidget() is found.line
    return found


def test_a_name_and_enter_give_a_node_type_that_can_be_added_and_edited(
    project: Project, popup: NewTypePopup, seen: Path
) -> None:
    QTest.keyClicks(popup.line, "Moving average")
    assert popup.told.text() == "Writes nodes/moving_average.py."
    QTest.keyClick(popup.line, Qt.Key.Key_Return)
    file = project.folder / "nodes" / "moving_average.py"
    project.until(lambda: seen.exists() and seen.read_text() == f"{file}\n")
    assert project.titles() == ["Moving Average"] and project.window.bars.bar("foreign") is None
    palette = project.window.palette_panel
    assert palette.highlighted == "nodes.moving_average:MovingAverage"
    assert project.window.findChild(NewTypePopup) is None or not popup.isVisible()
    palette.tree.setFocus()
    QTest.keyClick(palette.tree, Qt.Key.Key_Return)
    assert [spec.type for spec in project.bench.graph.nodes.values()][-1] == "nodes.moving_average:MovingAverage"
    file.write_text(code("MovingAverage"))  # and it is watched from now on
    project.until(lambda: project.ports("moving_average") == ["value", "result"])
    project.bench.new()
    project.open(load=False)
    assert project.window.bars.bar("foreign") is None, "what the editor has written is asked for"


def test_the_shape_is_chosen_by_keyboard(project: Project, popup: NewTypePopup, seen: Path) -> None:
    QTest.keyClicks(popup.line, "clock")
    QTest.keyClick(popup.line, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is popup.shape
    QTest.keyClick(popup.shape, Qt.Key.Key_Down)
    QTest.keyClick(popup.shape, Qt.Key.Key_Tab)
    QTest.keyClick(popup.button, Qt.Key.Key_Space)
    (made,) = [kind for kind in project.window.palette_panel.types if kind.title == "Clock"]
    assert not made.node_inputs and made.node_outputs
    project.until(seen.exists)


def test_a_bad_or_taken_name_is_refused_while_it_is_typed(project: Project, popup: NewTypePopup) -> None:
    for typed, reason in (("2nd", "begins with a letter"), ("a.b", "'.'"), ("Node", "has a meaning already")):
        popup.line.clear()
        QTest.keyClicks(popup.line, typed)
        assert reason in popup.told.text() and popup.told.text().startswith("✕") and not popup.button.isEnabled()
        QTest.keyClick(popup.line, Qt.Key.Key_Return)
        assert popup.isVisible()
    project.write("mine.py", "# my own")
    popup.line.clear()
    QTest.keyClicks(popup.line, "mine")
    assert "is there already" in popup.told.text() and not popup.button.isEnabled()
    QTest.keyClick(popup.line, Qt.Key.Key_Escape)
    assert not popup.isVisible() and (project.folder / "nodes" / "mine.py").read_text() == "# my own"


def test_a_folder_that_cannot_be_written_is_told(project: Project, popup: NewTypePopup) -> None:
    (project.folder / "nodes").write_text("no folder")
    QTest.keyClicks(popup.line, "mine")
    project.qtbot.mouseClick(popup.button, LEFT)
    assert popup.isVisible() and "was not written" in popup.told.text()


def test_a_graph_without_a_file_is_to_be_saved_first(project: Project, tmp_path: Path, seen: Path) -> None:
    window = project.window
    window.actions_by_id["types.new"].trigger()
    bar = window.bars.bar("new type")
    assert "has no file yet" in bar.label.text() and window.findChild(NewTypePopup) is None
    project.qtbot.mouseClick(bar.buttons["Save as…"], LEFT)
    dialog = window.findChild(QFileDialog)
    dialog.fileSelected.emit(str(project.folder / "g.tide"))
    dialog.reject()
    found = window.findChild(NewTypePopup)
    assert found is not None and found.isVisible() and window.bars.bar("new type") is None


def test_beside_code_that_nobody_has_agreed_to_nothing_is_written(project: Project) -> None:
    project.write("mine.py", code())
    project.graph("Mine")
    project.open(load=False)
    project.window.bars.remove("foreign")
    project.window.actions_by_id["types.new"].trigger()
    assert project.window.findChild(NewTypePopup) is None and project.window.bars.bar("foreign") is not None
    assert any("answer that first" in text for text in project.messages) and project.titles() == []
