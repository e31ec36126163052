"""However a parent dies, whatever its workers do just then: each, and what it spawned, is gone a second later."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.engine.cli.command import chain_file
from tests.engine.runtime.placements import is_gone, until
from tests.faults.faulty_nodes import Spawns
from tests.nodes_for_tests import Collect, Square, TimedNumbers
from tests.scripts import TWO_PROCESSES

pytestmark = pytest.mark.timeout(60)
ROOT = Path(__file__).parents[3]

PARENT = f"""
import ctypes, os, signal, sys, threading, time
import psutil
from engine import keep_spare_worker
from tests.faults.faulty_nodes import HoldsInterpreter, Spawns
{TWO_PROCESSES}

def beside(kind, **parameters):
    graph.add(kind, id="b", at=0, location="b:", **parameters)
    graph.connect("n.value", "b.x", overflow="latest")

def descendants(at_least):
    me = psutil.Process()
    while len(me.children(recursive=True)) < at_least:
        time.sleep(0.001)
    return me.children(recursive=True)

def run():
    run = graph.start()
    while run.statistics().nodes["s"].received < 3:
        time.sleep(0.005)
    return run
"""

# What is going on when the parent dies. Each leaves the processes that have to go in `left`.
MOMENTS = {
    "running": "run(); left = descendants(2)",
    "workers start": "threading.Thread(target=graph.start, daemon=True).start(); left = descendants(2)",
    "a worker is stopped": "run(); left = descendants(2); left[0].send_signal(signal.SIGSTOP)",
    "a worker's interpreter is held": "beside(HoldsInterpreter); run(); left = descendants(3)",
    "a grandchild ignores SIGTERM": "beside(Spawns); run(); left = descendants(4)",
    "the spare warms up": "keep_spare_worker(); left = descendants(1)",
    "the run is being stopped": (
        "beside(HoldsInterpreter); r = run(); left = descendants(3); "
        "threading.Thread(target=r.stop, daemon=True).start()"
    ),
}
DEATHS = {
    "SIGKILL": "signal.pause()",
    "abort": "os.abort()",
    "segfault": "ctypes.string_at(0)",
    "os._exit": "os._exit(3)",
    "in the coordinator's thread": (
        "from engine.runtime.coordinator import coordinator; coordinator().call(os._exit, 4); signal.pause()"
    ),
    "its own interpreter held": "signal.setitimer(signal.ITIMER_REAL, 0.3); ctypes.PyDLL(None).sleep(60)",
}


@contextmanager
def parent(moment: str, death: str) -> Iterator[list[psutil.Process]]:
    """A script that dies in this way at this moment; the processes that it had started."""
    tell = "print(*[one.pid for one in left], flush=True); sys.stdin.readline()"
    code = "\n".join([PARENT, moment, tell, death])
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None and process.stdin is not None and process.stderr is not None
        line = process.stdout.readline()
        assert line, process.stderr.read()
        left = [psutil.Process(int(pid)) for pid in line.split()]
        try:
            process.stdin.write("die\n")
            process.stdin.flush()
            if death == DEATHS["SIGKILL"]:
                process.kill()
            process.wait(10)
            assert process.returncode != 0
            yield left
        finally:
            process.kill()
            for one in left:
                if not is_gone(one.pid):
                    one.kill()


def all_gone(left: list[psutil.Process], within: float = 1.0) -> None:
    until(lambda: all(is_gone(one.pid) for one in left), timeout=within, what=f"{left} are gone")


@pytest.mark.parametrize(
    "moment",
    [
        "workers start",
        "a worker is stopped",
        "a grandchild ignores SIGTERM",
        "the spare warms up",
        pytest.param("running", marks=pytest.mark.long),
        pytest.param("a worker's interpreter is held", marks=pytest.mark.long),
        pytest.param("the run is being stopped", marks=pytest.mark.long),
    ],
)
def test_when_a_parent_is_killed_at_any_moment_nothing_of_it_is_left_a_second_later(moment: str) -> None:
    with parent(MOMENTS[moment], DEATHS["SIGKILL"]) as left:
        all_gone(left)


@pytest.mark.parametrize(
    "death",
    [
        "segfault",
        *(pytest.param(name, marks=pytest.mark.long) for name in DEATHS if name not in ("SIGKILL", "segfault")),
    ],
)
def test_however_a_parent_dies_nothing_of_it_is_left_a_second_later(death: str) -> None:
    with parent(MOMENTS["a grandchild ignores SIGTERM"], DEATHS[death]) as left:
        all_gone(left)


def test_an_exit_in_a_subscriber_ends_neither_the_coordinator_nor_the_run() -> None:
    survive = """
r = graph.start()
r.subscribe(lambda event: sys.exit(5))
from engine.runtime.coordinator import coordinator
coordinator().call(sys.exit, 6)
seen = r.statistics().nodes["s"].received
while r.statistics().nodes["s"].received < seen + 20:
    time.sleep(0.005)
r.stop()
print(r.state)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PARENT + survive]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=30)
    assert (done.returncode, done.stdout) == (0, "stopped\n"), done.stderr
    assert "SystemExit: 6" in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["run", "{file}"], id="headless"),
        pytest.param(["resources/graphs/hello.tide", "--start"], id="editor", marks=pytest.mark.long),
    ],
)
def test_when_the_command_is_killed_nothing_of_it_is_left_a_second_later(tmp_path: Path, command: list[str]) -> None:
    nodes = [("n", TimedNumbers, {}), ("q", Square, {}), ("b", Spawns, {}), ("s", Collect, {})]
    file = chain_file(tmp_path, *nodes, q="p:", b="b:")
    with subprocess.Popen(
        [sys.executable, "-m", "engine.cli", *(word.format(file=file) for word in command)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        n_expected = 3 if command[0] == "run" else 2  # two workers and what one spawned; a worker and the spare
        try:
            me = psutil.Process(process.pid)
            left = until(lambda: len(c := me.children(recursive=True)) >= n_expected and c, timeout=30)
        finally:
            process.kill()
            process.wait()
        all_gone(left)
