"""From the start of the process to what a person sees first. Imports Qt only while it measures."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from bench.processor import waited_for_processor

Cases = dict[str, dict[str, float]]


def measure_editor(began: float) -> Cases:
    """Open the editor as a new user does, with `hello` running, and close it when its trace moves.

    Args:
        began: when the process was started, on the monotonic clock.
    """
    from app import main as editor
    from app.window import MainWindow

    stamps: dict[str, float] = {}
    thread = threading.get_native_id()

    def stamp(name: str) -> None:
        stamps[f"{name}_s"] = time.monotonic() - began
        stamps[f"{name}_waited_s"] = waited_for_processor(thread)

    load_canvas, load_plots, compose = MainWindow.load_canvas, MainWindow.load_plots, editor.compose

    def compose_and_watch(app: Any, path: str | None, start: bool) -> MainWindow:
        window = compose(app, path, start)
        watch_paints(window.centre, lambda: True, 1, lambda: stamp("shell"))
        return window

    def load_canvas_and_watch(window: MainWindow) -> None:
        load_canvas(window)
        canvas = window.canvas
        assert canvas is not None
        watch_paints(canvas.viewer.viewport(), lambda: bool(canvas.mirror.nodes), 1, lambda: stamp("canvas"))

    def load_plots_and_watch(window: MainWindow) -> None:
        load_plots(window)

        def moves() -> None:
            stamp("trace")
            window.end()

        watch_scope(window, moves)

    editor.compose = compose_and_watch
    MainWindow.load_canvas = load_canvas_and_watch  # type: ignore[method-assign,assignment]
    MainWindow.load_plots = load_plots_and_watch  # type: ignore[method-assign,assignment]
    code = editor.open_editor()
    if code:
        raise RuntimeError("the editor does not open here")
    return {"editor": stamps}


def watch_paints(widget: Any, condition: Callable[[], bool], count: int, then: Callable[[], object]) -> None:
    """Call something once, when a widget has been painted so often while a condition held."""
    from PySide6.QtCore import QEvent, QObject, QTimer

    class Watch(QObject):
        """Counts; is the widget's own, so that it lives as long."""

        left = count

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            """See the paints, and let everything through."""
            if event.type() == QEvent.Type.Paint and condition():
                self.left -= 1
                if self.left == 0:
                    watched.removeEventFilter(self)
                    QTimer.singleShot(0, widget, then)  # the paint is done then
            return False

    widget.installEventFilter(Watch(widget))


def watch_scope(window: Any, then: Callable[[], object]) -> None:
    """Call something once, when a scope has been painted with two states of its signal: it moves."""
    from PySide6.QtCore import QTimer

    timer = QTimer(window, interval=2)

    def look() -> None:
        for dock in window.plots.docks.values():
            picture = dock.panel.picture
            if dock.panel.spec.kind == "scope" and picture is not None and not picture.is_empty:
                timer.stop()
                watch_paints(picture.chart.viewport(), lambda: True, 2, then)
                return

    timer.timeout.connect(look)
    timer.start()


def measure_bare_window(began: float) -> Cases:
    """The limit: Qt imported, and an empty window with a toolbar painted."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

    app = QApplication(sys.argv[:1])
    window = QMainWindow()
    window.addToolBar("Toolbar").addAction("Start")
    centre = QWidget()
    window.setCentralWidget(centre)
    figures: dict[str, float] = {}

    def painted() -> None:
        figures["shell_s"] = time.monotonic() - began
        QTimer.singleShot(0, window, app.quit)

    watch_paints(centre, lambda: True, 1, painted)
    window.resize(1280, 800)
    window.show()
    app.exec()
    return {"bare Qt window": figures}


def measure_imports(began: float) -> Cases:
    """The limit of canvas and plots: their libraries imported, nothing made of them."""
    import NodeGraphQt  # noqa: F401
    import pyqtgraph  # noqa: F401

    return {"imports of NodeGraphQt and pyqtgraph": {"import_s": time.monotonic() - began}}
