"""Templates: graphs to begin with, that come with the editor or are people's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox

from app import RESOURCES
from app.document.templates import ABOUT, Template, begin_with, folder_of_own, name_refusal, templates
from app.panels.field_bar import FieldBar
from app.window import MainWindow
from engine import Graph
from engine.graph.file import format_graph
from tests.timing import within

LEFT = Qt.MouseButton.LeftButton
GIVEN = sorted((RESOURCES / "templates").glob("*.tide"))


@pytest.mark.parametrize("file", GIVEN, ids=lambda file: file.stem)
def test_each_runs_without_a_screen_and_is_written_back_unchanged(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    graph = Graph.load(file)
    assert format_graph(graph) == file.read_text("utf-8")
    assert graph.problems() == [] and graph.extra[ABOUT] and graph.plots
    for node in graph.nodes:
        graph.set_location(node, "work" if graph.nodes[node].location.thread else "")
    run = graph.start(timeout=30.0)
    sources = [node for node in graph.nodes if not graph.type_of(node).node_inputs]
    others = [node for node in graph.nodes if node not in sources and node != "log"]
    within(20.0, lambda: all(run.statistics().nodes[node].received for node in others), "every node gets messages")
    run.stop()
    assert run.state.is_over and not run.failures


def open_menu(window: MainWindow, qtbot, title: str) -> QMenu:
    menu = next(menu for menu in window.menuBar().findChildren(QMenu) if menu.title() == f"&{title}")
    menu.popup(window.mapToGlobal(window.rect().center()))
    qtbot.waitUntil(menu.isVisible, timeout=2000)
    return menu


def pick(window: MainWindow, qtbot, title: str, text: str) -> None:
    """Click an entry of a menu."""
    menu = open_menu(window, qtbot, title)
    action = next(action for action in menu.actions() if action.text() == text)
    qtbot.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())
    qtbot.waitUntil(lambda: not menu.isVisible(), timeout=2000)


def test_a_template_opens_as_a_graph_without_a_file_and_without_its_description(window: MainWindow, qtbot) -> None:
    pick(window, qtbot, "New from template", "Find events")
    bench = window.workbench
    assert "threshold" in bench.graph.nodes
    assert bench.path is None and not bench.is_modified
    assert ABOUT not in bench.graph.extra and "comments" in bench.graph.extra
    assert window.windowTitle().startswith("Untitled")
    assert bench.recent_files() == []


def test_it_asks_about_unsaved_work_first(drawn: MainWindow, qtbot) -> None:
    drawn.workbench.rename("count", "precious")
    pick(drawn, qtbot, "New from template", "Find events")
    (box,) = [box for box in QApplication.topLevelWidgets() if isinstance(box, QMessageBox)]
    qtbot.mouseClick(box.button(QMessageBox.StandardButton.Cancel), LEFT)
    assert drawn.workbench.graph.nodes["count"].name == "precious"


def ask(window: MainWindow) -> FieldBar:
    window.actions_by_id["file.save_template"].trigger()
    bar = window.bars.bar("template")
    assert isinstance(bar, FieldBar) and bar.field.hasFocus()
    return bar


def test_a_graph_is_kept_as_a_template_by_the_keyboard_and_opened_again(drawn: MainWindow, qtbot) -> None:
    bench = drawn.workbench
    bench.rename("count", "mine")
    bar = ask(drawn)
    qtbot.keyClicks(bar.field, "My counter")
    qtbot.keyClick(bar.field, Qt.Key.Key_Return)
    assert drawn.bars.bar("template") is None
    assert bench.is_modified and bench.path is None  # the graph itself is not saved by it
    bench.undo_stack.setClean()
    bench.new()
    pick(drawn, qtbot, "New from template", "My counter")
    assert bench.graph.nodes["count"].name == "mine" and bench.path is None


def test_a_name_that_cannot_be_is_refused_beside_the_field_and_escape_cancels(drawn: MainWindow, qtbot) -> None:
    bar = ask(drawn)
    qtbot.keyClicks(bar.field, "a/b")
    assert "'/' cannot be in the name" in bar.label.text() and bar.field.property("refused")
    qtbot.keyClick(bar.field, Qt.Key.Key_Return)
    assert not folder_of_own().exists()
    qtbot.keyClick(bar.field, Qt.Key.Key_Escape)
    assert drawn.bars.bar("template") is None


def test_a_template_is_replaced_only_when_that_is_wished(drawn: MainWindow, qtbot) -> None:
    for answer in (None, "Another name", "Replace it"):
        drawn.workbench.rename("count", f"before {answer}")
        bar = ask(drawn)
        qtbot.keyClicks(bar.field, "Mine")
        qtbot.mouseClick(bar.buttons["Save"], LEFT)
        if answer is not None:
            qtbot.mouseClick(drawn.bars.bar("template").buttons[answer], LEFT)
    (own,) = [template for template in templates() if template.is_own]
    assert Graph.load(own.file).nodes["count"].name == "before Replace it"
    assert drawn.bars.bar("template") is None


def test_one_of_the_own_is_removed_and_put_back(drawn: MainWindow, qtbot) -> None:
    bar = ask(drawn)
    qtbot.keyClicks(bar.field, "Mine")
    qtbot.keyClick(bar.field, Qt.Key.Key_Return)
    pick(drawn, qtbot, "Remove template", "Mine")
    assert not [template for template in templates() if template.is_own]
    qtbot.mouseClick(drawn.bars.bar("template").buttons["Put it back"], LEFT)
    assert [template.title for template in templates() if template.is_own] == ["Mine"]


def test_a_template_that_cannot_be_read_is_told_and_the_open_graph_stays(drawn: MainWindow) -> None:
    folder_of_own().mkdir(parents=True)
    (folder_of_own() / "Broken.tide").write_text("{")
    (broken,) = [template for template in templates() if template.is_own]
    assert not begin_with(drawn.workbench, broken)
    assert "The template Broken was not opened" in drawn.bars.bar("error").label.text()
    assert "count" in drawn.workbench.graph.nodes


def test_there_are_no_own_ones_to_remove_at_first(window: MainWindow, qtbot) -> None:
    assert [action.text() for action in open_menu(window, qtbot, "Remove template").actions()] == ["None"]
    QApplication.activePopupWidget().close()


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a/b", "a\0", ".hidden", "a\nb", "what?"])
def test_names_that_no_file_can_have_are_refused(name: str) -> None:
    assert name_refusal(name)


def test_titles_are_plain_words() -> None:
    assert Template(Path("find_events.tide"), False).title == "Find events"
    assert Template(Path("My_own.tide"), True).title == "My_own"
