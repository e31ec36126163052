"""The example package of the documentation: built, installed beside the engine, listed, run; and what its page says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine import Graph, Node, Signal, catalog
from engine.node.state import hands_over
from tests.engine.cli.command import PATIENCE_S, ROOT, tidewire

PACKAGE = ROOT / "docs" / "example_package"
PAGE = (ROOT / "docs" / "nodes.md").read_text(encoding="utf-8")
TYPES = {"tidewire_example.nodes:Burst", "tidewire_example.nodes:MovingAverage"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PYTHONPATH in which the package is installed, as pip leaves it there."""
    target = tmp_path_factory.mktemp("site")
    source = tmp_path_factory.mktemp("source") / "package"
    shutil.copytree(PACKAGE, source)  # a build writes beside its source
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--no-compile"]
    done = subprocess.run(
        [*pip, *offline, "--target", target, source], capture_output=True, text=True, timeout=PATIENCE_S
    )
    if done.returncode:  # no pip or no build backend in this environment: what a wheel would put there
        _unpack(source, target)
    return target


def _unpack(source: Path, target: Path) -> None:
    shutil.copytree(source / "src", target, dirs_exist_ok=True)
    project = (source / "pyproject.toml").read_text()
    group = re.search(r'entry-points\."tidewire\.nodes"\]\n(.+)\n', project)
    assert group is not None
    metadata = target / "tidewire_example-0.1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: tidewire-example\nVersion: 0.1.0\n")
    (metadata / "entry_points.txt").write_text("[tidewire.nodes]\n" + group[1].replace('"', "") + "\n")


def listed(**environment: str) -> dict[str, Any]:
    done = tidewire("nodes", "--json", **environment)
    assert (done.returncode, done.stderr) == (0, "")
    return {entry["type"]: entry for entry in json.loads(done.stdout)}


def test_its_node_types_are_listed_where_it_is_installed_and_only_there(installed: Path) -> None:
    there = listed(PYTHONPATH=f"{ROOT}{os.pathsep}{installed}")
    assert there.keys() >= TYPES and {there[path]["category"] for path in TYPES} == {"Example"}
    assert not TYPES & listed(PYTHONPATH=str(ROOT)).keys()


def test_a_graph_of_it_runs_where_it_is_installed_and_keeps_all_where_it_is_not(
    installed: Path, tmp_path: Path
) -> None:
    file = tmp_path / "g.tide"
    text = json.dumps(
        {
            "tidewire": 1,
            "nodes": [
                {"id": "burst", "type": "tidewire_example.nodes:Burst", "parameters": {"chunks": 2}},
                {"id": "average", "type": "tidewire_example.nodes:MovingAverage", "location": "work:"},
                {"id": "seen", "type": "engine.library.sinks:Collector"},
            ],
            "wires": [
                {"from": "burst.signal", "to": "average.signal"},
                {"from": "average.averaged", "to": "seen.value"},
            ],
        }
    )
    file.write_text(text)
    done = tidewire("run", file, "--json", PYTHONPATH=f"{ROOT}{os.pathsep}{installed}")
    assert done.returncode == 0 and json.loads(done.stdout)["state"] == "finished", done.stderr
    before = Graph.load(file)
    before.save(tmp_path / "again.tide")
    assert Graph.load(tmp_path / "again.tide").snapshot() == before.snapshot()
    refused = tidewire("run", file, PYTHONPATH=str(ROOT))
    assert refused.returncode == 2 and "tidewire_example" in refused.stderr


def test_its_own_tests_pass(installed: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{installed}"}
    pytest_ = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", PACKAGE, PACKAGE / "tests"]
    done = subprocess.run(pytest_, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stdout


def test_the_page_that_tells_how_to_write_one_works_as_it_stands(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.+?)```", PAGE, re.DOTALL)
    (tmp_path / "nodes").mkdir()
    (tmp_path / "nodes" / "rectify.py").write_text(next(block for block in blocks if "class Rectify" in block))
    rectify: type[Node] = catalog.resolve("nodes.rectify:Rectify", tmp_path)
    assert rectify().process(Signal([-1.0], rate_hz=1.0)) == Signal([1.0], rate_hz=1.0)
    assert (ROOT / "resources" / "icons" / f"{rectify.icon}.svg").is_file()
    test = next(block for block in blocks if "def test_" in block)
    (tmp_path / "tests").mkdir()
    scope: dict[str, Any] = {"__file__": str(tmp_path / "tests" / "test_rectify.py")}
    exec(test, scope)
    scope["test_every_sample_is_positive"]()
    hooks = next(block for block in re.findall(r"```python\n(.+?)```", PAGE, re.DOTALL) if "get_state" in block)
    assert "set_state" in hooks and not hands_over(rectify)
