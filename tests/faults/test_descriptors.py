"""No descriptor left: at the start, with every number of them, and while a graph runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(120)

HEAD = """
import gc, os, resource, sys, time
import psutil
from engine import Graph, StartError, TapClosed
from tests.engine.runtime.placements import until
from tests.nodes_for_tests import Collect, Numbers, TimedNumbers

hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]

def open_now():
    gc.collect()
    return sorted(int(number) for number in os.listdir("/proc/self/fd"))

def limited(extra):
    "No more descriptors than are open, and a few."
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(base) - 1 + extra, hard))

def freed():
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
"""

STARTS = """
graph = Graph()
graph.add(Numbers, id="n")
for index in range(6):
    graph.add(Collect, id=f"s{index}", location=("p:", "q:", "t")[index % 3])
    graph.connect("n.value", f"s{index}.x")
assert graph.start().wait(10)
base = open_now()
started = 0
for extra in range(0, 60, int(sys.argv[1])):
    limited(extra)
    began = time.monotonic()
    try:
        run = graph.start(timeout=10.0)
    except StartError as error:
        freed()
        assert "Too many open files" in str(error), (extra, error)
        assert time.monotonic() - began < 4.0, (extra, "as soon as it is known")
    else:
        started += 1
        ended = run.wait(5)
        freed()
        assert ended and run.state == "finished", (extra, ended, run.failures)
    assert not psutil.Process().children(), extra
    until(lambda: len(open_now()) <= len(base), timeout=2.0, what=f"nothing left open with {extra}")
assert 0 < started < 60 / int(sys.argv[1]), started
run = graph.start()
assert run.wait(10)
print(run.state)
"""

RUNNING = """
graph = Graph()
graph.add(TimedNumbers, id="n", location="p:")
graph.add(Collect, id="s")
graph.connect("n.value", "s.x")
run = graph.start()
until(lambda: run.statistics().nodes["s"].received > 2)
base = open_now()
limited(0)
tap = run.tap("n.value")
try:
    tap.get(timeout=5.0)
    print("a tap without a descriptor")
except TapClosed:
    print("tap closed")
tap.close()
other = Graph()
other.add(Numbers, id="n", location="p:")
other.add(Collect, id="s")
other.connect("n.value", "s.x")
try:
    other.start(timeout=5.0)
except StartError as error:
    print("Too many open files" in str(error))
seen = run.statistics().nodes["s"].received
until(lambda: run.statistics().nodes["s"].received > seen + 5)
freed()
with run.tap("n.value") as tap:
    print(tap.get(timeout=5.0) > 0)
run.stop()
print(run.state, run.failures, run.result("s") == list(range(run.statistics().nodes["n"].emitted)))
until(lambda: len(open_now()) <= len(base), timeout=2.0)
assert not psutil.Process().children()
"""


def _script(body: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", HEAD + body, *words],
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.parametrize(
    "step",
    [pytest.param(5, marks=pytest.mark.long), pytest.param(2, marks=[pytest.mark.long, pytest.mark.minutes])],
)
def test_a_start_with_too_few_descriptors_is_a_start_error_soon_and_leaves_nothing(step: int) -> None:
    done = _script(STARTS, str(step))
    assert (done.returncode, done.stdout) == (0, "finished\n"), done.stderr


def test_a_tap_for_which_there_is_no_descriptor_ends_at_once_and_the_run_goes_on() -> None:
    done = _script(RUNNING)
    assert done.stdout.splitlines() == ["tap closed", "True", "True", "stopped [] True"], done.stderr
    assert done.returncode == 0, done.stderr
