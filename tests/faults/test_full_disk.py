"""Disks that are full while a graph is saved and while it records: old files stay whole, and it is said.

A tiny tmpfs in a mount namespace of its own is really full; nobody else on the machine notices.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
_TRIED = subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode if shutil.which("unshare") else 1
pytestmark = [
    pytest.mark.timeout(60),
    pytest.mark.skipif(_TRIED != 0, reason="a mount namespace of one's own is not allowed here"),
]


def _on_small_disks(folders: dict[Path, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python words where each folder is a disk of its own size."""
    mounts = " && ".join(f"mount -t tmpfs -o size={size} tmpfs {folder}" for folder, size in folders.items())
    # What is left on the disks goes with the namespace: it is copied out for the test to look at.
    copies = " ; ".join(f"cp -a {folder}/. {folder}.after" for folder in folders)
    for folder in folders:
        folder.mkdir()
        Path(f"{folder}.after").mkdir()
    script = f'{mounts} || exit 99; "$@"; code=$?; {copies}; exit $code'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", sys.executable, *words],
        capture_output=True,
        text=True,
        timeout=50,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    if done.returncode == 99:
        pytest.skip(f"no tmpfs can be mounted here: {done.stderr}")
    return done


SAVES = """
import os, sys
from pathlib import Path
from engine import Graph
from tests.nodes_for_tests import Collect, Numbers

folder = Path(sys.argv[1])
path = folder / "a.tide"
graph = Graph()
graph.add(Numbers, id="n")
graph.save(path)
before = path.read_bytes()
(folder / "filler").write_bytes(b"x" * (os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize))
for index in range(400):
    graph.add(Collect, id=f"s{index}")
    graph.connect("n.value", f"s{index}.x")
try:
    graph.save(path)
    print("saved")
except OSError as error:
    print(f"{error.strerror}")
assert path.read_bytes() == before, "the old file is whole"
print(sorted(os.listdir(folder)))
(folder / "filler").unlink()
graph.save(path)
print(len(Graph.load(path).nodes))
"""


def test_a_full_disk_while_saving_leaves_the_old_file_whole_and_is_said(tmp_path: Path) -> None:
    done = _on_small_disks({tmp_path / "disk": "64k"}, "-c", SAVES, str(tmp_path / "disk"))
    assert done.stdout.splitlines() == ["No space left on device", "['a.tide', 'filler']", "401"], done.stderr
    assert done.stderr == ""


RECORDS = """
import json, sys
from engine import Graph
from engine.cli.report import report
from engine.library.sinks import CsvWriter, NpzWriter, WavWriter
from engine.library.sources import Tone
from tests.nodes_for_tests import Collect

folder, policy, location = sys.argv[1:]
graph = Graph()
graph.add(Tone, id="tone", rate_hz=10000.0, block_size=500, realtime=False, amplitude=0.5, noise=0.1, duration_s=6.0)
for kind, name in ((CsvWriter, "csv"), (WavWriter, "wav"), (NpzWriter, "npz")):
    with open(f"{folder}/{name}/a.{name}", "w") as old:
        old.write("old")
    graph.add(kind, id=name, path=f"{folder}/{name}/a.{name}", location=location)
    graph.connect("tone.signal", f"{name}.{next(iter(kind.node_inputs))}")
graph.add(Collect, id="beside")
graph.connect("tone.signal", "beside.x")
run = graph.start(on_error=policy)
assert run.wait(40), run.waiting_for()
print(json.dumps(report(graph, run, "")))
"""


def _record(folder: Path, policy: str, location: str) -> dict[str, Any]:
    disks = {folder / name: "120k" for name in ("csv", "wav", "npz")}
    done = _on_small_disks(disks, "-c", RECORDS, str(folder), policy, location)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("policy", "location"),
    [("skip", "w:"), *(pytest.param(*case, marks=pytest.mark.long) for case in (("skip", ""), ("stop", "w:")))],
)
def test_a_full_disk_while_recording_fails_the_writer_by_its_policy_and_what_was_written_stays_whole(
    policy: str, location: str, tmp_path: Path
) -> None:
    report = _record(tmp_path, policy, location)
    failures = report["failures"]
    assert failures
    assert report["state"] == "failed" if policy == "stop" else report["state"] in ("failed", "finished")
    for failure in failures:
        assert failure["node"] in ("csv", "wav", "npz") and failure["location"] == location
        assert "No space left on device" in failure["error"] and failure["node"] in failure["error"]
    hit = {failure["node"] for failure in failures}
    nodes = report["nodes"]
    if policy == "skip":
        assert hit == {"csv", "wav", "npz"}, "each says that its disk is full"
        assert nodes["beside"]["received"] == nodes["tone"]["emitted"] == 120, "the others go on"
    for name in hit:
        files = sorted(path.name for path in (tmp_path / f"{name}.after").iterdir())
        assert files in ([f"a.{name}"], [f"a.{name}", f"a.{name}.part"]), files
        whole = tmp_path / f"{name}.after" / files[-1]
        if len(files) == 2:
            assert (tmp_path / f"{name}.after" / f"a.{name}").read_text() == "old", "until the new one is complete"
        assert _blocks(whole, name) > 3


def _blocks(path: Path, kind: str) -> float:
    """How many blocks of the tone a file holds; raises when it is not whole."""
    if kind == "csv":
        return len(np.loadtxt(path, delimiter=",", skiprows=1)) / 500
    if kind == "wav":
        with wave.open(str(path)) as file:
            frames = file.getnframes()
            assert len(file.readframes(frames)) == 2 * frames
            return frames / 500
    if path.suffix == ".part":
        return len(np.load(path)) / 500
    with np.load(path) as archive:
        return len(archive["samples"]) / 500


FULL_SHM = """
import os
from engine import Graph
from tests.nodes_for_tests import Arrays, CheckArrays

try:
    with open("/dev/shm/filler", "wb") as file:
        while True:
            file.write(b"x" * 4096)
            file.flush()
except OSError as error:
    print(error.strerror)
graph = Graph()
graph.add(Arrays, id="a", count=50, size=1 << 20, location="p:")
graph.add(CheckArrays, id="c", location="q:")
graph.connect("a.array", "c.x")
run = graph.start()
assert run.wait(20), run.waiting_for()
print(run.state, run.result("c"), os.listdir("/dev/shm"))
"""


def test_a_full_dev_shm_is_nothing_to_a_run_for_its_memory_has_no_name() -> None:
    mount = 'mount -t tmpfs -o size=16k tmpfs /dev/shm || exit 99; exec "$@"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", mount, "sh", sys.executable, "-c", FULL_SHM],
        capture_output=True,
        text=True,
        timeout=50,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    if done.returncode == 99:
        pytest.skip(f"no tmpfs can be mounted here: {done.stderr}")
    assert done.stdout.splitlines() == ["No space left on device", "finished (50, 0) ['filler']"], done.stderr
