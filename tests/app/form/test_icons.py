"""One set of icons: the same box, the same stroke, the colour of the text."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QSize

from app import RESOURCES, theme
from app.actions.action import Action
from app.window import MainWindow
from engine import catalog

FILES = sorted((RESOURCES / "icons").glob("*.svg"))
ARROWS = re.compile(r"(check|chevron-\w+)-(dark|light)")  # taken by the style sheet as they are
LOGO = "tidewire"


def icons() -> list[Path]:
    return [file for file in FILES if file.stem != LOGO and not ARROWS.fullmatch(file.stem)]


@pytest.mark.parametrize("file", icons(), ids=lambda file: file.stem)
def test_every_icon_is_drawn_alike(file: Path) -> None:
    root = ElementTree.fromstring(file.read_text("utf-8"))
    assert root.get("viewBox") == "0 0 24 24"
    assert root.get("fill") == "none"
    assert root.get("stroke") == "currentColor"
    assert root.get("stroke-width") == "2"
    assert root.get("stroke-linecap") == root.get("stroke-linejoin") == "round"
    colors = {value for part in root.iter() for key, value in part.attrib.items() if key in ("fill", "stroke")}
    assert colors <= {"none", "currentColor"}


@pytest.mark.parametrize("file", icons(), ids=lambda file: file.stem)
def test_every_icon_shows_something_inside_its_box(file: Path, qapp) -> None:
    theme.apply("dark")
    picture = theme.icon(file.stem).pixmap(QSize(48, 48)).toImage()
    inked = [(x, y) for x in range(48) for y in range(48) if picture.pixelColor(x, y).alpha() > 60]
    assert len(inked) > 40
    edge = [(x, y) for x, y in inked if x in (0, 47) or y in (0, 47)]
    assert edge == [], "it is cut off at the edge of its box"
    qapp.setStyleSheet("")


def test_arrows_and_ticks_are_there_for_both_themes() -> None:
    names = {file.stem for file in FILES if ARROWS.fullmatch(file.stem)}
    for name in names:
        shape, _, _ = name.rpartition("-")
        assert {f"{shape}-dark", f"{shape}-light"} <= names


def test_every_icon_that_is_asked_for_is_there(window: MainWindow) -> None:
    known = {file.stem for file in FILES}
    asked = {record.icon for record in window.actions_by_id.records if isinstance(record, Action) and record.icon}
    asked |= {kind.icon for kind in catalog.library() if kind.icon}
    assert len(asked) > 20
    assert asked <= known
