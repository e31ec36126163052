"""Groups kept for reuse: saved by name, listed with the node types, added like one, wired, told of when broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu

from app.document import group_edits
from app.document.groups import read_groups
from app.document.saved_groups import own_folder, saved_groups
from app.panels.palette import NODE_MIME
from app.window import MainWindow
from app.workbench import Workbench
from engine.graph.file import format_graph
from tests.app.shapes import COUNT, SCALE, WORDS


@pytest.fixture
def grouped(workbench: Workbench) -> Workbench:
    """scale -> scale2 in a group "Twice"."""
    workbench.add_node(SCALE, (0, 0))
    workbench.add_node(SCALE, (200, 0), connect_from="scale.scaled")
    workbench.select(["scale", "scale2"])
    group_edits.group_selected(workbench)
    group_edits.rename(workbench, "@group1", "Twice")
    return workbench


@pytest.fixture
def kept(grouped: Workbench) -> str:
    """The path that stands for it, kept for reuse."""
    assert group_edits.keep_for_reuse(grouped, "@group1", "Twice")
    return saved_groups(None)[0].type_path


def test_a_group_is_kept_as_a_graph_file_beside_the_settings_and_the_graph_stays_as_it_is(grouped: Workbench) -> None:
    before, steps = format_graph(grouped.graph), grouped.undo_stack.count()
    assert group_edits.keep_for_reuse(grouped, "@group1", "Twice")
    assert (format_graph(grouped.graph), grouped.undo_stack.count()) == (before, steps)
    assert (own_folder() / "Twice.tide").is_file()
    assert [(group.title, group.doc) for group in saved_groups(None)] == [("Twice", "group of 2 nodes: scale, scale2")]


@pytest.mark.parametrize("name", ["", "a/b", "..", "x" * 90, "Twice"])
def test_a_name_that_is_none_or_taken_is_refused(grouped: Workbench, kept: str, name: str) -> None:
    told: list[str] = []
    grouped.message.connect(lambda _severity, text: told.append(text))
    assert not group_edits.keep_for_reuse(grouped, "@group1", name)
    assert told and told[0].startswith("The group was not saved")
    assert len(list(own_folder().iterdir())) == 1


def test_a_saved_group_is_added_as_one_step_where_it_was_wished(grouped: Workbench, kept: str) -> None:
    before, steps = format_graph(grouped.graph), grouped.undo_stack.count()
    assert grouped.add_node(kept, (500, 300)) == "scale3"
    groups = read_groups(grouped.graph)
    assert [(group.name, group.nodes) for group in groups.by_id.values()] == [
        ("Twice", ("scale", "scale2")),
        ("Twice", ("scale3", "scale4")),
    ]
    assert groups.by_id["@group2"].at == (500, 300)
    assert "scale3.scaled -> scale4.value" in grouped.graph.wires
    assert grouped.whereabouts.selected_cards() == ["@group2"]
    assert grouped.undo_stack.count() == steps + 1
    assert grouped.undo_stack.undoText() == "Add Twice"
    grouped.undo_stack.undo()
    assert format_graph(grouped.graph) == before


def test_a_saved_group_is_wired_by_its_free_ports(workbench: Workbench, kept: str) -> None:
    workbench.add_node(COUNT, (0, 0))
    workbench.add_node(kept, (0, 0), connect_from="count.value")
    assert "count.value -> scale3.value" in workbench.graph.wires


def test_a_saved_group_is_put_into_a_wire(workbench: Workbench, kept: str) -> None:
    workbench.add_node(COUNT, (0, 0))
    workbench.add_node(SCALE, (0, 0), connect_from="count.value")
    workbench.insert_on_wire(kept, "count.value -> scale3.value", (0, 0))
    assert "count.value -> scale4.value" in workbench.graph.wires
    assert "scale5.scaled -> scale3.value" in workbench.graph.wires


def test_a_group_that_does_not_fit_is_refused_and_nothing_changes(workbench: Workbench, kept: str) -> None:
    workbench.add_node(WORDS, (0, 0))
    before = format_graph(workbench.graph)
    assert workbench.add_node(kept, (0, 0), connect_to="words.text") is None
    assert format_graph(workbench.graph) == before


def test_any_graph_beside_the_open_one_is_listed_and_becomes_one_group(workbench: Workbench, tmp_path: Path) -> None:
    workbench.add_node(COUNT, (0, 0))
    workbench.add_node(SCALE, (0, 0), connect_from="count.value")
    (tmp_path / "groups").mkdir()
    workbench.graph.save(tmp_path / "groups" / "Counter.tide")
    (tmp_path / "groups" / "Broken.tide").write_text("{")
    workbench.open(tmp_path / "groups" / "Counter.tide")
    workbench.save_as(tmp_path / "own.tide")
    broken, counter = saved_groups(workbench.graph.folder)
    assert (broken.title, bool(broken.problem)) == ("Broken", True)
    assert workbench.add_node(counter.type_path, (9, 9))
    assert [(group.name, group.nodes) for group in read_groups(workbench.graph).by_id.values()] == [
        ("Counter", ("count2", "scale2"))
    ]


def test_a_file_that_went_meanwhile_is_told_of(workbench: Workbench, kept: str) -> None:
    told: list[str] = []
    workbench.message.connect(lambda _severity, text: told.append(text))
    next(own_folder().iterdir()).unlink()
    assert workbench.add_node(kept, (0, 0)) is None
    assert told == ["Twice.tide cannot be read: No such file or directory"]


# -- in the window, by mouse and keyboard


@pytest.fixture
def drawn_group(drawn: MainWindow) -> MainWindow:
    drawn.workbench.select(["scale"])
    drawn.canvas.setFocus()
    QTest.keyClick(drawn.canvas.viewer, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(QApplication.focusWidget(), "Louder")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    return drawn


def keep(window: MainWindow) -> None:
    window.actions_by_id["group.keep"].trigger()
    line = QApplication.focusWidget()
    assert isinstance(line, QLineEdit)
    assert line.text() == "Louder"
    QTest.keyClick(line, Qt.Key.Key_Return)


def test_the_menu_keeps_a_group_and_the_palette_lists_it_at_once(drawn_group: MainWindow) -> None:
    keep(drawn_group)
    palette = drawn_group.palette_panel
    palette.search.setFocus()
    QTest.keyClicks(palette.search, "louder")
    assert palette.tree.currentItem().text(0) == "Louder"
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert len(read_groups(drawn_group.workbench.graph).by_id) == 2


def test_a_taken_name_is_refused_in_the_field(drawn_group: MainWindow) -> None:
    keep(drawn_group)
    field = drawn_group.canvas.levels.keep_selected()
    assert field is not None
    QTest.keyClick(field.line, Qt.Key.Key_Return)
    assert field.is_open
    assert "of this name already" in field.error.text()
    QTest.keyClicks(field.line, "Louder still")
    QTest.keyClick(field.line, Qt.Key.Key_Return)
    assert [group.title for group in saved_groups(None)] == ["Louder", "Louder still"]


def test_a_saved_group_is_found_by_typing_on_the_canvas(drawn_group: MainWindow) -> None:
    keep(drawn_group)
    drawn_group.canvas.setFocus()
    drawn_group.workbench.select(())
    QTest.keyClick(drawn_group.canvas.viewer, Qt.Key.Key_Tab)
    QTest.keyClicks(QApplication.focusWidget(), "louder")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert len(read_groups(drawn_group.workbench.graph).by_id) == 2


def test_a_saved_group_is_dropped_on_the_canvas(drawn_group: MainWindow) -> None:
    keep(drawn_group)
    canvas = drawn_group.canvas
    data = QMimeData()
    data.setData(NODE_MIME, saved_groups(None)[0].type_path.encode())
    place = QPoint(30, canvas.viewer.viewport().height() - 40)
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    wished = canvas.place_for_card(place)
    for kind in (QDragEnterEvent, QDragMoveEvent):
        QApplication.sendEvent(canvas.viewer.viewport(), kind(place, Qt.DropAction.CopyAction, data, buttons, keys))
    event = QDropEvent(QPointF(place), Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(canvas.viewer.viewport(), event)
    groups = read_groups(drawn_group.workbench.graph).by_id
    assert groups["@group2"].at == wished
    assert "@group2" in canvas.mirror.nodes


def test_delete_in_the_palette_sets_a_saved_group_aside_and_says_where_it_is(drawn_group: MainWindow) -> None:
    keep(drawn_group)
    told: list[str] = []
    drawn_group.workbench.message.connect(lambda _severity, text: told.append(text))
    palette = drawn_group.palette_panel
    QTest.keyClicks(palette.search, "louder")
    palette.tree.setFocus()
    QTest.keyClick(palette.tree, Qt.Key.Key_Delete)
    assert saved_groups(None) == []
    assert (own_folder() / "removed" / "Louder.tide").is_file()
    assert told[0].startswith("Louder is no longer listed; its file was moved to")
    palette.search.clear()
    assert palette.type_path_at(palette.tree.visualItemRect(palette.tree.topLevelItem(0)).center()) == ""
    headings = [palette.tree.topLevelItem(row).text(0) for row in range(palette.tree.topLevelItemCount())]
    assert "GROUPS" not in headings


def test_the_menu_of_a_saved_group_adds_it(drawn_group: MainWindow, qtbot) -> None:
    keep(drawn_group)
    palette = drawn_group.palette_panel
    QTest.keyClicks(palette.search, "louder")
    palette.tree.customContextMenuRequested.emit(palette.tree.visualItemRect(palette.tree.currentItem()).center())
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(menu.actions()[0]).center())
    assert len(read_groups(drawn_group.workbench.graph).by_id) == 2
