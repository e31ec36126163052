"""What goes wrong on wires: drops, and a run that stands still because they are full."""

from __future__ import annotations

import pytest

from engine.runtime import deadlock
from tests.app.faults.conftest import Desk
from tests.app.faults.nodes import Batch, Numbers, Pair, Slow


def test_drops_are_counted_at_the_wire_and_in_the_status_line(desk: Desk) -> None:
    source = desk.add(Numbers, "", interval=0.002)
    slow = desk.add(Slow, "work:", f"{source}.value")
    wire = f"{source}.value -> {slow}.value"
    desk.bench.set_wire(wire, overflow="drop_oldest", capacity=2)
    desk.start()
    desk.told(lambda: "dropped" in desk.badge(wire).alarm, "the wire does not say that it drops")
    assert "drop oldest" in desk.wire_tip(wire)
    desk.until(lambda: "dropped" in desk.window.statusBar()._summary.text(), "the status line does not say it")
    assert desk.state(slow) == "running", "a drop that was asked for is no fault"
    assert not desk.rows()
    desk.stop()


@pytest.mark.parametrize("can_grow", [True, False])
def test_a_run_that_stands_still_gets_room_or_says_which_wires_are_full(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, can_grow: bool
) -> None:
    if not can_grow:
        monkeypatch.setattr(deadlock, "MOST_BYTES", 0)
    source = desk.add(Numbers, "", interval=0.0)
    batch = desk.add(Batch, "", f"{source}.value", size=40)
    pair = desk.add(Pair, "")
    wires = [f"{source}.value -> {pair}.first", f"{batch}.total -> {pair}.second"]
    for wire in wires:
        assert desk.bench.connect(*wire.split(" -> "))
    assert desk.bench.set_wire(wires[0], capacity=2)
    desk.start()
    if can_grow:
        desk.until(lambda: f"wire:{wires[0]}  grown" in desk.log, "the log does not say that the wire was grown")
        desk.goes_on(pair)
        assert not desk.rows()
    else:
        desk.until(lambda: any("deadlock" in row.what for row in desk.rows()), "no problem says deadlock")
        row = next(row for row in desk.rows() if "deadlock" in row.what)
        assert wires[0] in row.details
        assert row.place == "run"
        desk.until(lambda: desk.badge(wires[0]).is_full, "the wire does not say that it is full")
        assert "more capacity" in row.details
        desk.press("stop")
        desk.until(lambda: desk.run_word == "Stopping", "what is in flight cannot be finished")
        desk.press("force")
        desk.wait_for_end()
        return
    desk.stop()
