"""The hint on an empty canvas: its buttons by mouse and keyboard, and what must go on working below its words."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QTabBar

from app.canvas.empty_hint import SEARCH
from app.canvas.search_popup import SearchPopup
from app.commands.popup import CommandPopup
from app.window import MainWindow

KEY = Qt.Key
LEFT = Qt.MouseButton.LeftButton


def middle_of_words(window: MainWindow) -> QPoint:
    label = window.canvas.hint.label
    return window.canvas.viewer.viewport().mapFrom(window, label.mapTo(window, label.rect().center()))


def test_it_goes_with_the_first_node_and_comes_back(window: MainWindow) -> None:
    hint = window.canvas.hint
    assert hint.label.isVisible()
    assert hint.row.isVisible()
    window.workbench.add_node("engine.library.sources:Tone", (0, 0))
    assert not hint.label.isVisible()
    assert not hint.row.isVisible()
    window.workbench.undo_stack.undo()
    assert hint.row.isVisible()


def test_a_double_click_on_its_words_searches_there(window: MainWindow, qtbot) -> None:
    place = middle_of_words(window)
    widget = QApplication.widgetAt(window.canvas.viewer.viewport().mapToGlobal(place))
    assert widget is window.canvas.viewer.viewport()
    qtbot.mouseDClick(widget, LEFT, pos=place)
    assert window.findChild(SearchPopup) is not None


def test_the_button_opens_the_search_and_the_keyboard_goes_on(window: MainWindow, qtbot) -> None:
    qtbot.mouseClick(window.canvas.hint.buttons[SEARCH], LEFT)
    line = QApplication.focusWidget()
    qtbot.keyClicks(line, "tone")
    qtbot.keyClick(line, KEY.Key_Return)
    assert "tone" in window.workbench.graph.nodes
    assert QApplication.focusWidget() is window.canvas.viewer


@pytest.mark.parametrize(
    ("command", "kind", "name"),
    [("help.examples", QDialog, "gallery"), ("view.commands", CommandPopup, None), ("file.open", QFileDialog, None)],
)
def test_its_buttons_do_what_they_say_by_keyboard(
    window: MainWindow, qtbot, command: str, kind: type, name: str
) -> None:
    button = window.canvas.hint.buttons[command]
    button.setFocus()
    qtbot.keyClick(button, KEY.Key_Space)
    found = window.findChild(kind, name) if name else window.findChild(kind)
    assert found is not None
    assert found.isVisible()
    found.close()


@pytest.mark.parametrize("size", [(700, 480), (1280, 800)])
def test_it_lies_inside_the_canvas_and_nothing_overlaps(window: MainWindow, qtbot, size: tuple[int, int]) -> None:
    window.resize(*size)
    hint, canvas = window.canvas.hint, window.canvas
    qtbot.waitUntil(lambda: abs(hint.row.geometry().center().x() - canvas.rect().center().x()) <= 2, timeout=2000)
    assert not hint.row.geometry().intersects(hint.label.geometry())
    for button in hint.buttons.values():
        assert button.width() >= button.sizeHint().width()


def test_no_stale_tab_bar_shines_through(window: MainWindow, qtbot) -> None:
    """Qt leaves some behind when panels share a place before the window is shown."""
    bars = [bar for bar in window.findChildren(QTabBar) if bar.isVisible() and window.rect().intersects(bar.geometry())]
    shown = [tuple(bar.tabText(index) for index in range(bar.count())) for bar in bars]
    assert len(shown) == len(set(shown)), shown
    assert all(len(titles) > 1 for titles in shown)
    docks = [dock.geometry() for dock in window.docks if dock.isVisible()]
    assert all(any(bar.y() == dock.bottom() + 1 and bar.x() == dock.x() for dock in docks) for bar in bars)
