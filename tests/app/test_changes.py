"""Comparing the open graph with a file: listed in a panel, marked on the canvas by signs, and kept up to date."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QTreeWidgetItem

from app import theme
from app.canvas.change_marks import ChangeMarks
from app.document import group_edits
from app.panels.changes import ChangesPanel
from app.window import MainWindow
from engine import Graph
from engine.graph.compare import Kind, Subject
from tests.app.shapes import COUNT, SCALE, WORDS

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def older(drawn: MainWindow, tmp_path: Path) -> Path:
    """A file from which the open graph differs by a node and wire that came, one that went, a value and a place."""
    graph = Graph()
    graph.add(COUNT, id="count", location="engine:")
    graph.add(WORDS, id="gone", location="work:")
    graph.add(SCALE, id="scale2")
    graph.move("gone", 0, 200)
    graph.move("scale2", 250, 200)
    graph.connect("count.value", "scale2.value")
    graph.save(tmp_path / "older.tide")
    bench = drawn.workbench
    bench.add_node(SCALE, (250, 200))
    bench.move({"count": (10.0, 10.0)})
    bench.set_parameter("scale2", "factor", 7)
    return tmp_path / "older.tide"


@pytest.fixture
def panel(drawn: MainWindow, older: Path) -> ChangesPanel:
    assert drawn.changes.compare_with(older)
    return drawn.changes


def rows(panel: ChangesPanel) -> list[str]:
    return [panel.list.topLevelItem(row).text(0) for row in range(panel.list.topLevelItemCount())]


def row(panel: ChangesPanel, text: str) -> QTreeWidgetItem:
    return next(
        panel.list.topLevelItem(number)
        for number in range(panel.list.topLevelItemCount())
        if panel.list.topLevelItem(number).text(0) == text
    )


def marks(panel: ChangesPanel) -> ChangeMarks:
    assert isinstance(panel.marks, ChangeMarks)
    return panel.marks


def place_of(panel: ChangesPanel, item: QTreeWidgetItem) -> QPoint:
    return panel.list.visualItemRect(item).center()


def test_every_change_is_listed_with_its_sign_and_values(panel: ChangesPanel, drawn: MainWindow) -> None:
    assert rows(panel) == [
        "−  node gone",
        "+  node scale",
        "~  node scale2",
        "−  wire count.value -> scale2.value",
        "+  wire count.value -> scale.value",
    ]
    values = {
        (field.text(0), field.text(1), field.text(2))
        for field in (row(panel, "~  node scale2").child(number) for number in range(2))
    }
    assert values == {("parameter factor", "(default)", "7"), ("location", "(default)", '"engine:"')}
    assert "5 changes" in panel.title.text() and "older.tide" in panel.title.text()
    assert drawn.changes_dock.isVisible()
    names = [panel.list.topLevelItem(0).data(0, Qt.ItemDataRole.AccessibleTextRole)]
    assert names == ["removed: node gone"]


def test_the_canvas_is_marked_also_where_something_was(panel: ChangesPanel) -> None:
    assert marks(panel).kinds == {
        (Subject.NODE, "gone"): Kind.REMOVED,
        (Subject.NODE, "scale"): Kind.ADDED,
        (Subject.NODE, "scale2"): Kind.CHANGED,
        (Subject.WIRE, "count.value -> scale2.value"): Kind.REMOVED,
        (Subject.WIRE, "count.value -> scale.value"): Kind.ADDED,
    }


def test_positions_are_shown_when_they_are_wished(panel: ChangesPanel, qtbot) -> None:
    panel.positions.setFocus()
    qtbot.keyClick(panel.positions, Qt.Key.Key_Space)
    assert "↔  node count" in rows(panel)
    assert marks(panel).kinds[Subject.NODE, "count"] is Kind.MOVED
    qtbot.keyClick(panel.positions, Qt.Key.Key_Space)
    assert "↔  node count" not in rows(panel)


def test_a_click_or_enter_leads_to_the_place(panel: ChangesPanel, drawn: MainWindow, qtbot) -> None:
    viewport = panel.list.viewport()
    qtbot.mouseClick(viewport, LEFT, pos=place_of(panel, row(panel, "~  node scale2")))
    assert drawn.workbench.selection == ("scale2",)
    wire = row(panel, "+  wire count.value -> scale.value")
    panel.list.setCurrentItem(wire)
    panel.list.setFocus()
    qtbot.keyClick(panel.list, Qt.Key.Key_Return)
    assert drawn.canvas.mirror.selected_wires == ("count.value -> scale.value",)
    drawn.canvas.zoom_to(3.0)
    qtbot.mouseClick(viewport, LEFT, pos=place_of(panel, row(panel, "−  node gone")))
    view = drawn.canvas.viewer
    center = view.mapToScene(view.viewport().rect().center())
    assert abs(center.x() - 86) < 5 and abs(center.y() - 232) < 5


def test_the_comparison_follows_edits_and_undo(panel: ChangesPanel, drawn: MainWindow, qtbot) -> None:
    drawn.workbench.remove(["scale2"])
    qtbot.waitUntil(lambda: "−  node scale2" in rows(panel), timeout=2000)
    assert marks(panel).kinds[Subject.NODE, "scale2"] is Kind.REMOVED
    drawn.workbench.undo_stack.undo()
    qtbot.waitUntil(lambda: "~  node scale2" in rows(panel), timeout=2000)
    assert marks(panel).kinds[Subject.NODE, "scale2"] is Kind.CHANGED


def test_marks_take_no_mouse(panel: ChangesPanel, drawn: MainWindow, qtbot) -> None:
    view = drawn.canvas.viewer
    drawn.canvas.fit()
    place = view.mapFromScene(drawn.canvas.mirror.nodes["scale"].card_rect().center() - QPoint(0, 40).toPointF())
    qtbot.mouseMove(view.viewport(), place)
    qtbot.mouseClick(view.viewport(), LEFT, pos=place)
    assert drawn.workbench.selection == ("scale",)


def test_it_ends_by_its_button_and_with_the_graph(panel: ChangesPanel, drawn: MainWindow, older: Path, qtbot) -> None:
    qtbot.mouseClick(panel.end_button, LEFT)
    assert panel.before is None and marks(panel).kinds == {} and not drawn.changes_dock.isVisible()
    panel.compare_with(older)
    drawn.workbench.new()
    assert panel.before is None and marks(panel).kinds == {} and rows(panel) == []


def test_what_is_in_a_group_marks_its_card(drawn: MainWindow, older: Path, qtbot) -> None:
    drawn.workbench.select(["scale", "scale2"])
    group = group_edits.group_selected(drawn.workbench)
    drawn.changes.compare_with(older)
    assert marks(drawn.changes).kinds[Subject.NODE, group] is Kind.CHANGED
    qtbot.mouseClick(
        drawn.changes.list.viewport(), LEFT, pos=place_of(drawn.changes, row(drawn.changes, "~  node scale2"))
    )
    assert drawn.workbench.whereabouts.level == group
    qtbot.waitUntil(lambda: (Subject.NODE, "scale2") in marks(drawn.changes).kinds, timeout=2000)


def test_the_menu_asks_for_a_file_without_holding_anything_up(drawn: MainWindow, older: Path, qtbot) -> None:
    drawn.actions_by_id["file.compare"].trigger()
    dialog = drawn.findChild(QFileDialog)
    qtbot.waitUntil(dialog.isVisible, timeout=2000)
    dialog.fileSelected.emit(str(older))
    dialog.close()
    assert drawn.changes.before is not None


def test_with_the_saved_file_and_from_the_bar(drawn: MainWindow, tmp_path: Path, qtbot) -> None:
    bench = drawn.workbench
    assert not drawn.actions_by_id["file.compare_saved"].isEnabled()
    bench.save_as(tmp_path / "mine.tide")
    bench.rename("count", "mine")
    qtbot.waitUntil(drawn.actions_by_id["file.compare_saved"].isEnabled, timeout=2000)
    drawn.actions_by_id["file.compare_saved"].trigger()
    assert rows(drawn.changes) == ["~  node mine (count)"]
    drawn.changes.end()
    theirs = Graph.load(tmp_path / "mine.tide")
    theirs.set_location("scale", "work:")
    theirs.save(tmp_path / "mine.tide")
    qtbot.waitUntil(lambda: drawn.bars.bar("on disk") is not None, timeout=3000)
    qtbot.mouseClick(drawn.bars.bar("on disk").buttons["Compare"], LEFT)
    assert rows(drawn.changes) == ["~  node mine (count)", "~  node scale"]


def test_a_file_that_cannot_be_read_is_told(drawn: MainWindow, tmp_path: Path) -> None:
    assert not drawn.changes.compare_with(tmp_path / "none.tide")
    assert "none.tide cannot be compared" in drawn.bars.bar("error").label.text()
    assert drawn.changes.before is None


def test_both_themes_draw_the_signs(panel: ChangesPanel, drawn: MainWindow, qtbot) -> None:
    drawn.canvas.fit()
    view = drawn.canvas.viewer
    area = view.mapFromScene(drawn.canvas.mirror.nodes["scale"].card_rect()).boundingRect().adjusted(-12, -12, 12, 12)
    for name in theme.THEMES:
        theme.apply(name)
        panel.refresh()
        marked = view.viewport().grab(area).toImage()
        marks(panel).clear()
        assert view.viewport().grab(area).toImage() != marked
    theme.apply("dark")
