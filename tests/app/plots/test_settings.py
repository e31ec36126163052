"""Settings of kinds: read from files, shown in the toolbar and in the popup, chosen with mouse and keys."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from app.plots import kinds, toolbar
from app.plots.kinds import KINDS, Kind
from app.plots.options import PlotOptions
from app.plots.settings import Setting, read_all

SETTINGS = (
    Setting("hold", "Hold", "Keep the greatest", False, in_bar=True),
    Setting("mode", "Mode", "How it is done", "a", choices=(("a", "First"), ("b", "Second"))),
    Setting("count", "Count", "How many", 4, minimum=1, maximum=9, needs="hold"),
    Setting("level", "Level", "Where", 0.5, minimum=-1.0, maximum=1.0, unit="V", needs="mode=b"),
    Setting("words", "Words", "What is said", ""),
)
ANY_VALUE = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers())


@given(st.dictionaries(st.sampled_from([setting.name for setting in SETTINGS]), ANY_VALUE))
def test_whatever_a_file_says_the_values_are_safe(options: dict[str, Any]) -> None:
    values = read_all(SETTINGS, options)
    assert [type(value) for value in values.values()] == [bool, str, int, float, str]
    assert values["mode"] in ("a", "b") and 1 <= values["count"] <= 9 and -1 <= values["level"] <= 1


def test_every_kind_declares_settings_that_are_in_order() -> None:
    for kind in KINDS:
        names = [setting.name for setting in kind.settings]
        assert len(set(names)) == len(names)
        for setting in kind.settings:
            assert setting.read(setting.default) == setting.default, setting.name
            assert setting.label and setting.tip and setting.tip != setting.label
            assert not setting.needs or setting.needs.partition("=")[0] in names


@pytest.fixture
def bar(qtbot, monkeypatch) -> toolbar.PlotToolbar:
    monkeypatch.setattr(kinds, "KINDS", (Kind("made", "Made", "For this test", SETTINGS), *KINDS))
    bar = toolbar.PlotToolbar()
    qtbot.addWidget(bar)
    bar.resize(900, 40)
    bar.show_settings("made", PlotOptions.read({"mode": "b"}, SETTINGS), False)
    bar.show()
    return bar


def test_what_is_chosen_in_the_bar_and_the_popup_is_said_and_nothing_else(bar: toolbar.PlotToolbar, qtbot) -> None:
    said: list[tuple[str, Any]] = []
    bar.option_chosen.connect(lambda name, value: said.append((name, value)))
    assert list(bar.controls) == ["hold"]
    qtbot.mouseClick(bar.controls["hold"].field, Qt.MouseButton.LeftButton)
    assert said == [("hold", True)]
    qtbot.mouseClick(bar.button(bar.settings), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(bar.popup.isVisible)
    controls = bar.popup.controls
    assert list(controls) == ["mode", "count", "level", "words"]
    assert not controls["count"].isEnabled() and controls["level"].isEnabled()
    qtbot.keyClick(controls["mode"].field, Qt.Key.Key_Up)
    qtbot.keyClick(controls["level"].field, Qt.Key.Key_Up)
    qtbot.keyClicks(controls["words"].field, "so")
    qtbot.keyClick(controls["words"].field, Qt.Key.Key_Return)
    assert said[1][0] == "mode" and said[1][1] == "a"
    assert said[2][0] == "level" and said[2][1] > 0.5
    assert said[3] == ("words", "so") and len(said) == 4
    qtbot.keyClick(bar.popup, Qt.Key.Key_Escape)
    assert not bar.popup.isVisible()


def test_another_kind_has_other_controls(bar: toolbar.PlotToolbar) -> None:
    bar.show_settings("table", PlotOptions.read({}, kinds.settings_of("table")), False)
    assert "hold" not in bar.controls and "level" not in bar.popup.controls
    bar.show_settings("made", PlotOptions.read({"hold": True, "count": 7}, SETTINGS), False)
    assert bar.controls["hold"].field.isChecked() and bar.popup.controls["count"].field.value() == 7
