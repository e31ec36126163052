"""What a person does with mouse and keyboard, on the whole window."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QFileDialog, QLineEdit, QMessageBox, QWidget

from app import theme
from app.panels.editors import NumberBox
from app.panels.palette import NODE_MIME, Palette
from app.window import MainWindow
from engine import Graph
from engine.graph.file import format_graph
from tests.app.shapes import COUNT, SCALE

CTRL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def drawn(window: MainWindow, qtbot) -> MainWindow:
    window.workbench.add_node(COUNT, (0, 0))
    window.workbench.add_node(SCALE, (250, 0), connect_from="count.value")
    window.workbench.undo_stack.clear()
    window.canvas.setFocus()
    return window


def field_named(window: MainWindow, kind: type[QWidget], name: str) -> QWidget:
    content = window.parameters.widget()
    return next(field for field in content.findChildren(kind) if field.accessibleName() == name)


def retype(qtbot, field: QWidget, text: str) -> None:
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_A, CTRL)
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def answer(qtbot, button: QMessageBox.StandardButton) -> None:
    """Press a button of the question that is open, or about to be."""

    def question() -> QMessageBox | None:
        return next((box for box in QApplication.topLevelWidgets() if isinstance(box, QMessageBox)), None)

    qtbot.waitUntil(lambda: question() is not None and question().isVisible(), timeout=3000)
    qtbot.mouseClick(question().button(button), LEFT)


# -- palette -----------------------------------------------------------------------------------------------------


def test_typing_in_the_palette_and_enter_adds_a_node_in_the_middle(window: MainWindow, qtbot) -> None:
    search = window.palette_panel.search
    qtbot.mouseClick(search, LEFT)
    qtbot.keyClicks(search, "ton")
    qtbot.keyClick(search, Qt.Key.Key_Return)
    (spec,) = window.workbench.graph.nodes.values()
    assert spec.type == "engine.library.sources:Tone"
    assert window.workbench.selection == (spec.id,)
    x, y = window.workbench.graph.positions[spec.id]
    seen = window.canvas.viewer.mapFromScene(x, y)
    assert window.canvas.viewer.viewport().rect().contains(seen)


def test_the_palette_shows_only_what_fits_the_search(window: MainWindow, qtbot) -> None:
    search, tree = window.palette_panel.search, window.palette_panel.tree
    qtbot.keyClicks(search, "band")
    assert tree.currentItem().text(0) == "Band Pass"
    qtbot.keyClicks(search, "zzz")
    shown = [tree.topLevelItem(index) for index in range(tree.topLevelItemCount())]
    assert all(heading.isHidden() for heading in shown)
    qtbot.keyClick(search, Qt.Key.Key_Return)
    assert not window.workbench.graph.nodes


def test_arrow_keys_in_the_search_choose_another_type(window: MainWindow, qtbot) -> None:
    search, tree = window.palette_panel.search, window.palette_panel.tree
    qtbot.keyClicks(search, "writer")
    first = tree.currentItem().text(0)
    qtbot.keyClick(search, Qt.Key.Key_Down)
    assert tree.currentItem().text(0) != first


def test_a_double_click_in_the_palette_adds_a_node(window: MainWindow, qtbot) -> None:
    tree = window.palette_panel.tree
    item = tree.topLevelItem(0).child(0)
    place = tree.visualItemRect(item).center()
    qtbot.mouseClick(tree.viewport(), LEFT, pos=place)
    qtbot.mouseDClick(tree.viewport(), LEFT, pos=place)
    assert len(window.workbench.graph.nodes) == 1


def test_a_drag_from_the_palette_carries_the_type_path(window: MainWindow) -> None:
    tree = window.palette_panel.tree
    item = tree.topLevelItem(0).child(0)
    data = tree.mimeData([item])
    assert bytes(data.data(NODE_MIME).data()).decode().startswith("engine.library.sources:")


# -- edits by keyboard -------------------------------------------------------------------------------------------


def test_undo_and_redo_by_keyboard(drawn: MainWindow, qtbot) -> None:
    drawn.workbench.rename("count", "Zähler")
    qtbot.keyClick(drawn.canvas.viewer, Qt.Key.Key_Z, CTRL)
    assert drawn.workbench.graph.nodes["count"].name == ""
    qtbot.keyClick(drawn.canvas.viewer, Qt.Key.Key_Y, CTRL)
    assert drawn.workbench.graph.nodes["count"].name == "Zähler"


def test_select_all_copy_paste_duplicate_and_delete_by_keyboard(drawn: MainWindow, qtbot) -> None:
    bench, canvas = drawn.workbench, drawn.canvas.viewer
    qtbot.keyClick(canvas, Qt.Key.Key_A, CTRL)
    assert set(bench.selection) == {"count", "scale"}
    qtbot.waitUntil(drawn.actions_by_id["edit.copy"].isEnabled, timeout=1000)
    qtbot.keyClick(canvas, Qt.Key.Key_C, CTRL)
    qtbot.keyClick(canvas, Qt.Key.Key_V, CTRL)
    assert len(bench.graph.nodes) == 4
    assert "count2.value -> scale2.value" in bench.graph.wires
    qtbot.keyClick(canvas, Qt.Key.Key_D, CTRL)
    assert len(bench.graph.nodes) == 6
    qtbot.keyClick(canvas, Qt.Key.Key_Delete)
    assert len(bench.graph.nodes) == 4
    for _ in range(3):
        qtbot.keyClick(canvas, Qt.Key.Key_Z, CTRL)
    assert set(bench.graph.nodes) == {"count", "scale"}


# -- parameters --------------------------------------------------------------------------------------------------


def test_a_typed_value_is_applied_and_undone(drawn: MainWindow, qtbot) -> None:
    drawn.workbench.select(["scale"])
    box = field_named(drawn, NumberBox, "Factor")
    retype(qtbot, box, "7")
    assert drawn.workbench.graph.nodes["scale"].parameters["factor"] == 7
    drawn.workbench.undo_stack.undo()
    assert box.lineEdit().text() == "2 x"


def test_a_refused_value_says_why_in_place_and_changes_nothing(drawn: MainWindow, qtbot) -> None:
    drawn.workbench.select(["scale"])
    box = field_named(drawn, NumberBox, "Factor")
    for text, reason in (("11", "at most 10"), ("1.5", "takes int"), ("abc", "takes int")):
        retype(qtbot, box, text)
        (row,) = [row for row in drawn.parameters._rows if row.editor.field is box]
        assert reason in row._reason.text()
        assert row._reason.isVisible()
        assert box.property("refused")
    assert "factor" not in drawn.workbench.graph.nodes["scale"].parameters
    retype(qtbot, box, "3 x")
    assert drawn.workbench.graph.nodes["scale"].parameters["factor"] == 3
    assert not box.property("refused")


def test_every_kind_of_parameter_has_its_field(drawn: MainWindow, qtbot) -> None:
    bench = drawn.workbench
    bench.select(["scale"])
    check = field_named(drawn, QCheckBox, "Invert")
    qtbot.mouseClick(check, LEFT, pos=QPoint(8, check.height() // 2))
    choice = field_named(drawn, QComboBox, "Mode")
    choice.setFocus()
    qtbot.keyClick(choice, Qt.Key.Key_Down)
    retype(qtbot, field_named(drawn, QLineEdit, "Label"), "hello")
    assert bench.graph.nodes["scale"].parameters == {"invert": True, "mode": "down", "label": "hello"}
    box = field_named(drawn, NumberBox, "Factor")
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Up)
    assert bench.graph.nodes["scale"].parameters["factor"] == 3


def test_steps_stay_within_the_limits(drawn: MainWindow, qtbot) -> None:
    drawn.workbench.select(["scale"])
    box = field_named(drawn, NumberBox, "Factor")
    box.setFocus()
    for _ in range(12):
        qtbot.keyClick(box, Qt.Key.Key_Up)
    assert drawn.workbench.graph.nodes["scale"].parameters["factor"] == 10
    assert drawn.workbench.undo_stack.count() == 1


def test_a_value_goes_back_to_its_default_by_the_button_beside_it(drawn: MainWindow, qtbot) -> None:
    drawn.workbench.set_parameter("scale", "factor", 9)
    drawn.workbench.select(["scale"])
    row = next(row for row in drawn.parameters._rows if row._parameter.name == "factor")
    qtbot.mouseClick(row._reset, LEFT)
    assert drawn.workbench.graph.nodes["scale"].parameters == {}


def test_a_path_is_chosen_in_a_dialog_that_blocks_nothing(drawn: MainWindow, qtbot, tmp_path: Path) -> None:
    drawn.workbench.select(["scale"])
    row = next(row for row in drawn.parameters._rows if row._parameter.name == "path")
    button = row.editor.findChildren(QWidget)[-1]
    qtbot.mouseClick(button, LEFT)
    dialog = next(box for box in drawn.findChildren(QFileDialog))
    qtbot.waitUntil(dialog.isVisible, timeout=2000)
    target = tmp_path / "data.csv"
    target.write_text("")
    dialog.fileSelected.emit(str(target))
    dialog.close()
    assert drawn.workbench.graph.nodes["scale"].parameters["path"] == str(target)


def test_several_nodes_get_a_location_together(drawn: MainWindow, qtbot) -> None:
    drawn.workbench.select(["count", "scale"])
    box = field_named(drawn, QComboBox, "Runs on")
    retype(qtbot, box.lineEdit(), "ml:io")
    assert {str(spec.location) for spec in drawn.workbench.graph.nodes.values()} == {"ml:io"}
    assert drawn.workbench.undo_stack.count() == 1
    retype(qtbot, field_named(drawn, QComboBox, "Runs on").lineEdit(), "a b")
    assert {str(spec.location) for spec in drawn.workbench.graph.nodes.values()} == {"ml:io"}


def test_a_name_is_changed_in_the_panel(drawn: MainWindow, qtbot) -> None:
    drawn.workbench.select(["count"])
    retype(qtbot, field_named(drawn, QLineEdit, "Name"), "Clock <b>")
    assert drawn.workbench.graph.nodes["count"].name == "Clock <b>"


# -- files -------------------------------------------------------------------------------------------------------


def test_save_load_save_gives_identical_bytes(drawn: MainWindow, qtbot, tmp_path: Path) -> None:
    bench = drawn.workbench
    bench.set_parameter("scale", "factor", 5)
    bench.add_plot("scale.scaled")
    first, second = tmp_path / "first.tide", tmp_path / "second.tide"
    assert bench.save_as(first)
    assert bench.open(first)
    assert bench.save_as(second)
    assert first.read_bytes() == second.read_bytes()
    assert bench.recent_files() == [second, first]


@pytest.mark.parametrize("content", ["", "{", '{"tidewire": 1, "nodes": [{"id": 7}]}', "[" * 5000, "\x00\xff"])
def test_a_broken_file_keeps_the_open_graph_and_says_why(
    drawn: MainWindow, qtbot, tmp_path: Path, content: str
) -> None:
    broken = tmp_path / "broken.tide"
    broken.write_text(content, "utf-8")
    drawn.workbench.rename("count", "precious")
    before = format_graph(drawn.workbench.graph)
    assert not drawn.workbench.open(broken)
    assert format_graph(drawn.workbench.graph) == before
    assert drawn.workbench.is_modified
    assert "broken.tide" in drawn.bars.bar("error").label.text()


def test_a_file_that_cannot_be_written_loses_nothing(drawn: MainWindow, tmp_path: Path) -> None:
    drawn.workbench.rename("count", "precious")
    assert not drawn.workbench.save_as(tmp_path / "nowhere" / "file.tide")
    assert drawn.workbench.is_modified
    assert "not saved" in drawn.bars.bar("unsaved").label.text()


def test_save_on_a_new_graph_asks_for_a_file(drawn: MainWindow, qtbot, tmp_path: Path) -> None:
    drawn.workbench.rename("count", "x")
    qtbot.keyClick(drawn.canvas.viewer, Qt.Key.Key_S, CTRL)
    dialog = next(box for box in drawn.findChildren(QFileDialog))
    qtbot.waitUntil(dialog.isVisible, timeout=2000)
    dialog.fileSelected.emit(str(tmp_path / "new.tide"))
    dialog.close()
    assert Graph.load(tmp_path / "new.tide").nodes["count"].name == "x"
    assert not drawn.workbench.is_modified
    assert drawn.windowTitle().startswith("new.tide")


def test_unsaved_work_is_asked_about_before_a_new_graph(drawn: MainWindow, qtbot) -> None:
    drawn.workbench.rename("count", "precious")
    qtbot.keyClick(drawn.canvas.viewer, Qt.Key.Key_N, CTRL)
    answer(qtbot, QMessageBox.StandardButton.Cancel)
    assert drawn.workbench.graph.nodes["count"].name == "precious"
    qtbot.keyClick(drawn.canvas.viewer, Qt.Key.Key_N, CTRL)
    answer(qtbot, QMessageBox.StandardButton.Discard)
    qtbot.waitUntil(lambda: not drawn.workbench.graph.nodes, timeout=1000)


def test_save_in_the_question_saves_and_goes_on(drawn: MainWindow, qtbot, tmp_path: Path) -> None:
    drawn.workbench.save_as(tmp_path / "a.tide")
    drawn.workbench.rename("count", "precious")
    qtbot.keyClick(drawn.canvas.viewer, Qt.Key.Key_N, CTRL)
    answer(qtbot, QMessageBox.StandardButton.Save)
    qtbot.waitUntil(lambda: not drawn.workbench.graph.nodes, timeout=1000)
    assert Graph.load(tmp_path / "a.tide").nodes["count"].name == "precious"


def test_closing_with_unsaved_work_asks_and_cancel_stays(drawn: MainWindow, qtbot) -> None:
    drawn.workbench.rename("count", "precious")
    drawn.close()
    answer(qtbot, QMessageBox.StandardButton.Cancel)
    assert drawn.isVisible()
    drawn.close()
    with qtbot.waitSignal(drawn.closed, timeout=3000):
        answer(qtbot, QMessageBox.StandardButton.Discard)


def titles_in(palette: Palette) -> set[str]:
    headings = [palette.tree.topLevelItem(row) for row in range(palette.tree.topLevelItemCount())]
    return {heading.child(row).text(0) for heading in headings for row in range(heading.childCount())}


def test_opening_a_file_runs_no_code_that_comes_with_it(window: MainWindow, qtbot, tmp_path: Path) -> None:
    (tmp_path / "nodes").mkdir()
    (tmp_path / "nodes" / "mine.py").write_text(
        "from pathlib import Path\nfrom engine import Node\n"
        f"Path({str(tmp_path / 'ran')!r}).touch()\n"
        "class Mine(Node):\n    'Mine.'\n    def process(self): pass\n"
    )
    file = tmp_path / "graph.tide"
    file.write_text(json.dumps({"tidewire": 1, "nodes": [{"id": "mine", "type": "nodes.mine:Mine"}]}))
    assert window.workbench.open(file)
    window.load_palette()
    window.workbench.graph.problems()
    assert window.workbench.node_type("mine") is None
    assert not (tmp_path / "ran").exists()
    bar = window.bars.bar("foreign")
    assert "nodes.mine:Mine" in bar.label.text()
    qtbot.mouseClick(bar.buttons["Not now"], LEFT)
    assert not (tmp_path / "ran").exists()
    window.workbench.open(file)
    qtbot.mouseClick(window.bars.bar("foreign").buttons["Load"], LEFT)
    assert window.workbench.node_type("mine") is not None
    assert (tmp_path / "ran").exists()
    assert window.bars.bar("foreign") is None
    assert "Mine" in titles_in(window.palette_panel)
    window.workbench.new()
    assert "Mine" not in titles_in(window.palette_panel)


def test_the_menu_lists_recent_files_and_examples(drawn: MainWindow, qtbot, tmp_path: Path) -> None:
    drawn.workbench.save_as(tmp_path / "mine.tide")
    menus = {menu.title(): menu for menu in drawn.menuBar().findChildren(type(drawn.menuBar().addMenu("x")))}
    recent, examples = menus["&Open recent"], menus["&Examples"]
    for menu in (recent, examples):
        menu.aboutToShow.emit()
    assert [action.text() for action in recent.actions()] == ["mine.tide"]
    assert "Hello" in [action.text() for action in examples.actions()]


# -- looks -------------------------------------------------------------------------------------------------------


def test_the_theme_is_switched_by_the_toolbar_and_remembered(window: MainWindow, qtbot) -> None:
    before = window.grab().toImage().pixelColor(window.width() // 2, 4)
    window.actions_by_id["view.theme"].trigger()
    assert theme.tokens.theme == "light"
    assert window.grab().toImage().pixelColor(window.width() // 2, 4) != before
    from app.document.settings import settings

    assert settings().value("theme") == "light"
    window.actions_by_id["view.theme"].trigger()
    assert theme.tokens.theme == "dark"


def test_a_dock_that_was_closed_comes_back_by_the_menu(window: MainWindow, qtbot) -> None:
    window.palette_dock.close()
    window.actions_by_id["view.palette"].trigger()
    assert window.palette_dock.isVisible()


def test_size_and_layout_are_remembered(window: MainWindow, qtbot, workbench) -> None:
    window.resize(790, 640)
    window.log_dock.close()
    window._remember_layout()
    other = MainWindow(workbench)
    assert (other.width(), other.height()) == (window.width(), window.height()) != (1280, 800)
    assert other.log_dock.isHidden()
    assert not other.problem_dock.isHidden()
    other.deleteLater()


def test_problems_of_the_document_are_listed_and_lead_to_their_node(window: MainWindow, qtbot) -> None:
    window.workbench.add_node(SCALE, (0, 0))
    window.workbench.select([])
    qtbot.waitUntil(lambda: window.problems.list.topLevelItemCount() == 1, timeout=2000)
    item = window.problems.list.topLevelItem(0)
    assert "required" in item.text(0)
    place = window.problems.list.visualItemRect(item).center()
    qtbot.mouseClick(window.problems.list.viewport(), LEFT, pos=place)
    assert window.workbench.selection == ("scale",)
    assert "connect it" in window.problems.details.toPlainText()


def test_everything_that_can_be_used_has_an_accessible_name(drawn: MainWindow, qtbot) -> None:
    drawn.workbench.select(["scale"])
    kinds = (QLineEdit, QComboBox, NumberBox)
    nameless = [
        field
        for kind in kinds
        for field in drawn.findChildren(kind)
        if not field.accessibleName() and not isinstance(field.parent(), (QComboBox, NumberBox))
    ]
    assert nameless == []


def test_the_canvas_has_the_keyboard_once_it_is_there(window: MainWindow) -> None:
    assert window.canvas.isAncestorOf(QApplication.focusWidget())
