"""The recent files: newest first, without those that are gone, opened by their number, cleared when wished."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from app.document.settings import MAX_RECENT
from app.window import MainWindow
from engine import Graph

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def files(window: MainWindow, tmp_path: Path) -> list[Path]:
    """Three files that were opened, the last one first; two have one name."""
    made = [tmp_path / "one" / "a.tide", tmp_path / "two" / "a.tide", tmp_path / "R&D.tide"]
    for number, path in enumerate(made):
        path.parent.mkdir(exist_ok=True)
        graph = Graph()
        graph.add("engine.library.sources:Tone", id=f"tone{number}")
        graph.save(path)
        window.workbench.open(path)
    return made


def menu_of(window: MainWindow, qtbot) -> QMenu:
    menu = next(menu for menu in window.menuBar().findChildren(QMenu) if menu.title() == "&Open recent")
    menu.popup(window.mapToGlobal(window.rect().center()))
    qtbot.waitUntil(menu.isVisible, timeout=2000)
    return menu


def texts(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions()]


def test_they_are_listed_newest_first_and_namesakes_by_their_folders(window: MainWindow, files, qtbot) -> None:
    menu = menu_of(window, qtbot)
    assert texts(menu) == ["&1  R&&D.tide", "&2  a.tide — two", "&3  a.tide — one", "&Clear this list"]
    menu.close()


def test_a_number_opens_one_by_the_keyboard(window: MainWindow, files, qtbot) -> None:
    qtbot.keyClick(menu_of(window, qtbot), Qt.Key.Key_3)
    assert list(window.workbench.graph.nodes) == ["tone0"]
    assert window.workbench.recent_files()[0] == files[0]


def test_what_is_gone_is_left_out(window: MainWindow, files, qtbot) -> None:
    files[1].unlink()
    menu = menu_of(window, qtbot)
    assert texts(menu) == ["&1  R&&D.tide", "&2  a.tide", "&Clear this list"]
    menu.close()


def test_the_list_is_cleared_and_the_files_stay(window: MainWindow, files, qtbot) -> None:
    menu = menu_of(window, qtbot)
    qtbot.mouseClick(menu, LEFT, pos=menu.actionGeometry(menu.actions()[-1]).center())
    assert window.workbench.recent_files() == []
    assert all(file.is_file() for file in files)
    menu = menu_of(window, qtbot)
    assert texts(menu) == ["None"] and not menu.actions()[0].isEnabled()
    menu.close()


def test_the_list_has_an_end(window: MainWindow, tmp_path: Path) -> None:
    for number in range(MAX_RECENT + 3):
        Graph().save(tmp_path / f"{number}.tide")
        window.workbench.open(tmp_path / f"{number}.tide")
    recent = window.workbench.recent_files()
    assert len(recent) == MAX_RECENT and recent[0].name == f"{MAX_RECENT + 2}.tide"
