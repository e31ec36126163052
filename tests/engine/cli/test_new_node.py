"""`tidewire new-node`: a file that works at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine import GraphError, catalog
from engine.node.scaffold import Shape, file_of, new_node, write_new
from tests.engine.cli.command import ROOT, tidewire

SHAPES = {"": Shape.FILTER, "--source": Shape.SOURCE, "--sink": Shape.SINK}


@pytest.mark.parametrize("option", SHAPES)
def test_the_file_is_listed_at_once_and_keeps_the_form_of_the_project(tmp_path: Path, option: str) -> None:
    done = tidewire("new-node", "Moving average", "--folder", tmp_path, "--test", *[option] * bool(option))
    assert (done.returncode, done.stderr) == (0, "")
    file = tmp_path / "nodes" / "moving_average.py"
    assert str(file) in done.stdout and "nodes.moving_average:MovingAverage" in done.stdout
    listed = json.loads(tidewire("nodes", "--json", tmp_path).stdout)
    (made,) = [entry for entry in listed if entry["type"] == "nodes.moving_average:MovingAverage"]
    assert (made["source"], not made["outputs"]) == (option == "--source", option == "--sink")
    assert made["title"] == "Moving Average" and made["doc"] and made["parameters"] and made["category"] == "My nodes"
    for check in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *check, "--config", ROOT / "pyproject.toml", "nodes"]
        subprocess.run([*ruff, "tests"] if check != ["check"] else ruff, cwd=tmp_path, check=True, timeout=30)


@pytest.mark.parametrize("option", SHAPES)
def test_its_test_passes(tmp_path: Path, option: str) -> None:
    write_new(new_node("Mine", SHAPES[option]), tmp_path, with_test=True)
    pytest_ = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)}
    done = subprocess.run(pytest_, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "nodes" / "mine.py"
    file.parent.mkdir()
    file.write_text("# my own")
    done = tidewire("new-node", "mine", "--folder", tmp_path, "--test")
    assert done.returncode == 2 and f"{file} is there already" in done.stderr
    assert file.read_text() == "# my own" and not (tmp_path / "tests").exists()


@pytest.mark.parametrize(
    ("name", "class_name", "module"),
    [
        ("MovingAverage", "MovingAverage", "moving_average"),
        ("moving_average", "MovingAverage", "moving_average"),
        ("moving-average", "MovingAverage", "moving_average"),
        ("moving average 2", "MovingAverage2", "moving_average2"),
        ("ECGFilter", "ECGFilter", "ecg_filter"),
        ("import", "Import", "import_node"),
        ("match", "Match", "match_node"),
    ],
)
def test_however_a_name_is_written_it_gives_a_class_and_a_file(name: str, class_name: str, module: str) -> None:
    made = new_node(name)
    assert (made.class_name, made.module) == (class_name, module)


@pytest.mark.parametrize("name", ["", "  ", "2nd", "../up", "a.b", "Node", "none", "Größe", "x" * 80, "a;b", "nul\0"])
def test_what_no_class_can_be_called_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(GraphError, match=r"name|letters"):
        new_node(name)


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    done = tidewire("new-node", "Mine", "--folder", tmp_path / "nowhere")
    assert done.returncode == 2 and "there is no folder" in done.stderr and not (tmp_path / "nowhere").exists()


def test_a_new_file_can_be_used_in_the_process_that_wrote_it(tmp_path: Path) -> None:
    new = new_node("Fresh")
    write_new(new, tmp_path)
    assert catalog.resolve(new.type_path, tmp_path).__name__ == "Fresh" and file_of(new, tmp_path).is_file()
