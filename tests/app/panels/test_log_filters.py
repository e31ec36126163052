"""The log is filtered by level, by node and by text, all at once."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.panels.log import LogPanel
from app.workbench import Workbench

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def log(workbench: Workbench, qtbot) -> Iterator[LogPanel]:
    shown = LogPanel(workbench)
    shown.resize(400, 300)
    shown.show()
    qtbot.waitExposed(shown)
    tell(workbench, "run", "", "running")
    tell(workbench, "node:filter", "", "failure", "ValueError: no luck")
    tell(workbench, "node:filter", "ready", "running")
    tell(workbench, "node:scope", "running", "late", "slow")
    tell(workbench, "computer:work:", "ready", "dead", "killed by SIGKILL")
    workbench.message.emit("warning", "mind the gap")
    workbench.message.emit("info", "saved")
    yield shown
    shown.close()
    shown.deleteLater()


def tell(workbench: Workbench, who: str, old: str, new: str, reason: str = "") -> None:
    event: Any = SimpleNamespace(entity=who, old=old, new=new, reason=reason, time=1.9e9)
    workbench.run_event.emit(event)


def shown(log: LogPanel) -> list[str]:
    return [line.split("  ", 1)[1] for line in log.view.toPlainText().splitlines()]


def choose(box, text: str) -> None:
    """By the keyboard, letter for letter."""
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Home)
    while box.currentText() != text:
        before = box.currentIndex()
        QTest.keyClick(box, Qt.Key.Key_Down)
        assert box.currentIndex() != before, f"no {text}"


def test_the_level_leaves_out_what_is_less_bad(log: LogPanel, qtbot) -> None:
    qtbot.waitUntil(lambda: len(shown(log)) == 7, timeout=2000)
    choose(log._level, "Warnings")
    assert [line.split("  ")[0] for line in shown(log)] == [
        "node:filter", "node:scope", "computer:work:", "editor warning",
    ]  # fmt: skip
    choose(log._level, "Errors")
    assert [line.split("  ")[0] for line in shown(log)] == ["node:filter", "computer:work:"]
    choose(log._level, "All")
    assert len(shown(log)) == 7


def test_one_node_can_be_looked_at(log: LogPanel, workbench, qtbot) -> None:
    assert [log._node.itemText(index) for index in range(log._node.count())] == ["All nodes", "filter", "scope"]
    choose(log._node, "filter")
    assert len(shown(log)) == 2
    tell(workbench, "node:filter", "running", "ended")
    tell(workbench, "node:scope", "running", "ended")
    qtbot.waitUntil(lambda: len(shown(log)) == 3, timeout=2000)
    assert all("node:filter" in line for line in shown(log))


def test_the_three_filters_hold_together(log: LogPanel, qtbot) -> None:
    choose(log._node, "filter")
    choose(log._level, "Errors")
    log._filter.setFocus()
    QTest.keyClicks(log._filter, "luck")
    assert len(shown(log)) == 1 and "no luck" in shown(log)[0]
    QTest.keyClicks(log._filter, "x")
    assert shown(log) == []


def test_clearing_forgets_the_nodes_too(log: LogPanel, workbench, qtbot) -> None:
    choose(log._node, "scope")
    qtbot.mouseClick(log._clear, LEFT)
    assert log.text == "" and log._node.count() == 1
    tell(workbench, "run", "running", "stopped")
    qtbot.waitUntil(lambda: len(shown(log)) == 1, timeout=2000)


def test_every_filter_has_a_name(log: LogPanel) -> None:
    assert all(widget.accessibleName() for widget in (log._level, log._node, log._filter, log._clear, log.view))
