"""The gallery of examples: what the files say, their pictures, and opening one by mouse and keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog, QMessageBox

from app import theme
from app.actions.file_flow import example_files
from app.examples.example import CONTENT_KEY, Example, content_of, example_of, examples
from app.examples.gallery import Gallery
from app.examples.pictures import take
from app.window import MainWindow
from engine import Graph
from engine.graph.file import format_graph

KEY = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.path.stem)
def test_every_example_says_what_it_is_and_has_a_picture_of_its_present_content(example: Example) -> None:
    assert example.title
    assert example.text.endswith(".")
    assert example.shows.endswith(".")
    assert len(example.text) <= 90
    for name in theme.THEMES:
        picture = QImage(str(example.picture(name)))
        assert not picture.isNull(), f"run `python -m app.examples.pictures`: {example.picture(name)} is missing"
        assert picture.text(CONTENT_KEY) == content_of(example.path), "run `python -m app.examples.pictures`"
        assert example.picture(name).stat().st_size < 60_000


def test_what_a_file_says_of_itself_is_kept_by_the_loader_and_saved_back() -> None:
    for file in example_files():
        assert "about" in Graph.load(file).extra
        assert format_graph(Graph.load(file)) == file.read_text("utf-8")


@pytest.mark.parametrize("about", ["[1, 2]", '{"title": 7}', "null"])
def test_a_broken_description_leaves_the_name_of_the_file(tmp_path: Path, about: str) -> None:
    file = tmp_path / "my_graph.tide"
    file.write_text('{"tidewire": 1, "nodes": [], "wires": [], "about": ' + about + "}")
    assert example_of(file).title == "My graph"


def test_a_picture_is_out_of_date_when_the_graph_changes_and_not_when_its_description_does(tmp_path: Path) -> None:
    source = example_files()[0]
    graph = Graph.load(source)
    copy = tmp_path / "copy.tide"
    graph.extra = {**graph.extra, "about": {"title": "Another"}}
    graph.save(copy)
    assert content_of(copy) == content_of(source)
    graph.move(next(iter(graph.nodes)), 1.0, 2.0)
    graph.save(copy)
    assert content_of(copy) != content_of(source)


def test_the_script_draws_the_graph(qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp) -> None:
    monkeypatch.setattr("app.examples.example.PICTURES", tmp_path)
    theme.apply("dark")
    file = take(examples()[0], "dark")
    picture = QImage(str(file))
    assert picture.text(CONTENT_KEY)
    colors = {picture.pixel(x, y) for x in range(0, picture.width(), 8) for y in range(0, picture.height(), 8)}
    assert len(colors) > 10
    qapp.setStyleSheet("")


# -- the page -----------------------------------------------------------------------------------------------------


def gallery(window: MainWindow, qtbot) -> Gallery:
    qtbot.keyClick(
        window.canvas.viewer, KEY.Key_E, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    found = window.findChild(QDialog, "gallery")
    assert isinstance(found, Gallery)
    assert not found.isModal()
    return found


def test_enter_opens_the_card_that_the_arrow_keys_chose(window: MainWindow, qtbot) -> None:
    page = gallery(window, qtbot)
    assert page.list.count() == len(example_files())
    assert page.list.currentItem().text() == examples()[0].title
    qtbot.keyClick(page.list, KEY.Key_Right)
    qtbot.keyClick(page.list, KEY.Key_Return)
    qtbot.waitUntil(lambda: window.workbench.path == examples()[1].path, timeout=2000)
    qtbot.waitUntil(lambda: window.findChild(QDialog, "gallery") is None, timeout=2000)


def test_a_double_click_opens_a_card(window: MainWindow, qtbot) -> None:
    page = gallery(window, qtbot)
    place = page.list.visualItemRect(page.list.item(1)).center()
    qtbot.mouseClick(page.list.viewport(), LEFT, pos=place)
    qtbot.mouseDClick(page.list.viewport(), LEFT, pos=place)
    qtbot.waitUntil(lambda: window.workbench.path == examples()[1].path, timeout=2000)


def test_the_button_opens_the_chosen_card_and_unsaved_work_is_asked_about(drawn: MainWindow, qtbot) -> None:
    drawn.workbench.rename("count", "mine")
    page = gallery(drawn, qtbot)
    qtbot.mouseClick(page.open_button, LEFT)
    box = drawn.findChild(QMessageBox, "unsaved")
    assert box is not None
    qtbot.mouseClick(box.button(QMessageBox.StandardButton.Discard), LEFT)
    qtbot.waitUntil(lambda: drawn.workbench.path == examples()[0].path, timeout=2000)


def test_escape_closes_it_and_nothing_is_opened(window: MainWindow, qtbot) -> None:
    page = gallery(window, qtbot)
    qtbot.keyClick(page.list, KEY.Key_Escape)
    qtbot.waitUntil(lambda: window.findChild(QDialog, "gallery") is None, timeout=2000)
    assert window.workbench.path is None


def test_all_text_has_room_on_its_card(window: MainWindow, qtbot) -> None:
    from app.examples.gallery import _PICTURE, _text_height

    page = gallery(window, qtbot)
    for row, example in enumerate(examples()):
        rect = page.list.visualItemRect(page.list.item(row))
        assert rect.height() >= _PICTURE.height() + _text_height(page.list.font(), example)
    page.close()
