"""What killed processes may not do to others, and the control plane: no shared lock, latched stops, overlays."""

from __future__ import annotations

import ast
import contextlib
import os
from pathlib import Path

import psutil
import pytest

from engine import Graph, Node, Run, RunState
from tests.engine.runtime.placements import PLACEMENTS, chain, is_gone, pid_of, place, until
from tests.faults.faulty_nodes import Crash, HoldsUntil, ReadsPipe, let_go_and_join
from tests.nodes_for_tests import Arrays, CheckArrays, Collect, Numbers, Square, TimedNumbers
from tests.promises.nodes import FailsToProduce
from tests.timing import Stopwatch

pytestmark = pytest.mark.timeout(60)
ENGINE = Path(__file__).parents[2] / "engine"
LOCKS = {"multiprocessing", "posix_ipc", "sysv_ipc", "flock", "lockf", "Semaphore", "BoundedSemaphore"}


def test_no_cross_process_lock_or_semaphore_is_used_anywhere() -> None:
    """`threading.Semaphore` lives in one process: it may be; whatever two processes could share may not."""
    found = []
    for path in sorted(ENGINE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name.split(".")[0] for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [(node.module or "").split(".")[0], *(alias.name for alias in node.names)]
            elif isinstance(node, ast.Attribute):
                of_threads = isinstance(node.value, ast.Name) and node.value.id in ("threading", "asyncio")
                names = [] if of_threads else [node.attr]
            found += [f"{path.relative_to(ENGINE)}:{node.lineno} {name}" for name in names if name in LOCKS]  # type: ignore[attr-defined]
    assert not found


def test_workers_have_sessions_groups_and_sockets_of_their_own_and_no_named_memory() -> None:
    graph = Graph()
    graph.add(Arrays, id="a", count=0, size=1 << 20, interval=0.005, location="p:")
    graph.add(CheckArrays, id="c", location="q:")
    graph.connect("a.array", "c.x")
    with graph.start() as run:
        until(lambda: run.statistics().nodes["c"].received > 5)
        pids = [pid_of(run, label) for label in ("p:", "q:")]
        for pid in pids:
            assert os.getpgid(pid) == os.getsid(pid) == pid
            assert "/dev/shm/" not in Path(f"/proc/{pid}/maps").read_text()
        held = [_sockets(pid) for pid in (*pids, os.getpid())]
        for index, one in enumerate(held):
            for other in held[index + 1 :]:
                assert not one & other, "the end of a socket is in one process only: a copy would hide its EOF"


def _sockets(pid: int) -> set[str]:
    found = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the one by which we look, for example
            found.add(os.readlink(descriptor))
    return {target for target in found if target.startswith("socket:")}


def test_a_local_graph_opens_no_listening_socket() -> None:
    graph = chain(("n", TimedNumbers, {"location": "p:"}), ("q", Square, {}), ("s", Collect, {"location": "q:t"}))
    with graph.start() as run:
        until(lambda: run.statistics().nodes["s"].received > 3)
        for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
            assert not process.net_connections("inet")


@pytest.mark.parametrize("force", [False, True])
def test_a_stop_that_comes_while_a_worker_still_imports_is_not_lost_and_keeps_its_budget(force: bool) -> None:
    graph = chain(("n", Numbers, {}))
    graph.add("tests.promises.slow_to_import:SlowToImport", id="slow", location="p:")  # this module is imported there
    graph.connect("n.value", "slow.x")
    run, started = Run.begin(graph, 30.0, "stop")
    until(lambda: run.statistics().nodes and run.statistics().nodes["n"].state == "ready")
    pid = pid_of(run, "p:")
    watch = Stopwatch()
    run.stop(force=force)
    assert watch.passed_s < 2.0
    assert run.state in (RunState.STOPPED, RunState.KILLED)
    assert is_gone(pid)
    assert started.cancelled() or started.exception(5) is not None


@pytest.mark.parametrize("location", ["p:", pytest.param("t", marks=pytest.mark.long)])
def test_late_is_an_overlay_that_comes_and_goes_and_no_state(location: str, tmp_path: Path) -> None:
    over = tmp_path / "over"
    graph = chain(
        ("n", TimedNumbers, {"interval": 0.01}),
        ("h", HoldsUntil, {"location": location, "until": str(over)}),
        ("s", Collect, {}),
    )
    run = graph.start()
    until(lambda: run.statistics().nodes["h"].late, what="late")
    assert (run.statistics().nodes["h"].state, run.state) == ("running", RunState.RUNNING)
    assert not run.failures
    over.touch()
    until(lambda: not run.statistics().nodes["h"].late, what="in time again")
    run.stop()
    assert (run.state, run.failures) == (RunState.STOPPED, [])
    assert run.result("s") == list(range(run.statistics().nodes["n"].emitted)), "nothing was lost meanwhile"


# How a part of a run ends: its source, its sink, and what becomes of the sink.
ENDS: dict[str, tuple[type[Node], type[Node], set[str]]] = {
    "well": (Numbers, Collect, {"ended"}),
    "stopped": (TimedNumbers, Collect, {"stopped", "ended"}),
    "fails": (FailsToProduce, Collect, {"ended"}),
    "dies": (Numbers, Crash, {"dead"}),
    "stuck": (TimedNumbers, ReadsPipe, {"dead", "abandoned"}),
}
WORST = {
    RunState.FINISHED: ("well",),
    RunState.STOPPED: ("stopped", "well"),
    RunState.FAILED: ("dies", "fails", "stopped", "well"),
    RunState.KILLED: ("stuck", "dies", "fails", "stopped", "well"),
}


@pytest.mark.parametrize(
    ("outcome", "parts", "placement"),
    [
        *(
            pytest.param(one, WORST[one], place)
            for one in (RunState.FINISHED, RunState.STOPPED)
            for place in PLACEMENTS
        ),
        *(pytest.param(RunState.FAILED, (one, "well"), place) for one in ("fails", "dies") for place in PLACEMENTS),
        pytest.param(RunState.FAILED, WORST[RunState.FAILED], "process"),
        *(
            pytest.param(RunState.KILLED, parts, place, marks=[] if place == quick else [pytest.mark.long])
            for parts, quick in ((("stuck", "well"), "thread"), (WORST[RunState.KILLED], "process"))
            for place in PLACEMENTS
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "+".join(value),
)
def test_the_outcome_of_a_run_is_the_worst_of_its_nodes(
    outcome: RunState, parts: tuple[str, ...], placement: str
) -> None:
    graph = Graph()
    for part in parts:
        source, sink, _ = ENDS[part]
        graph.add(source, id=f"{part}-source")
        graph.add(sink, id=part)
        graph.connect(f"{part}-source.value", f"{part}.x", overflow="drop_oldest" if part == "stuck" else "block")
    place(graph, placement)
    for part in {"dies", "stuck"} & set(parts):  # they would take others with them
        graph.set_location(f"{part}-source", "")
        graph.set_location(part, "d:" if part == "dies" else {"main": "s", "thread": "s"}.get(placement, "s:"))
    run = graph.start(on_error="skip")
    if "dies" in parts:
        until(lambda: run.statistics().nodes["dies"].state == "dead", timeout=10.0)
    if "fails" in parts:
        until(lambda: run.statistics().nodes["fails-source"].state == "failed", timeout=10.0)
    until(lambda: run.statistics().nodes["well"].state == "ended", timeout=10.0)
    if "stuck" in parts:
        until(lambda: run.statistics().nodes["stuck"].late, timeout=10.0)
        run.stop(force=True)
        let_go_and_join("stuck")
    elif "stopped" in parts:
        run.stop()
    assert run.wait(10.0), run.waiting_for()
    assert run.state == outcome, run.failures
    for part in parts:
        assert run.statistics().nodes[part].state in ENDS[part][2], part
