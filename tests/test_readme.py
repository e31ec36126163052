"""What the README and CONTRIBUTING show works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import Graph, Location, RunState, Signal

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


def code_blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def first_node(tmp_path: Path) -> Path:
    """The README's node type in the `nodes/` folder beside a graph file; the path of that file."""
    (tmp_path / "nodes").mkdir()
    (tmp_path / "nodes" / "offset.py").write_text(code_blocks("python")[0])
    graph = Graph()
    graph.path = tmp_path / "graph.tide"
    graph.add("nodes.offset:Offset", id="offset", offset=2.5)
    graph.save(graph.path)
    return graph.path


def test_the_first_node_adds_its_offset(first_node: Path) -> None:
    node_type = Graph.load(first_node).type_of("offset")
    node = node_type(offset=2.5)
    shifted = node.process(signal=Signal(np.zeros((4, 2)), rate_hz=10.0))
    np.testing.assert_array_equal(shifted.samples, np.full((4, 2), 2.5))


def test_the_locations_of_the_table_are_locations() -> None:
    written = re.findall(r"^\| `([^`]+)` \|", README, flags=re.MULTILINE)
    assert written == ["dsp", "ml:", "ml:io"]
    assert [str(Location.parse(text)) for text in written] == written


@pytest.mark.parametrize("page", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_every_command_and_link_that_is_shown_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    shown = set(re.findall(r"(?:^|`)make ([a-z]+)", page, flags=re.MULTILINE))
    assert shown and shown <= targets
    for link in re.findall(r"\]\(([^)#:]+)\)", page):
        assert (ROOT / link).exists(), link
    for path in re.findall(r"\b(?:resources|engine|tests|app)/[a-z_/]+\.[a-z]+", page):
        assert (ROOT / path).exists(), path


@pytest.mark.long
def test_the_example_in_python_runs_without_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, Any] = {"__name__": "readme"}
    exec(compile(code_blocks("python")[1], "README.md", "exec"), names)
    assert names["run"].state is RunState.STOPPED
    assert capsys.readouterr().out == ""  # it prints failures only
