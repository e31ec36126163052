"""`tidewire nodes`: what can be used here, as JSON and for people."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine import catalog
from tests.engine.cli.command import ROOT, tidewire

OWN = '''
from engine import In, Node, Out, Signal, param


class Offset(Node):
    """Add a constant to a signal.

    More than one line of help.
    """

    category = "My own\\x1b[31m"
    signal = In(Signal, doc="What comes.")
    extra = In(int, optional=True)
    shifted = Out(Signal)
    offset = param(0.5, minimum=-1.0, maximum=1.0, unit="V", doc="What is added.")
    mode = param("a", choices=("a", "b"), live=False)
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "nodes").mkdir()
    (tmp_path / "nodes" / "offset.py").write_text(OWN)
    (tmp_path / "graph.tide").write_text('{"tidewire": 1}')
    return tmp_path


def _types(*words: str | Path) -> list[dict[str, Any]]:
    done = tidewire("nodes", "--json", *words)
    assert (done.returncode, done.stderr) == (0, "")
    types: list[dict[str, Any]] = json.loads(done.stdout)
    return types


def test_every_type_of_the_library_is_listed_and_can_be_used_by_its_path() -> None:
    listed = {entry["type"]: entry for entry in _types()}
    assert set(listed) >= {catalog.path_of(node_type) for node_type in catalog.library()}
    for path, entry in listed.items():
        node_type = catalog.resolve(path)
        assert [port["name"] for port in entry["inputs"]] == list(node_type.node_inputs)
        assert [port["name"] for port in entry["outputs"]] == list(node_type.node_outputs)
        assert [parameter["name"] for parameter in entry["parameters"]] == list(node_type.node_parameters)
        assert entry["doc"] and entry["category"] == node_type.category
    assert listed["engine.library.sources:Tone"]["source"] is True


@pytest.mark.parametrize("place", ["", "graph.tide"])
def test_types_beside_a_graph_are_listed_with_all_that_is_known_of_them(project: Path, place: str) -> None:
    (own,) = [entry for entry in _types(project / place) if entry["type"] == "nodes.offset:Offset"]
    assert own == {
        "type": "nodes.offset:Offset",
        "title": "Offset",
        "category": "My own\x1b[31m",
        "doc": "Add a constant to a signal.",
        "source": False,
        "join": "tick",
        "inputs": [
            {
                "name": "signal",
                "type": "Signal",
                "optional": False,
                "many": False,
                "driving": False,
                "doc": "What comes.",
            },
            {"name": "extra", "type": "int", "optional": True, "many": False, "driving": False, "doc": ""},
        ],
        "outputs": [{"name": "shifted", "type": "Signal", "doc": ""}],
        "parameters": [
            {
                "name": "offset",
                "type": "float",
                "default": 0.5,
                "minimum": -1.0,
                "maximum": 1.0,
                "choices": None,
                "unit": "V",
                "live": True,
                "doc": "What is added.",
            },
            {
                "name": "mode",
                "type": "str",
                "default": "a",
                "minimum": None,
                "maximum": None,
                "choices": ["a", "b"],
                "unit": "",
                "live": False,
                "doc": "",
            },
        ],
    }


def test_people_read_ports_units_and_limits(project: Path) -> None:
    done = tidewire("nodes", project)
    assert (done.returncode, done.stderr) == (0, "")
    own = done.stdout[done.stdout.index("My own\\x1b[31m") :]
    for line in (
        "Offset  (nodes.offset:Offset)",
        "Add a constant to a signal.",
        "in   signal: Signal  – What comes.",
        "in   extra: int (optional)",
        "out  shifted: Signal",
        "set  offset: float = 0.5 V  (-1 … 1 V)  – What is added.",
        'set  mode: str = "a"  (one of "a", "b")  (before the start only)',
    ):
        assert f"  {line}\n" in own


def test_a_file_of_nodes_that_fails_to_import_is_told_and_hides_no_other(project: Path) -> None:
    (project / "nodes" / "broken.py").write_text("print('noise')\nraise RuntimeError('no \\x1b[31m')")
    done = tidewire("nodes", project, "--json")
    assert done.returncode == 0
    assert "nodes.offset:Offset" in {entry["type"] for entry in json.loads(done.stdout)}
    assert "broken.py, line 2" in done.stderr and "\x1b" not in done.stderr


def test_a_place_that_does_not_exist_is_exit_code_2(tmp_path: Path) -> None:
    done = tidewire("nodes", tmp_path / "nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{tmp_path / 'nowhere'} is neither a graph file nor a folder" in done.stderr


def test_a_reader_that_has_enough_is_no_error() -> None:
    command = [sys.executable, "-m", "engine.cli", "nodes"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert (process.wait(60), process.stderr.read()) == (141, b"")
