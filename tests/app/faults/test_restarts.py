"""A process that is started again: chosen at its node, kept in the file, seen at its cards."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QMenu

from app.canvas.menus.location_menu import location_menu
from app.panels.death_policy import DeathPolicyBox
from engine import Graph
from tests.app.faults.conftest import WAIT_MS, Desk
from tests.app.faults.nodes import Faulty, Numbers
from tests.app.shapes import SCALE


def policy_box(desk: Desk) -> DeathPolicyBox:
    return desk.window.parameters.widget().findChild(DeathPolicyBox)


def policy_actions(menu: QMenu) -> dict[str, QAction]:
    inner = next(action.menu() for action in menu.actions() if action.text().startswith("When process"))
    return {action.text(): action for action in inner.actions()}


def test_what_follows_a_death_is_chosen_in_the_panel_or_the_menu_undone_and_saved(desk: Desk, tmp_path: Path) -> None:
    graph, stack = desk.bench.graph, desk.bench.undo_stack
    node = desk.add(SCALE, "work:io")
    other = desk.add(SCALE, "")
    desk.bench.select([other])
    assert not policy_box(desk).isVisible(), "main does not die alone"
    desk.bench.select([node])
    box = policy_box(desk)
    assert box.isVisible()
    box.setCurrentIndex(box.findData("restart"))
    box.activated.emit(box.currentIndex())
    assert graph.death_policy("work:") == "restart"
    stack.undo()
    assert graph.death_policy("work:") == ""
    assert box.currentData() == ""
    menu = location_menu(desk.window.canvas, [node])
    policy_actions(menu)["stop the run"].trigger()
    assert graph.death_policy("work:") == "stop"
    assert box.currentData() == "stop"
    again = location_menu(desk.window.canvas, [node])
    assert policy_actions(again)["stop the run"].isChecked()
    for shown in (menu, again):
        shown.deleteLater()
    assert desk.bench.save_as(tmp_path / "a.tide")
    assert Graph.load(tmp_path / "a.tide").death_policy("work:") == "stop"
    assert stack.isClean()
    desk.bench.select([node, other])
    assert not policy_box(desk).isVisible(), "they have no process in common"


def test_no_label_of_the_panel_is_cut_off_in_a_window_of_the_usual_size(desk: Desk) -> None:
    desk.bench.select([desk.add(SCALE, "work:io")])
    labels = [label for label in desk.window.parameters.widget().findChildren(QLabel) if label.isVisible()]
    assert "On crash" in [label.text() for label in labels]
    for label in labels:
        assert label.wordWrap() or label.width() >= label.sizeHint().width(), label.text()


def test_a_killed_process_comes_back_and_its_cards_say_that_it_does(desk: Desk) -> None:
    source = desk.add(Numbers, "")
    node = desk.add(SCALE, "work:", f"{source}.value")
    beside = desk.add(SCALE, "other:", f"{source}.value")
    desk.bench.set_death_policy("work:", "restart")
    desk.start()
    desk.goes_on(node)
    seen: list[tuple[str, str, bool]] = []
    card = desk.card(node)
    original = card.show_activity
    card.show_activity = lambda activity: (  # type: ignore[method-assign]
        seen.append((activity.state, activity.error, activity.is_warning)),
        original(activity),
    )
    for round in (1, 2):
        before = desk.pid("work:")
        os.kill(before, signal.SIGKILL)
        desk.until(lambda before=before: desk.pid("work:") != before, "the process is not started again")
        desk.until(lambda: desk.state(node) == "running", f"the card does not run again: {desk.state(node)}")
        desk.goes_on(node)
        desk.until(lambda round=round: card.activity.restarts == round, "the card does not count the restarts")
        assert not desk.strip(node)
    desk.until(lambda: " lost" in desk.window.statusBar()._summary.text(), "the status line does not say what was lost")
    waited = [error for state, error, is_warning in seen if state == "restarting" and is_warning]
    assert waited, seen
    assert "SIGKILL" in waited[0]
    assert "starts again" in waited[0]
    assert "restarted 2×" in desk.tip(node)
    assert [row.count for row in desk.rows(node)] == [2]
    assert "computer:work:  restarting" in desk.log
    desk.goes_on(beside)
    assert desk.run_word == "Running"
    desk.stop()
    desk.until(lambda: desk.run_word == "Stopped", "a run that came through is not shown as stopped")


def test_a_process_whose_death_stops_the_run_does_so(desk: Desk) -> None:
    source = desk.add(Numbers, "")
    node = desk.add(Faulty, "work:", f"{source}.value", at=-1)
    desk.bench.set_death_policy("work:", "stop")
    desk.start()
    desk.goes_on(node)
    os.kill(desk.pid("work:"), signal.SIGKILL)
    desk.until(lambda: not desk.bench.is_running, "the run goes on", WAIT_MS)
    desk.until(lambda: desk.run_word == "Failed", "the run is not shown as failed")
    desk.until(lambda: desk.state(node) == "dead", "the card does not say that it is dead")


def test_a_stop_while_a_process_waits_for_its_restart_ends_the_run(desk: Desk) -> None:
    source = desk.add(Numbers, "")
    node = desk.add(SCALE, "work:", f"{source}.value")
    desk.bench.set_death_policy("work:", "restart")
    desk.start()
    desk.goes_on(node)
    os.kill(desk.pid("work:"), signal.SIGKILL)
    desk.until(lambda: desk.state(node) in ("restarting", "preparing"), "the restart is not seen")
    desk.stop()
    desk.until(lambda: desk.state(node) in ("dead", "stopped"), f"the card is left {desk.state(node)}")
