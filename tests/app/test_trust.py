"""Code that comes with a graph: asked for once, by its content, and again when that has changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.document.trust import foreign_code, trusted_types
from app.window import MainWindow
from app.workbench import Workbench
from engine import Graph

CODE = "from engine import Node\n\n\nclass {name}(Node):\n    'One.'\n    def process(self): pass\n"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with a graph and two modules of node types, one in a package below."""
    place = tmp_path / "project"
    (place / "nodes" / "sub").mkdir(parents=True)
    (place / "nodes" / "mine.py").write_text(CODE.format(name="Mine"))
    (place / "nodes" / "sub" / "deep.py").write_text(CODE.format(name="Deep"))
    (place / "g.tide").write_text(json.dumps({"tidewire": 1, "nodes": [{"id": "a", "type": "nodes.mine:Mine"}]}))
    yield place
    trusted_types.forget_verdicts()


def opened_anew(folder: Path, workbench: Workbench) -> list[str]:
    """What the next start of the editor would ask for."""
    trusted_types.forget_verdicts()
    assert workbench.open(folder / "g.tide")
    return [name for name in foreign_code(workbench.graph) if name.startswith("nodes/")]


def test_all_that_would_run_is_named_packages_below_and_where_links_lead(
    workbench: Workbench, folder: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere.py"
    elsewhere.write_text("")
    (folder / "nodes" / "linked.py").symlink_to(elsewhere)
    (folder / "nodes" / "back").symlink_to(folder / "nodes", target_is_directory=True)
    assert opened_anew(folder, workbench) == [f"nodes/linked.py → {elsewhere}", "nodes/mine.py", "nodes/sub/deep.py"]


def test_trust_is_asked_for_once_and_again_when_any_file_has_changed(
    workbench: Workbench, folder: Path, tmp_path: Path
) -> None:
    assert opened_anew(folder, workbench)
    workbench.trust_code()
    assert workbench.node_type("a") is not None
    assert opened_anew(folder, workbench) == []
    for change in (
        lambda: (folder / "nodes" / "sub" / "deep.py").write_text("# another\n"),
        lambda: (folder / "nodes" / "new.so").write_bytes(b"\x7fELF"),
        lambda: (folder / "nodes" / "mine.py").rename(folder / "nodes" / "other.py"),
    ):
        change()
        assert opened_anew(folder, workbench), "changed code is loaded without a question"
        workbench.trust_code()
        assert opened_anew(folder, workbench) == []


def test_what_python_keeps_beside_the_code_asks_nothing(workbench: Workbench, folder: Path) -> None:
    workbench.open(folder / "g.tide")
    workbench.trust_code()
    (folder / "nodes" / "__pycache__").mkdir(exist_ok=True)
    (folder / "nodes" / "__pycache__" / "mine.cpython-311.pyc").write_bytes(b"")
    assert opened_anew(folder, workbench) == []


def test_the_answer_lies_with_the_settings_not_beside_the_graph(workbench: Workbench, folder: Path) -> None:
    before = sorted(file.name for file in folder.iterdir())
    workbench.open(folder / "g.tide")
    workbench.trust_code()
    assert sorted(file.name for file in folder.iterdir()) == before
    assert (folder / "g.tide").read_text().count("agreed") == 0


def test_a_run_does_not_start_with_code_that_has_changed_since_it_was_agreed_to(
    window: MainWindow, folder: Path, qtbot
) -> None:
    bench = window.workbench
    assert bench.open(folder / "g.tide")
    bench.trust_code()
    window.bars.remove("foreign")
    (folder / "nodes" / "mine.py").write_text(CODE.format(name="Mine") + "# and more\n")
    for _ in range(2):  # the second time, too
        bench.start()
        assert not bench.is_running
    assert "has changed" in window.bars.bar("error").label.text()
    assert "nodes/mine.py" in window.bars.bar("foreign").label.text()
    window.bars.bar("foreign").buttons["Load"].click()
    bench.start()
    qtbot.waitUntil(lambda: bench.run is not None, timeout=20_000)
    assert not trusted_types.has_changed(Graph.load(folder / "g.tide").folder)


def test_a_type_elsewhere_is_agreed_to_by_name_for_the_graphs_of_a_folder(
    workbench: Workbench, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "driver.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    other = folder / "other.tide"
    other.write_text(json.dumps({"tidewire": 1, "nodes": [{"id": "b", "type": "some.driver:Camera"}]}))
    assert workbench.open(other)
    assert "some.driver:Camera" in foreign_code(workbench.graph)
    workbench.trust_code()
    trusted_types.forget_verdicts()
    assert trusted_types.is_trusted("some.driver:Camera", workbench.graph.folder)
    assert not trusted_types.is_trusted("some.driver:Camera", None)
    assert not trusted_types.is_trusted("some.driver:Other", workbench.graph.folder)


def test_a_graph_that_is_opened_again_does_not_start_with_code_that_has_changed_meanwhile(
    workbench: Workbench, folder: Path
) -> None:
    assert workbench.open(folder / "g.tide")
    workbench.trust_code()
    workbench.new()
    (folder / "nodes" / "mine.py").write_text(CODE.format(name="Mine") + "# and more\n")
    assert workbench.open(folder / "g.tide") and workbench.foreign_code
    workbench.start()
    assert not workbench.is_running, "a worker would import what nobody has agreed to"


def test_a_graph_of_other_node_types_starts_whatever_lies_beside_it(workbench: Workbench, folder: Path, qtbot) -> None:
    other = {"tidewire": 1, "nodes": [{"id": "a", "type": "engine.library.sources:Ramp"}]}
    (folder / "other.tide").write_text(json.dumps(other))
    assert workbench.open(folder / "g.tide")
    workbench.trust_code()
    (folder / "nodes" / "mine.py").write_text(CODE.format(name="Mine") + "# and more\n")
    assert workbench.open(folder / "other.tide")
    workbench.start()
    qtbot.waitUntil(lambda: workbench.run is not None, timeout=20_000)
