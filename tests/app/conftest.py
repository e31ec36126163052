"""Shared by the tests of the editor: settings in a temporary folder, the app's loop, and a whole window."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import qasync
import shiboken6
from PySide6.QtCore import QObject, QSettings
from PySide6.QtWidgets import QApplication

from app import theme
from app.document.document import Document
from app.window import MainWindow
from app.workbench import Workbench
from tests.app.shapes import COUNT, SCALE

END_MS = 20_000


@pytest.fixture(autouse=True)
def settings_in_a_temporary_folder(tmp_path: Path) -> Iterator[None]:
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    yield


@pytest.fixture(autouse=True)
def undo_stacks_are_empty_when_they_go(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The editor has one document for life; tests make many, and garbage collection would free steps before stacks."""
    made: list[Document] = []
    init = Document.__init__

    def noted(document: Document, parent: QObject | None = None) -> None:
        init(document, parent)
        made.append(document)

    monkeypatch.setattr(Document, "__init__", noted)
    yield
    for document in made:
        if shiboken6.isValid(document):
            document.undo_stack.blockSignals(True)
            document.undo_stack.clear()
            document.undo_stack.blockSignals(False)


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[asyncio.AbstractEventLoop]:
    """The app's loop, driven by whoever handles Qt's events."""
    made = qasync.QEventLoop(qapp, already_running=True)
    asyncio.set_event_loop(made)
    yield made
    qapp.aboutToQuit.disconnect(made._after_run_forever)
    made._after_run_forever()
    asyncio.events._set_running_loop(None)
    made._QEventLoop__is_running = False
    for timer in made._timer._SimpleTimer__callbacks:  # they would go on until they fire, in an object that
        made._timer.killTimer(timer)  # whichever thread collects the garbage destroys
    made.close()
    asyncio.set_event_loop(None)


@pytest.fixture
def workbench(qapp: QApplication, loop: asyncio.AbstractEventLoop, qtbot) -> Iterator[Workbench]:
    bench = Workbench()
    yield bench
    if bench.is_running:
        ended = bench.later(bench.end_run())
        qtbot.waitUntil(ended.done, timeout=END_MS)
    qtbot.waitUntil(lambda: not [task for task in asyncio.all_tasks(loop) if not task.done()], timeout=END_MS)
    bench.deleteLater()


@pytest.fixture
def window(workbench: Workbench, qapp: QApplication, qtbot) -> Iterator[MainWindow]:
    """The whole editor, painted, with canvas and palette, its window active."""
    theme.apply("dark")
    shown = MainWindow(workbench)
    with qtbot.waitSignal(shown.painted, timeout=5000):
        shown.show()
    shown.load_canvas()
    shown.load_palette()
    qtbot.waitActive(shown, timeout=5000)
    yield shown
    shown.hide()
    shown.deleteLater()
    qapp.setStyleSheet("")


@pytest.fixture
def drawn(window: MainWindow, qtbot) -> MainWindow:
    """The editor with two wired nodes, and the keyboard on its canvas."""
    window.workbench.add_node(COUNT, (0, 0))
    window.workbench.add_node(SCALE, (250, 0), connect_from="count.value")
    window.workbench.undo_stack.clear()
    window.canvas.setFocus()
    return window


@pytest.fixture
def killed_at_the_end() -> Iterator[Callable[[int], None]]:
    """Process ids to kill when the test is over, whatever happens."""
    ids: list[int] = []
    yield ids.append
    for pid in ids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
