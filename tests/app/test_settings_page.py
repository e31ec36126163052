"""The settings by mouse and keyboard: each applies at once, and is there in the next session."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QStyle, QStyleOptionButton

from app import appearance, theme
from app.canvas import grid
from app.document.autosave import autosave_mode
from app.document.settings import settings
from app.document.source_file import EDITOR_COMMAND, open_source
from app.settings_page import SettingsPage
from app.window import MainWindow
from tests.app.canvas.stage import Stage

KEY = Qt.Key
LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(autouse=True)
def as_at_first_afterwards(qapp: QApplication) -> Iterator[None]:
    yield
    settings().clear()
    appearance.choose_font_percent(100)
    theme.apply("dark")
    settings().clear()
    grid.load()
    qapp.setStyleSheet("")


@pytest.fixture
def page(window: MainWindow, qtbot) -> Iterator[SettingsPage]:
    qtbot.keyClick(window.canvas.viewer, KEY.Key_Comma, CTRL)
    found = window.findChild(QDialog, "settings_page")
    assert isinstance(found, SettingsPage)
    assert not found.isModal()
    yield found
    for left in window.findChildren(QDialog, "settings_page"):
        left.close()


def choose(qtbot, box: QComboBox, text: str) -> None:
    """By keyboard, as a person does."""
    box.setFocus()
    qtbot.keyClick(box, KEY.Key_Home)
    while box.currentText() != text:
        before = box.currentIndex()
        qtbot.keyClick(box, KEY.Key_Down)
        assert box.currentIndex() != before, f"no {text}"


def click_box(qtbot, box) -> None:
    option = QStyleOptionButton()
    box.initStyleOption(option)
    place = box.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, box).center()
    qtbot.mouseClick(box, LEFT, pos=place)


def test_the_theme_applies_at_once_and_stays(page: SettingsPage, qtbot) -> None:
    choose(qtbot, page.theme, "Light")
    assert theme.tokens.theme == "light"
    assert appearance.chosen_theme() == "light"
    theme.apply("dark")
    appearance.apply()
    assert theme.tokens.theme == "light"


def test_the_theme_can_follow_the_system(page: SettingsPage, qtbot) -> None:
    choose(qtbot, page.theme, "As the system")
    is_light = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Light
    assert theme.tokens.theme == ("light" if is_light else "dark")
    assert appearance.chosen_theme() == "system"


def test_the_page_follows_a_theme_that_was_switched_elsewhere(page: SettingsPage, window: MainWindow, qtbot) -> None:
    window.actions_by_id["view.theme"].trigger()
    assert page.theme.currentText() == "Light"


def test_text_grows_everywhere_at_once(page: SettingsPage, window: MainWindow, qtbot) -> None:
    before, base = window.parameters.fontMetrics().height(), QApplication.font().pointSizeF()
    page.font_size.setFocus()
    qtbot.keyClick(page.font_size, KEY.Key_End)
    assert page.font_value.text() == "150 %"
    assert QApplication.font().pointSizeF() == pytest.approx(1.5 * base)
    assert window.parameters.fontMetrics().height() > 1.3 * before
    qtbot.keyClick(page.font_size, KEY.Key_Home)
    assert appearance.font_percent() == 80
    assert QApplication.font().pointSizeF() == pytest.approx(0.8 * base)


def test_the_grid_is_shown_and_hidden(page: SettingsPage, window: MainWindow, qtbot) -> None:
    def colors() -> set[int]:
        picture = window.canvas.viewer.viewport().grab().toImage()
        return {picture.pixel(x, y) for x in range(120) for y in range(picture.height() - 120, picture.height())}

    assert len(colors()) > 1
    click_box(qtbot, page.grid_shown)
    assert not grid.current().is_shown
    assert len(colors()) == 1
    window.actions_by_id["view.grid"].trigger()
    assert page.grid_shown.isChecked()


def test_spacing_and_snapping_stay(page: SettingsPage, qtbot) -> None:
    click_box(qtbot, page.snaps)
    choose(qtbot, page.spacing, "Wide")
    assert grid.current() == grid.Grid(is_shown=True, snaps=True, spacing=48)
    grid.load()
    assert grid.current() == grid.Grid(is_shown=True, snaps=True, spacing=48)


@pytest.mark.parametrize("stored", ["", "no number", "7", "-24"])
def test_settings_that_cannot_be_read_are_as_at_first(stored: str) -> None:
    for key in ("grid/spacing", "font/percent", "theme"):
        settings().setValue(key, stored)
    grid.load()
    assert grid.current().spacing == 24
    assert appearance.font_percent() in (80, 100)
    assert appearance.chosen_theme() == "dark"


def test_autosave_and_the_command_for_code_apply(page: SettingsPage, window: MainWindow, qtbot) -> None:
    choose(qtbot, page.autosave, "Every 5 minutes")
    assert autosave_mode() == "5"
    qtbot.mouseClick(page.command, LEFT)
    qtbot.keyClicks(page.command, "vi +{line} {file}")
    qtbot.keyClick(page.command, KEY.Key_Tab)
    assert settings().value(EDITOR_COMMAND) == "vi +{line} {file}"


def test_panels_go_back_to_where_they_were(page: SettingsPage, window: MainWindow, qtbot) -> None:
    window.palette_dock.hide()
    window.log_dock.setFloating(True)
    qtbot.mouseClick(page.reset_layout, LEFT)
    assert window.palette_dock.isVisible()
    assert not window.log_dock.isFloating()


def test_the_tour_is_taken_from_here(page: SettingsPage, window: MainWindow, qtbot) -> None:
    window.load_plots()
    qtbot.mouseClick(page.take_tour, LEFT)
    qtbot.waitUntil(lambda: window.guide.tour is not None and window.workbench.run is not None, timeout=20_000)


def test_all_settings_go_back(page: SettingsPage, qtbot) -> None:
    choose(qtbot, page.theme, "Light")
    click_box(qtbot, page.snaps)
    choose(qtbot, page.autosave, "Every minute")
    page.font_size.setValue(12)
    qtbot.mouseClick(page.reset_all, LEFT)
    assert theme.tokens.theme == "dark"
    assert grid.current() == grid.Grid()
    assert autosave_mode() == "off"
    assert appearance.font_percent() == 100


def test_the_keyboard_goes_through_every_field(page: SettingsPage, qtbot) -> None:
    fields = [page.theme, page.font_size, page.grid_shown, page.snaps, page.spacing, page.autosave, page.command]
    fields += [page.reset_layout, page.take_tour, page.reset_all]
    seen = []
    for _ in fields:
        seen.append(QApplication.focusWidget())
        QTest.keyClick(QApplication.focusWidget(), KEY.Key_Tab)
    assert seen == fields


# -- snapping in the gesture, and opening code ---------------------------------------------------------------------


def test_nodes_snap_to_the_grid_all_as_far_as_the_one_in_the_hand(window: MainWindow, qtbot) -> None:
    from tests.app.shapes import COUNT, SCALE

    grid.change(snaps=True)
    stage = Stage(window.workbench, window.canvas, qtbot)
    window.workbench.add_node(COUNT, (5, 7))
    window.workbench.add_node(SCALE, (300, 200))
    window.workbench.select(["count", "scale"])
    stage.settle_view()
    start = stage.at_body("count")
    stage.drag(start, start + QPoint(40, 50))
    positions = window.workbench.graph.positions
    assert positions["count"] == (48, 48)
    assert positions["scale"] == (300 + 43, 200 + 41)
    window.workbench.undo_stack.undo()
    assert window.workbench.graph.positions["count"] == (5, 7)


def test_added_nodes_and_the_arrow_keys_keep_to_the_grid(window: MainWindow, qtbot) -> None:
    grid.change(snaps=True, spacing=48)
    stage = Stage(window.workbench, window.canvas, qtbot)
    viewer = window.canvas.viewer
    stage.double_click(QPoint(333, 221))
    stage.type("gain")
    stage.key(KEY.Key_Return)
    x, y = window.workbench.graph.positions["gain"]
    assert (x % 48, y % 48) == (0, 0)
    qtbot.keyClick(viewer, KEY.Key_Right)
    assert window.workbench.graph.positions["gain"] == (x + 48, y)


def test_without_snapping_places_are_whole() -> None:
    assert grid.Grid().snapped(QPointF(1.4, -2.6)) == QPointF(1, -3)
    assert grid.Grid(snaps=True, spacing=12).snapped(QPointF(17, -7)) == QPointF(12, -12)


def test_code_is_opened_with_the_command_of_the_settings(tmp_path: Path, qtbot) -> None:
    out = tmp_path / "out.txt"
    script = tmp_path / "tool.py"
    script.write_text(f"import sys, pathlib; pathlib.Path({str(out)!r}).write_text(' '.join(sys.argv[1:]))")
    settings().setValue(EDITOR_COMMAND, f"{sys.executable} {script} +{{line}} {{file}}")
    assert open_source("/a b/c.py", 12) == ""
    qtbot.waitUntil(lambda: out.is_file() and out.read_text() == "+12 /a b/c.py", timeout=10_000)


@pytest.mark.parametrize(("command", "reason"), [("no-such-program-1 {file}", "was not started"), ("a 'b", "be read")])
def test_a_command_that_cannot_be_run_says_so(command: str, reason: str) -> None:
    settings().setValue(EDITOR_COMMAND, command)
    assert reason in open_source("c.py", 1)
