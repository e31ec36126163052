"""A graph as a Python script: the script builds an equal graph, and runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import Graph
from engine.graph.as_python import python_of
from engine.graph.file import parse_graph
from tests.engine.cli.command import PATIENCE_S, ROOT, tidewire

EXAMPLES = sorted((ROOT / "resources" / "graphs").glob("*.tide"))


def built(script: str) -> Graph:
    """What the `build` of a script makes."""
    scope: dict[str, Any] = {"__name__": "script"}
    exec(compile(script, "script.py", "exec"), scope)
    graph: Graph = scope["build"]()
    return graph


def what_runs(graph: Graph) -> Any:
    nodes = [(n.id, n.type, dict(n.parameters), n.location, n.name, n.on_error) for n in graph.nodes.values()]
    computers = {place: spec.on_death for place, spec in graph.computers.items() if spec.on_death}
    return nodes, dict(graph.wires), computers


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_the_script_of_an_example_builds_the_same_graph_and_keeps_the_form(file: Path, tmp_path: Path) -> None:
    graph = Graph.load(file)
    script = python_of(graph)
    assert what_runs(built(script)) == what_runs(graph)
    (tmp_path / "script.py").write_text(script)
    for check in ("check", "format"):
        words = [
            sys.executable,
            "-m",
            "ruff",
            check,
            "--config",
            ROOT / "pyproject.toml",
            *["--diff"] * (check != "check"),
        ]
        done = subprocess.run([*words, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S)
        assert done.returncode == 0, done.stdout + done.stderr


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@example({"\ufb00": 1, "\u00b5": 2.0}, "n", "", None)  # names that Python would write as ff and as another letter mu
@given(
    parameters=st.dictionaries(NAMES | st.sampled_from(["id", "self", "node_type", "class", "location"]), VALUES),
    name=NAMES,
    location=st.sampled_from(["", "dsp", "ml:", "ml:io"]),
    initial=VALUES,
)
def test_whatever_is_set_comes_back(parameters: dict[str, Any], name: str, location: str, initial: Any) -> None:
    content = {
        "tidewire": 1,
        "nodes": [
            {"id": "a", "type": "no.such:Type", "name": name, "location": location, "parameters": parameters},
            {"id": "b-1", "type": "no.such:Other", "on_error": "restart"},
        ],
        "wires": [
            {"from": "a.x", "to": "b-1.y", "capacity": 3, "overflow": "latest"},
            {"from": "b-1.y", "to": "a.x", "feedback": True, "initial": initial},
        ],
    }
    graph = parse_graph(json.dumps(content), Graph)
    if location.startswith("ml"):
        graph.set_computer("ml:", on_death="restart")
    assert what_runs(built(python_of(graph))) == what_runs(graph)


def test_the_script_runs_the_graph_with_the_node_types_beside_it(tmp_path: Path) -> None:
    assert tidewire("new-node", "Mine", "--folder", tmp_path).returncode == 0
    file, script = tmp_path / "g.tide", tmp_path / "elsewhere" / "script.py"
    file.write_text(
        json.dumps(
            {
                "tidewire": 1,
                "nodes": [
                    {"id": "tone", "type": "engine.library.sources:Tone", "parameters": {"duration_s": 0.1}},
                    {"id": "mine", "type": "nodes.mine:Mine", "parameters": {"factor": 0.5}},
                ],
                "wires": [{"from": "tone.signal", "to": "mine.signal"}],
            }
        )
    )
    script.parent.mkdir()
    assert tidewire("convert", file, "--to", "python", "--out", script).returncode == 0
    done = subprocess.run(
        [sys.executable, script], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, timeout=PATIENCE_S
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    again = tidewire("convert", file, "--out", script)
    assert again.returncode == 1 and "is there already" in again.stderr
    assert tidewire("convert", file).stdout == script.read_text()


def test_inspect_tells_what_is_where_and_runs_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    (tmp_path / "nodes").mkdir()
    (tmp_path / "nodes" / "mine.py").write_text(f"open({str(mark)!r}, 'w')")
    graph = Graph()
    graph.add("engine.library.sources:Tone", id="tone", frequency_hz=3.0)
    graph.add("nodes.mine:Mine", id="mine", location="work:")
    graph.rename("mine", "My own")
    graph.connect("tone.signal", "mine.signal", capacity=4, overflow="latest")
    graph.set_computer("work:", on_death="restart")
    graph.save(tmp_path / "g.tide")
    done = tidewire("inspect", tmp_path / "g.tide")
    assert (done.returncode, done.stderr) == (0, "")
    for text in (
        "2 nodes, 1 wire, 2 locations",
        "  tone  engine.library.sources:Tone",
        "frequency_hz = 3.0",
        'mine  nodes.mine:Mine  "My own"',
        "on a crash: restart",
        "tone.signal -> mine.signal  (stream, holds 4, latest)",
    ):
        assert text in done.stdout, (text, done.stdout)
    assert not mark.exists()
    assert tidewire("inspect", tmp_path / "none.tide").returncode == 2
