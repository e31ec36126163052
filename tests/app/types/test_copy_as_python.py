"""The graph as a script, on the clipboard."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.window import MainWindow


def test_the_clipboard_holds_a_script_that_builds_the_graph(drawn: MainWindow, qtbot) -> None:
    edit = next(action for action in drawn.menuBar().actions() if action.text() == "&Edit")
    menu = edit.menu()
    bar = drawn.menuBar()
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.actionGeometry(edit).center())
    action = next(action for action in menu.actions() if action.objectName() == "edit.copy_python")
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    scope: dict[str, object] = {"__name__": "script"}
    exec(QApplication.clipboard().text(), scope)
    graph = scope["build"]()  # type: ignore[operator]
    assert graph.snapshot().nodes == drawn.workbench.graph.snapshot().nodes
    assert graph.wires == drawn.workbench.graph.wires


def test_an_empty_graph_has_no_script(window: MainWindow) -> None:
    assert not window.actions_by_id["edit.copy_python"].isEnabled()
