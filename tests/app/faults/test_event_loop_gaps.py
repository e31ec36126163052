"""The window stays responsive while workers start, die, are killed and are started again."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from tests.app.faults.conftest import Desk
from tests.app.faults.nodes import Numbers
from tests.app.heartbeat import GAP_S, TRIES, Heartbeat
from tests.app.shapes import SCALE
from tests.timing import best_of

MANY = 40
NOT_UNDER_A_DEBUGGER = pytest.mark.skipif(sys.gettrace() is not None, reason="a debugger makes every turn slow")


@NOT_UNDER_A_DEBUGGER
@pytest.mark.timeout(120)
def test_no_turn_of_the_window_takes_long_while_a_process_is_killed_and_restarted(desk: Desk) -> None:
    source = desk.add(Numbers, "")
    node = desk.add(SCALE, "work:", f"{source}.value")
    desk.add(SCALE, "other:", f"{source}.value")
    desk.bench.set_death_policy("work:", "restart")

    def worst_gap() -> float:
        beat = Heartbeat()
        desk.start()
        desk.goes_on(node, 2)
        for _ in range(2):
            before = desk.pid("work:")
            os.kill(before, signal.SIGKILL)
            desk.until(lambda before=before: desk.pid("work:") != before, "the process is not started again")
            desk.goes_on(node, 2)
        desk.stop()
        return beat.stop()

    gaps = best_of(TRIES, worst_gap, GAP_S)
    assert min(gaps) <= GAP_S, gaps


@NOT_UNDER_A_DEBUGGER
@pytest.mark.long
@pytest.mark.timeout(240)
def test_no_turn_of_the_window_takes_long_while_a_process_with_many_nodes_dies(desk: Desk) -> None:
    source = desk.add(Numbers, "many:", interval=0.05)
    nodes = [desk.add(SCALE, "many:", f"{source}.value") for _ in range(MANY)]

    def worst_gap() -> float:
        beat = Heartbeat()
        desk.start()
        desk.goes_on(nodes[-1], 2)
        os.kill(desk.pid("many:"), signal.SIGKILL)
        desk.until(lambda: all(desk.state(id) == "dead" for id in nodes), "not all cards say dead")
        desk.until(lambda: len(desk.rows()) > MANY, "not every node has its problem")
        desk.until(lambda: not desk.bench.is_running, "a run without any living computer goes on")
        return beat.stop()

    gaps = best_of(TRIES, worst_gap, GAP_S)
    assert min(gaps) <= GAP_S, gaps
