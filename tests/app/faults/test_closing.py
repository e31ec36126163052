"""The window is closed at the worst of times: it goes, and takes all that runs along."""

from __future__ import annotations

import psutil
import pytest

from tests.app.faults.conftest import WAIT_MS, Desk
from tests.app.faults.nodes import NeverReady, Numbers, Stubborn
from tests.app.shapes import SCALE
from tests.timing import Stopwatch

CLOSE_S = 3.0 + 2.0  # a run drains for three seconds, then ends by force within two


def closes(desk: Desk) -> float:
    """Close the window; how long that took."""
    desk.bench.undo_stack.setClean()
    watch = Stopwatch()
    with desk.qtbot.waitSignal(desk.window.closed, timeout=WAIT_MS):
        desk.window.close()
    assert not desk.bench.is_running
    desk.until(lambda: not psutil.Process().children(recursive=True), "a worker is left")
    return watch.passed_s


def test_closing_while_the_run_starts_cancels_the_start(desk: Desk) -> None:
    source = desk.add(Numbers, "")
    desk.add(NeverReady, "work:", f"{source}.value")
    desk.press("start")
    desk.until(lambda: desk.run_word == "Starting", "it does not start")
    assert closes(desk) < CLOSE_S


@pytest.mark.parametrize("stop_first", [pytest.param(False, marks=pytest.mark.long), True], ids=["runs", "stops"])
def test_closing_while_a_node_hangs_ends_it_by_force(desk: Desk, stop_first: bool) -> None:
    source = desk.add(Numbers, "")
    node = desk.add(Stubborn, "work:", f"{source}.value")
    desk.start()
    desk.until(lambda: desk.state(node) == "late", "it does not hang")
    if stop_first:
        desk.press("stop")
        desk.until(lambda: desk.run_word == "Stopping", "it does not stop")
    assert closes(desk) < CLOSE_S
    assert desk.bench.run.state == "killed"


def test_closing_while_a_killed_process_is_told_ends_cleanly(desk: Desk) -> None:
    source = desk.add(Numbers, "")
    node = desk.add(SCALE, "work:", f"{source}.value")
    desk.start()
    desk.goes_on(node)
    psutil.Process(desk.pid("work:")).kill()
    assert closes(desk) < CLOSE_S
