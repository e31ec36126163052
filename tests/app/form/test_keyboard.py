"""The window without a mouse, and for who hears it: names, rings around what has the keyboard, panels by F6."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QToolButton, QWidget

from app import RESOURCES, theme
from app.window import MainWindow

KEY = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def full(window: MainWindow, qtbot) -> MainWindow:
    """The editor with plots, every panel seen, a node selected, and a tip of the tour."""
    window.resize(1400, 1000)
    window.load_plots()
    assert window.workbench.open(RESOURCES / "graphs" / "hello.tide")
    for dock in window.docks:
        dock.show()
    window.workbench.select(["tone"])
    window.guide.tour_once()
    return window


def name_of(widget: QWidget) -> str:
    """What a screen reader says of it."""
    names = [widget.accessibleName()]
    if isinstance(widget, QAbstractButton):
        names.append(widget.text())
    if isinstance(widget, QToolButton) and widget.defaultAction() is not None:
        names.append(widget.defaultAction().text())
    return next((name for name in names if name.strip()), "")


def way_to(widget: QWidget) -> str:
    parts = []
    at: QWidget | None = widget
    while at is not None:
        parts.append(f"{type(at).__name__} {at.objectName()}".strip())
        at = at.parentWidget()
    return " in ".join(parts)


def fields(window: MainWindow) -> Iterator[QWidget]:
    """Every widget that takes the keyboard, those in pyqtgraph's own menus aside, which are never opened."""
    for widget in window.findChildren(QWidget):
        at: QWidget | None = widget
        while at is not None and not isinstance(at, QMenu):
            at = at.parentWidget()
        takes = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None
        if at is None and takes and widget.isVisibleTo(window):
            yield widget


def test_every_field_has_a_name(full: MainWindow) -> None:
    all_fields = list(fields(full))
    assert len(all_fields) > 40
    assert [way_to(widget) for widget in all_fields if not name_of(widget)] == []


def test_every_field_of_the_pages_has_a_name(full: MainWindow, qtbot) -> None:
    for open_page, name in (
        (full.guide.settings, "settings_page"),
        (full.guide.shortcuts, "shortcuts_page"),
        (full.guide.examples, "gallery"),
    ):
        open_page()
        page = full.findChild(QWidget, name)
        nameless = [way_to(widget) for widget in fields(page) if not name_of(widget)]
        assert nameless == []
        page.close()


@pytest.mark.parametrize("name", theme.THEMES)
def test_what_has_the_keyboard_looks_different(full: MainWindow, qtbot, qapp, name: str) -> None:
    theme.apply(name)
    unmarked = []
    tried = 0
    for widget in list(fields(full)):
        if not widget.isVisible() or not widget.isEnabled():
            continue
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        if not widget.hasFocus():
            continue
        tried += 1
        with_ring = widget.grab().toImage()
        widget.clearFocus()
        qapp.processEvents()
        if with_ring == widget.grab().toImage():
            unmarked.append(way_to(widget))
    assert tried > 40
    assert unmarked == []


def panel_with_keyboard(window: MainWindow) -> str:
    at = QApplication.focusWidget()
    while at is not None:
        if at.objectName() in {dock.objectName() for dock in window.docks} | {"toolbar", "tip"}:
            return at.objectName()
        if at is window.canvas:
            return "canvas"
        at = at.parentWidget()
    return ""


def test_f6_goes_through_all_panels_and_back(full: MainWindow, qtbot) -> None:
    full.canvas.setFocus()
    round_trip = []
    while not round_trip or round_trip[-1] != "canvas":
        qtbot.keyClick(QApplication.focusWidget(), KEY.Key_F6)
        round_trip.append(panel_with_keyboard(full))
        assert len(round_trip) < 30
    assert {"toolbar", "canvas", "tip"} <= set(round_trip)
    seen = {dock.objectName() for dock in full.docks if not dock.visibleRegion().isEmpty()}
    assert len(seen & set(round_trip)) >= 3
    back = []
    while not back or back[-1] != "canvas":
        qtbot.keyClick(QApplication.focusWidget(), KEY.Key_F6, SHIFT)
        back.append(panel_with_keyboard(full))
        assert len(back) < 30
    assert back[:-1] == round_trip[:-1][::-1]


def test_the_canvas_shows_a_ring_by_keyboard_and_none_by_mouse(window: MainWindow, qtbot) -> None:
    viewer = window.canvas.viewer
    window.palette_panel.search.setFocus()
    qtbot.mouseClick(viewer.viewport(), Qt.MouseButton.LeftButton)
    corner = viewer.grab().toImage().pixelColor(0, 40)
    window.palette_panel.search.setFocus()
    viewer.setFocus(Qt.FocusReason.TabFocusReason)
    assert viewer.grab().toImage().pixelColor(0, 40) != corner
    assert viewer.grab().toImage().pixelColor(0, 40) == theme.color("accent")


def test_tab_leaves_every_panel_but_the_canvas_which_shift_tab_leaves(full: MainWindow, qtbot) -> None:
    full.palette_panel.search.setFocus()
    seen = []
    for _ in range(200):
        widget = QApplication.focusWidget()
        if widget in seen:
            break
        seen.append(widget)
        if widget is full.canvas.viewer:
            break
        qtbot.keyClick(widget, KEY.Key_Tab)
    assert len(seen) > 3
    full.canvas.setFocus()
    qtbot.keyClick(full.canvas.viewer, KEY.Key_Tab, SHIFT)
    assert QApplication.focusWidget() is not full.canvas.viewer
