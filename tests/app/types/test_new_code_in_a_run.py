"""Files of node types that are saved while their nodes run: replaced where nothing is lost, else the editor says so."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt

from tests.app.test_run import start
from tests.app.types.project import Project

LEFT = Qt.MouseButton.LeftButton
RUN_MS = 20_000
CODE = """\
from engine import In, Node, Out, Source

class Clock(Source):
    tick = Out(int)

    async def produce(self):
        number = 0
        while not self.stopping:
            yield number
            number += 1
            await self.sleep(0.005)

class Mine(Node):
    value = In(int)
    result = Out(str)
    {hooks}
    def process(self, value):
        {before}
        return f"{mark} {{value}}"
"""
COUNTING = {
    "hooks": "def on_start(self):\n        self.count = 0\n",
    "before": "self.count += 1",
    "mark": "{self.count}",
}


def code(**parts: str) -> str:
    return CODE.format(**{"hooks": "", "before": "pass", "mark": "one", **parts})


class Running:
    """A clock and a node of the project that run; what the node gave last."""

    def __init__(self, project: Project, location: str, text: str) -> None:
        self.project, self.bench = project, project.bench
        project.write("mine.py", text)
        project.graph("nodes.mine:Clock", "Mine", wires=(("a.tick", "b.value"),))
        project.open()
        self.bench.set_location(["b"], location)
        start(project.qtbot, project.window)
        run: Any = self.bench.run
        self.tap = run.tap("b.result")
        self.said = ""

    def until_it_says(self, text: str) -> None:
        def says() -> bool:
            if self.tap.ended:  # the node was made anew
                self.tap = self.bench.run.tap("b.result")
            for message in self.tap.take_all():
                self.said = message.payload
            return self.said.startswith(text)

        self.project.qtbot.waitUntil(says, timeout=RUN_MS)

    @property
    def bar(self) -> Any:
        return self.project.window.bars.bar("new code")


@pytest.mark.parametrize("location", ["", "work:"])
def test_a_node_that_keeps_nothing_has_the_new_code_at_once(project: Project, location: str) -> None:
    running = Running(project, location, code())
    running.until_it_says("one")
    project.write("mine.py", code(mark="two"))
    running.until_it_says("two")
    assert any("made anew: b" in text for text in project.messages)
    # The clock is of the same file: it would count from 0 again, and so it goes on.
    assert int(running.said.split()[1]) > 5 and "a runs on with its old code" in running.bar.label.text()
    project.qtbot.mouseClick(running.bar.buttons["At the next start"], LEFT)
    assert running.bar is None


def test_a_node_that_keeps_something_goes_on_until_it_is_told_to_begin_anew(project: Project) -> None:
    running = Running(project, "work:", code(**COUNTING))
    running.until_it_says("3")
    project.write("mine.py", code(**{**COUNTING, "mark": "new {self.count}"}))
    project.until(lambda: running.bar is not None)
    assert running.bar.label.text().startswith("a, b run on with their old code: they keep a state")
    before = running.bench.run.statistics().nodes["b"].received
    project.qtbot.waitUntil(lambda: running.bench.run.statistics().nodes["b"].received > before + 10, timeout=RUN_MS)
    running.until_it_says("")
    assert not running.said.startswith("new")
    project.qtbot.mouseClick(running.bar.buttons["Begin anew now"], LEFT)
    running.until_it_says("new")
    assert running.bar is None


def test_the_next_start_has_the_new_code(project: Project) -> None:
    running = Running(project, "", code(**COUNTING))
    project.write("mine.py", code(**{**COUNTING, "mark": "new {self.count}"}))
    project.until(lambda: running.bar is not None)
    running.bench.stop()
    project.qtbot.waitUntil(lambda: not running.bench.is_running, timeout=RUN_MS)
    project.until(lambda: running.bar is None)
    start(project.qtbot, project.window)
    running.until_it_says("new")


def test_a_file_that_breaks_or_goes_stops_nothing(project: Project) -> None:
    running = Running(project, "work:", code())
    running.until_it_says("one")
    file = project.write("mine.py", "def broken(:\n")
    project.until(lambda: project.broken() != [])
    file.unlink()
    project.until(lambda: project.ports("b") == ["value?"])
    before = running.bench.run.statistics().nodes["b"].received
    project.qtbot.waitUntil(lambda: running.bench.run.statistics().nodes["b"].received > before + 10, timeout=RUN_MS)
    assert set(running.bench.run.statistics().nodes) == {"a", "b"}
    project.write("mine.py", code(mark="two"))
    running.until_it_says("two")


def test_a_lost_port_leaves_the_node_running_where_it_keeps_something(project: Project) -> None:
    running = Running(project, "", code(**COUNTING))
    running.until_it_says("3")
    project.write("mine.py", code(**COUNTING).replace("value = In(int)", "other = In(int)"))
    project.until(lambda: project.ports("b") == ["other", "value?", "result"])
    before = running.bench.run.statistics().nodes["b"].received
    project.qtbot.waitUntil(lambda: running.bench.run.statistics().nodes["b"].received > before + 10, timeout=RUN_MS)


def test_no_edit_of_the_run_imports_code_that_nobody_has_agreed_to(project: Project) -> None:
    running = Running(project, "", code())
    running.until_it_says("one")
    project.write("mine.py", code(mark="two"))
    project.until(lambda: project.window.bars.bar("node files") is not None)
    project.qtbot.mouseClick(project.window.bars.bar("node files").buttons["Ask first"], LEFT)
    mark = project.folder / "ran"
    project.write("mine.py", f"open({str(mark)!r}, 'w').close()\n{code(mark='three')}")
    project.until(lambda: project.window.bars.bar("foreign") is not None)
    running.bench.set_location(["b"], "fresh:")
    project.until(lambda: "has changed" in running.bench.waits_for_start)
    assert not mark.exists() and running.bench.run.statistics().nodes["b"].location == ""
