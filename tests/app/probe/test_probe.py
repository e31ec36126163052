"""A click on a wire probes it: its value as what it is, its figures, its bridge; and nothing is left behind."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.probe.card import ProbeCard
from app.probe.looks import Look
from tests.app.canvas.stage import LEFT, PLAIN, Double, Number, Stage, wire_figures
from tests.app.plots.fakes import FakeBench, sine
from tests.app.shapes import COUNT, SCALE

KEY = "number.value -> double.value"
SECOND = "double.doubled -> double2.value"


def line(stage: Stage) -> Stage:
    stage.add(Number, 0, 60)
    stage.add(Double, 300, 60)
    stage.add(Double, 600, 60)
    stage.workbench.connect("number.value", "double.value")
    stage.workbench.connect("double.doubled", "double2.value")
    stage.settle_view()
    return stage


def tell(stage: Stage, **figures: Any) -> None:
    wire = wire_figures(queued_most=7, **figures)
    stage.workbench.statistics_changed.emit(SimpleNamespace(nodes={}, wires={KEY: wire}, computers={}))


def probe(stage: Stage, key: str = KEY) -> ProbeCard:
    stage.click(stage.at_wire(key, 0.15))
    cards = [card for card in stage.canvas.probes.cards if card.key == key]
    assert len(cards) == 1, stage.canvas.probes.cards
    return cards[0]


def test_a_click_on_a_wire_shows_its_probe_beside_it_and_one_elsewhere_takes_it_away(stage: Stage) -> None:
    card = probe(line(stage))
    assert card.isVisible()
    assert stage.canvas.rect().contains(card.geometry())
    assert not card.geometry().contains(stage.at_wire(KEY)), "it hides what it is about"
    stage.click(stage.at(20, 470) if not card.geometry().contains(stage.at(20, 470)) else stage.at(600, 470))
    assert stage.canvas.probes.cards == []


def test_without_a_run_it_says_so_and_shows_bridge_and_capacity(stage: Stage) -> None:
    line(stage)
    stage.workbench.set_location(["double"], "work:")
    card = probe(stage)
    assert "Nothing runs" in card.value.notice.text() and card.value.notice.isVisible()
    assert card.rows["Queue"] == "holds 16"
    assert card.rows["Bridge"].startswith("process, ~") and "µs a message" in card.rows["Bridge"]
    assert "Rate" not in card.rows


def test_it_follows_the_figures_of_the_run(stage: Stage, bench: FakeBench) -> None:
    card = probe(line(stage))
    bench.begin()
    tell(stage, queued=3, dropped=1234)
    assert card.rows["Rate"] == "250/s, 2 kB/s"
    assert card.rows["Latency"] == "p50 0.4 ms, p99 1.2 ms"
    assert card.rows["Queue"] == "3 of 16, most 7"
    assert card.rows["Delivered"] == "10, dropped 1,234, lost 0"
    tell(stage, queued=5)
    assert card.rows["Queue"].startswith("5 of 16")


@pytest.mark.parametrize(
    ("payload", "look"),
    [
        (7, Look.NUMBER),
        (sine(0, 50), Look.SCOPE),
        (np.arange(5.0), Look.SCOPE),
        (np.zeros((20, 30)), Look.IMAGE),
        (np.zeros((20, 30, 3), np.uint8), Look.IMAGE),
        (np.zeros((3, 4)), Look.GRID),
        ({"a": 1, "b": "two"}, Look.GRID),
        ([{"a": 1}, {"a": 2, "b": 3}], Look.GRID),
        ("a text", Look.TEXT),
        (None, Look.TEXT),
        (b"bytes", Look.TEXT),
    ],
)
def test_the_newest_value_is_drawn_as_what_it_is(stage: Stage, bench: FakeBench, payload: Any, look: Look) -> None:
    run = bench.begin()
    card = probe(line(stage))
    run.give(payload, port="number.value")
    tell(stage)
    assert card.value._look is look
    assert card.value.picture is not None and card.value.picture.isVisible()
    assert not card.value.picture.is_empty and not card.value.picture.notice
    assert not card.value.notice.isVisible()
    card.grab()


def test_another_kind_of_value_changes_the_picture(stage: Stage, bench: FakeBench) -> None:
    run = bench.begin()
    card = probe(line(stage))
    for payload in ("words", 3, {"a": 1}):
        run.give(payload, port="number.value")
        tell(stage)
    assert card.value._look is Look.GRID
    assert card.value.picture.model.grid.names == ("a",)


def test_the_tap_closes_with_the_probe_and_moves_with_it(stage: Stage, bench: FakeBench) -> None:
    run = bench.begin()
    line(stage)
    probe(stage)
    assert len(run.tapped("number.value")) == 1
    probe(stage, SECOND)
    assert not run.tapped("number.value") and len(run.tapped("double.doubled")) == 1
    stage.key(Qt.Key.Key_Escape)
    assert not run.tapped("double.doubled")
    assert stage.canvas.probes.cards == []


def test_a_pinned_probe_stays_until_it_is_closed(stage: Stage, bench: FakeBench, qtbot) -> None:
    run = bench.begin()
    first = probe(line(stage))
    qtbot.mouseClick(first._pin, LEFT)
    second = probe(stage, SECOND)
    stage.key(Qt.Key.Key_Escape)
    assert stage.canvas.probes.cards == [first] and not second.isVisible()
    assert len(run.tapped("number.value")) == 1
    qtbot.mouseClick(first._close, LEFT)
    assert stage.canvas.probes.cards == [] and not run.tapped("number.value")


def test_dragged_by_its_title_it_stays_where_it_was_put(stage: Stage, qtbot) -> None:
    card = probe(line(stage))
    before = card.pos()
    grip = QPoint(60, 12)
    qtbot.mousePress(card, LEFT, PLAIN, grip)
    qtbot.mouseMove(card, grip + QPoint(-40, 10))
    qtbot.mouseRelease(card, LEFT, PLAIN, grip)
    assert card.pos() != before and card.is_pinned
    place = card.pos()
    stage.click(stage.at(-80, 480))
    assert card.pos() == place and card.isVisible()


def test_by_the_keyboard_the_wires_of_the_selected_node_are_probed_in_turn(stage: Stage) -> None:
    line(stage)
    stage.click(stage.at_body("double"))
    shown = [stage.canvas.probes.open_next().key for _ in range(3)]
    assert shown == [SECOND, KEY, SECOND]
    assert stage.canvas.probes.cards[0]._pin.hasFocus()
    stage.key(Qt.Key.Key_Escape)
    assert stage.canvas.probes.cards == []
    assert stage.canvas.viewer.hasFocus()


def test_it_goes_with_its_wire_and_with_the_document(stage: Stage, bench: FakeBench) -> None:
    run = bench.begin()
    probe(line(stage)).pin()
    stage.workbench.disconnect(KEY)
    assert stage.canvas.probes.cards == [] and not run.tapped("number.value")
    probe(stage, SECOND).pin()
    bench.new()
    assert stage.canvas.probes.cards == [] and not run.tapped("double.doubled")


def test_another_run_is_tapped_and_its_end_is_said(stage: Stage, bench: FakeBench) -> None:
    first = bench.begin()
    card = probe(line(stage))
    second = bench.begin()
    assert not first.tapped("number.value") and len(second.tapped("number.value")) == 1
    bench.end()
    tell(stage)
    assert card.value.notice.text() == "It ended without a message."
    assert not card.value.is_attached


def test_a_port_that_cannot_be_tapped_is_said(stage: Stage, bench: FakeBench) -> None:
    run = bench.begin()
    run.refusal = "no such port"
    assert "no such port" in probe(line(stage)).value.notice.text()


def test_what_was_read_out_names_wire_and_figures(stage: Stage) -> None:
    card = probe(line(stage))
    assert card.accessibleName() == "Probe of number.value → double.value"
    assert [right.accessibleName() for _, right in card._labels] == list(card.rows)
    assert card._pin.accessibleName() and card._close.accessibleName()


def test_a_real_run_is_probed_while_it_goes_on(window, qtbot) -> None:
    bench = window.workbench
    bench.add_node(COUNT, (0, 0))
    bench.add_node(SCALE, (300, 0), connect_from="count.value")
    bench.set_location(["count"], "")
    bench.set_location(["scale"], "work:")
    key = "count.value -> scale.value"
    bench.start()
    qtbot.waitUntil(lambda: bench.run_state == "running", timeout=20_000)
    card = window.canvas.probes.open(key)
    qtbot.waitUntil(lambda: card.value.picture is not None, timeout=5000)
    qtbot.waitUntil(lambda: "p99" in card.rows.get("Latency", ""), timeout=5000)
    assert card.rows["Bridge"].startswith("process")
    window.canvas.probes.close(card)
    output = bench.run.statistics().nodes["count"].emitted
    qtbot.waitUntil(lambda: bench.run.statistics().nodes["count"].emitted > output, timeout=5000)
