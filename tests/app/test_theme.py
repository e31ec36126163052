from __future__ import annotations

import pytest

from app import theme

READABLE = [  # foreground, background, least ratio
    *[("text", surface, 7.0) for surface in ("window", "canvas", "panel", "toolbar", "card", "field", "control")],
    *[("text_muted", surface, 4.5) for surface in ("window", "panel", "toolbar", "card", "card_header")],
    ("on_fill", "good_fill", 7.0),
    ("on_fill", "bad_fill", 7.0),
    ("text", "warn_fill", 7.0),
    ("text", "info_fill", 7.0),
    ("text", "bad_fill", 7.0),
    ("selection_text", "selection", 4.5),
    *[("text_muted", surface, 4.5) for surface in ("canvas", "field", "control", "warn_fill", "info_fill")],
    *[("text", surface, 4.5) for surface in ("card_header", "control_hover", "control_pressed", "selection")],
    *[("on_fill", surface, 4.5) for surface in ("good_hover", "bad_hover", "warn_fill", "info_fill")],
    *[("accent", surface, 4.5) for surface in ("window", "card", "toolbar")],
    *[("accent", surface, 3.0) for surface in ("control", "canvas", "control_hover")],  # rings of focus
    *[("bad", surface, 4.5) for surface in ("window", "field", "bad_fill")],
    *[("good", surface, 4.5) for surface in ("card", "window")],
    *[("warn", surface, 4.5) for surface in ("card", "window", "warn_fill")],
    *[("info", surface, 4.5) for surface in ("panel", "card", "info_fill")],
    *[("wire", "canvas", 3.0), ("text_disabled", "panel", 2.0), ("text_disabled", "toolbar", 2.0)],
    ("bad", "panel", 4.5),
    ("bad", "card", 4.5),
    ("good", "panel", 4.5),
    ("warn", "panel", 4.5),
    ("accent", "panel", 4.5),
    ("accent", "field", 3.0),
    *[(f"location_{name}", "card", 3.0) for name in ("main", 1, 2, 3, 4, 5, 6, 7, 8)],
    *[(f"location_{name}", "toolbar", 3.0) for name in ("main", 1, 2, 3, 4, 5, 6, 7, 8)],
    *[(f"type_{name}", "card", 3.0) for name in ("signal", "array", "int", "float", "bool", "str", "any", "other")],
]


@pytest.mark.parametrize("name", theme.THEMES)
@pytest.mark.parametrize(("front", "back", "least"), READABLE)
def test_text_and_marks_stand_out_from_what_is_behind_them(name: str, front: str, back: str, least: float) -> None:
    tokens = theme.read_tokens(name)
    assert theme.contrast(tokens[front], tokens[back]) >= least


def test_both_themes_have_the_same_tokens() -> None:
    assert theme.read_tokens("dark").keys() == theme.read_tokens("light").keys()


def test_contrast_is_that_of_the_accessibility_guidelines() -> None:
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert theme.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_a_location_always_has_the_same_colour_and_main_its_own() -> None:
    assert theme.location_color("ml:io") == theme.location_color("ml:io")
    main = theme.location_color("")
    assert main == theme.location_color("main")
    assert all(theme.location_color(f"w{number}:") != main for number in range(40))
    assert len({theme.location_color(f"w{number}:").name() for number in range(200)}) == theme.LOCATION_HUES


def test_types_of_one_family_share_a_colour() -> None:
    assert theme.type_color("Array(float32, 2-D)") == theme.type_color("Array")
    assert theme.type_color("Signal") != theme.type_color("int")
    assert theme.type_color("Anything else").isValid()


@pytest.fixture
def dark_afterwards(qapp):
    yield
    theme.apply("dark")
    qapp.setStyleSheet("")


def test_switching_the_theme_changes_tokens_style_and_tells(qtbot, qapp, dark_afterwards) -> None:
    theme.apply("dark")
    with qtbot.waitSignal(theme.changed, timeout=1000):
        theme.apply("light")
    assert theme.color("panel").name() == theme.read_tokens("light")["panel"]
    assert theme.read_tokens("light")["toolbar"] in qapp.styleSheet()
    assert "${" not in qapp.styleSheet()
