"""A node that fails, however it does: told at its card, among the problems and in the log; everything else goes on."""

from __future__ import annotations

import pytest

from app.canvas.card_layout import Part
from tests.app.faults.conftest import Desk
from tests.app.faults.nodes import Asked, Ended, Faulty, Numbers, Stopped
from tests.app.shapes import SCALE

COUNT = 12
GO_ON = {  # what a node does that goes on with the next message: its parameters, and what is to be read of it
    "first": ({"at": 0}, "ValueError: cannot take 0"),
    "middle": ({"at": 5}, "ValueError: cannot take 5"),
    "last": ({"at": COUNT - 1}, f"ValueError: cannot take {COUNT - 1}"),
    "exit": ({"how": "exit"}, "SystemExit: out of here"),
    "wrong type": ({"how": "wrong type"}, "int"),
    "unknown port": ({"how": "unknown port"}, "nowhere"),
}


@pytest.mark.parametrize("place", ["", "work:"])
def test_every_failure_of_a_node_is_told_in_place_and_stays_until_the_next_start(desk: Desk, place: str) -> None:
    short = desk.add(Numbers, "", count=COUNT)
    endless = desk.add(Numbers, "")
    healthy = desk.add(SCALE, place, f"{endless}.value")
    going_on = {
        desk.add(Faulty, place, f"{short}.value", **values): text for values, text in GO_ON.values()
    }  # fmt: skip
    asked = desk.add(Asked, place, f"{short}.value")
    ended = desk.add(Ended, place, f"{short}.value")
    stopped = desk.add(Stopped, place, f"{short}.value")
    said = {**going_on, asked: "LookupError: whether to process is unknown", ended: "OSError: nothing to end"}
    said[stopped] = "OSError: the device is gone"
    for round in range(2):
        desk.start()
        for id, text in said.items():
            desk.until(lambda id=id, text=text: text in desk.strip(id), f"{id}: {text!r} is not on the card")
            desk.until(lambda id=id, text=text: text in desk.row_texts(id), f"{id}: {text!r} is no problem")
            desk.until(lambda id=id, text=text: text in desk.tip(id, Part.ERROR), f"{id}: {text!r} is in no tip")
            desk.until(lambda id=id: f"node:{id}  failure" in desk.log, f"{id}: nothing in the log")
            assert "Traceback" in desk.rows(id)[0].details or "rule" in desk.rows(id)[0].details, desk.rows(id)
        for id in (ended, stopped):
            desk.until(lambda id=id: desk.state(id) == "failed", f"{id} is not shown as failed")
            assert desk.tone(id) == "bad"
            assert "failed" in desk.tip(id)
        assert desk.strip(healthy) == ""
        desk.goes_on(healthy)
        assert desk.run_word == "Running"
        if round == 0:
            desk.until(lambda: "faults/nodes.py" in desk.click_strip(asked), "a click shows no traceback")
        desk.stop()
        for id, text in said.items():
            assert text in desk.strip(id), "the card has forgotten its error with the end of the run"
    desk.until(lambda: desk.run_word == "Failed", "the run is not shown as failed")
    desk.bench.set_parameter(next(iter(going_on)), "at", 7)
    desk.until(lambda: not desk.strip(next(iter(going_on))), "an edited node still shows an error")
    assert desk.strip(asked)


def test_a_node_that_fails_all_the_time_is_one_row_and_one_line_with_its_true_count(desk: Desk) -> None:
    source = desk.add(Numbers, "work:", interval=0.0005)
    node = desk.add("tests.app.shapes:Raise", "work:", f"{source}.value")
    run = desk.start()
    desk.until(lambda: desk.received(node) > 400, "the numbers do not come")
    desk.until(lambda: desk.rows(node) and desk.rows(node)[0].count > 300, "failures are not counted on")
    desk.stop()
    errors = run.statistics().nodes[node].errors
    desk.until(lambda: [row.count for row in desk.rows(node)] == [errors], "the count is not the true one")
    assert desk.shown_rows()[0].text(2) == str(errors)
    desk.until(lambda: f"×{errors}," in desk.log, "the log does not say how often")
    lines = [line for line in desk.log.splitlines() if f"node:{node}  failure" in line]
    assert len(lines) == 1
    assert f"×{errors}," in lines[0]
    desk.until(lambda: f"×{errors}," in desk.window.log.view.toPlainText(), "the count is kept and not shown")
    desk.until(
        lambda: desk.window.log.view.toPlainText() == desk.log, "the lines on the screen are not those that are kept"
    )


@pytest.mark.parametrize(("policy", "state", "word"), [("stop", "failed", "Failed"), ("restart", "running", "Running")])
def test_the_policy_of_a_node_decides_and_is_seen(desk: Desk, policy: str, state: str, word: str) -> None:
    source = desk.add(Numbers, "")
    node = desk.add(Faulty, "work:", f"{source}.value", policy)
    healthy = desk.add(SCALE, "", f"{source}.value")
    desk.start()
    desk.told(lambda: "cannot take 3" in desk.strip(node), "the failure is not on the card")
    if policy == "restart":
        desk.goes_on(node)
        desk.goes_on(healthy)
        desk.until(lambda: desk.state(node) == "error", "it goes on after an error")
    else:
        desk.wait_for_end()
        desk.until(lambda: desk.state(node) == state, f"the card does not say {state}")
    desk.until(lambda: desk.run_word == word, f"the run is not shown as {word}")
