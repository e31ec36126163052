"""Other programs write to the open graph's file too: it is noticed, asked about, and never written over unasked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu

from app import RESOURCES
from app.document.autosave import MODES, OFF, ON_LEAVING, Autosave, autosave_mode, mode_text
from app.document.recovery import Recovery, folder
from app.panels.bars import Bar
from app.window import MainWindow
from engine import Graph
from tests.app.shapes import SCALE

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def saved(drawn: MainWindow, tmp_path: Path) -> Path:
    """The file of the open graph."""
    path = tmp_path / "mine.tide"
    assert drawn.workbench.save_as(path)
    return path


def change(path: Path, name: str = "theirs") -> bytes:
    """Another program renames a node in the file."""
    graph = Graph.load(path)
    graph.rename("count", name)
    graph.save(path)
    return path.read_bytes()


def bar(window: MainWindow) -> Bar | None:
    return window.bars.bar("on disk")


def wait_for_bar(window: MainWindow, qtbot) -> Bar:
    qtbot.waitUntil(lambda: bar(window) is not None, timeout=3000)
    return bar(window)


def test_a_change_by_another_program_is_noticed_and_a_reload_is_one_step(drawn: MainWindow, saved: Path, qtbot) -> None:
    bench = drawn.workbench
    bench.rename("count", "mine")
    change(saved)
    shown = wait_for_bar(drawn, qtbot)
    assert "mine.tide was changed by another program" in shown.label.text() and "undo" in shown.label.text()
    qtbot.mouseClick(shown.buttons["Reload"], LEFT)
    assert bench.graph.nodes["count"].name == "theirs"
    assert not bench.is_modified and bar(drawn) is None
    assert bench.undo_stack.undoText() == "Reload mine.tide"
    bench.undo_stack.undo()
    assert bench.graph.nodes["count"].name == "mine" and bench.is_modified


def test_keeping_mine_counts_as_unsaved_and_the_next_save_replaces_theirs(
    drawn: MainWindow, saved: Path, qtbot
) -> None:
    bench = drawn.workbench
    change(saved)
    button = wait_for_bar(drawn, qtbot).buttons["Keep mine"]
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert bar(drawn) is None and bench.is_modified
    qtbot.keyClick(drawn.canvas.viewer, Qt.Key.Key_S, CTRL)
    assert Graph.load(saved).nodes["count"].name == ""
    assert not bench.is_modified


def test_a_save_never_writes_over_what_somebody_else_wrote(drawn: MainWindow, saved: Path, qtbot) -> None:
    drawn.workbench.rename("count", "mine")
    theirs = change(saved)
    qtbot.keyClick(drawn.canvas.viewer, Qt.Key.Key_S, CTRL)  # before the system has told of it
    assert saved.read_bytes() == theirs
    assert drawn.workbench.is_modified
    assert bar(drawn) is not None


def test_a_file_that_was_only_touched_is_the_same(drawn: MainWindow, saved: Path, qtbot) -> None:
    drawn.workbench.rename("count", "mine")
    os.utime(saved, (1, 1))
    saved.write_bytes(saved.read_bytes())
    assert drawn.workbench.save()
    assert bar(drawn) is None


def test_a_change_that_was_taken_back_is_no_question_any_more(drawn: MainWindow, saved: Path, qtbot) -> None:
    before = saved.read_bytes()
    change(saved)
    wait_for_bar(drawn, qtbot)
    saved.write_bytes(before)
    qtbot.waitUntil(lambda: bar(drawn) is None, timeout=3000)


def test_a_removed_file_is_told_and_can_be_saved_again(drawn: MainWindow, saved: Path, qtbot) -> None:
    saved.unlink()
    shown = wait_for_bar(drawn, qtbot)
    assert "removed or renamed" in shown.label.text()
    qtbot.mouseClick(shown.buttons["Save it again"], LEFT)
    assert saved.is_file() and bar(drawn) is None
    change(saved)
    wait_for_bar(drawn, qtbot)  # it is watched again


def test_a_file_that_became_unreadable_is_told_and_stays_in_question(drawn: MainWindow, saved: Path, qtbot) -> None:
    saved.write_text("{")
    qtbot.mouseClick(wait_for_bar(drawn, qtbot).buttons["Reload"], LEFT)
    assert "mine.tide was not reloaded" in drawn.bars.bar("error").label.text()
    assert bar(drawn) is not None and "count" in drawn.workbench.graph.nodes


def test_saving_here_and_opening_another_graph_raise_no_question(drawn: MainWindow, saved: Path, qtbot) -> None:
    bench = drawn.workbench
    seen: list[str] = []
    bench.on_disk.changed.connect(seen.append)
    for name in ("a", "b"):
        bench.rename("count", name)
        assert bench.save()
        qtbot.wait(200)  # longer than the calm that is waited for
    change(saved)
    bench.new()
    qtbot.wait(200)
    assert seen == [] and bar(drawn) is None


def test_restored_work_says_when_its_file_has_changed_meanwhile(drawn: MainWindow, saved: Path) -> None:
    bench = drawn.workbench
    recovery = Recovery(bench)
    bench.rename("count", "mine")
    left = folder() / "999999999-1.journal"
    left.write_bytes(recovery.file.read_bytes())
    bench.new()
    change(saved)
    assert recovery.restore(left)
    assert bar(drawn) is not None and bench.is_modified
    recovery.end()
    recovery.forget()


# -- autosave --------------------------------------------------------------------------------------------------


def leave_window(app: QApplication) -> None:
    app.applicationStateChanged.emit(Qt.ApplicationState.ApplicationInactive)


def pick(window: MainWindow, qtbot, mode: str) -> None:
    """Choose in File > Autosave by the keyboard."""
    menu = next(menu for menu in window.menuBar().findChildren(QMenu) if menu.title() == "&Autosave")
    menu.popup(window.mapToGlobal(window.rect().center()))
    qtbot.waitUntil(menu.isVisible, timeout=2000)
    for action in menu.actions():
        qtbot.keyClick(menu, Qt.Key.Key_Down)
        if action.text() == mode_text(mode):
            break
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not menu.isVisible(), timeout=2000)


def test_it_is_off_until_chosen_and_the_choice_stays(drawn: MainWindow, saved: Path, qapp, qtbot) -> None:
    assert autosave_mode() == OFF
    drawn.workbench.rename("count", "mine")
    leave_window(qapp)
    assert Graph.load(saved).nodes["count"].name == ""
    pick(drawn, qtbot, ON_LEAVING)
    assert autosave_mode() == ON_LEAVING
    leave_window(qapp)
    assert Graph.load(saved).nodes["count"].name == "mine"
    assert not drawn.workbench.is_modified


def test_every_few_minutes_the_file_is_written(
    drawn: MainWindow, saved: Path, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.document.autosave._MINUTE_MS", 10)
    pick(drawn, qtbot, "5")
    drawn.workbench.rename("count", "mine")
    qtbot.waitUntil(lambda: not drawn.workbench.is_modified, timeout=3000)
    assert Graph.load(saved).nodes["count"].name == "mine"


def test_it_never_writes_over_what_somebody_else_wrote(drawn: MainWindow, saved: Path, qapp, qtbot) -> None:
    pick(drawn, qtbot, ON_LEAVING)
    drawn.workbench.rename("count", "mine")
    theirs = change(saved)
    leave_window(qapp)
    assert saved.read_bytes() == theirs
    assert bar(drawn) is not None
    leave_window(qapp)
    assert saved.read_bytes() == theirs


def test_it_never_writes_to_an_example_nor_asks_for_a_place(drawn: MainWindow, qapp, qtbot) -> None:
    pick(drawn, qtbot, ON_LEAVING)
    bench = drawn.workbench
    leave_window(qapp)
    bench.undo_stack.setClean()
    hello = RESOURCES / "graphs" / "hello.tide"
    before = hello.read_bytes()
    bench.open(hello)
    bench.add_node(SCALE, (0, 0))
    leave_window(qapp)
    assert bench.is_modified and hello.read_bytes() == before
    assert not [box for box in qapp.topLevelWidgets() if box.isModal() and box.isVisible()]


def test_a_mode_that_is_none_is_off(drawn: MainWindow) -> None:
    Autosave(drawn.workbench).choose("sometimes")
    assert autosave_mode() == OFF
    assert [mode_text(mode) for mode in MODES] == [
        "Off", "When leaving the window", "Every minute", "Every 5 minutes", "Every 15 minutes",
    ]  # fmt: skip
