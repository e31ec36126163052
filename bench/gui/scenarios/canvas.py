"""Panning the canvas and dragging a node with its wires, at 60 moves of the mouse a second."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, QTimer

from app.window import MainWindow
from bench.gui import graphs
from bench.gui.editor import Cases, Mouse, play, show, start, until
from bench.gui.pulse import Pulse
from engine import Graph

COUNTS = (50, 200, 1000)
RUNNING = 200
OPENED = 2000
_MOVE_MS = 16
_REACH = 120.0  # pixels from where it began
_TURN_S = 1.3  # the mouse goes round once in so long


def measure(seconds: float, rounds: int) -> Cases:
    """Each number of nodes whole in the view, 200 at 100 % and running too; how long 2,000 take to be opened."""
    return play(lambda window: _measure(window, seconds))


async def _measure(window: MainWindow, seconds: float) -> Cases:
    cases: Cases = {}
    for count in COUNTS:
        await show(window, graphs.grid(count))
        await _pan_and_drag(window, f"{count} nodes", seconds, cases)
        if count == RUNNING:
            await _at_full_size(window, count, seconds, cases)
            await start(window)
            await _pan_and_drag(window, f"{count} nodes running", seconds, cases)
            await window.workbench.end_run()
    cases[f"{OPENED} nodes, open"] = await _open(window, OPENED)
    return cases


async def _pan_and_drag(window: MainWindow, what: str, seconds: float, cases: Cases) -> None:
    cases[f"{what}, pan"] = await _hold(window, Qt.MouseButton.MiddleButton, _middle(window), seconds)
    cases[f"{what}, drag"] = await _hold(window, Qt.MouseButton.LeftButton, _on_a_card(window), seconds)


async def _at_full_size(window: MainWindow, count: int, seconds: float, cases: Cases) -> None:
    assert window.canvas is not None
    window.canvas.zoom_to(1.0)
    await asyncio.sleep(0.2)
    cases[f"{count} nodes at 100 %, pan"] = await _hold(window, Qt.MouseButton.MiddleButton, _middle(window), seconds)
    window.canvas.fit()
    await asyncio.sleep(0.2)


def _middle(window: MainWindow) -> QPoint:
    assert window.canvas is not None
    middle: QPoint = window.canvas.viewer.viewport().rect().center()
    return middle


def _on_a_card(window: MainWindow) -> QPoint:
    """On the title of a card near the middle, beside its icon and its state."""
    assert window.canvas is not None
    viewer = window.canvas.viewer
    middle = viewer.scene_center()
    cards = window.canvas.mirror.nodes.values()
    card = min(cards, key=lambda card: (card.card_rect().center() - middle).manhattanLength())
    place: QPoint = viewer.mapFromScene(card.mapToScene(card.layout.title.center()))
    return place


async def _hold(window: MainWindow, button: Qt.MouseButton, begin: QPoint, seconds: float) -> dict[str, float]:
    """Press, go round, and let go where it began."""
    assert window.canvas is not None
    viewport = window.canvas.viewer.viewport()
    mouse = Mouse(viewport, button)
    mouse.press(begin)
    began = time.perf_counter()

    def move() -> None:
        angle = 2 * math.pi * (time.perf_counter() - began) / _TURN_S
        mouse.move(begin + QPoint(round(_REACH * math.sin(angle)), round(_REACH * (math.cos(angle) - 1) / 2)))

    timer = QTimer(interval=_MOVE_MS, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(move)
    timer.start()
    await asyncio.sleep(0.2)
    pulse = Pulse(viewport)
    await asyncio.sleep(seconds)
    pace = pulse.stop()
    timer.stop()
    mouse.move(begin)
    mouse.release(begin)
    await asyncio.sleep(0.1)
    return pace.figures()


async def _open(window: MainWindow, count: int) -> dict[str, float]:
    """From the order to show a graph until all of it is on the canvas and painted."""
    graph = graphs.grid(count)
    await show(window, graphs.grid(1))
    assert window.canvas is not None
    mirror, pulse, began = window.canvas.mirror, Pulse(), time.perf_counter()
    QTimer.singleShot(0, window, _opening(window, graph))
    await until(lambda: len(mirror.nodes) == count and len(mirror.wires) == len(graph.wires), "not all is shown")
    await asyncio.sleep(0)
    opened_s = time.perf_counter() - began
    await asyncio.sleep(1.0)
    pace = pulse.stop()
    return {"open_s": opened_s, "gap_ms": pace.gap_s * 1e3, "wall_gap_ms": pace.wall_gap_s * 1e3}


def _opening(window: MainWindow, graph: Graph) -> Callable[[], None]:
    return lambda: window.workbench.show_unsaved(graph)
