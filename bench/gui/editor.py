"""The editor's window in this process, and a scenario that is played on it as a coroutine of the app's loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import qasync
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from app import theme
from app.main import Threads, set_aside, why_not_here
from app.window import MainWindow
from app.workbench import Workbench
from engine import Graph

Cases = dict[str, dict[str, float]]
_TIMEOUT_S = 30.0
_SETTLE_S = 0.5


def play(scenario: Callable[[MainWindow], Coroutine[Any, Any, Cases]]) -> Cases:
    """Open the editor with nothing in it, play a scenario on it, and close it again; what the scenario gave."""
    reason = why_not_here()
    if reason is not None:
        raise RuntimeError(reason)
    app = QApplication(["tidewire"])
    app.setStyle("Fusion")
    loop = qasync.QEventLoop(app)
    loop.set_default_executor(Threads())
    asyncio.set_event_loop(loop)
    theme.apply(theme.THEMES[0])
    window = MainWindow(Workbench(app))
    with loop:
        cases: Cases = loop.run_until_complete(_open_and_play(window, scenario))
    return cases


async def _open_and_play(window: MainWindow, scenario: Callable[[MainWindow], Coroutine[Any, Any, Cases]]) -> Cases:
    window.showMaximized()
    await until(window.isVisible, "the window is not shown")
    window.load_canvas()
    set_aside()
    window.load_palette()
    window.load_plots()
    await asyncio.sleep(_SETTLE_S)
    try:
        return await scenario(window)
    finally:
        await window.workbench.end_run()
        window.hide()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        with suppress(RuntimeError):
            await asyncio.gather(*left, return_exceptions=True)


async def until(condition: Callable[[], object], otherwise: str, timeout_s: float = _TIMEOUT_S) -> None:
    """Wait until something is so; raises `TimeoutError`."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{otherwise} within {timeout_s:g} s")
        await asyncio.sleep(0.01)


async def show(window: MainWindow, graph: Graph) -> None:
    """Show a graph, whole, and let everything come to rest."""
    await window.workbench.end_run()
    window.workbench.show_unsaved(graph)
    assert window.canvas is not None
    window.canvas.fit()
    await asyncio.sleep(_SETTLE_S)


async def start(window: MainWindow) -> None:
    """Start the graph that is shown, and wait until each of its nodes has had messages."""
    bench = window.workbench
    bench.start()
    await until(lambda: bench.run is not None and bench.run.state == "running", "the graph does not start")
    await until(lambda: _moves(bench.run), "nothing moves")
    await asyncio.sleep(_SETTLE_S)


def _moves(run: Any) -> bool:
    return all(figures.received or figures.emitted for figures in run.statistics().nodes.values())


class Mouse:
    """Moves the mouse over a widget, without a person."""

    def __init__(self, widget: QWidget, button: Qt.MouseButton) -> None:
        self._widget = widget
        self._button = button
        self._is_down = False

    def press(self, position: QPoint) -> None:
        """Hover, then put the button down."""
        self.move(position)
        self._is_down = True
        self._send(QEvent.Type.MouseButtonPress, position, self._button)

    def move(self, position: QPoint) -> None:
        """Go to a place of the widget."""
        self._send(QEvent.Type.MouseMove, position, Qt.MouseButton.NoButton)

    def release(self, position: QPoint) -> None:
        """Let the button go."""
        self._is_down = False
        self._send(QEvent.Type.MouseButtonRelease, position, self._button)

    def _send(self, type: QEvent.Type, position: QPoint, button: Qt.MouseButton) -> None:
        held = self._button if self._is_down else Qt.MouseButton.NoButton
        place = QPointF(position)
        seen = QPointF(self._widget.mapToGlobal(position))
        event = QMouseEvent(type, place, seen, button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(self._widget, event)
