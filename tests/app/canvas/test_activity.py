from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from app import theme
from app.canvas.activity import NodeActivity, node_activity, wire_activity
from app.canvas.figures import bytes_text, milliseconds_text, rate_text
from app.canvas.live_figures import INTERVAL_MS
from app.canvas.state_shapes import SHAPES
from app.canvas.tips import wire_tip
from app.insight.crossing import Crossing
from engine.runtime.states import NodeState
from tests.app.canvas.stage import Double, Number, Stage, node_figures, wire_figures

KEY = "number.value -> double.value"


def wired(stage: Stage) -> tuple[str, str]:
    one, two = stage.add(Number, 0, 0), stage.add(Double, 400, 0)
    stage.workbench.connect(f"{one}.value", f"{two}.value")
    stage.workbench.set_location([one], "")
    stage.workbench.set_location([two], "dsp:")
    return one, two


@pytest.mark.parametrize(
    ("rate", "text"),
    [(0, "0/s"), (0.25, "0.2/s"), (0.04, "0.04/s"), (3.14, "3.1/s"), (250, "250/s"), (999.6, "1k/s"),
     (1250, "1.2k/s"), (48_000, "48k/s"), (2.5e6, "2.5M/s"), (float("nan"), "0/s")],
)  # fmt: skip
def test_rates_are_short(rate, text):
    assert rate_text(rate) == text


def test_bytes_and_times_have_units():
    assert bytes_text(320) == "320 B/s"
    assert bytes_text(1_500_000) == "1.5 MB/s"
    assert milliseconds_text(0.4) == "0.4 ms"
    assert milliseconds_text(1500) == "1.5 s"


def test_every_state_of_a_node_has_a_shape_and_words_of_its_own():
    assert {str(state) for state in NodeState} <= set(SHAPES)
    assert len({shape.words for shape in SHAPES.values()}) == len(SHAPES)
    looks = [(shape.path(), shape.is_filled) for shape in SHAPES.values() if shape.token != "bad"]
    assert all(a != b for i, a in enumerate(looks) for b in looks[:i]), "colour must not be the only difference"


def test_a_failed_node_shows_the_first_line_of_its_error():
    activity = node_activity(node_figures(state="failed", message="ValueError: broken\nTraceback ..."))
    assert (activity.state, activity.error, activity.rate) == ("failed", "ValueError: broken", "")


def test_a_node_that_goes_on_after_errors_says_both():
    activity = node_activity(node_figures(errors=3, message="ValueError: broken"))
    assert (activity.state, activity.error, activity.rate) == ("error", "ValueError: broken", "250/s")
    assert "errors 3" in activity.counts


def test_what_a_node_waits_for_is_a_note_and_no_error():
    activity = node_activity(node_figures(message="waits for room on value"))
    assert (activity.error, activity.note) == ("", "waits for room on value")


def test_a_wire_names_its_bridge_only_where_it_crosses_locations():
    crossing = Crossing("stream", 9.0, 9.0, 8)
    assert wire_activity(wire_figures(), is_running=True).badge == "250/s"
    assert wire_activity(wire_figures(), crossing=crossing, is_running=True).badge == "process 250/s\n9 µs"
    assert wire_activity(wire_figures(), crossing=crossing, is_running=False).badge == ""


def test_the_hue_of_a_wire_says_how_full_it_is(stage):
    wired(stage)
    item = stage.canvas.mirror.wires[KEY]
    hues = []
    for queued in (0, 8, 16):
        activity = wire_activity(wire_figures(queued=queued), is_running=True)
        item.show_activity(activity)
        hues.append(item._gradient().gradient().stops()[0][1].name())
        assert activity.is_full is (queued == 16)
    assert len(set(hues)) == 3
    assert hues[-1] == theme.tokens["warn"]
    assert "full" in item.badge.text


def test_a_wire_that_leaves_its_loop_shows_its_bridge_and_cost_before_any_run(stage):
    _, two = wired(stage)
    badge = stage.canvas.mirror.wires[KEY].badge
    assert badge.isVisible() and badge.text == "process\n~9 µs"
    assert "measured on" in wire_tip(stage.canvas.mirror.wires[KEY])
    stage.workbench.set_location([two], "aside")
    assert badge.text == "thread\n~13 µs"
    stage.workbench.set_location([two], "")
    assert not badge.isVisible()
    stage.workbench.undo_stack.undo()
    assert badge.isVisible() and badge.text.startswith("thread")


def test_a_wire_is_thicker_the_more_flows_through_it():
    flows = [10.0, 1e3, 1e5, 1e7, 1e12]
    weights = [wire_activity(wire_figures(bytes_per_s=f), is_running=True).weight for f in flows]
    assert weights == sorted(weights)
    assert weights[0] == 0
    assert weights[-1] == 4


def test_figures_of_a_run_reach_cards_and_wires(stage):
    one, two = wired(stage)
    stage.play({one: node_figures(load=0.5), two: node_figures(rate_hz=1250)}, {KEY: wire_figures(bridge="stream")})
    assert stage.node(one).activity.state == "running"
    assert stage.node(one).activity.load == 10
    assert stage.node(two).activity.rate == "1.2k/s"
    badge = stage.canvas.mirror.wires[KEY].badge
    assert badge.isVisible()
    assert badge.text == "process 250/s\n9 µs"


def test_dropped_messages_stand_in_words_on_the_wire(stage):
    wired(stage)
    stage.play(wires={KEY: wire_figures(dropped=1200, lost=3)})
    assert stage.canvas.mirror.wires[KEY].badge.alarm == "1.2k dropped, 3 lost"


def test_a_wire_without_data_is_dashed_until_something_comes(stage, qtbot):
    wired(stage)
    stage.play(wires={KEY: wire_figures(sent=0, delivered=0)})
    assert not stage.canvas.mirror.wires[KEY].activity.has_data
    stage.play(wires={KEY: wire_figures()})
    qtbot.waitUntil(lambda: stage.canvas.mirror.wires[KEY].activity.has_data)


def test_figures_are_shown_at_most_ten_times_a_second_and_the_last_always(stage, qtbot):
    one, _ = wired(stage)
    shown: list[str] = []
    original = stage.canvas.mirror.show_node_activity

    def show(id: str, activity: NodeActivity) -> None:
        if id == one:
            shown.append(activity.rate)
        original(id, activity)

    stage.canvas.mirror.show_node_activity = show
    for rate in range(100, 200):
        stage.play({one: node_figures(rate_hz=rate)})
    assert shown == ["100/s"]
    qtbot.waitUntil(lambda: shown[-1] == "199/s", timeout=20 * INTERVAL_MS)
    assert len(shown) == 2


def test_equal_figures_repaint_nothing(stage, qtbot):
    one, _ = wired(stage)
    stage.play({one: node_figures()})
    QApplication.processEvents()
    painted: list[str] = []
    node = stage.node(one)
    node.update = lambda *_: painted.append("node")
    stage.canvas._figures.take(type("S", (), {"nodes": {one: node_figures()}, "wires": {}, "computers": {}})())
    stage.canvas._figures.show_newest()
    assert painted == []
    node.show_activity(node_activity(node_figures(rate_hz=7)))
    assert painted == ["node"]


def test_figures_too_small_to_be_read_repaint_nothing_and_are_there_once_they_can_be(stage, qtbot):
    one, _ = wired(stage)
    node, badge, shown = stage.node(one), stage.canvas.mirror.wires[KEY].badge, stage.canvas.viewer
    stage.play({one: node_figures()}, {KEY: wire_figures(bridge="stream")})
    shown.zoom_to(0.3)
    shown.grab()
    painted: list[object] = []
    node.update, badge.update = (lambda *_: painted.append(node)), (lambda: painted.append(badge))
    node.show_activity(node_activity(node_figures(rate_hz=7, load=0.9)))
    badge.show_activity(wire_activity(wire_figures(rate_hz=8), is_running=True), is_feedback=False)
    assert painted == []
    node.show_activity(node_activity(node_figures(state="failed", message="broken")))
    badge.show_activity(wire_activity(wire_figures(dropped=3), is_running=True), is_feedback=False)
    assert badge in painted
    assert node in painted
    del node.update, badge.update
    node.show_activity(node_activity(node_figures(rate_hz=7, load=0.9)))
    badge.show_activity(wire_activity(wire_figures(rate_hz=8), is_running=True), is_feedback=False)
    shown.zoom_to(1.0)
    seen = shown.grab().toImage()
    stage.canvas.mirror.refresh()
    assert shown.grab().toImage() == seen


def test_an_error_stands_in_the_card_and_a_click_on_it_tells_the_node(stage, qtbot):
    one, _ = wired(stage)
    height = stage.node(one).layout.size.height()
    stage.play({one: node_figures(state="failed", message="ValueError: broken")})
    assert stage.node(one).layout.size.height() > height
    with qtbot.waitSignal(stage.canvas.error_clicked) as caught:
        stage.click(stage.at_part(one, "error"))
    assert caught.args == [one]


def test_another_document_forgets_the_run(stage):
    one, _ = wired(stage)
    stage.play({one: node_figures(state="failed", message="ValueError: broken")})
    stage.workbench.document_replaced.emit()
    stage.workbench.document_changed.emit()
    assert stage.node(one).activity.state == "idle"


def test_figures_of_nodes_and_wires_that_are_gone_are_passed_over(stage):
    one, two = wired(stage)
    stage.workbench.remove([two])
    stage.play({one: node_figures(), two: node_figures()}, {KEY: wire_figures()})
    assert stage.node(one).activity.state == "running"


@pytest.mark.parametrize("gap", [30, 60, 400])
def test_a_badge_covers_no_port_of_its_wire(stage, gap):
    one = stage.add(Number, 0, 0)
    two = stage.add(Double, stage.node(one).card_rect().right() + gap, 4)
    stage.workbench.connect(f"{one}.value", f"{two}.value")
    stage.play(wires={KEY: wire_figures(bridge="stream", dropped=120)})
    badge = stage.canvas.mirror.wires[KEY].badge
    area = badge.mapRectToScene(badge.boundingRect())
    assert badge.isVisible()
    assert not area.contains(stage.port(f"{one}.value").scene_center())
    assert not area.contains(stage.port(f"{two}.value").scene_center())


def test_what_may_still_go_by_is_a_warning_and_no_error():
    stuck = node_activity(node_figures(late=True, message="holds its loop: stuck for 3 s"))
    assert (stuck.state, stuck.error, stuck.is_warning) == ("late", "holds its loop: stuck for 3 s", True)
    briefly = node_activity(node_figures(late=True, message="holds its loop"))
    assert (briefly.state, briefly.error, briefly.note) == ("late", "", "holds its loop")
    message = "process work died: exit code -9; starts again in 0.2 s (restart 2)"
    coming_back = node_activity(node_figures(state="restarting", message=message), restarts=1)
    assert coming_back.is_warning
    assert coming_back.error == "starts again in 0.2 s (restart 2): process work died: exit code -9"
    assert "restarted 1×" in coming_back.counts


def test_the_last_error_of_a_node_stays_while_it_has_errors():
    assert node_activity(node_figures(state="stopped", errors=2), "ValueError: broken").error == "ValueError: broken"
    late = node_activity(node_figures(errors=2, late=True, message="holds its loop"), "ValueError: broken")
    assert late.error == "ValueError: broken"
    assert node_activity(node_figures(state="stopped"), "ValueError: broken").error == ""


def test_a_card_edited_after_the_run_forgets_its_error_and_undo_brings_it_back(stage):
    one, two = wired(stage)
    for state in ("running", "failed"):
        stage.play({id: node_figures(state=state, message="broken", errors=1) for id in (one, two)})
    stage.plays_run = False
    stage.workbench.rename(one, "other")
    assert stage.node(one).activity.state == "idle"
    assert stage.node(two).activity.error == "broken"
    stage.workbench.undo_stack.undo()
    assert stage.node(one).activity.error == "broken"
