"""The Help panel and the page of shortcuts, by mouse and keyboard on the whole window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QKeySequence, QTextCursor
from PySide6.QtWidgets import QDialog

from app.actions.action import Action
from app.canvas.keys import _ACTIONS
from app.canvas.manual import KEYS
from app.help.docstring import first_line, markdown_of
from app.help.node_page import page
from app.help.shortcut_rows import shortcut_rows
from app.help.shortcuts_page import ShortcutsPage
from app.window import MainWindow
from engine import In, Node, Out, catalog, param

KEY = Qt.Key
LEFT = Qt.MouseButton.LeftButton
BAND_PASS = "engine.library.filters:BandPass"


class Documented(Node):
    """Do *something* with <b>numbers</b>.

    A second paragraph about it.

    Args:
        one: the first,
            which goes on here.
        two: the second.

    Returns:
        Nothing at all.

    The end.
    """

    category = "Tests"
    numbers = In(int, many=True, doc="What comes in.")
    sum = Out(int)
    gain = param(2.0, minimum=0.0, maximum=1e7, unit="dB", doc="How much.")
    mode = param("up", choices=("up", "down"), live=False)


# -- the page of a node type --------------------------------------------------------------------------------------


def test_a_docstring_becomes_headings_and_lists() -> None:
    assert first_line(Documented.__doc__) == "Do *something* with <b>numbers</b>."
    text = markdown_of(Documented.__doc__)
    assert text.startswith("A second paragraph about it.")
    assert "### What it takes\n\n- **one**: the first, which goes on here.\n- **two**: the second." in text
    assert "### What it gives\n\nNothing at all." in text
    assert text.endswith("The end.")
    assert markdown_of(None) == markdown_of("One line.") == ""


def test_a_page_tells_ports_ranges_units_defaults_choices_and_what_is_live() -> None:
    text = page(Documented, [Documented])
    assert "- **numbers** `int`: What comes in., takes any number of wires" in text
    assert "0 to 10,000,000 dB · default 2 dB · changes while it runs" in text
    assert "one of up, down · default up · changes at the next start" in text
    assert "test\\_help.py, line" in text


@pytest.mark.parametrize("node_type", catalog.library(), ids=lambda kind: kind.__name__)
def test_every_type_of_the_library_has_a_whole_page(node_type: type[Node]) -> None:
    text = page(node_type, catalog.library())
    assert first_line(node_type.__doc__)
    for name in (*node_type.node_inputs, *node_type.node_outputs):
        assert name.replace("_", "\\_") in text
    for name in node_type.node_parameters:
        assert f"`{name}`" in text


# -- the panel ----------------------------------------------------------------------------------------------------


def press_link(window: MainWindow, qtbot, text: str) -> None:
    browser = window.help_panel.browser
    browser.moveCursor(QTextCursor.MoveOperation.Start)
    assert browser.find(text)
    browser.ensureCursorVisible()
    place = browser.cursorRect().center() - QPoint(4, 0)
    qtbot.mouseClick(browser.viewport(), LEFT, pos=place)


def test_f1_shows_the_page_of_the_selected_node(window: MainWindow, qtbot) -> None:
    window.workbench.add_node(BAND_PASS, (0, 0))
    window.canvas.setFocus()
    qtbot.keyClick(window.canvas.viewer, KEY.Key_F1)
    assert window.help_dock.isVisible()
    text = window.help_panel.browser.toPlainText()
    assert text.startswith("Band Pass\nKeep the frequencies")
    assert "low_hz" in text
    assert "filters.py, line" in text


def test_f1_in_the_palette_shows_the_highlighted_type(window: MainWindow, qtbot) -> None:
    window.workbench.add_node(BAND_PASS, (0, 0))
    search = window.palette_panel.search
    qtbot.mouseClick(search, LEFT)
    qtbot.keyClicks(search, "resample")
    qtbot.keyClick(search, KEY.Key_F1)
    assert window.help_panel.browser.toPlainText().startswith("Resample\n")


def test_it_follows_the_selection_while_it_is_seen(drawn: MainWindow, qtbot) -> None:
    drawn.workbench.select(["scale"])
    qtbot.keyClick(drawn.canvas.viewer, KEY.Key_F1)
    drawn.workbench.select(["count"])
    assert drawn.help_panel.browser.toPlainText().startswith("Count\n")
    drawn.help_dock.hide()
    drawn.workbench.select(["scale"])
    assert drawn.help_panel.browser.toPlainText().startswith("Count\n")


def test_links_lead_to_neighbours_and_types_and_back(drawn: MainWindow, qtbot) -> None:
    drawn.resize(1280, 1000)
    drawn.workbench.add_node("engine.library.arithmetic:Gain", (0, 300))
    drawn.workbench.select(["scale"])
    qtbot.keyClick(drawn.canvas.viewer, KEY.Key_F1)
    press_link(drawn, qtbot, "count")
    assert drawn.workbench.selection == ("count",)
    assert drawn.help_panel.browser.toPlainText().startswith("Count\n")
    drawn.workbench.select(["gain"])
    press_link(drawn, qtbot, "Offset")
    assert drawn.help_panel.browser.toPlainText().startswith("Offset\n")
    qtbot.mouseClick(drawn.help_panel.back, LEFT)
    assert drawn.help_panel.browser.toPlainText().startswith("Gain\n")


def test_the_source_is_opened_by_its_link(window: MainWindow, qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url) or True)
    window.workbench.add_node(BAND_PASS, (0, 0))
    window.canvas.setFocus()
    qtbot.keyClick(window.canvas.viewer, KEY.Key_F1)
    press_link(window, qtbot, "filters.py, line")
    assert [url.fileName() for url in opened] == ["filters.py"]


def test_help_brings_no_html_and_no_pictures_of_a_foreign_docstring(window: MainWindow, qtbot) -> None:
    class Foreign(Node):
        """Show <img src="file:///etc/hostname"> and ![x](file:///etc/hostname)."""

    window.help_panel.show_type(catalog.path_of(Foreign))
    assert "<img src=" in window.help_panel.browser.toPlainText()
    assert "￼" not in window.help_panel.browser.toPlainText()


def test_a_type_whose_code_is_missing_says_so(window: MainWindow) -> None:
    window.help_panel.show_type("gone.module:Gone")
    assert "not here" in window.help_panel.browser.toPlainText()


# -- the page of shortcuts ----------------------------------------------------------------------------------------


def shortcuts(window: MainWindow) -> ShortcutsPage:
    found = window.findChild(QDialog, "shortcuts_page")
    assert isinstance(found, ShortcutsPage)
    return found


def test_f1_with_nothing_selected_shows_every_shortcut(window: MainWindow, qtbot) -> None:
    qtbot.keyClick(window.canvas.viewer, KEY.Key_F1)
    opened = shortcuts(window)
    shown = dict(opened.texts())
    records = [r for r in window.actions_by_id.records if isinstance(r, Action) and r.shortcut]
    assert len(records) > 15
    for record in records:
        native = QKeySequence(record.shortcut.split("; ")[0]).toString(QKeySequence.SequenceFormat.NativeText)
        assert native in shown[record.title.rstrip("…")] or any(native in keys for keys in shown.values())
    assert "Draw a wire; in empty space you are offered what fits" in shown
    assert not opened.isModal()
    qtbot.keyClick(opened.search, KEY.Key_Escape)
    qtbot.waitUntil(lambda: window.findChild(QDialog, "shortcuts_page") is None, timeout=2000)


def test_a_question_mark_on_the_canvas_opens_it_once(window: MainWindow, qtbot) -> None:
    window.canvas.setFocus()
    qtbot.keyClick(window.canvas.viewer, KEY.Key_Question, Qt.KeyboardModifier.ShiftModifier)
    first = shortcuts(window)
    window.guide.shortcuts()
    assert window.findChildren(QDialog, "shortcuts_page") == [first]
    first.close()


def test_typing_finds_a_shortcut_by_what_it_does_and_by_its_key(window: MainWindow, qtbot) -> None:
    window.guide.shortcuts()
    opened = shortcuts(window)
    qtbot.keyClicks(opened.search, "wheel zoom")
    assert [keys for _, keys in opened.texts()] == ["Wheel"]
    qtbot.keyClick(opened.search, KEY.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(opened.search, "ctrl+d")
    assert "Duplicate" in [text for text, _ in opened.texts()]
    qtbot.keyClicks(opened.search, "qqq")
    assert opened.texts() == []
    assert opened.nothing.isVisible()
    opened.close()


def test_every_key_of_the_canvas_is_in_the_manual_and_the_other_way_round(window: MainWindow) -> None:
    def combined(*keys: str) -> set[int]:
        return {QKeySequence(key)[0].toCombined() for text in keys for key in text.split("; ") if key}

    records = [record for record in window.actions_by_id.records if isinstance(record, Action)]
    told = combined(*(keys for keys, _ in KEYS))
    done = {QKeySequence(key.value | modifiers.value)[0].toCombined() for key, modifiers in _ACTIONS}
    assert told <= done | combined("Menu; Shift+F10; Shift+Tab")
    assert done <= told | combined(*(record.shortcut for record in records))


def test_no_two_commands_share_a_shortcut(window: MainWindow) -> None:
    taken: dict[str, str] = {}
    for record in window.actions_by_id.records:
        if isinstance(record, Action):
            for keys in filter(None, record.shortcut.split("; ")):
                other = taken.setdefault(QKeySequence(keys).toString(), record.id)
                assert other == record.id, f"{keys}: {other} and {record.id}"


def test_rows_stand_under_the_menu_of_their_command(window: MainWindow) -> None:
    rows = {row.text: row for row in shortcut_rows(window.actions_by_id.records)}
    assert rows["Save as"].group == "File"
    assert rows["Duplicate"].keys == "Ctrl+D"
