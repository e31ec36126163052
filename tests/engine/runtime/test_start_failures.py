"""A start that cannot be: the error says which node, where and why, soon, and nothing is left."""

from __future__ import annotations

import resource
import signal
import sys
import textwrap
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine import Graph, In, Node, StartError
from tests.engine.runtime.placements import chain
from tests.nodes_for_tests import Collect, Numbers
from tests.timing import Stopwatch

pytestmark = pytest.mark.timeout(40)
SOON_S = 5.0  # a second to say it, and what a busy machine takes to start Python; well within the start's own 10 s

NODE = """
import os, sys, time
from engine import In, Node

in_worker = os.environ.get("TIDEWIRE_MAIN_PID") == str(os.getppid())

class Faulty(Node):
    x = In()
    def process(self, x):
        pass
"""


def project(folder: Path, code: str) -> Graph:
    """A graph whose node at `q:` is of a module that goes wrong in workers alone."""
    (folder / "nodes").mkdir()
    (folder / "nodes" / "faulty.py").write_text(NODE + textwrap.dedent(code))
    graph = Graph()
    graph.add(Numbers, id="n", location="p:")
    graph.save(folder / "graph.tide")  # which says where its project is
    graph.add("nodes.faulty:Faulty", id="f", location="q:")
    graph.connect("n.value", "f.x")
    return graph


def start_error(graph: Graph, timeout: float = 10.0, soon: float = SOON_S) -> str:
    """What the start of a graph fails with."""
    assert not graph.problems()
    watch = Stopwatch()
    with pytest.raises(StartError) as caught:
        graph.start(timeout)
    assert watch.passed_s < soon
    return str(caught.value)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("if in_worker: raise RuntimeError('no device')", ["node f at q:", "RuntimeError: no device", "faulty.py"]),
        ("if in_worker: import missing_module", ["node f at q:", "missing_module", "faulty.py"]),
        pytest.param(
            "if in_worker: sys.exit('enough')", ["node f at q:", "enough", "faulty.py"], marks=pytest.mark.long
        ),
        ("if in_worker: os._exit(7)", ["node f at q:", "process q died in node f: exit code 7"]),
        ("if in_worker: os.abort()", ["node f at q:", "SIGABRT", "Fatal Python error: Aborted", "faulty.py"]),
        pytest.param("if in_worker: del Faulty", ["node f at q:", "no such class"], marks=pytest.mark.long),
    ],
)
def test_a_module_that_goes_wrong_in_the_worker_is_named_with_the_node_and_why(
    tmp_path: Path, code: str, expected: list[str]
) -> None:
    error = start_error(project(tmp_path, code))
    for text in expected:
        assert text in error, error


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("raise SystemExit(4)", ["computer q:", "process q died: exit code"]),
        ("import os\nos._exit(5)", ["computer q:", "process q died: exit code 5"]),
        ("import sys\nsys.modules['msgspec'] = None", ["computer q:", "exit code 1", "ModuleNotFoundError", "msgspec"]),
    ],
)
def test_a_worker_whose_python_is_broken_is_named_with_its_exit_code_or_its_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, expected: list[str]
) -> None:
    (tmp_path / "sitecustomize.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    graph = chain(("n", Numbers, {}), ("s", Collect, {"location": "q:"}))
    error = start_error(graph)
    for text in expected:
        assert text in error, error


def test_a_class_that_another_process_cannot_read_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made_up = types.ModuleType("made_up_for_tests")
    monkeypatch.setitem(sys.modules, "made_up_for_tests", made_up)

    class OnlyHere:
        pass

    OnlyHere.__module__, OnlyHere.__qualname__ = "made_up_for_tests", "OnlyHere"
    made_up.OnlyHere = OnlyHere  # type: ignore[attr-defined]

    class NeedsIt(Node):
        x = In()

        def process(self, x: Any, kind: type = OnlyHere) -> None:
            pass

    error = start_error(chain(("n", Numbers, {}), ("f", NeedsIt, {"location": "q:"})))
    assert "node f at q:" in error and "made_up_for_tests" in error, error


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("if in_worker: time.sleep(600)", marks=pytest.mark.long, id="sleep"),
        pytest.param("if in_worker:\n    import ctypes\n    ctypes.PyDLL(None).sleep(600)", id="interpreter lock"),
    ],
)
def test_a_start_that_takes_too_long_names_the_node_and_its_stack_in_a_process_too(tmp_path: Path, code: str) -> None:
    error = start_error(project(tmp_path, code), timeout=2.5, soon=2.5 + 2.0)
    assert error.startswith("not ready within 2.5 s: node ") and "node f at q:" in error, error
    assert "faulty.py" in error and "in build" in error, error


@pytest.mark.long
def test_a_start_that_is_late_because_its_process_was_stopped_says_so(tmp_path: Path) -> None:
    graph = project(tmp_path, "if in_worker: os.kill(os.getpid(), 19)")
    error = start_error(graph, timeout=2.5, soon=2.5 + 2.0)
    assert "node f at q:: process q is stopped (SIGSTOP); `kill -CONT " in error, error


@pytest.fixture
def few_descriptors() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert psutil.Process().num_fds() < 200
    resource.setrlimit(resource.RLIMIT_NOFILE, (psutil.Process().num_fds() + 12, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_start_without_descriptors_left_is_taken_down_at_once(few_descriptors: None) -> None:
    graph = chain(("n", Numbers, {}), *((f"s{number}", Collect, {}) for number in range(1)))
    for number in range(5):
        graph.add(Numbers, id=f"p{number}", location=f"p{number}:")
    before = set(psutil.Process().children(recursive=True))
    error = start_error(graph, soon=1.0)
    assert "Too many open files" in error
    assert not [child for child in psutil.Process().children() if child not in before and child.is_running()]


def test_a_start_without_threads_left_is_taken_down_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def refused(thread: threading.Thread) -> None:
        if thread.name == "tidewire-t2":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refused)
    graph = chain(("n", Numbers, {"location": "t1"}), ("s", Collect, {"location": "t2"}))
    graph.add(Numbers, id="p", location="p:")
    error = start_error(graph, soon=1.0)
    assert "can't start new thread" in error


def test_a_crash_while_running_is_told_with_the_node_and_the_stack_where_it_crashed() -> None:
    from tests.faults.faulty_nodes import Crash

    graph = chain(("n", Numbers, {"count": 1000}), ("c", Crash, {"location": "q:", "how": "segfault"}))
    run = graph.start()
    assert run.wait(10)
    failure = next(failure for failure in run.failures if failure.node == "c")
    assert failure.error == f"process q died in node c: killed by SIGSEGV, exit code {-signal.SIGSEGV}"
    assert failure.traceback.startswith("Fatal Python error: Segmentation fault") and "in happen" in failure.traceback
