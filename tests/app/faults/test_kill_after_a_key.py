"""An editor that is killed right after a key, and the next one, which gives the work back through a bar."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine import Graph

EDITOR = """
import json, os, signal, sys
from PySide6.QtCore import QTimer, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from app import main
from app.panels.bars import Bar

path, is_first = sys.argv[1], sys.argv[2] == "first"
compose = main.compose
ctrl = Qt.KeyboardModifier.ControlModifier

def composed(*arguments):
    window = compose(*arguments)
    window.painted.connect(lambda: QTimer.singleShot(200, window, lambda: begin(window)))
    return window

def begin(window):
    if window.canvas is None or window.plots is None or not window.isActiveWindow():
        QTimer.singleShot(50, window, lambda: begin(window))
    else:
        (press_and_die if is_first else restore)(window)

def press_and_die(window):
    viewer = window.canvas.viewer
    viewer.setFocus()
    keys = Qt.Key
    for key in (keys.Key_A, keys.Key_D, keys.Key_Z, keys.Key_A, keys.Key_D, keys.Key_D, keys.Key_Z):
        QApplication.processEvents()
        QTest.keyClick(viewer, key, ctrl)
    os.kill(os.getpid(), signal.SIGKILL)

def restore(window):
    (bar,) = [bar for bar in window.bars.findChildren(Bar) if "Restore" in bar.buttons]
    told = {"bar": bar.label.text(), "before": list(window.workbench.graph.nodes)}
    bar.buttons["Restore"].setFocus()
    QTest.keyClick(bar.buttons["Restore"], Qt.Key.Key_Space)
    bench = window.workbench
    told["after"] = list(bench.graph.nodes)
    told["title"] = window.windowTitle()
    told["is_modified"] = bench.is_modified
    window.canvas.viewer.setFocus()
    QTest.keyClick(window.canvas.viewer, Qt.Key.Key_Z, ctrl)
    told["undone"] = list(bench.graph.nodes)
    print(json.dumps(told), flush=True)
    os._exit(0)

main.compose = composed
sys.exit(main.open_editor(path))
"""


def edit(path: Path, which: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", EDITOR, str(path), which],
        env={**os.environ, "XDG_CONFIG_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.timeout(200)
def test_what_a_key_did_before_the_kill_comes_back_with_its_history(tmp_path: Path) -> None:
    path = tmp_path / "mine.tide"
    graph = Graph()
    graph.add("engine.library.sources:Tone", id="tone")
    graph.save(path)
    killed = edit(path, "first", tmp_path)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert list(Graph.load(path).nodes) == ["tone"]
    (kept,) = (tmp_path / "Tidewire" / "unsaved").glob("*.journal")
    restarted = edit(path, "second", tmp_path)
    assert restarted.returncode == 0, restarted.stderr
    told: dict[str, Any] = json.loads(restarted.stdout)
    assert "mine.tide, today at" in told["bar"] and "1 edit." in told["bar"]
    assert told["before"] == ["tone"]
    assert told["after"] == ["tone", "tone2"]
    assert told["title"].startswith("mine.tide") and told["is_modified"]
    assert told["undone"] == ["tone"]
    assert not kept.exists()
