"""The history panel: every edit a named step; the mouse and the keys go to any state, the file's state is marked."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt

from app import theme
from app.document.kept_work import read_kept
from app.document.recovery import Recovery
from app.panels.history import HistoryPanel
from app.window import MainWindow
from engine.graph.file import format_graph

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def history(drawn: MainWindow, qtbot) -> HistoryPanel:
    """Four steps, the history in front."""
    bench = drawn.workbench
    bench.rename("count", "Counter")
    bench.set_location(["scale"], "work:")
    bench.remove(["count"])
    bench.set_parameter("scale", "factor", 5)
    drawn.history_dock.raise_()
    qtbot.waitUntil(drawn.history.isVisible, timeout=2000)
    return drawn.history


def rows(history: HistoryPanel) -> list[str]:
    model = history.view.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def place_of(history: HistoryPanel, row: int) -> QPoint:
    view = history.view
    return view.visualRect(view.model().index(row, 0)).center()


def test_every_step_has_its_name_and_the_first_row_is_the_beginning(history: HistoryPanel) -> None:
    assert rows(history) == ["New graph", "Rename", "Change location", "Delete", "Change factor"]
    assert history.view.currentIndex().row() == 4
    assert "4 steps, 4 of them done" in history.view.accessibleDescription()


def test_a_click_goes_to_that_state_and_another_forward_again(history: HistoryPanel, drawn: MainWindow, qtbot) -> None:
    graph = drawn.workbench.graph
    last = format_graph(graph)
    qtbot.mouseClick(history.view.viewport(), LEFT, pos=place_of(history, 1))
    assert drawn.workbench.undo_stack.index() == 1
    assert list(graph.nodes) == ["count", "scale"] and graph.nodes["scale"].location.process == "engine"
    assert set(drawn.canvas.mirror.nodes) == {"count", "scale"}
    qtbot.mouseClick(history.view.viewport(), LEFT, pos=place_of(history, 4))
    assert format_graph(graph) == last
    assert set(drawn.canvas.mirror.nodes) == {"scale"}


def test_the_keys_go_through_the_states(history: HistoryPanel, drawn: MainWindow, qtbot) -> None:
    stack = drawn.workbench.undo_stack
    history.view.setFocus()
    qtbot.keyClick(history.view, Qt.Key.Key_Up)
    assert stack.index() == 3
    qtbot.keyClick(history.view, Qt.Key.Key_Home)
    assert stack.index() == 0
    assert drawn.workbench.graph.nodes["count"].name == ""
    qtbot.keyClick(history.view, Qt.Key.Key_End)
    assert stack.index() == 4


def test_taking_the_keyboard_changes_no_state(history: HistoryPanel, drawn: MainWindow, qtbot) -> None:
    drawn.workbench.undo_stack.setIndex(2)
    drawn.canvas.setFocus()
    history.view.setFocus(Qt.FocusReason.TabFocusReason)
    assert drawn.workbench.undo_stack.index() == 2


def test_a_jump_over_many_steps_is_shown_once_and_journalled_right(history: HistoryPanel, drawn: MainWindow, qtbot):
    recovery = Recovery(drawn.workbench)
    drawn.workbench.rename("scale", "last")
    shown: list[int] = []
    drawn.workbench.document_changed.connect(lambda: shown.append(1))
    qtbot.mouseClick(history.view.viewport(), LEFT, pos=place_of(history, 2))
    assert len(shown) == 1
    kept = read_kept(recovery.file)
    assert kept.done == 2 and kept.content.nodes["count"].name == "Counter"
    assert [step.text for step in kept.steps][:2] == ["Rename", "Change location"]
    recovery.end()
    recovery.forget()


def test_the_state_that_the_file_holds_is_marked_in_words(history: HistoryPanel, drawn: MainWindow, tmp_path: Path):
    bench = drawn.workbench
    bench.undo_stack.undo()
    bench.save_as(tmp_path / "mine.tide")
    bench.undo_stack.undo()
    assert "the file holds the state after step 3" in history.view.accessibleDescription()
    assert rows(history)[0] == "Opened mine.tide"
    row = history.view.visualRect(history.view.model().index(3, 0))
    marked = history.view.viewport().grab(row).toImage()
    bench.undo_stack.resetClean()
    history.view.viewport().update()
    assert history.view.viewport().grab(row).toImage() != marked
    bench.rename("scale", "other")
    assert "the file" not in history.view.accessibleDescription()


@pytest.mark.parametrize("name", theme.THEMES)
def test_what_was_undone_is_dimmed_and_slanted(history: HistoryPanel, drawn: MainWindow, name: str) -> None:
    theme.apply(name)
    before = history.view.grab(history.view.visualRect(history.view.model().index(4, 0))).toImage()
    drawn.workbench.undo_stack.setIndex(1)
    after = history.view.grab(history.view.visualRect(history.view.model().index(4, 0))).toImage()
    assert before != after
    theme.apply("dark")


def test_the_view_menu_has_the_history(drawn: MainWindow, qtbot) -> None:
    action = drawn.actions_by_id["view.history"]
    drawn.history_dock.hide()
    action.trigger()
    assert not drawn.history_dock.isHidden()
