"""Starting: problems found before, a barrier behind which every node is ready, or nothing at all."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine import Graph, GraphError, In, Node, Out, Run, RunState, Source, StartError, param
from tests.engine.runtime.placements import chain, finished, until
from tests.nodes_for_tests import Collect, Numbers, Square, TimedNumbers

pytestmark = pytest.mark.timeout(30)


def test_a_graph_with_problems_does_not_start_and_the_error_has_them_as_data() -> None:
    graph = Graph()
    graph.add(Square, id="q")
    graph.add("nowhere.to_be:Found", id="unknown")
    graph.add(Collect, id="s", location="lab2:ml:")
    with pytest.raises(GraphError) as caught:
        graph.start()
    problems = {problem.where: problem for problem in caught.value.problems}
    assert {"q.x", "unknown", "s"} <= problems.keys()
    assert all(problem.message and problem.remedy for problem in problems.values())
    assert [problem.where for problem in graph.problems()] == [problem.where for problem in caught.value.problems]
    for where in ("q.x", "unknown", "s"):
        assert where in str(caught.value)


def test_an_empty_graph_does_not_start() -> None:
    with pytest.raises(GraphError, match="no nodes"):
        Graph().start()


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(GraphError, match="explode"):
        chain(("n", Numbers, {}), ("s", Collect, {})).start(on_error="explode")


class Early(Source):
    """Would be ahead of everybody."""

    value = Out(int)

    def produce(self) -> Iterator[int]:
        yield from range(100)


class TimeOfStart(Node):
    """Gives when it was ready and when its first message came, seconds of the system's clock."""

    x = In()
    delay = param(0.0)

    def on_start(self) -> None:
        time.sleep(self.delay)
        self.ready, self.first, self.count = time.monotonic(), 0.0, 0

    def process(self, x: Any) -> None:
        self.first = self.first or time.monotonic()
        self.count += 1

    def result(self) -> tuple[float, float, int]:
        return (self.ready, self.first, self.count)


def test_no_message_moves_before_every_node_is_ready() -> None:
    graph = Graph()
    graph.add(Early, id="early")
    for id, location, delay in (("main", "", 0.0), ("t", "t", 0.6), ("p", "p:", 0.3)):
        graph.add(TimeOfStart, id=id, location=location, delay=delay)
        graph.connect("early.value", f"{id}.x")
    run = finished(graph)
    results = [run.result(id) for id in ("main", "t", "p")]
    last_ready = max(ready for ready, _, _ in results)
    assert all(first >= last_ready for _, first, _ in results)
    assert [count for _, _, count in results] == [100, 100, 100]


def test_the_start_returns_when_every_node_is_running() -> None:
    graph = chain(("n", TimedNumbers, {}), ("q", Square, {"location": "t"}), ("s", Collect, {"location": "p:"}))
    with graph.start() as run:
        assert run.state == RunState.RUNNING
        until(lambda: {node.state for node in run.statistics().nodes.values()} == {"running"}, timeout=1.0)
        assert repr(run).startswith("<Run running")
        assert 0 <= run.elapsed_s < 10


def test_a_start_that_fails_leaves_no_process() -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    graph = chain(("n", Numbers, {"location": "p:"}), ("f", FailsToStart, {"location": "q:"}), ("s", Collect, {}))
    with pytest.raises(StartError, match="cannot open the device"):
        graph.start()
    left = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
    assert [child for child in left if child.status() != psutil.STATUS_ZOMBIE] == []


class FailsToStart(Node):
    x = In()
    y = Out()

    def on_start(self) -> None:
        raise OSError("cannot open the device")

    def process(self, x: Any) -> Any:
        return x


def test_on_stop_of_nodes_that_had_started_is_called_when_another_fails_to_start(tmp_path: Path) -> None:
    graph = chain(
        ("n", Numbers, {}),
        ("w", Witness, {"path": str(tmp_path / "seen")}),
        ("f", FailsToStart, {}),
        ("s", Collect, {}),
    )
    with pytest.raises(StartError):
        graph.start()
    assert (tmp_path / "seen").read_text() == "stopped"


class Witness(Node):
    x = In()
    y = Out()
    path = param("")

    def process(self, x: Any) -> Any:
        return x

    def on_stop(self) -> None:
        Path(self.path).write_text("stopped")


# -- where node types may come from


def _factory(offset: int) -> type[Node]:
    class Shift(Node):
        x = In(int)
        y = Out(int)

        def process(self, x: int) -> int:
            return x + offset

    return Shift


@pytest.mark.parametrize("location", ["", "t", "p:"])
def test_classes_made_inside_a_function_run_anywhere(location: str) -> None:
    shift = _factory(100)
    run = finished(chain(("n", Numbers, {"count": 3}), ("f", shift, {"location": location}), ("s", Collect, {})))
    assert run.result("s") == [100, 101, 102]


def test_the_newest_of_two_classes_of_one_name_is_the_one_that_was_added() -> None:
    for offset in (1, 2):
        graph = chain(("n", Numbers, {"count": 2}), ("f", _factory(offset), {"location": "p:"}), ("s", Collect, {}))
        assert finished(graph).result("s") == [offset, offset + 1]


SCRIPT = """
from engine import Graph, In, Node, Out, Source, param

class Value:
    def __init__(self, number):
        self.number = number

class Ramp(Source):
    value = Out(Value)
    count = param(5)
    async def produce(self):
        for i in range(self.count):
            yield Value(i)
            await self.sleep(0.001)

class Double(Node):
    x = In(Value)
    y = Out(Value)
    def process(self, x):
        assert isinstance(x, Value), type(x)
        return helper(x)

def helper(x):
    return Value(x.number * FACTOR)

FACTOR = 2

class Keep(Node):
    x = In(Value)
    def on_start(self):
        self.seen = []
    def process(self, x):
        self.seen.append(x.number)
    def result(self):
        return self.seen

def main():
    for locations in (("", "", ""), ("a", "b", ""), ("p:", "q:", ""), ("p:", "q:", "p:io")):
        graph = Graph()
        for id, node_type, location in zip(("r", "d", "k"), (Ramp, Double, Keep), locations):
            graph.add(node_type, id=id, location=location)
        graph.connect("r.value", "d.x")
        graph.connect("d.y", "k.x")
        run = graph.start()
        assert run.wait(10), run.waiting_for()
        assert run.state == "finished", run.failures
        print(run.result("k"))

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("how", ["file", "-c", pytest.param("stdin", marks=pytest.mark.long)])
def test_classes_of_a_script_run_in_processes_too_and_the_script_ends(how: str, tmp_path: Path) -> None:
    file = tmp_path / "my script.py"
    file.write_text(SCRIPT)
    arguments = {"file": [str(file)], "-c": ["-c", SCRIPT], "stdin": ["-"]}[how]
    done = subprocess.run(
        [sys.executable, *arguments],
        input=SCRIPT if how == "stdin" else None,
        capture_output=True,
        text=True,
        timeout=25,
        env=_environment(),
        cwd=tmp_path,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["[0, 2, 4, 6, 8]"] * 4
    assert done.returncode == 0


def _environment() -> dict[str, str]:
    import os

    root = str(Path(__file__).parents[3])
    return {**os.environ, "PYTHONPATH": root}


PROJECT_NODES = """
from engine import In, Node, Out
from .words import WORD

class Label(Node):
    x = In(int)
    y = Out(str)
    def process(self, x):
        return f"{WORD}{x}"
"""


def test_node_types_in_a_projects_folder_run_in_processes_and_two_projects_do_not_mix(tmp_path: Path) -> None:
    for name in ("one", "two"):
        nodes = tmp_path / name / "nodes"
        nodes.mkdir(parents=True)
        (nodes / "labels.py").write_text(PROJECT_NODES)
        (nodes / "words.py").write_text(f"WORD = {name!r}\n")
        graph = chain(("n", Numbers, {"count": 2}))
        graph.add("nodes.labels:Label", id="l", location="p:")
        graph.add("nodes.labels:Label", id="m", location="")
        graph.add(Collect, id="s")
        graph.add(Collect, id="t")
        for output, input in (("n.value", "l.x"), ("n.value", "m.x"), ("l.y", "s.x"), ("m.y", "t.x")):
            graph.connect(output, input)
        graph.save(tmp_path / name / "graph.tide")
    for name in ("one", "two"):
        run: Run = finished(Graph.load(tmp_path / name / "graph.tide"))
        assert run.result("s") == run.result("t") == [f"{name}0", f"{name}1"]


def test_a_saved_graph_runs_to_the_same_result_when_it_is_loaded(tmp_path: Path) -> None:
    graph = chain(
        ("n", Numbers, {"count": 7, "location": "p:"}),
        ("q", Square, {"location": "t"}),
        ("s", Collect, {}),
    )
    expected = finished(graph).result("s")
    graph.save(tmp_path / "graph.tide")
    assert finished(Graph.load(tmp_path / "graph.tide")).result("s") == expected == [i * i for i in range(7)]


class ImportsNothing(Node):
    """Holds a module-level object that cannot travel, by a closure."""

    x = In()


def test_a_class_that_cannot_travel_is_a_start_error_that_says_what_to_do() -> None:
    import threading

    lock = threading.Lock()

    class Closed(Node):
        x = In()

        def process(self, x: Any) -> None:
            with lock:
                pass

    with pytest.raises(StartError, match="module"):
        chain(("n", Numbers, {}), ("c", Closed, {"location": "p:"})).start()


OUT_OF_DESCRIPTORS = """
import os, resource
import psutil
from engine import Graph, StartError
from tests.nodes_for_tests import Collect, Numbers

graph = Graph()
graph.add(Numbers, id="n")
for index in range(30):
    graph.add(Collect, id=f"s{index}", location=f"p{index % 4}:")
    graph.connect("n.value", f"s{index}.x")
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
for limit in (16, 40):
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    try:
        graph.start()
        print("started with", limit)
    except StartError as error:
        assert "Too many open files" in str(error), error
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    assert not psutil.Process().children()
run = graph.start()
assert run.wait(10)
print(run.state, len(os.listdir("/proc/self/fd")) < 16)
"""


@pytest.mark.long
def test_a_start_without_descriptors_left_is_a_start_error_that_leaves_nothing_and_the_next_start_works() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OUT_OF_DESCRIPTORS], capture_output=True, text=True, timeout=25, env=_environment()
    )
    assert (done.stdout, done.stderr) == ("finished True\n", "")


PRINTS = """
from engine import Graph, In, Node
from tests.nodes_for_tests import Numbers

class Prints(Node):
    x = In()
    def process(self, x):
        import sys
        print("out", x)
        print("err", x, file=sys.stderr)

graph = Graph()
graph.add(Numbers, id="n", count=3)
graph.add(Prints, id="p", location="p:")
graph.connect("n.value", "p.x")
with graph.start() as run:
    run.wait(10)
"""


def test_what_a_node_prints_in_a_process_reaches_the_scripts_output() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRINTS], capture_output=True, text=True, timeout=25, env=_environment()
    )
    assert done.stdout.splitlines() == ["out 0", "out 1", "out 2"]
    assert done.stderr.splitlines() == ["err 0", "err 1", "err 2"]
