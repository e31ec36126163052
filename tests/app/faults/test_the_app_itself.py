"""The editor as a process that is ended or killed: unsaved work comes back, and no worker outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.document.kept_work import read_kept
from engine import Graph
from tests.timing import Stopwatch, within

WAIT_S = 100.0
GONE_S = 1.0
EDITOR = """
import sys
from PySide6.QtCore import QTimer
from app import main
import tests.app.faults.nodes, tests.app.shapes

compose = main.compose

def composed(app, path, start):
    window = compose(app, path, start)
    bench = window.workbench

    def edit():
        source = bench.add_node("tests.app.faults.nodes:Numbers", (0, 0))
        node = bench.add_node("tests.app.shapes:Scale", (250, 0), connect_from=f"{source}.value")
        bench.set_location([node], "work:")
        bench.rename(node, "precious")
        bench.start()
        look.start(20)

    def tell():
        run = bench.run
        if not bench.is_running:
            bench.start()  # a worker did not get ready in time, on a very busy machine
        elif run is not None and run.statistics().nodes["scale"].received > 2:
            look.stop()
            print("ready", flush=True)

    look = QTimer(window)
    look.timeout.connect(tell)
    window.painted.connect(lambda: QTimer.singleShot(300, window, edit))
    return window

main.compose = composed
sys.exit(main.open_editor(sys.argv[1]))
"""


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """An editor with unsaved work and a run in a process."""
    (tmp_path / "empty.tide").write_text("")
    Graph().save(tmp_path / "empty.tide")
    process = subprocess.Popen(
        [sys.executable, "-c", EDITOR, str(tmp_path / "empty.tide")],
        env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"},
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kept_work(folder: Path) -> list[Path]:
    return list((folder / "Tidewire" / "unsaved").glob("*.journal"))


@pytest.mark.timeout(150)
@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGTERM, marks=pytest.mark.long),
        pytest.param(signal.SIGINT, marks=pytest.mark.long),
        signal.SIGKILL,
    ],
    ids=lambda number: number.name,
)
def test_a_signal_to_the_editor_loses_no_work_and_leaves_no_worker(
    editor: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    assert editor.stdout is not None
    told = threading.Event()
    threading.Thread(target=lambda: (editor.stdout.readline(), told.set()), daemon=True).start()
    assert told.wait(WAIT_S), "the editor did not get ready"
    assert editor.poll() is None, editor.communicate()[1]
    workers = psutil.Process(editor.pid).children(recursive=True)
    assert workers
    editor.send_signal(number)
    _, complaints = editor.communicate(timeout=WAIT_S)
    watch = Stopwatch()
    assert editor.returncode == (-number if number == signal.SIGKILL else 0), complaints
    assert "Traceback" not in complaints
    within(GONE_S, lambda: not any(lives(worker) for worker in workers), "no worker outlives the editor", watch)
    (kept,) = kept_work(tmp_path)
    assert read_kept(kept).content.nodes["scale"].name == "precious"
