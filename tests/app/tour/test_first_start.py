"""The first minute as a program: `hello` opens running with the tour, the second start has neither."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

START_S = 50.0
LOOK = """
import sys
from app import main
from PySide6.QtCore import QTimer
compose = main.compose
def compose_and_look(*arguments):
    window = compose(*arguments)
    timer = QTimer(window, interval=50)
    def look():
        bench = window.workbench
        is_first = not bench.path is None and "first" in sys.argv
        if window.plots is None or (is_first and (window.guide.tour is None or str(bench.run_state) != "running")):
            return
        timer.stop()
        tour = window.guide.tour
        print(window.windowTitle(), "|", str(bench.run_state), "|", tour is not None and tour.bubble.title.text())
        if tour is not None:
            tour.bubble.close_button.click()
        window.end()
    timer.timeout.connect(look)
    window.painted.connect(timer.start)
    return window
main.compose = compose_and_look
sys.exit(main.open_editor())
"""


def start(home: Path, *arguments: str) -> str:
    environment = {**os.environ, "XDG_CONFIG_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", LOOK, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=START_S, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.timeout(110)
def test_hello_opens_running_with_the_tour_and_the_second_start_is_quiet(tmp_path: Path) -> None:
    assert start(tmp_path, "first") == "hello.tide[*] — Tidewire | running | Turn the frequency"
    assert start(tmp_path) == "hello.tide[*] — Tidewire | None | False"
