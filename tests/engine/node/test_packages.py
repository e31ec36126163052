"""The packages of node types: recorded in the file, and named where one is missing."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import Graph
from engine.graph.file import format_graph, parse_graph
from engine.graph.packages import Package, recorded_package, recorded_packages
from engine.node.packages import is_missing

NODES = "from engine import Node, Out\n\n\nclass Beat(Node):\n    'One.'\n    beat = Out(int)\n"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package `acme-hearts`, whose module `acme_rhythm.nodes` has node types, in a folder of its own."""
    place = tmp_path / "site"
    info = place / "acme_hearts-1.2.0.dist-info"
    info.mkdir(parents=True)
    (place / "acme_rhythm").mkdir()
    (place / "acme_rhythm" / "__init__.py").write_text("")
    (place / "acme_rhythm" / "nodes.py").write_text(NODES)
    (place / "plain_beats.py").write_text(NODES)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-hearts\nVersion: 1.2.0\n")
    (info / "entry_points.txt").write_text("[tidewire.nodes]\nbeats = acme_rhythm.nodes\n")
    other = place / "plain_beats-3.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: plain-beats\nVersion: 3\n")
    monkeypatch.syspath_prepend(place)
    importlib.invalidate_caches()
    yield place
    for name in ("acme_rhythm", "acme_rhythm.nodes", "plain_beats"):
        sys.modules.pop(name, None)
    Graph.types._known.pop(("acme_rhythm.nodes:Beat", None), None)
    Graph.types._known.pop(("plain_beats:Beat", None), None)


def written(graph: Graph, path: Path) -> dict[str, Any]:
    graph.save(path)
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_a_saved_graph_names_the_packages_of_its_node_types(installed: Path, tmp_path: Path) -> None:
    graph = Graph()
    graph.add("engine.library.sources:Tone", id="tone")
    graph.add("nodes.mine:Mine", id="mine")
    assert "packages" not in written(graph, tmp_path / "a.tide")
    graph.add("plain_beats:Beat", id="plain")
    graph.add("acme_rhythm.nodes:Beat", id="beat")
    sections = written(graph, tmp_path / "a.tide")["packages"]
    assert sections == {
        "acme-hearts": {"version": "1.2.0", "modules": ["acme_rhythm.nodes"]},
        "plain-beats": {"version": "3", "modules": ["plain_beats"]},
    }
    assert list(sections) == sorted(sections)
    assert "packages" not in graph.extra  # saving is no edit
    assert graph.path == (tmp_path / "a.tide").resolve()


def test_saving_again_gives_the_same_bytes_also_where_the_package_is_missing(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = Graph()
    graph.add("acme_rhythm.nodes:Beat", id="beat")
    graph.extra["mine"] = [1]
    graph.save(tmp_path / "a.tide")
    Graph.load(tmp_path / "a.tide").save(tmp_path / "b.tide")
    assert (tmp_path / "a.tide").read_bytes() == (tmp_path / "b.tide").read_bytes()
    sys.path.remove(str(installed))
    for name in ("acme_rhythm", "acme_rhythm.nodes"):
        sys.modules.pop(name, None)
    Graph.types._known.pop(("acme_rhythm.nodes:Beat", None), None)
    importlib.invalidate_caches()
    there = Graph.load(tmp_path / "a.tide")
    assert is_missing("acme_rhythm.nodes:Beat")
    (problem,) = [found for found in there.problems() if found.where == "beat"]
    assert problem.remedy == "it came from acme-hearts 1.2.0: pip install acme-hearts, or remove the node"
    there.save(tmp_path / "c.tide")
    assert (tmp_path / "a.tide").read_bytes() == (tmp_path / "c.tide").read_bytes()


def test_a_package_that_is_not_used_any_more_goes(installed: Path, tmp_path: Path) -> None:
    graph = Graph()
    graph.add("acme_rhythm.nodes:Beat", id="beat")
    graph.save(tmp_path / "a.tide")
    again = Graph.load(tmp_path / "a.tide")
    again.remove("beat")
    assert "packages" not in written(again, tmp_path / "a.tide")


@pytest.mark.parametrize(
    "section",
    [
        "text",
        [1],
        {"--index-url=http://x": {"version": "1", "modules": ["a"]}},
        {"a; rm -rf ~": {"version": "1", "modules": ["a"]}},
        {"a": {"version": "1\nRun this", "modules": ["a"]}},
        {"a": {"version": 1, "modules": ["a"]}},
        {"a": {"version": "1", "modules": "a"}},
        {"a": {"version": "1", "modules": [3]}},
        {"a": {"modules": ["a"], "also": 1}},
        {"a": "1.0"},
    ],
)
def test_what_is_no_record_of_a_package_is_kept_and_never_shown(section: Any, tmp_path: Path) -> None:
    graph = Graph()
    graph.add("a:Node", id="n")
    graph.extra["packages"] = section
    assert recorded_packages(graph.extra) == []
    assert written(graph, tmp_path / "a.tide")["packages"] == section
    assert format_graph(parse_graph(format_graph(graph), Graph)) == format_graph(graph)


def test_the_package_of_a_type_is_found_by_its_module() -> None:
    extra = {"packages": {"acme": {"version": "", "modules": ["acme.nodes"]}}}
    assert recorded_package(extra, "acme.nodes:X") == recorded_package(extra, "acme.nodes.deep:Y.Z")
    assert recorded_package(extra, "acme.nodes:X") == Package("acme", "", ("acme.nodes",))
    assert recorded_package(extra, "acme.nodesque:X") is None
    assert str(Package("acme")) == "acme" and Package("acme", "2").command == "pip install acme"


def test_looking_for_a_missing_module_imports_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "loud").mkdir()
    (tmp_path / "loud" / "__init__.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.syspath_prepend(tmp_path)
    assert not is_missing("loud.inner:Node") and not (tmp_path / "ran").exists()
    assert is_missing("surely_not_there.at.all:Node") and is_missing("..odd:Node")
    assert not is_missing("engine.library.sources:Tone") and not is_missing("nodes.mine:Mine")
