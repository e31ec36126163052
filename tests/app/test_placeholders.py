"""Node types of packages that are not installed: placeholders that say what to install, and lose nothing."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from app.canvas.tips import node_tip
from app.document.placeholders import missing_packages, placeholder_of
from app.document.trust import foreign_code, trusted_types
from app.panels.missing_bar import missing_text
from app.window import MainWindow
from engine import catalog
from engine.graph.packages import Package

LEFT = Qt.MouseButton.LeftButton
NODE = """
from engine import Node, In, Out, param


class Beat(Node):
    "Find beats."

    category = "Acme"
    signal = In(float)
    beat = Out(int)
    level = param(1.0)
"""
FILE = """{
"tidewire": 1,
"nodes": [
{"id": "tone", "type": "engine.library.sources:Tone"},
{"id": "beat", "type": "acme_rhythm:Beat", "name": "Pulse", "parameters": {"level": 2.5, "new": [1, null]}, "odd": 1},
{"id": "show", "type": "acme_rhythm:Beat"}
],
"wires": [
{"from": "tone.signal", "to": "beat.signal", "capacity": 3},
{"from": "beat.beat", "to": "show.signal"}
],
"layout": {
"tone": [0, 0],
"beat": [300, 0],
"show": [600, 0]
},
"packages": {"acme-hearts": {"version": "1.2.0", "modules": ["acme_rhythm"]}}
}
"""


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """A graph with nodes of a package that is not installed."""
    path = tmp_path / "graph" / "heart.tide"
    path.parent.mkdir()
    path.write_text(FILE)
    yield path
    sys.modules.pop("acme_rhythm", None)
    catalog._known.pop(("acme_rhythm:Beat", None), None)
    trusted_types.forget_installed()


def install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `pip install acme-hearts` does."""
    info = folder / "acme_hearts-1.2.0.dist-info"
    info.mkdir(parents=True)
    (folder / "acme_rhythm.py").write_text(NODE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-hearts\nVersion: 1.2.0\n")
    (info / "entry_points.txt").write_text("[tidewire.nodes]\nbeats = acme_rhythm\n")
    monkeypatch.syspath_prepend(folder)


def test_every_place_says_what_to_install(window: MainWindow, file: Path, qtbot) -> None:
    bench = window.workbench
    assert bench.open(file)
    assert foreign_code(bench.graph) == []  # there is no code that could be loaded
    card = window.canvas.mirror.nodes["beat"]
    assert card.card.subtitle == "needs acme-hearts · Beat"
    assert "pip install acme-hearts" in node_tip(card, None)
    assert {port.face.name for port in card.ports()} == {"signal", "beat"}
    bench.select(["beat"])
    texts = " ".join(label.text() for label in window.parameters.findChildren(QLabel))
    assert "acme-hearts 1.2.0, which is not installed: pip install acme-hearts" in texts
    assert "level = 2.5" in texts
    window.problems.check()
    details = "\n".join(row.details for row in window.problems.rows if row.node == "beat")
    assert "pip install acme-hearts" in details
    assert "acme-hearts 1.2.0: pip install acme-hearts." in window.bars.bar("missing").label.text()


def test_it_saves_back_unchanged_and_can_be_moved_and_undone(window: MainWindow, file: Path) -> None:
    bench = window.workbench
    bench.open(file)
    bench.move({"beat": (10.0, 20.0)})
    bench.set_location(["show"], "work:")
    bench.undo_stack.undo()
    bench.undo_stack.undo()
    bench.save()
    assert file.read_text() == FILE


def test_the_command_can_be_copied_and_after_the_install_looked_again(
    window: MainWindow, file: Path, tmp_path: Path, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = window.workbench
    bench.open(file)
    bar = window.bars.bar("missing")
    bar.buttons["Copy command"].setFocus()
    qtbot.keyClick(bar.buttons["Copy command"], Qt.Key.Key_Space)
    assert QGuiApplication.clipboard().text() == "pip install acme-hearts"
    qtbot.mouseClick(bar.buttons["Look again"], LEFT)
    assert window.bars.bar("missing") is not None  # not yet
    install(tmp_path / "site", monkeypatch)
    qtbot.mouseClick(window.bars.bar("missing").buttons["Look again"], LEFT)
    assert window.bars.bar("missing") is None
    assert window.canvas.mirror.nodes["beat"].card.is_known
    assert not bench.is_modified
    tree = window.palette_panel.tree
    assert "ACME" in [tree.topLevelItem(row).text(0) for row in range(tree.topLevelItemCount())]
    bench.save()
    assert json.loads(file.read_text())["packages"] == json.loads(FILE)["packages"]


def test_an_older_package_without_the_class_is_to_be_upgraded(
    window: MainWindow, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "site", monkeypatch)
    (tmp_path / "site" / "acme_rhythm.py").write_text("")
    importlib.invalidate_caches()
    window.workbench.open(file)
    said = placeholder_of(window.workbench.graph, window.workbench.graph.nodes["beat"])
    assert said.short == "needs acme-hearts" and "has no such class" in said.text
    assert "pip install --upgrade acme-hearts" in said.text
    assert window.bars.bar("missing") is None


def test_the_bar_goes_with_the_graph(window: MainWindow, file: Path) -> None:
    window.workbench.open(file)
    window.workbench.new()
    assert window.bars.bar("missing") is None


def test_each_reason_has_its_own_words(window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nodes").mkdir()
    (tmp_path / "nodes" / "mine.py").write_text("")
    site = tmp_path / "site"
    site.mkdir()
    (site / "stray_module.py").write_text("")
    monkeypatch.syspath_prepend(site)
    importlib.invalidate_caches()
    types = {
        "none": "surely_nowhere.at:All",
        "mine": "nodes.mine:Mine",
        "stray": "stray_module:Node",
    }
    nodes = [{"id": id, "type": type_path} for id, type_path in types.items()]
    (tmp_path / "a.tide").write_text(json.dumps({"tidewire": 1, "nodes": nodes}))
    bench = window.workbench
    bench.open(tmp_path / "a.tide")
    said = {id: placeholder_of(bench.graph, bench.graph.nodes[id]) for id in types}
    assert said["none"].short == "unknown type" and "module surely_nowhere" in said["none"].text
    assert said["mine"].short == said["stray"].short == "not loaded"
    assert missing_packages(bench.graph) == ([], ["surely_nowhere"])
    assert "which package has surely_nowhere" in window.bars.bar("missing").label.text()
    assert "Copy command" not in window.bars.bar("missing").buttons
    bench.trust_code()
    said = {id: placeholder_of(bench.graph, bench.graph.nodes[id]) for id in types}
    assert "has no such class" in said["mine"].text and "folder nodes beside the graph" in said["mine"].text
    assert "has no such class" in said["stray"].text
    bench.add_node("engine.library.sources:Tone", (0, 0))
    assert placeholder_of(bench.graph, bench.graph.nodes["tone"]) is None


def test_many_packages_are_named_in_one_command_and_not_all_listed() -> None:
    text = missing_text([Package(f"p{number}", "1") for number in range(8)], ["m"])
    assert "p5 1 and 2 more: pip install p0 p1 p2 p3 p4 p5." in text and "has m." in text
