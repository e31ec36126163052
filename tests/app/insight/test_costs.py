"""What a message costs on a bridge: read from the bench's file, the user's own first, and told in few words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app import RESOURCES
from app.document.settings import settings
from app.insight.costs import BridgeCost, bridge_costs, read_costs
from app.insight.crossing import Crossing, bridge_between, crossing_of, microseconds, typical_bytes
from bench import costs as bench_costs
from bench.performance.results import FOLDER, NAME, Results
from engine import Array, Graph, Location, Signal
from tests.app.shapes import COUNT, SCALE

COST = BridgeCost((64, 1024), (10.0, 20.0), 100.0)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    bridge_costs.cache_clear()
    yield
    bridge_costs.cache_clear()


def graph_over(sender: str, receiver: str) -> Graph:
    graph = Graph()
    graph.add(COUNT, id="count", location=sender)
    graph.add(SCALE, id="scale", location=receiver)
    graph.connect("count.value", "scale.value")
    return graph


@pytest.mark.parametrize(("size", "cost"), [(0, 10.0), (64, 10.0), (544, 15.0), (1024, 20.0), (2048, 40.0)])
def test_costs_lie_between_those_that_were_measured(size: int, cost: float) -> None:
    assert COST.cost_us(size) == pytest.approx(cost)


def test_the_file_that_comes_with_the_editor_is_made_of_the_results_of_the_bench() -> None:
    made = bench_costs.as_text(bench_costs.costs(Results.read(FOLDER / f"{NAME}.json")))
    assert (RESOURCES / "figures" / "bridges.json").read_text("utf-8") == made, "run `python -m bench costs`"


def test_it_says_on_which_machine_they_were_measured() -> None:
    costs = bridge_costs()
    assert not costs.is_here
    assert costs.source.startswith("measured on another machine: ") and "processors" in costs.source
    stream, loop = costs.cost_us("stream", 64), costs.cost_us("loop", 64)
    assert stream is not None and loop is not None and stream > loop > 0
    assert costs.cost_us("carrier pigeon", 64) is None


def test_figures_of_this_machine_are_preferred() -> None:
    own = Path(settings().fileName()).parent / "bridges.json"
    own.parent.mkdir(parents=True, exist_ok=True)
    data = json.loads((RESOURCES / "figures" / "bridges.json").read_text("utf-8"))
    data["bridges"]["stream"]["cost_us"] = {"64": 1234.0}
    own.write_text(json.dumps(data), "utf-8")
    costs = bridge_costs()
    assert costs.is_here and costs.cost_us("stream", 10) == 1234.0
    assert costs.source.startswith("measured on this machine: ")


def test_the_bench_writes_where_the_editor_looks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert bench_costs.own_file() == tmp_path / "Tidewire" / "bridges.json"
    assert Path(settings().fileName()).parent.name == "Tidewire"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"bridges": 3}', '{"bridges": {"loop": {}}, "machine": {}}'])
def test_a_broken_file_is_as_none(text: str, tmp_path: Path) -> None:
    file = tmp_path / "bridges.json"
    file.write_text(text, "utf-8")
    assert read_costs(file) is None
    assert read_costs(tmp_path / "not there") is None


@pytest.mark.parametrize(
    ("sender", "receiver", "kind"),
    [("", "", "loop"), ("", "dsp", "thread"), ("a", "b", "thread"), ("p:", "p:io", "thread"), ("", "p:", "stream"),
     ("p:", "q:", "stream"), ("lab::", "", ""), ("lab:p:", "lab:p:", "loop")],
)  # fmt: skip
def test_the_bridge_is_the_one_that_the_engine_would_choose(sender: str, receiver: str, kind: str) -> None:
    assert bridge_between(Location.parse(sender), Location.parse(receiver)) == kind


def test_a_wire_says_its_bridge_and_what_a_message_costs_there() -> None:
    costs = bridge_costs()

    def crossing(sender: str, receiver: str, port_type: Any, size: int = 0) -> Crossing:
        graph = graph_over(sender, receiver)
        return crossing_of(graph, next(iter(graph.wires.values())), costs, port_type, size)

    assert crossing("", "", int).badge == ""
    assert crossing("", "p:", int).badge == "process · ~9 µs"
    assert crossing("", "p:", Any).badge == "process · ~9–18 µs"
    assert crossing("", "p:", int, 8 << 20).badge == "process · 730 µs"
    assert crossing("", "p:", Array(np.float64, 2)).badge == "process · ~18–82 µs"
    assert crossing("", "lab:p:", int).badge == ""


def test_types_say_how_large_their_messages_usually_are() -> None:
    assert typical_bytes(float) == (64, 64)
    assert typical_bytes(Signal)[1] > typical_bytes(Signal)[0]
    assert typical_bytes(Array(None, 2))[0] > typical_bytes(Array(None, 1))[0]
    assert typical_bytes(int | str | None) == (64, 1024)
    assert typical_bytes(Any) == typical_bytes(object)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.4, "0.4 µs"), (3.4, "3 µs"), (12.3, "12 µs"), (734, "730 µs"), (2345, "2.3 ms"), (23456, "23 ms")],
)
def test_short_durations_are_coarse(value: float, text: str) -> None:
    assert microseconds(value) == text
