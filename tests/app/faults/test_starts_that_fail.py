"""A start that fails: why, at the node it failed at, and nothing is left of it."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import Any

import pytest

from app.canvas.card_layout import Part
from engine import Graph
from tests.app.faults.conftest import START_MS, Desk
from tests.app.faults.nodes import Constructed, Crash, Faulty, NeverReady, Numbers, Started

NOT_THERE = """
import os
if os.getpid() != {pid}:
    raise ImportError("no driver here")
from tests.app.faults.nodes import Faulty

class Picky(Faulty):
    pass
"""


def refused(desk: Desk) -> None:
    """Press Start and wait until the window says that it was in vain."""
    desk.press("start")
    desk.until(lambda: desk.bar_text("error"), "nothing says that the start failed", START_MS)
    assert not desk.bench.is_running


def told_at(desk: Desk, node: str, text: str) -> None:
    desk.until(lambda: text in desk.strip(node), f"not on the card: {desk.strip(node)!r}")
    assert desk.state(node) == "failed"
    assert desk.tone(node) == "bad"
    assert text in desk.tip(node, Part.ERROR)
    assert text in desk.row_texts(node)
    assert text in desk.bar_text("error")
    assert text in desk.window.statusBar().text
    assert text in desk.log
    assert text in desk.click_strip(node)


@pytest.mark.parametrize("place", ["", "dsp", "work:"])
@pytest.mark.parametrize(("kind", "text"), [(Constructed, "no such camera"), (Started, "the camera does not answer")])
def test_a_node_that_cannot_be_made_or_started_is_named_with_the_cause(
    desk: Desk, place: str, kind: type[Faulty], text: str
) -> None:
    source = desk.add(Numbers, "")
    node = desk.add(kind, place, f"{source}.value")
    refused(desk)
    told_at(desk, node, text)
    assert desk.strip(source) == ""
    desk.bench.remove([node])
    desk.add(Faulty, place, f"{source}.value")
    desk.start()
    assert not desk.bar_text("error")
    assert not desk.rows()
    desk.stop()


def test_a_class_that_only_this_process_can_import_is_named_with_the_cause(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "picky_driver.py").write_text(NOT_THERE.format(pid=os.getpid()))
    monkeypatch.syspath_prepend(tmp_path)
    __import__("picky_driver")
    source = desk.add(Numbers, "")
    node = desk.add("picky_driver:Picky", "work:", f"{source}.value")
    refused(desk)
    told_at(desk, node, "picky_driver")


def test_a_node_that_does_not_get_ready_in_time_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    original: Any = Graph.astart
    monkeypatch.setattr(Graph, "astart", lambda graph, **options: original(graph, timeout=1.0, **options))
    source = desk.add(Numbers, "")
    node = desk.add(NeverReady, "work:", f"{source}.value")
    refused(desk)
    desk.until(lambda: "not ready within 1 s" in desk.strip(node), f"not on the card: {desk.strip(node)!r}")
    assert "not ready" in desk.row_texts(node)


def test_a_process_that_dies_while_it_starts_is_named(desk: Desk) -> None:
    source = desk.add(Numbers, "")
    node = desk.add(Crash, "work:", f"{source}.value", at=0, sign="SIGKILL")
    desk.press("start")
    desk.until(lambda: desk.state(node) == "dead", "the death is not shown", START_MS)
    assert "work" in desk.strip(node)
    desk.stop()


def test_a_start_without_descriptors_left_says_so_and_the_window_lives_on(desk: Desk) -> None:
    source = desk.add(Numbers, "")
    node = desk.add(Faulty, "work:", f"{source}.value", at=-1)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, limits[1]))
    holes = []
    try:
        try:
            while True:
                holes.append(os.open("/dev/null", os.O_RDONLY))
        except OSError:
            os.close(holes.pop())
        refused(desk)
    finally:
        for number in holes:
            os.close(number)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert "files" in desk.bar_text("error")
    assert any("files" in row.what for row in desk.rows())
    desk.start()
    desk.goes_on(node)
    desk.stop()
