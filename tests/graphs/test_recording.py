"""Recordings of a live run are whole, however the run ends."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from engine import Graph
from engine.runtime.run import Run
from engine.runtime.states import NodeState, RunState

WRITERS = {"CsvWriter": "a.csv", "NpzWriter": "a.npz", "WavWriter": "a.wav"}


def recording(folder: Path, location: str, **options: object) -> Graph:
    graph = Graph()
    graph.add("engine.library.sources:Tone", id="tone", amplitude=0.5, rate_hz=1000.0, block_size=10, **options)
    for name, file in WRITERS.items():
        graph.add(f"engine.library.sinks:{name}", id=name, path=str(folder / file), location=location)
        graph.connect("tone.signal", f"{name}.{'value' if name == 'CsvWriter' else 'signal'}")
    return graph


def until_written(run: Run, chunks: int) -> None:
    end = time.monotonic() + 20
    while min(run.statistics().nodes[name].received for name in WRITERS) < chunks:
        assert time.monotonic() < end, f"{chunks} chunks were not written within 20 s"
        time.sleep(0.01)


def lengths(folder: Path, suffix: str = "") -> list[int]:
    with open(folder / f"a.csv{suffix}", encoding="utf-8") as file:
        rows = len(file.readlines()) - 1
    if suffix:
        samples = np.load(folder / f"a.npz{suffix}")
    else:
        with np.load(folder / "a.npz") as archive:
            samples = archive["samples"]
    return [rows, len(samples), len(wavfile.read(folder / f"a.wav{suffix}")[1])]


@pytest.mark.parametrize("location", ["", "disk", "disk:"])
@pytest.mark.parametrize("force", [False, True])
def test_a_stop_leaves_whole_files(location: str, force: bool, tmp_path: Path) -> None:
    run = recording(tmp_path, location).start(timeout=30.0)
    until_written(run, 20)
    run.stop(force=force)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(WRITERS.values())
    received = [run.statistics().nodes[name].received * 10 for name in WRITERS]
    assert min(lengths(tmp_path)) >= 200
    if not force:
        assert lengths(tmp_path) == received == [received[0]] * 3
    assert run.failures == []


def test_a_run_that_ends_by_itself_leaves_whole_files(tmp_path: Path) -> None:
    with recording(tmp_path, "disk:", realtime=False, duration_s=5.0).start(timeout=30.0) as run:
        assert run.wait(30)
    assert run.state is RunState.FINISHED
    assert lengths(tmp_path) == [5000] * 3


def test_a_killed_process_leaves_what_it_wrote(tmp_path: Path) -> None:
    run = recording(tmp_path, "disk:").start(timeout=30.0, on_error="skip")
    try:
        until_written(run, 20)
        pid = next(computer.pid for computer in run.statistics().computers.values() if computer.kind == "process")
        assert pid is not None and pid != os.getpid()
        os.kill(pid, signal.SIGKILL)
        end = time.monotonic() + 10
        while run.statistics().nodes["CsvWriter"].state is not NodeState.DEAD:
            assert time.monotonic() < end, "the killed process was not noticed within 10 s"
            time.sleep(0.01)
    finally:
        run.stop(force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{name}.part" for name in WRITERS.values())
    assert min(lengths(tmp_path, ".part")) >= 200
