"""`tidewire diff`: text and JSON, exit codes as `diff` has them, and what git difftool gives."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from engine import Graph
from engine.cli import main


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Two graphs: a node was moved, one changed, one added."""
    graph = Graph()
    graph.add("engine.library.sources:Tone", id="tone")
    graph.save(tmp_path / "a.tide")
    graph.move("tone", 5, 5)
    graph.set_parameter("tone", "frequency_hz", 12)
    graph.add("engine.library.sinks:Log", id="log")
    graph.save(tmp_path / "b.tide")
    return str(tmp_path / "a.tide"), str(tmp_path / "b.tide")


def test_it_prints_a_line_each_and_ends_with_one(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *files]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "~ node tone: parameter frequency_hz (default) → 12.0",
        "+ node log: engine.library.sinks:Log",
        "↔ node tone: position (default) → [5, 5]",
    ]
    assert main(["diff", files[0], files[0]]) == 0
    assert capsys.readouterr().out == ""


def test_positions_can_be_left_out(files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moved = Graph.load(files[0])
    moved.move("tone", 99, 0)
    moved.save(tmp_path / "c.tide")
    assert main(["diff", files[0], str(tmp_path / "c.tide")]) == 1
    assert main(["diff", "--no-positions", files[0], str(tmp_path / "c.tide")]) == 0
    assert main(["diff", "--no-positions", *files]) == 1
    assert "↔" not in capsys.readouterr().out.splitlines()[-1]


def test_programs_get_json(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "--json", *files]) == 1
    changes = json.loads(capsys.readouterr().out)
    assert changes[0] == {
        "kind": "changed",
        "subject": "node",
        "key": "tone",
        "fields": {"parameter frequency_hz": {"after": 12.0}},
    }


def test_a_file_that_came_or_went_is_compared_with_nothing(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", os.devnull, files[0]]) == 1
    assert capsys.readouterr().out == "+ node tone: engine.library.sources:Tone\n"
    assert main(["diff", files[0], os.devnull]) == 1
    assert capsys.readouterr().out == "− node tone: engine.library.sources:Tone\n"


def test_what_cannot_be_read_is_trouble_and_no_difference(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.tide").write_text("{")
    for other in ("broken.tide", "none.tide"):
        assert main(["diff", files[0], str(tmp_path / other)]) == 2
        assert other in capsys.readouterr().err


def test_a_hostile_name_does_not_reach_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph = Graph()
    graph.add("engine.library.sources:Tone", id="tone")
    graph.save(tmp_path / "a.tide")
    graph.rename("tone", "\x1b]0;owned\x07")
    graph.extra["\x1b[2J"] = 1
    graph.save(tmp_path / "b.tide")
    assert main(["diff", str(tmp_path / "a.tide"), str(tmp_path / "b.tide")]) == 1
    assert "\x1b" not in capsys.readouterr().out
