"""Files that were good once: each is read or refused, nothing of it runs, and what was open stays open."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSettings

from app.workbench import Workbench
from engine import FileFormatError, Graph
from engine.graph.file import format_graph, parse_graph
from tests.properties.mutations import good_files, mutated
from tests.properties.profiles import SEED

HERE = Path(__file__).parents[2]


def audited(kind: str, folder: Path) -> dict[str, str]:
    """Load all files of a folder in a process of its own that watches what happens; what became of each."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.properties.audited", kind, str(folder)],
        cwd=HERE, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert not told["seen"], told["seen"][:10]
    files: dict[str, str] = told["files"]
    assert not [(name, what) for name, what in files.items() if what.startswith("escaped")]
    return files


def write_mutations(folder: Path, count: int, seed: object) -> None:
    chance = random.Random(str(seed))
    sources = good_files()
    (folder / "0000.tide").write_bytes(sources[-1])
    (folder / "0001.tide").write_bytes(b"{")
    for number in range(2, count):
        (folder / f"{number:04}.tide").write_bytes(mutated(sources, chance))
    for place in (folder, folder / "nodes"):
        place.mkdir(exist_ok=True)
        (place / "hostile.py").write_text("raise SystemExit('this ran')")


def check(folder: Path, kind: str, count: int, seed: object) -> None:
    write_mutations(folder, count, seed)
    became = audited(kind, folder)
    assert len(became) == count
    read = sum(what.startswith("read") for what in became.values())
    assert count / 40 < read < count  # both ways were gone
    for name, what in became.items():
        assert what.startswith("read") or name in what, what
        assert what.isprintable(), what


@pytest.mark.parametrize("kind", ["engine", "editor"])
def test_a_mutated_file_is_read_or_refused_by_name_and_nothing_runs(tmp_path: Path, kind: str) -> None:
    check(tmp_path, kind, 400, 1)


@pytest.mark.long
@pytest.mark.parametrize("seed", [SEED])
@pytest.mark.parametrize("kind", ["engine", "editor"])
def test_many_more_mutated_files_are_read_or_refused_and_nothing_runs(tmp_path: Path, kind: str, seed: int) -> None:
    check(tmp_path, kind, 5000, seed)


def mutations_are_read_and_saved_the_same(count: int, seed: object) -> None:
    chance, sources, read = random.Random(str(seed)), good_files(), 0
    for _ in range(count):
        data = mutated(sources, chance)
        try:
            graph = parse_graph(data, Graph, name="m.tide")
        except FileFormatError as error:
            assert "m.tide" in str(error) and len(str(error)) < 1000
            continue
        read += 1
        text = format_graph(graph)
        again = parse_graph(text, Graph)
        assert format_graph(again) == text, data
        again.positions, graph.positions = {}, {}  # saved to the hundredth
        assert again.snapshot() == graph.snapshot(), data
    assert read


def test_a_mutated_file_that_is_read_is_saved_and_read_as_the_same_graph() -> None:
    mutations_are_read_and_saved_the_same(500, 2)


@pytest.mark.long
@pytest.mark.parametrize("seed", [SEED])
def test_many_more_mutated_files_are_saved_and_read_as_the_same_graph(seed: int) -> None:
    mutations_are_read_and_saved_the_same(8000, seed)


@pytest.fixture
def workbench(qapp, tmp_path: Path):
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    bench = Workbench()
    yield bench
    bench.deleteLater()


def test_a_broken_file_leaves_the_open_document_and_its_undo_steps_as_they_are(
    workbench: Workbench, tmp_path: Path
) -> None:
    own = tmp_path / "own.tide"
    own.write_bytes(good_files()[-1])
    assert workbench.open(own)
    workbench.rename("a", "mine")
    before, text = workbench.graph.snapshot(), format_graph(workbench.graph)
    told: list[tuple[str, str]] = []
    workbench.message.connect(lambda kind, words: told.append((kind, words)))
    replaced: list[bool] = []
    workbench.document_replaced.connect(lambda: replaced.append(True))
    chance, sources, refused = random.Random("3"), good_files(), 0
    broken = tmp_path / "broken.tide"
    while refused < 60:
        broken.write_bytes(data := mutated(sources, chance))
        try:
            parse_graph(data, Graph)
        except FileFormatError:
            refused += 1
        else:
            continue
        assert workbench.open(broken) is False
        assert workbench.graph.snapshot() == before and workbench.path == own.resolve()
        assert workbench.is_modified and workbench.undo_stack.count() == 1 and not replaced
        assert told.pop()[0] == "error" and not told
    assert format_graph(workbench.graph) == text
    workbench.undo_stack.undo()
    assert workbench.graph.nodes["a"].name == "Ä \u2028"
