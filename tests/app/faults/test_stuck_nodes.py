"""A node that does not come back: where it stands, what can be done, and how it is ended."""

from __future__ import annotations

import threading

import pytest

from app.canvas.card_layout import Part
from tests.app.faults.conftest import WAIT_MS, Desk
from tests.app.faults.nodes import Faulty, HoldsInterpreter, Numbers, Stubborn
from tests.app.shapes import SCALE
from tests.timing import Stopwatch


@pytest.mark.parametrize(
    ("kind", "place", "remedy"),
    [
        pytest.param(Stubborn, "work:", "Force stop", marks=pytest.mark.long),
        (HoldsInterpreter, "work:", "Force stop"),
        (Stubborn, "dsp", "Python cannot end a thread"),
    ],
    ids=["process", "interpreter held", "thread"],
)
def test_a_node_that_does_not_come_back_is_late_then_stuck_and_force_ends_it(
    desk: Desk, kind: type[Faulty], place: str, remedy: str
) -> None:
    source = desk.add(Numbers, "")
    is_thread = place == "dsp"
    node = desk.add(kind, place, f"{source}.value")
    beside = desk.add(SCALE, "other:", f"{source}.value", policy="")
    desk.bench.set_wire(f"{source}.value -> {node}.value", overflow="drop_oldest")
    desk.start()
    desk.until(lambda: desk.state(node) == "late", "the card does not say that it is late")
    assert desk.tone(node) == "warn"
    desk.until(lambda: "nodes.py" in desk.row_texts(node), "no problem says where it stands")
    desk.until(lambda: "stuck" in desk.strip(node), "the card does not say that it is stuck")
    assert remedy in desk.tip(node)
    assert "process" in desk.rows(node)[0].details, "the stack is not shown"
    desk.goes_on(beside)
    alarm = desk.badge(f"{source}.value -> {node}.value")
    desk.until(lambda: "dropped" in alarm.alarm, "the wire does not say what it drops")
    desk.press("stop")
    desk.until(lambda: desk.run_word == "Stopping", "the run does not say that it stops")
    watch = Stopwatch()
    desk.press("force")
    desk.wait_for_end()
    assert watch.passed_s < 2.0
    desk.until(lambda: desk.run_word == "Killed", "the run does not say how it ended")
    if not is_thread:
        desk.until(lambda: desk.state(node) == "dead", "the card does not say that it is dead")
        return
    desk.until(lambda: desk.state(node) == "abandoned", "the card does not say that the thread was left")
    assert "restart the editor" in desk.bar_text("abandoned") or "restart the editor" in desk.tip(node)
    assert "Python cannot kill a thread" in desk.strip(node) or "Python cannot" in desk.tip(node, Part.ERROR)
    bar = desk.window.bars.bar("abandoned")
    button = next(button for caption, button in bar.buttons.items() if "process" in caption)
    button.click()
    assert desk.bench.graph.nodes[node].location.process
    assert desk.window.bars.bar("abandoned") is None
    Stubborn.let_go.set()
    desk.bench.set_parameter(node, "at", 100_000)
    desk.start()
    desk.goes_on(node)
    desk.stop()
    desk.until(
        lambda: not [thread for thread in threading.enumerate() if thread.name.endswith("dsp")],
        "the abandoned thread is still there",
        WAIT_MS,
    )
