"""`tidewire run` ends when its run does, whatever nodes have left running, and loses nothing of what they wrote."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.engine.cli.command import ROOT, chain_file, report_of, tidewire
from tests.nodes_for_tests import Collect, Numbers

pytestmark = pytest.mark.timeout(60)
LEAVES_WITHIN_S = 20.0  # about two; a machine that is very busy takes long to start Python twice

LEAVER = '''
import asyncio, atexit, concurrent.futures, os, threading, time
from pathlib import Path
from engine import In, Node, Out, param


class Leaver(Node):
    """Leaves something behind that goes on, and a file that it never closes."""

    x = In()
    y = Out()
    what = param("")
    folder = param("")

    def on_start(self):
        self.file = open(Path(self.folder) / "lines", "w")
        getattr(self, self.what)()
        atexit.register(lambda: (Path(self.folder) / "at_exit").write_text("called"))

    def process(self, x):
        self.file.write(f"{x}\\n")
        return x

    def thread(self):
        threading.Thread(target=time.sleep, args=(3600,), name="left-by-node").start()

    def short(self):
        def finish():
            time.sleep(0.4)
            print("the last words of a thread")
        threading.Thread(target=finish).start()

    def executor(self):
        self.pool = concurrent.futures.ThreadPoolExecutor(2)
        self.pool.submit(time.sleep, 3600)

    def to_thread(self):
        asyncio.get_running_loop().run_in_executor(None, time.sleep, 3600)

    def at_exit(self):
        atexit.register(time.sleep, 3600)

    def task(self):
        async def stubborn():
            while True:
                try:
                    await asyncio.sleep(3600)
                except asyncio.CancelledError:
                    pass
        self.kept = asyncio.get_running_loop().create_task(stubborn())
'''


@pytest.mark.parametrize(
    ("what", "location"),
    [
        ("thread", ""),
        ("thread", "w:"),
        ("to_thread", "w:"),
        pytest.param("executor", "t", marks=pytest.mark.long),
        pytest.param("executor", "w:", marks=pytest.mark.long),
        pytest.param("to_thread", "t", marks=pytest.mark.long),
        pytest.param("at_exit", "w:", marks=pytest.mark.long),
        pytest.param("task", "", marks=pytest.mark.long),
        pytest.param("task", "w:", marks=pytest.mark.long),
        pytest.param("short", "", marks=pytest.mark.long),
    ],
)
def test_what_a_node_leaves_running_keeps_neither_the_command_nor_what_was_written(
    tmp_path: Path, what: str, location: str
) -> None:
    (tmp_path / "nodes").mkdir()
    (tmp_path / "nodes" / "leaver.py").write_text(LEAVER)
    leaver = ("v", "nodes.leaver:Leaver", {"what": what, "folder": str(tmp_path)})
    file = chain_file(tmp_path, ("n", Numbers, {"count": 40}), leaver, ("s", Collect, {}), v=location)
    began = time.monotonic()
    done = tidewire("run", file, "--json")
    assert time.monotonic() - began < LEAVES_WITHIN_S
    assert done.returncode == 0, done.stderr
    report = report_of(done)
    assert (report["state"], report["nodes"]["s"]["received"]) == ("finished", 40)
    assert (tmp_path / "lines").read_text().split() == [str(number) for number in range(40)]
    assert (tmp_path / "at_exit").read_text() == "called"
    assert "Traceback" not in done.stderr and "Task was destroyed" not in done.stderr, done.stderr
    if (what, location) == ("thread", ""):
        assert "tidewire: left behind: thread left-by-node, which goes on in " in done.stderr
    elif what == "short":
        assert "the last words of a thread" in done.stderr and "left behind" not in done.stderr


EDITOR = """
import asyncio, sys, threading, time
from app import main
from engine.cli.command import entry
from PySide6.QtCore import QTimer

compose = main.compose

def compose_and_close(app, path, start):
    window = compose(app, path, start)

    def close():
        asyncio.get_event_loop().run_in_executor(None, time.sleep, 3600)
        threading.Thread(target=time.sleep, args=(3600,), name="left-by-node").start()
        window.end_unasked()

    QTimer.singleShot(1000, close)
    return window

main.compose = compose_and_close
sys.argv = ["tidewire"]
entry()
"""


@pytest.mark.long
def test_threads_that_nodes_at_main_left_do_not_keep_the_editor() -> None:
    done = subprocess.run([sys.executable, "-c", EDITOR], capture_output=True, text=True, cwd=ROOT, timeout=40)
    assert done.returncode == 0, done.stderr
    assert "left behind: thread left-by-node" in done.stderr and "Traceback" not in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import nothing_like_it", "ModuleNotFoundError: No module named 'nothing_like_it' (broken.py, line 2)"),
        ("def f(:", "broken.py, line 2"),
        ("raise SystemExit(0)", "SystemExit: 0 (broken.py, line 2)"),
    ],
)
def test_a_project_module_that_fails_to_import_is_an_error_with_file_and_line(
    tmp_path: Path, code: str, said: str
) -> None:
    file = chain_file(tmp_path, ("n", Numbers, {}), ("s", Collect, {}))
    file.write_text(file.read_text().replace("tests.nodes_for_tests:Collect", "nodes.broken:Collect"))
    (tmp_path / "nodes").mkdir()
    (tmp_path / "nodes" / "broken.py").write_text(f'"""Broken."""\n{code}\n')
    done = tidewire("run", file)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{file} cannot run" in done.stderr and said in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
