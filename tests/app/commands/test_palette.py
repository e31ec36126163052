"""The command palette by mouse and keyboard, on the whole window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from app.actions.action import Action
from app.actions.file_flow import example_files
from app.commands.entry import Entry
from app.commands.matching import best_first
from app.commands.popup import CommandPopup
from app.commands.row import MATCH
from app.window import MainWindow

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton
KEY = Qt.Key


def open_by_key(window: MainWindow, qtbot) -> CommandPopup:
    qtbot.keyClick(window.canvas.viewer, KEY.Key_P, CTRL)
    return shown(window)


def shown(window: MainWindow) -> CommandPopup:
    popups = [popup for popup in window.findChildren(CommandPopup) if popup.isVisible()]
    assert len(popups) == 1
    assert popups[0].line.hasFocus()
    return popups[0]


def entry(title: str, **more: object) -> Entry:
    return Entry(id=title, title=title, run=lambda: None, kind="Test", **more)  # type: ignore[arg-type]


def titles(text: str, *all_titles: str, learned: dict[str, float] | None = None) -> list[str]:
    return [match.entry.title for match in best_first(map(entry, all_titles), text, learned or {})]


# -- matching ----------------------------------------------------------------------------------------------------


def test_a_beginning_goes_before_a_word_an_inside_and_scattered_letters() -> None:
    found = titles("sa", "Start", "Add resample", "Not safe", "Save", "Quit")
    assert found == ["Save", "Not safe", "Add resample", "Start"]


def test_initials_find_a_title_of_several_words() -> None:
    assert titles("abp", "Add Band Pass", "Open", "Add gap")[0] == "Add Band Pass"


def test_every_word_must_fit_in_any_order() -> None:
    assert titles("pass add", "Add Band Pass", "Add Gain") == ["Add Band Pass"]


def test_letters_too_far_apart_are_no_match() -> None:
    assert titles("aq", "A long way to the letter q") == []


def test_what_was_used_lately_goes_first_among_equals_and_first_of_all_without_words() -> None:
    assert titles("zoom", "Zoom in", "Zoom up", learned={"Zoom up": 1.0}) == ["Zoom up", "Zoom in"]
    assert titles("", "One", "Two", "Three", learned={"Three": 0.5}) == ["Three", "One", "Two"]


def test_the_letters_that_were_meant_are_those_of_the_title() -> None:
    (match,) = best_first([entry("Add Band Pass")], "band", {})
    assert match.letters == (4, 5, 6, 7)


# -- the popup ---------------------------------------------------------------------------------------------------


def test_it_lists_every_command_type_node_and_example(drawn: MainWindow, qtbot) -> None:
    popup = open_by_key(drawn, qtbot)
    offered = set(popup.titles())
    records = [record for record in drawn.actions_by_id.records if isinstance(record, Action)]
    assert len(records) > 15
    names = {drawn.actions_by_id[record.id].text().replace("&", "") for record in records}
    assert names - offered == {"Command palette…"}
    assert {f"Add {kind.title}" for kind in drawn.palette_panel.types} <= offered
    assert {"Go to count", "Go to scale"} <= offered
    assert len([title for title in offered if title.startswith("Examples: ")]) == len(example_files())


def test_typing_and_enter_adds_a_node_and_the_popup_goes(window: MainWindow, qtbot) -> None:
    popup = open_by_key(window, qtbot)
    qtbot.keyClicks(popup.line, "band pa")
    qtbot.keyClick(popup.line, KEY.Key_Return)
    qtbot.waitUntil(lambda: [n.type for n in window.workbench.graph.nodes.values()] == [BAND_PASS], timeout=1000)
    assert not popup.is_open


BAND_PASS = "engine.library.filters:BandPass"


def test_going_to_a_node_selects_it_and_gives_the_canvas_the_keyboard(drawn: MainWindow, qtbot) -> None:
    drawn.workbench.select(["count"])
    qtbot.mouseClick(drawn.palette_panel.search, LEFT)
    qtbot.keyClick(drawn.palette_panel.search, KEY.Key_P, CTRL | SHIFT)
    popup = shown(drawn)
    qtbot.keyClicks(popup.line, "go scale")
    qtbot.keyClick(popup.line, KEY.Key_Enter)
    qtbot.waitUntil(lambda: drawn.workbench.selection == ("scale",), timeout=1000)
    assert QApplication.focusWidget() is drawn.canvas.viewer


def test_escape_gives_the_keyboard_back_to_where_it_was(drawn: MainWindow, qtbot) -> None:
    search = drawn.palette_panel.search
    qtbot.mouseClick(search, LEFT)
    qtbot.keyClick(search, KEY.Key_P, CTRL)
    popup = shown(drawn)
    qtbot.keyClick(popup.line, KEY.Key_Escape)
    assert not popup.is_open
    assert search.hasFocus()


def test_arrows_choose_and_go_round(window: MainWindow, qtbot) -> None:
    popup = open_by_key(window, qtbot)
    qtbot.keyClicks(popup.line, "zoom")
    assert popup.list.currentRow() == 0
    qtbot.keyClick(popup.line, KEY.Key_Down)
    assert popup.list.currentRow() == 1
    qtbot.keyClick(popup.line, KEY.Key_Up)
    qtbot.keyClick(popup.line, KEY.Key_Up)
    assert popup.list.currentRow() == popup.list.count() - 1
    qtbot.keyClick(popup.line, KEY.Key_PageUp)
    assert popup.list.currentRow() == 0


def test_a_click_does_what_the_row_says(window: MainWindow, qtbot) -> None:
    popup = open_by_key(window, qtbot)
    qtbot.keyClicks(popup.line, "select all")
    window.workbench.add_node(BAND_PASS, (0, 0))
    window.workbench.select(())
    place = popup.list.visualItemRect(popup.list.item(0)).center()
    qtbot.mouseClick(popup.list.viewport(), LEFT, pos=place)
    qtbot.waitUntil(lambda: len(window.workbench.selection) == 1, timeout=1000)


def test_what_cannot_be_done_now_says_why_and_stays_undone(window: MainWindow, qtbot) -> None:
    popup = open_by_key(window, qtbot)
    qtbot.keyClicks(popup.line, "duplicate")
    item = popup.list.item(0)
    assert not item.data(MATCH).entry.is_enabled
    assert "not now" in item.data(Qt.ItemDataRole.AccessibleTextRole)
    with qtbot.waitSignal(window.workbench.message) as told:
        qtbot.keyClick(popup.line, KEY.Key_Return)
    assert "Select a node first" in told.args[1]
    assert popup.is_open


def test_the_order_is_learned_and_kept(window: MainWindow, qtbot) -> None:
    popup = open_by_key(window, qtbot)
    qtbot.keyClicks(popup.line, "zoom out")
    qtbot.keyClick(popup.line, KEY.Key_Return)
    again = open_by_key(window, qtbot)
    assert again.titles()[0] == "Zoom out"
    qtbot.keyClicks(again.line, "zoom")
    assert again.titles()[0] == "Zoom out"


def test_a_click_beside_it_closes_it(drawn: MainWindow, qtbot) -> None:
    popup = open_by_key(drawn, qtbot)
    viewport = drawn.canvas.viewer.viewport()
    qtbot.mouseClick(viewport, LEFT, pos=QPoint(5, viewport.height() - 5))
    assert not popup.is_open


def test_the_keys_that_open_it_close_it(drawn: MainWindow, qtbot) -> None:
    popup = open_by_key(drawn, qtbot)
    qtbot.keyClick(popup.line, KEY.Key_P, CTRL)
    assert not popup.is_open


def test_nothing_that_fits_says_so(window: MainWindow, qtbot) -> None:
    popup = open_by_key(window, qtbot)
    qtbot.keyClicks(popup.line, "qqqqq")
    assert popup.titles() == []
    assert popup.nothing.isVisible()
    qtbot.keyClick(popup.line, KEY.Key_Return)
    assert popup.is_open


def test_recent_files_are_offered_and_opened(window: MainWindow, qtbot, tmp_path: Path) -> None:
    for name in ("first.tide", "second.tide"):
        assert window.workbench.save_as(tmp_path / name)
    popup = open_by_key(window, qtbot)
    qtbot.keyClicks(popup.line, "first.tide")
    qtbot.keyClick(popup.line, KEY.Key_Return)
    qtbot.waitUntil(lambda: window.workbench.path == tmp_path / "first.tide", timeout=2000)


@pytest.mark.parametrize("width", [500, 1600])
def test_it_stays_inside_the_window(window: MainWindow, qtbot, width: int) -> None:
    window.resize(width, 500)
    popup = open_by_key(window, qtbot)
    assert window.rect().contains(popup.geometry())
