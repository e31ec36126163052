"""A window on which faults are played: what is drawn, what it says of a fault, and that it never asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtWidgets import QApplication, QDialog, QTreeWidgetItem

from app.canvas.card_layout import Part
from app.canvas.node_item import NodeItem
from app.canvas.state_shapes import SHAPES
from app.canvas.tips import node_tip, wire_tip
from app.panels.run_problems import Row
from app.window import MainWindow
from engine import Node
from tests.app.faults.nodes import Stubborn, path
from tests.timing import Stopwatch

WAIT_MS = 20_000
START_MS = 20_000
TOLD_S = 1.0  # what the machine did not give is left out
LEFT = Qt.MouseButton.LeftButton


class DialogWatch(QObject):
    """Notes every dialog that is shown while it watches."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QDialog):
            self.seen.append(watched.windowTitle() or type(watched).__name__)
        return False


class Desk:
    """The window with a run, and what it says of nodes and wires."""

    def __init__(self, window: MainWindow, qtbot: Any) -> None:
        self.window = window
        self.qtbot = qtbot
        self.bench = window.workbench
        self._x = 0.0

    # -- drawing ----------------------------------------------------------------------------------------------

    def add(
        self,
        node_type: type[Node] | str,
        location: str,
        connect_from: str | None = None,
        policy: str = "",
        **values: Any,
    ) -> str:
        """Add a node at a location; its id."""
        type_path = node_type if isinstance(node_type, str) else path(node_type)
        id = self.bench.add_node(type_path, (self._x % 1500, 160 * (self._x // 1500)), connect_from=connect_from)
        assert id is not None
        self._x += 250
        self.bench.set_location([id], location)
        if policy:
            self.bench.set_error_policy([id], policy)
        for name, value in values.items():
            assert self.bench.set_parameter(id, name, value) is None
        self.bench.select([])
        return id

    # -- running ----------------------------------------------------------------------------------------------

    def press(self, name: str) -> None:
        button = self.window.run_buttons.button(name)
        self.qtbot.waitUntil(button.isEnabled, timeout=WAIT_MS)
        self.qtbot.mouseClick(button, LEFT)

    def start(self) -> Any:
        """Start, again where a machine was so busy that a worker did not get ready in time."""
        before = self.bench.run
        for _ in range(3):
            self.press("start")
            self.until(lambda: self.bench.run is not before or self.was_too_slow(), "it does not start", START_MS)
            if self.bench.run is not before:
                break
        return self.bench.run

    def was_too_slow(self) -> bool:
        return not self.bench.is_running and "not ready within" in self.bar_text("error")

    def stop(self) -> None:
        self.press("stop")
        self.wait_for_end()

    def wait_for_end(self) -> None:
        self.qtbot.waitUntil(lambda: not self.bench.is_running, timeout=WAIT_MS)

    def received(self, id: str) -> int:
        return self.bench.run.statistics().nodes[id].received

    def pid(self, process: str) -> int:
        return self.bench.run.statistics().computers[process].pid

    def goes_on(self, id: str, count: int = 5) -> None:
        """Wait until a node has received some more."""
        before = self.received(id)
        self.until(lambda: self.received(id) >= before + count, f"{id} does not go on")

    def until(self, condition: Callable[[], object], otherwise: str, timeout_ms: int = WAIT_MS) -> None:
        def check() -> None:
            assert condition(), otherwise

        self.qtbot.waitUntil(check, timeout=timeout_ms)

    def told(self, condition: Callable[[], object], otherwise: str, since: Stopwatch | None = None) -> None:
        """Wait until the window says something, and check that it did so in time."""
        watch = since or Stopwatch()
        self.until(condition, otherwise)
        assert watch.passed_s < TOLD_S, f"told late, after {watch.passed_s:.2f} s: {otherwise}"

    # -- what the window says -----------------------------------------------------------------------------------

    def card(self, id: str) -> NodeItem:
        return self.window.canvas.mirror.nodes[id]

    def state(self, id: str) -> str:
        return self.card(id).activity.state

    def strip(self, id: str) -> str:
        """The text below the figures of a card; empty when there is none."""
        return self.card(id).activity.error if self.card(id).layout.error is not None else ""

    def tone(self, id: str) -> str:
        return SHAPES[self.state(id)].token

    def tip(self, id: str, part: Part = Part.STATE) -> str:
        return node_tip(self.card(id), part)

    def wire_tip(self, key: str) -> str:
        return wire_tip(self.window.canvas.mirror.wires[key])

    def badge(self, key: str) -> Any:
        return self.window.canvas.mirror.wires[key].badge

    def rows(self, id: str = "") -> list[Row]:
        """The problems of a node; all of them for no node."""
        return [row for row in self.window.problems.rows if not id or id in (row.node, *row.ids)]

    def row_texts(self, id: str) -> str:
        return "\n".join(row.what for row in self.rows(id))

    def shown_rows(self) -> list[QTreeWidgetItem]:
        tree = self.window.problems.list
        return [tree.topLevelItem(index) for index in range(tree.topLevelItemCount())]

    @property
    def log(self) -> str:
        return self.window.log.text

    @property
    def run_word(self) -> str:
        return self.window.run_state.text

    def bar_text(self, key: str) -> str:
        bar = self.window.bars.bar(key)
        return bar.label.text() if bar is not None else ""

    def click_strip(self, id: str) -> str:
        """Click on the error of a card; the details that are shown then."""
        card, view, details = self.card(id), self.window.canvas.viewer, self.window.problems.details
        for _ in range(3):  # the window may have laid itself out anew between our look and our click
            self.window.canvas.fit()
            place = view.mapFromScene(card.mapToScene(QPointF(card.layout.error.center())))
            self.qtbot.mouseMove(view.viewport(), place)
            self.qtbot.mouseClick(view.viewport(), LEFT, pos=place)
            if details.toPlainText():
                break
            self.qtbot.wait(2 * QApplication.doubleClickInterval())
        return details.toPlainText()


@pytest.fixture
def desk(window: MainWindow, qtbot: Any, qapp: QApplication) -> Iterator[Desk]:
    """The whole window; the test fails when any dialog is shown."""
    watch = DialogWatch()
    qapp.installEventFilter(watch)
    Stubborn.let_go.clear()
    yield Desk(window, qtbot)
    Stubborn.let_go.set()
    qapp.removeEventFilter(watch)
    assert not watch.seen, f"a fault was told in a dialog: {watch.seen}"
