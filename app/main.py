"""The editor's composition root: paints the shell first, then puts in the canvas, the graph and the plots."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from app.document.recovery import Recovery
    from app.window import MainWindow

_USAGE = 2
_BAD_PAIR = "6.12.0"


def open_editor(path: str | None = None, start: bool = False) -> int:
    """Open the editor and stay until it is closed.

    Args:
        path: the graph to open; None reopens the last one, at the very first start the example `hello`, running.
        start: start the graph at once.

    Returns:
        The exit code: 0, or 2 when the editor cannot run here (the reason is on stderr).
    """
    reason = why_not_here()
    if reason is not None:
        print(f"tidewire: {reason}", file=sys.stderr)
        return _USAGE
    gc.disable()  # imports make much that stays, and nothing that goes
    from engine import give_up_spare_worker, keep_spare_worker

    keep_spare_worker()  # it warms up on another core while the window is made
    import qasync
    from PySide6.QtWidgets import QApplication

    app = QApplication(sys.argv[:1])
    loop = qasync.QEventLoop(app)
    loop.set_default_executor(Threads())
    asyncio.set_event_loop(loop)
    window = compose(app, path, start)
    window.painted.connect(set_aside)  # after the slot that puts in the canvas
    with contextlib.suppress(NotImplementedError):  # platforms whose loops take no signals
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, window.end_unasked)
    try:
        window.show()
        loop.run_forever()
    finally:
        gc.enable()  # also where the window was never painted
        _finish(loop)
        give_up_spare_worker()
    return 0


def set_aside() -> None:
    """Leave all that is there now, modules for the most part, out of garbage collections from now on.

    Each full one would go through it, and hold the window up for 40 ms.
    """
    gc.freeze()
    gc.enable()


class Threads(ThreadPoolExecutor):
    """Where nodes at `main` may block. The loop's own executor waits at its end for them, for ever if need be."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Begin no more; who blocks still is left to the end of the process (`engine.computers.leaving`)."""
        super().shutdown(wait=False, cancel_futures=True)


def why_not_here() -> str | None:
    """Why the editor cannot run here, with what to do; None when it can."""
    import PySide6

    if PySide6.__version__ == _BAD_PAIR and sys.version_info < (3, 12):
        return (
            f"PySide6 {_BAD_PAIR} crashes Python {sys.version_info[0]}.{sys.version_info[1]}: it loses references "
            f"to None. Install another PySide6 (pip install 'PySide6-Essentials<6.12') or Python 3.12."
        )
    is_plain_unix = sys.platform not in ("win32", "darwin")
    names = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")
    if is_plain_unix and not any(os.environ.get(name) for name in names):
        return "there is no display here. To run a graph without one: tidewire run FILE"
    return None


def compose(app: QApplication, path: str | None, start: bool) -> MainWindow:
    """Make the window and what follows its first paint. The window is not shown yet."""
    from app import appearance, theme
    from app.document.recovery import Recovery
    from app.document.settings import remember_last_graph
    from app.window import MainWindow
    from app.workbench import Workbench

    app.setApplicationName("Tidewire")
    app.setApplicationDisplayName("")
    app.setStyle("Fusion")
    appearance.apply()
    appearance.follow_system()
    app.setWindowIcon(theme.icon("tidewire"))
    bench = Workbench(app)
    recovery = Recovery(bench)  # before the window: an edit is written down before anything shows it
    window = MainWindow(bench)
    bench.path_changed.connect(lambda: remember_last_graph(bench.path))  # at once: the editor may be killed
    window.closed.connect(lambda: remember_last_graph(bench.path))
    _forget_answered_work(window, recovery)
    _chain(window, recovery, path, start)
    return window


def _forget_answered_work(window: MainWindow, recovery: Recovery) -> None:
    """Unsaved work outlives the editor only when nobody could be asked about it."""
    was_asked = True

    def ended_unasked() -> None:
        nonlocal was_asked
        was_asked = False

    def closed() -> None:
        recovery.end()
        if was_asked:
            recovery.forget()

    window.ended_unasked.connect(ended_unasked)
    window.closed.connect(closed)


def _chain(window: MainWindow, recovery: Recovery, path: str | None, start: bool) -> None:
    """After the first paint: canvas, graph, palette, plots; between them the window handles events."""
    from PySide6.QtCore import QTimer

    from app.panels.kept_work_bars import KeptWorkBars

    bench = window.workbench

    def open_graph() -> None:
        file, is_first = _graph_to_open(path)
        is_open = file is not None and bench.open(file)
        if is_open and (start or is_first):
            bench.start()
        if is_open and is_first:
            steps.append(window.guide.tour_once)
        KeptWorkBars(window.bars, recovery, window.flow.guard).offer()

    steps: list[Callable[[], None]] = [
        window.load_canvas,
        open_graph,
        window.load_palette,
        window.load_plots,
    ]

    def next_step() -> None:
        steps.pop(0)()
        if steps:
            QTimer.singleShot(0, window, next_step)

    window.painted.connect(next_step)


def _graph_to_open(path: str | None) -> tuple[Path | None, bool]:
    """The file to open, and whether this is the very first start."""
    from app.actions.file_flow import example_files
    from app.document.settings import is_first_start, last_graph

    if path is not None:
        return Path(path), False
    if not is_first_start():
        return last_graph(), False
    hello = next((file for file in example_files() if file.stem == "hello"), None)
    return hello, True


def _finish(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what still runs on the loop, let it end, and close the loop."""
    left = [task for task in asyncio.all_tasks(loop) if not task.done()]
    for task in left:
        task.cancel()
    if left:
        with contextlib.suppress(RuntimeError):  # Qt has been told to quit once more, and takes no more turns
            loop.run_until_complete(asyncio.wait(left, timeout=1.0))
    loop.close()
    asyncio.set_event_loop(None)
