"""Code of node types that is loaded anew while they run: what has changed takes its place, all else goes on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import Graph, Run, catalog
from tests.engine.runtime.editing_nodes import Tagged
from tests.engine.runtime.placements import until

pytestmark = pytest.mark.timeout(60)
placed = pytest.mark.parametrize("location", ["", "t1", "p1:", "p1:io"])

MARK = """
from engine import In, Node, Out{imports}

class Mark(Node):
    x = In(tuple)
    y = Out(tuple)
    {hooks}
    def process(self, x):
        return ({mark}, *x[1:])
"""
HOOKS = """
    def on_start(self):
        self.count = 0

    def get_state(self):
        return self.count

    def set_state(self, state):
        self.count = state
"""


class Project:
    """source -> mark -> other, the last two of the project's own types in files of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "nodes").mkdir()
        self.write("'one'")
        (folder / "nodes" / "other.py").write_text(MARK.format(imports="", hooks="", mark="x[0] + '!'"))
        self.graph = Graph()
        self.graph.path = folder / "g.tide"
        self.run: Any = None

    def write(self, mark: str, hooks: str = "", imports: str = "") -> None:
        (self.folder / "nodes" / "mark.py").write_text(MARK.format(imports=imports, hooks=hooks, mark=mark))

    def start(self, location: str) -> Run:
        self.graph.add(Tagged, id="source", interval=0.002)
        self.graph.add("nodes.mark:Mark", id="mark", location=location)
        self.graph.add("nodes.other:Mark", id="other", location=location)
        self.graph.connect("source.value", "mark.x")
        self.graph.connect("mark.y", "other.x")
        self.run = self.graph.start()
        self._tap = self.run.tap("other.y")
        return self.run  # type: ignore[no-any-return]

    def edit(self) -> Any:
        catalog.reload(self.folder)
        return self.run.edit(self.graph)

    def said(self) -> tuple[Any, ...]:
        value: tuple[Any, ...] = self._tap.get(timeout=10)
        return value


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path)
    yield made
    if made.run is not None:
        made.run.stop(timeout=5)
        assert not made.run.failures


@placed
def test_a_node_of_changed_code_is_made_anew_and_the_others_are_not(project: Project, location: str) -> None:
    run = project.start(location)
    first = project.said()
    assert first[0] == "one!"
    until(lambda: run.statistics().nodes["other"].received > 50)
    received = run.statistics().nodes["other"].received
    for number in range(2, 5):
        project.write(f"'mark {number}'")
        done = project.edit()
        assert (done.added, done.removed) == (("mark",), ("mark",))
        until(lambda number=number: project.said()[0] == f"mark {number}!")
    assert project.said()[1] == first[1], "the source was made anew"
    assert run.statistics().nodes["other"].received >= received, "what has not changed was made anew"
    assert not project.edit().changes_structure


@placed
def test_a_node_that_says_how_hands_its_state_over(project: Project, location: str) -> None:
    project.write(
        "self.next()", HOOKS + "\n    def next(self):\n        self.count += 1\n        return str(self.count)\n"
    )
    project.start(location)
    until(lambda: int(project.said()[0][:-1]) > 20)
    project.write(
        "self.next()", HOOKS + "\n    def next(self):\n        self.count += 1\n        return f'{self.count}?'\n"
    )
    project.edit()
    until(lambda: project.said()[0].endswith("?!"))
    assert int(project.said()[0][:-2]) > 20


@placed
def test_new_code_that_cannot_start_leaves_the_old_running(project: Project, location: str) -> None:
    run = project.start(location)
    project.write("'two'", "\n    def on_start(self):\n        raise OSError('no device')\n")
    with pytest.raises(Exception, match="no device"):
        project.edit()
    assert project.said()[0] == "one!"
    project.write("'three'")
    project.edit()
    until(lambda: project.said()[0] == "three!")
    assert not run.failures


def test_a_process_that_is_started_after_the_change_has_the_new_code(project: Project) -> None:
    project.start("p1:")
    for number, location in zip(itertools.count(1), ("p2:", "p1:"), strict=False):
        project.write(f"'mark {number}'")
        catalog.reload(project.folder)
        project.graph.set_location("mark", location)
        project.run.edit(project.graph)
        until(lambda number=number: project.said()[0] == f"mark {number}!")
