"""The editor as a program: its first start, its end by signals, and where it refuses to run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import PySide6
import pytest

from app.document.settings import remember_last_graph
from app.main import _graph_to_open, why_not_here

RUN = "import sys; from app.main import open_editor; sys.exit(open_editor({path!r}, {start}))"
START_S = 40.0
END_S = 10.0


def wait_for(condition, timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while not (found := condition()) and time.monotonic() < deadline:
        threading.Event().wait(0.05)
    return bool(found)


@pytest.fixture
def editor(tmp_path: Path) -> Iterator:
    """Starts the editor as a process of its own, with a configuration of its own."""
    started: list[subprocess.Popen[str]] = []

    def run(path: str | None = None, start: bool = False) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", RUN.format(path=path, start=start)],
            env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"},
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def settings_text(tmp_path: Path) -> str:
    file = tmp_path / "Tidewire" / "Tidewire.ini"
    return file.read_text() if file.is_file() else ""


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_very_first_start_runs_hello_and_a_signal_ends_it_cleanly(
    editor, tmp_path: Path, number: signal.Signals
) -> None:
    process = editor()
    assert wait_for(lambda: "hello.tide" in settings_text(tmp_path), START_S), "hello was not opened"
    computers = psutil.Process(process.pid)
    assert wait_for(lambda: computers.children(recursive=True), START_S), "hello was not started"
    children = computers.children(recursive=True)
    process.send_signal(number)
    _, complaints = process.communicate(timeout=END_S)
    assert process.returncode == 0, complaints
    assert "Traceback" not in complaints
    assert wait_for(lambda: not any(child.is_running() for child in children), 2.0)
    assert "hello.tide" in settings_text(tmp_path)


@pytest.mark.long
def test_a_first_session_that_is_killed_was_the_first_all_the_same(editor, tmp_path: Path) -> None:
    process = editor()
    assert wait_for(lambda: "last_graph" in settings_text(tmp_path), START_S), "what is open was not noted"
    process.kill()
    process.wait()
    assert "hello.tide" in settings_text(tmp_path).partition("last_graph=")[2].splitlines()[0]


LOOK_AT_GARBAGE = """
import gc, sys
from app import main
compose = main.compose
def look(window):
    print(gc.isenabled(), gc.get_freeze_count() > 10_000, window.canvas is not None)
    window.end()
def compose_and_look(*arguments):
    window = compose(*arguments)
    window.painted.connect(lambda: main_timer(window))
    return window
def main_timer(window):
    from PySide6.QtCore import QTimer
    QTimer.singleShot(0, window, lambda: look(window))
main.compose = compose_and_look
sys.exit(main.open_editor("none.tide"))
"""


def test_garbage_collections_leave_out_what_stays_to_the_end(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", LOOK_AT_GARBAGE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=START_S, check=False)
    assert (done.returncode, done.stdout.split()) == (0, ["True"] * 3), done.stderr


def test_the_next_start_reopens_the_last_graph_stopped(tmp_path: Path) -> None:
    hello, is_first = _graph_to_open(None)
    assert hello is not None
    assert hello.name == "hello.tide"
    assert is_first
    (tmp_path / "mine.tide").write_text("{}")
    remember_last_graph(tmp_path / "mine.tide")
    assert _graph_to_open(None) == (tmp_path / "mine.tide", False)
    assert _graph_to_open("other.tide") == (Path("other.tide"), False)
    remember_last_graph(None)
    assert _graph_to_open(None) == (None, False)


def test_a_pair_that_crashes_is_refused_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PySide6, "__version__", "6.12.0")
    monkeypatch.setattr(sys, "version_info", (3, 11, 7))
    assert "Install another PySide6" in str(why_not_here())
    monkeypatch.setattr(sys, "version_info", (3, 12, 1))
    assert why_not_here() is None


def test_without_a_display_the_remedy_is_to_run_headless(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert "tidewire run" in str(why_not_here())
