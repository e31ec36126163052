"""What a person does with mouse and keyboard, on the whole window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QFileDialog, QLineEdit, QWidget

from app import theme
from app.panels.editors import NumberBox
from app.panels.palette import NODE_MIME
from app.window import MainWindow
from tests.app.shapes import SCALE

CTRL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


def field_named(window: MainWindow, kind: type[QWidget], name: str) -> QWidget:
    content = window.parameters.widget()
    return next(field for field in content.findChildren(kind) if field.accessibleName() == name)


def retype(qtbot, field: QWidget, text: str) -> None:
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_A, CTRL)
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


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
