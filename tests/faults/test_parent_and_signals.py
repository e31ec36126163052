"""Scripts that are killed, interrupted or simply end: no worker outlives them, and none keeps them alive."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.engine.runtime.placements import is_gone, until
from tests.scripts import TWO_PROCESSES
from tests.timing import Stopwatch, within

pytestmark = pytest.mark.timeout(40)
ROOT = Path(__file__).parents[2]

HEAD = f"""
import os, sys, threading, time
{TWO_PROCESSES}
from tests.faults.faulty_nodes import BusyLoop, CountWhole, HoldsInterpreter, Megabytes, Spawns, StuckInC


def started(run):
    while run.statistics().nodes["s"].received < 3:
        time.sleep(0.005)
    print("pids", *sorted({{c.pid for c in run.statistics().computers.values() if c.pid != os.getpid()}}), flush=True)
"""


@contextmanager
def _script(body: str, **options: object) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A script that runs; its workers' pids when it has printed them."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", HEAD + body],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        **options,  # type: ignore[call-overload]
    )
    pids: list[int] = []
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("pids"), (line, process.stderr.read() if process.stderr else "")
        pids = [int(pid) for pid in line.split()[1:]]
        assert len(pids) >= 2
        yield process, pids
    finally:
        process.kill()
        process.communicate()
        for pid in pids:
            if not is_gone(pid):
                os.kill(pid, signal.SIGKILL)


def _all_gone(pids: list[int]) -> None:
    within(1.0, lambda: all(is_gone(pid) for pid in pids), "the workers are gone")


RUNNING = """
run = graph.start()
started(run)
"""


def _beside(kind: str) -> str:
    return f'graph.add({kind}, id="b", at=0, location="b:"); graph.connect("n.value", "b.x", overflow="latest")'


MEGABYTES = """
graph.add(Megabytes, id="m", location="b:")
graph.add(CountWhole, id="c", location="c:")
graph.connect("m.array", "c.x")
"""


@pytest.mark.parametrize(
    "worker",
    [
        pytest.param("", id="healthy"),
        pytest.param(_beside("BusyLoop"), id="busy", marks=pytest.mark.long),
        pytest.param(_beside("StuckInC"), id="blocked", marks=pytest.mark.long),
        pytest.param(_beside("HoldsInterpreter"), id="holds the interpreter"),
        pytest.param(MEGABYTES, id="megabytes in flight"),
    ],
)
def test_when_the_parent_is_killed_every_worker_is_gone_within_a_second(worker: str) -> None:
    with _script(worker + RUNNING + "time.sleep(60)") as (process, pids):
        process.kill()
        process.wait()
        _all_gone(pids)


def test_when_the_parent_is_killed_while_workers_start_none_stays() -> None:
    body = """
import subprocess, psutil
threading.Thread(target=graph.start, daemon=True).start()
me = psutil.Process()
while len(me.children()) < 2:
    time.sleep(0.001)
print("pids", *[child.pid for child in me.children()], flush=True)
time.sleep(60)
"""
    with _script(body) as (process, pids):
        process.kill()
        process.wait()
        _all_gone(pids)


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "1 / 0"])
def test_a_script_that_ends_with_a_run_going_on_ends_and_takes_it_down(end: str) -> None:
    with _script(RUNNING + end) as (process, pids):
        assert process.wait(5) == {"1 / 0": 1, "sys.exit(3)": 3}.get(end, 0)
        _all_gone(pids)


@pytest.mark.long
def test_a_script_that_ends_with_a_stuck_thread_ends_all_the_same() -> None:
    worker = 'graph.add(StuckInC, id="b", at=0, location="t"); graph.connect("n.value", "b.x", overflow="latest")'
    with _script(worker + RUNNING + 'print("done", flush=True)') as (process, pids):
        assert process.wait(6) == 0
        _all_gone(pids)


def test_a_script_that_is_interrupted_with_ctrl_c_in_wait_ends_like_any_script_and_leaves_nothing() -> None:
    body = RUNNING + "run.wait()"
    with _script(body, start_new_session=True) as (process, pids):
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        _, errors = process.communicate(timeout=6)
        assert process.returncode in (1, 130, -signal.SIGINT)
        assert "KeyboardInterrupt" in errors
        assert errors.count("Traceback") == 1, "one traceback, of the script itself"
        _all_gone(pids)


def test_ctrl_c_in_a_with_statement_stops_the_run() -> None:
    body = """
with graph.start() as run:
    try:
        started(run)
        run.wait()
    except KeyboardInterrupt:
        print("interrupted", run.state, flush=True)
print("after", run.state, run.result("s") == [i * i for i in range(run.statistics().nodes["n"].emitted)], flush=True)
"""
    with _script(body, start_new_session=True) as (process, pids):
        os.killpg(process.pid, signal.SIGINT)
        out, errors = process.communicate(timeout=6)
        assert (out.splitlines(), errors) == (["interrupted running", "after stopped True"], "")
        _all_gone(pids)


@pytest.mark.long
def test_ctrl_c_during_the_start_leaves_nothing() -> None:
    body = """
import psutil
def tell():
    me = psutil.Process()
    while len(me.children()) < 2:
        time.sleep(0.001)
    print("pids", *[child.pid for child in me.children()], flush=True)
threading.Thread(target=tell, daemon=True).start()
graph.start()
time.sleep(60)
"""
    with _script(body, start_new_session=True) as (process, pids):
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=6)
        assert "KeyboardInterrupt" in errors
        _all_gone(pids)


def test_sigterm_to_the_script_takes_the_workers_with_it() -> None:
    with _script(RUNNING + "run.wait()") as (process, pids):
        process.terminate()
        process.wait(5)
        _all_gone(pids)


def test_an_asyncio_script_that_is_interrupted_leaves_nothing() -> None:
    body = """
import asyncio
async def main():
    run = await graph.astart()
    await asyncio.to_thread(started, run)
    await run.await_end()
asyncio.run(main())
"""
    with _script(body, start_new_session=True) as (process, pids):
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=6)
        _all_gone(pids)


def test_workers_hold_no_descriptor_but_their_own() -> None:
    with _script(RUNNING + "time.sleep(60)") as (process, pids):
        ours = {os.readlink(f"/proc/{process.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{process.pid}/fd")}
        held: dict[str, list[int]] = {}
        for pid in pids:
            for fd in os.listdir(f"/proc/{pid}/fd"):
                target = os.readlink(f"/proc/{pid}/fd/{fd}")
                if target.startswith("socket:"):
                    held.setdefault(target, []).append(pid)
        assert all(len(holders) == 1 for holders in held.values()), "a socket's end is in two processes"
        assert not set(held) & ours, "the parent keeps a copy of a worker's end, which would hide its death"


@pytest.mark.parametrize("seconds", [1.0, pytest.param(4.0, marks=pytest.mark.long)])
def test_a_parent_that_is_stopped_and_continued_goes_on_where_it_was(seconds: float) -> None:
    """Ctrl+Z and fg: what ran in the workers went on, nothing is lost, and nobody is blamed for the pause."""
    body = """
graph.add(Collect, id="here")
graph.connect("q.y", "here.x")
run = graph.start()
started(run)
sys.stdin.readline()
seen = run.statistics().nodes["here"].received
while run.statistics().nodes["here"].received < seen + 20:
    time.sleep(0.005)
run.stop()
emitted = run.statistics().nodes["n"].emitted
squares = [i * i for i in range(emitted)]
print(run.state, run.failures, run.result("s") == squares, run.result("here") == squares, flush=True)
"""
    with _script(body, stdin=subprocess.PIPE) as (process, pids):
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(seconds)
        assert not any(is_gone(pid) for pid in pids), "the workers wait for it"
        process.send_signal(signal.SIGCONT)
        out, errors = process.communicate("go on\n", timeout=10)
        assert (out.splitlines(), errors) == (["stopped [] True True"], "")
        _all_gone(pids)


@pytest.mark.long
def test_a_forked_copy_of_a_process_with_runs_does_not_disturb_them() -> None:
    body = """
run = graph.start()
child = os.fork()
if child == 0:
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
started(run)
seen = run.statistics().nodes["s"].received
while run.statistics().nodes["s"].received < seen + 20:
    time.sleep(0.005)
run.stop()
assert run.state == "stopped", run.failures
print("fine", flush=True)
"""
    with _script(body) as (process, pids):
        out, errors = process.communicate(timeout=10)
        assert (out.strip(), process.returncode) == ("fine", 0), errors
        _all_gone(pids)


def test_what_a_worker_spawned_is_gone_too_when_the_parent_is_killed() -> None:
    marker = f"tidewire-orphan-{os.getpid()}-{time.monotonic_ns()}"

    def spawned() -> list[int]:
        return [p.pid for p in psutil.process_iter(["cmdline"]) if marker in (p.info["cmdline"] or [])]

    worker = f'graph.add(Spawns, id="b", marker="{marker}", location="b:"); graph.connect("n.value", "b.x")'
    with _script(worker + RUNNING + "time.sleep(60)") as (process, pids):
        children = until(spawned, timeout=10.0)
        process.kill()
        process.wait()
        watch = Stopwatch()
        _all_gone(pids)
        within(1.0, lambda: all(is_gone(pid) for pid in children), "the worker's own child", watch)
