"""The words of the window: sentence case, short, and the project's own words."""

from __future__ import annotations

import re

import pytest
from PySide6.QtWidgets import QDockWidget, QMenu

from app.actions.action import Action, plain_text
from app.canvas.manual import KEYS, MOUSE
from app.tour.script import read_tour
from app.window import MainWindow

NAMES = {
    "Python",
    "Tidewire",
    "Markdown",
    "GIL",
    "CSV",
    "ECG",
    "Ctrl",
    "Alt",
    "Tab",
    "Enter",
    "Frequency",
    "New",
    "Undo",
}
"""Words that begin with a capital anywhere: names, keys, and the captions that tips quote."""
LONGEST = 34


def capitals_inside(text: str) -> list[str]:
    """The words after the first of a sentence that begin with a capital and are no names."""
    found = []
    for sentence in re.split(r"(?<=[.:!?…])\s+", text):
        words = re.findall(r"[A-Za-z][\w'-]*", re.sub(r"(Ctrl|Shift|Alt)\+\S+|\bF\d+\b", "", sentence))
        found += [word for word in words[1:] if word[0].isupper() and word not in NAMES]
    return found


def test_the_rule_finds_what_it_is_for() -> None:
    assert capitals_inside("Save As") == ["As"]
    assert capitals_inside("Save as. Then go on") == []
    assert capitals_inside("Press Ctrl+P or F1") == []


def records(window: MainWindow) -> list[Action]:
    return [record for record in window.actions_by_id.records if isinstance(record, Action)]


def test_commands_are_in_sentence_case_and_short(window: MainWindow) -> None:
    assert len(records(window)) > 25
    for record in records(window):
        assert record.title[0].isupper() or record.title[0].isdigit(), record.title
        assert capitals_inside(record.title) == [], record.title
        assert len(record.title) <= LONGEST, record.title
        assert not record.title.endswith("."), record.title


def test_tips_are_sentences_without_a_full_stop_and_say_more_than_the_command(window: MainWindow) -> None:
    for record in records(window):
        if record.tip:
            assert record.tip[0].isupper(), record.tip
            assert not record.tip.endswith("."), record.tip
            assert record.tip != record.title.rstrip("…"), record.tip


def test_what_can_be_disabled_says_why(window: MainWindow) -> None:
    can_be = [record for record in records(window) if record.is_enabled is not None]
    assert len(can_be) > 8
    for record in can_be:
        assert record.why_not, record.id
        assert record.why_not[0].isupper()
        assert not record.why_not.endswith(".")
        assert capitals_inside(record.why_not) == []


def test_panels_and_menus_are_in_sentence_case(window: MainWindow) -> None:
    titles = [dock.windowTitle() for dock in window.findChildren(QDockWidget)]
    titles += [plain_text(menu.title()) for menu in window.menuBar().findChildren(QMenu) if menu.title()]
    assert len(titles) > 10
    for title in titles:
        assert title[0].isupper(), title
        assert capitals_inside(title) == [], title


@pytest.mark.parametrize("text", [text for _, text in (*KEYS, *MOUSE)])
def test_the_manual_of_the_canvas_is_in_sentence_case(text: str) -> None:
    assert text[0].isupper()
    assert capitals_inside(text) == []
    assert not text.endswith(".")


def test_the_tour_is_short_and_in_sentence_case() -> None:
    for step in read_tour().steps:
        assert capitals_inside(step.title) == []
        assert capitals_inside(step.text) == []
        assert len(step.text) <= 130
        assert step.text.endswith(".")
        assert step.praise.endswith(".")
