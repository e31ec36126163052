"""The locations panel: computers with their nodes and figures; nodes moved by drag, menu and key, as one step each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu

from app.panels.location_tree import MIME, NEW_PROCESS, NEW_THREAD
from app.panels.locations import LocationsPanel
from app.window import MainWindow
from app.workbench import Workbench
from engine import RunState
from tests.app.canvas.stage import entry
from tests.app.insight.figures import chain, measured
from tests.app.shapes import COUNT, SCALE

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def panel(workbench: Workbench, qtbot, monkeypatch) -> Iterator[LocationsPanel]:
    monkeypatch.setattr(Workbench, "run_state", property(lambda _: RunState.RUNNING))
    graph = chain("", "work:", "work:", "aside")
    workbench.edit("Fill", lambda mine: mine.restore(graph.snapshot()))
    workbench.undo_stack.clear()
    shown = LocationsPanel(workbench)
    shown.resize(320, 500)
    with qtbot.waitActive(shown):
        shown.show()
        shown.activateWindow()
    yield shown
    shown.close()
    shown.deleteLater()


def layout(panel: LocationsPanel) -> dict[str, list[str]]:
    """Each location and its nodes, as shown."""
    tree = panel.tree
    shown: dict[str, list[str]] = {}
    for row in range(tree.topLevelItemCount()):
        item = tree.topLevelItem(row)
        rows = [item.child(child) for child in range(item.childCount())]
        shown[item.text(0)] = [row.text(0) for row in rows if row not in tree.figures.values()]
    return shown


def locations(panel: LocationsPanel) -> dict[str, str]:
    return {id: str(spec.location) for id, spec in panel._workbench.graph.nodes.items()}


def item_of(panel: LocationsPanel, text: str):
    items = panel.tree.findItems(text, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)
    assert len(items) == 1, text
    return items[0]


def place(panel: LocationsPanel, text: str) -> QPoint:
    return panel.tree.visualItemRect(item_of(panel, text)).center()


def click(panel: LocationsPanel, text: str, qtbot, keys=Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.mouseClick(panel.tree.viewport(), LEFT, keys, place(panel, text))


def drop(panel: LocationsPanel, on: str) -> bool:
    """Drag what is selected onto a row, as the window system would tell it; says whether it was taken."""
    data: QMimeData = panel.tree.mimeData(panel.tree.selectedItems())
    viewport, position = panel.tree.viewport(), place(panel, on)
    copy, none = Qt.DropAction.MoveAction, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(viewport, QDragEnterEvent(position, copy, data, LEFT, none))
    move = QDragMoveEvent(position, copy, data, LEFT, none)
    QApplication.sendEvent(viewport, move)
    if not move.isAccepted():
        return False
    event = QDropEvent(position, copy, data, LEFT, none)
    QApplication.sendEvent(viewport, event)
    return event.isAccepted()


def open_menu(panel: LocationsPanel) -> QMenu:
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def test_it_shows_each_computer_with_its_nodes_and_follows_the_document(panel, workbench) -> None:
    assert layout(panel) == {
        "main": ["a"], "aside": ["d"], "work:": ["b", "c"], "New process": [], "New thread": [],
    }  # fmt: skip
    workbench.rename("b", "Filter")
    workbench.set_location(["a"], "work:")
    assert layout(panel)["work:"] == ["a", "Filter", "c"] and layout(panel)["main"] == []
    workbench.undo_stack.undo()
    assert layout(panel)["main"] == ["a"]


def test_the_figures_of_a_run_stand_at_computers_and_nodes(panel, workbench) -> None:
    machine = {"cpu": 0.42, "lag_ms": 2.8, "memory_bytes": 42_000_000, "startup_s": 0.378}
    workbench.statistics_changed.emit(measured(workbench.graph, {"b": 0.4}, computers={"work:": machine}))
    assert item_of(panel, "work:").text(1) == "42 %"
    assert panel.tree.figures["work:"].text(0) == "42 MB · 2.8 ms late · ready in 378 ms"
    assert not panel.tree.figures["work:"].isHidden()
    assert item_of(panel, "b").text(1) == "40 %"


def test_without_a_run_there_are_none(panel) -> None:
    assert all(item.isHidden() for item in panel.tree.figures.values())
    assert item_of(panel, "work:").text(1) == ""


def test_nodes_are_dragged_together_to_another_computer_as_one_step(panel, workbench, qtbot) -> None:
    click(panel, "b", qtbot)
    click(panel, "c", qtbot, CTRL)
    assert workbench.selection == ("b", "c")
    assert drop(panel, "aside")
    assert locations(panel) == {"a": "", "b": "aside", "c": "aside", "d": "aside"}
    assert workbench.undo_stack.count() == 1
    assert workbench.selection == ("b", "c") and item_of(panel, "b").isSelected()
    workbench.undo_stack.undo()
    assert locations(panel)["b"] == "work:"


def test_dropped_on_a_node_they_go_to_its_computer_and_on_main_to_main(panel, qtbot) -> None:
    click(panel, "a", qtbot)
    assert drop(panel, "b")
    assert locations(panel)["a"] == "work:"
    click(panel, "d", qtbot)
    assert drop(panel, "main")
    assert locations(panel)["d"] == ""


def test_dropped_on_new_process_or_new_thread_they_get_one(panel, qtbot) -> None:
    click(panel, "a", qtbot)
    assert drop(panel, "New process")
    assert locations(panel)["a"] == "process1:"
    click(panel, "b", qtbot)
    assert drop(panel, "New thread")
    assert locations(panel)["b"] == "thread1"


def test_a_drop_where_they_are_already_is_not_taken_nor_is_anything_else(panel, workbench, qtbot) -> None:
    click(panel, "b", qtbot)
    assert not drop(panel, "work:") and not drop(panel, "c")
    assert workbench.undo_stack.count() == 0
    data = QMimeData()
    data.setText("b")
    event = QDragEnterEvent(place(panel, "main"), Qt.DropAction.MoveAction, data, LEFT, CTRL)
    QApplication.sendEvent(panel.tree.viewport(), event)
    assert not event.isAccepted()


def test_a_press_and_a_move_begin_a_drag_with_the_nodes(panel, qtbot, monkeypatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(
        type(panel.tree), "startDrag", lambda tree, _: started.append([i.text(0) for i in tree.selectedItems()])
    )
    start = place(panel, "b")
    viewport = panel.tree.viewport()
    qtbot.mousePress(viewport, LEFT, pos=start)
    for step in (10, 25, 40):
        qtbot.mouseMove(viewport, start + QPoint(0, step))
    qtbot.mouseRelease(viewport, LEFT, pos=start + QPoint(0, 40))
    assert started and started[0] == ["b"]
    assert panel.tree.mimeData([item_of(panel, "b")]).data(MIME).data() == b"b"


def test_a_click_selects_on_the_canvas_and_the_selection_of_the_canvas_is_shown(panel, workbench, qtbot) -> None:
    click(panel, "work:", qtbot)
    assert workbench.selection == ("b", "c")
    workbench.select(["d"])
    assert [item.text(0) for item in panel.tree.selectedItems()] == ["d"]


def test_an_edit_leaves_the_selection_as_it_is(panel, workbench) -> None:
    workbench.select(["b", "d"])
    workbench.set_location(["a"], "other:")
    assert workbench.selection == ("b", "d")
    assert {item.text(0) for item in panel.tree.selectedItems()} == {"b", "d"}


def test_by_keyboard_the_menu_moves_the_selected_nodes(panel, workbench, qtbot) -> None:
    panel.tree.setFocus()
    panel.tree.setCurrentItem(item_of(panel, "b"))
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    QApplication.sendEvent(panel.tree.viewport(), event)
    menu = open_menu(panel)
    menu.setActiveAction(entry(menu, "main"))
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert locations(panel)["b"] == ""
    assert workbench.undo_stack.count() == 1


@pytest.mark.parametrize(
    ("text", "where"), [("New process", "process1:"), ("New thread", "thread1"), ("aside", "aside")]
)
def test_the_button_offers_the_same(panel, qtbot, text: str, where: str) -> None:
    assert not panel.move_button.isEnabled()
    click(panel, "b", qtbot)
    qtbot.mouseClick(panel.move_button, LEFT)
    menu = open_menu(panel)
    assert entry(menu, "Move b to").isEnabled() is False
    assert entry(menu, "work:").isChecked()
    qtbot.mouseClick(menu, LEFT, pos=menu.actionGeometry(entry(menu, text)).center())
    assert locations(panel)["b"] == where


def test_a_computer_is_given_another_name_by_f2(panel, workbench, qtbot) -> None:
    workbench.set_death_policy("work:", "restart")
    workbench.set_location(["d"], "work:io")
    steps = workbench.undo_stack.count()
    panel.tree.setFocus()
    panel.tree.setCurrentItem(item_of(panel, "work:"))
    QTest.keyClick(panel.tree, Qt.Key.Key_F2)
    editor = panel.tree.findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    QTest.keyClicks(editor, "dsp")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    renamed = {"a": "", "b": "dsp:", "c": "dsp:", "d": "dsp:io"}
    qtbot.waitUntil(lambda: locations(panel) == renamed, timeout=2000)
    assert workbench.graph.death_policy("dsp:") == "restart" and workbench.graph.death_policy("work:") == ""
    assert workbench.undo_stack.count() == steps + 1
    assert "dsp:" in layout(panel)


@pytest.mark.parametrize(("name", "reason"), [("two words", "name"), ("aside", "already"), ("", "type a name")])
def test_a_name_that_cannot_be_is_refused_with_the_reason(panel, workbench, name: str, reason: str) -> None:
    said: list[str] = []
    workbench.message.connect(lambda _, text: said.append(text))
    workbench.set_location(["b", "c"], "thread9")
    item_of(panel, "thread9").setText(0, name)
    assert said and reason in said[0]
    assert "thread9" in layout(panel)


def test_enter_asks_for_the_node(panel, qtbot) -> None:
    panel.tree.setFocus()
    panel.tree.setCurrentItem(item_of(panel, "b"))
    with qtbot.waitSignal(panel.focus_asked) as asked:
        QTest.keyClick(panel.tree, Qt.Key.Key_Return)
    assert asked.args == ["b"]


def test_a_suggestion_says_why_and_is_applied_as_one_step(panel, workbench, qtbot) -> None:
    workbench.statistics_changed.emit(measured(workbench.graph, {"a": 0.9, "b": 0.7, "c": 0.7}))
    before = workbench.graph.snapshot()
    qtbot.mouseClick(panel.suggest, LEFT)
    view = panel.suggestion
    assert view.isVisible() and "as measured" in view.summary.text()
    texts = [view.list.topLevelItem(row).text(0) for row in range(4)]
    assert any(text.startswith("a: main → process") for text in texts), texts
    reasons = [view.list.topLevelItem(row).child(0).text(0) for row in range(4)]
    assert any("90 % of a loop" in reason for reason in reasons)
    assert view.apply.hasFocus()
    qtbot.mouseClick(view.apply, LEFT)
    assert workbench.undo_stack.count() == 1 and not view.isVisible()
    assert workbench.undo_stack.undoText() == "Place the nodes as suggested"
    assert locations(panel)["a"].startswith("process")
    workbench.undo_stack.undo()
    assert workbench.graph.snapshot() == before


def test_a_suggestion_can_be_closed_and_selects_what_it_speaks_of(panel, workbench, qtbot) -> None:
    qtbot.mouseClick(panel.suggest, LEFT)
    view = panel.suggestion
    assert "guesses" in view.summary.text()
    view.list.setFocus()
    view.list.setCurrentItem(view.list.topLevelItem(1))
    assert workbench.selection == (view.list.topLevelItem(1).data(0, Qt.ItemDataRole.UserRole),)
    qtbot.mouseClick(view.close_button, LEFT)
    assert panel.tree.isVisible() and workbench.undo_stack.count() == 0


def test_in_the_window_memory_and_start_of_real_processes_are_told(window: MainWindow, qtbot) -> None:
    bench = window.workbench
    bench.add_node(COUNT, (0, 0))
    bench.add_node(SCALE, (250, 0), connect_from="count.value")
    bench.set_location(["count"], "")
    bench.set_location(["scale"], "work:")
    window.insight._bring(window.insight.locations_dock)
    panel = window.insight.locations
    bench.start()
    qtbot.waitUntil(lambda: "ready in" in panel.tree.figures["work:"].text(0), timeout=20_000)
    qtbot.waitUntil(lambda: "MB" in panel.tree.figures["work:"].text(0), timeout=5000)
    assert "late" in panel.tree.figures[""].text(0)
    window.actions_by_id["run.suggest_placement"].trigger()
    assert panel.suggestion.isVisible()


def test_names_of_new_places_are_free(panel, workbench) -> None:
    workbench.set_location(["a"], "process1:")
    workbench.set_location(["d"], "thread1")
    panel.move_nodes(["b"], NEW_PROCESS)
    panel.move_nodes(["c"], NEW_THREAD)
    assert locations(panel) == {"a": "process1:", "b": "process2:", "c": "thread2", "d": "thread1"}
