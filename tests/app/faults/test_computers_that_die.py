"""A process that dies, is stopped or comes back: shown at its cards, its wires and its location, the rest goes on."""

from __future__ import annotations

import os
import signal

import pytest

from app.canvas.card_layout import Part
from tests.app.faults.conftest import Desk
from tests.app.faults.nodes import Crash, Numbers
from tests.app.shapes import SCALE
from tests.timing import Stopwatch


def drawn(desk: Desk) -> tuple[str, str, str]:
    """A source on main, a node in a process, and one beside it that has nothing to do with that."""
    source = desk.add(Numbers, "")
    return source, desk.add(SCALE, "work:", f"{source}.value"), desk.add(SCALE, "other:", f"{source}.value")


@pytest.mark.parametrize(
    ("number", "word"),
    [(signal.SIGKILL, "SIGKILL"), pytest.param(signal.SIGSEGV, "SIGSEGV", marks=pytest.mark.long)],
)
def test_a_process_that_is_killed_is_dead_at_all_its_cards_and_the_rest_goes_on(
    desk: Desk, number: signal.Signals, word: str
) -> None:
    source, node, beside = drawn(desk)
    desk.start()
    desk.goes_on(node)
    begun = Stopwatch()
    os.kill(desk.pid("work:"), number)
    desk.told(lambda: desk.state(node) == "dead", "the card does not say dead", begun)
    desk.told(lambda: word in desk.strip(node), "the card does not say why", begun)
    desk.told(lambda: word in desk.row_texts(node), "no problem says why", begun)
    assert desk.tone(node) == "bad"
    assert "Runs on" in desk.tip(node), "what can be done is not said"
    assert word in desk.tip(node, Part.ERROR)
    assert f"computer:work:  dead: process work died: killed by {word}" in desk.log
    wire = f"{source}.value -> {node}.value"
    desk.until(lambda: "lost" in desk.badge(wire).alarm, "the wire does not say what is lost")
    assert "lost" in desk.wire_tip(wire)
    legend = desk.window.legend._labels
    desk.until(lambda: any("dead" in label.text() for label in legend.values()), "the location does not say it")
    desk.goes_on(beside)
    assert desk.run_word == "Running"
    desk.stop()
    assert desk.state(node) == "dead"
    desk.start()
    desk.goes_on(node)
    assert desk.strip(node) == ""
    assert not desk.rows()
    desk.stop()
    desk.until(lambda: desk.run_word == "Stopped", "the second run did not stop well")


def test_a_node_that_crashes_its_process_is_dead_and_a_tapped_plot_of_it_says_so(desk: Desk) -> None:
    desk.window.load_plots()
    source = desk.add(Numbers, "")
    node = desk.add(Crash, "work:", f"{source}.value", at=100_000)
    plot = desk.bench.add_plot(f"{node}.passed")
    assert plot
    desk.start()
    desk.goes_on(node)
    os.kill(desk.pid("work:"), signal.SIGKILL)
    desk.told(lambda: desk.state(node) == "dead", "the card does not say dead")
    status = desk.window.plots.panel(plot).status
    desk.until(lambda: "dead" in status.text(), f"the plot does not say that its node is dead: {status.text()}")
    desk.stop()
    desk.start()
    desk.until(lambda: "msg/s" in status.text(), "the plot does not show the next run")
    desk.stop()


def test_a_process_that_is_suspended_says_so_and_goes_on_when_it_is_let(desk: Desk) -> None:
    source, node, _ = drawn(desk)
    beside = desk.add(SCALE, "other:", f"{desk.add(Numbers, '')}.value")
    desk.start()
    desk.goes_on(node)
    pid = desk.pid("work:")
    begun = Stopwatch()
    os.kill(pid, signal.SIGSTOP)
    try:
        desk.told(lambda: desk.state(node) == "late", "the card does not say that it is late", begun)
        desk.told(lambda: "SIGSTOP" in desk.strip(node), "the card does not say why", begun)
        assert desk.tone(node) == "warn"
        assert "SIGSTOP" in desk.row_texts(node)
        assert [row.severity for row in desk.rows(node)] == ["warning"]
        badge = desk.badge(f"{source}.value -> {node}.value")
        desk.until(lambda: badge.is_full and "full" in badge.text, "the wire does not say that it is full")
        desk.goes_on(beside)
    finally:
        os.kill(pid, signal.SIGCONT)
    desk.until(lambda: desk.state(node) == "running" and not desk.strip(node), "it is still shown as late")
    desk.goes_on(node)
    assert "over" in desk.row_texts(node)
    desk.stop()
    desk.until(lambda: desk.run_word == "Stopped", "nothing went wrong in this run")
