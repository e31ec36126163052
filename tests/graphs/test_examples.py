"""Each example is opened, checked, run headless, looked at, and stopped clean."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine import Graph, RunError
from engine.graph.file import format_graph
from engine.runtime.run import Run
from engine.runtime.states import NodeState, RunState
from tests.graphs.examples import FOLDER as EXAMPLES
from tests.graphs.examples import NAMES, PLACEMENTS, as_bytes, load, place, without_clock

CARD = (200, 130)
PLOT_KINDS = {"scope", "spectrum", "number", "table"}


def until(condition: Callable[[], bool], what: str, timeout_s: float = 20.0) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, f"not within {timeout_s} s: {what}"
        time.sleep(0.01)


@pytest.fixture
def started() -> object:
    """Starts graphs, and ends what is left of their runs."""
    runs: list[Run] = []

    def start(graph: Graph, **options: object) -> Run:
        runs.append(graph.start(timeout=30.0, **options))
        return runs[-1]

    yield start
    for run in runs:
        run.stop(force=True)


def test_every_example_is_tested() -> None:
    assert sorted(path.stem for path in EXAMPLES.glob("*.tide")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_opens_can_start_and_is_written_back_unchanged(name: str) -> None:
    graph = load(name)
    assert graph.problems() == []
    assert format_graph(graph) == (EXAMPLES / f"{name}.tide").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_its_nodes_lie_from_left_to_right_and_do_not_overlap(name: str) -> None:
    graph = load(name)
    assert graph.positions.keys() == graph.nodes.keys()
    for wire in graph.wires.values():
        assert graph.positions[wire.to_node][0] >= graph.positions[wire.from_node][0] + CARD[0] + 50
    places = list(graph.positions.values())
    for index, (x, y) in enumerate(places):
        for other_x, other_y in places[:index]:
            assert abs(x - other_x) >= CARD[0] or abs(y - other_y) >= CARD[1]


@pytest.mark.parametrize("name", NAMES)
def test_its_plots_show_ports_that_are_there(name: str) -> None:
    graph = load(name)
    assert graph.plots
    for plot in graph.plots.values():
        node, _, port = plot.port.partition(".")
        assert port in graph.type_of(node).node_outputs
        assert plot.kind in PLOT_KINDS


@pytest.mark.parametrize("name", ["hello", "heart", "machine"])
def test_it_runs_live_and_stops_clean(name: str, started: Callable[..., Run], tmp_path: Path) -> None:
    graph = load(name)
    if name == "machine":
        graph.set_parameter("recording", "path", str(tmp_path / "machine.csv"))
    run = started(graph)
    taps = [run.tap(plot.port) for plot in graph.plots.values()]
    for tap in taps:
        tap.get(timeout=30)
    run.stop()
    assert run.state is RunState.STOPPED
    assert run.failures == []
    assert {node.state for node in run.statistics().nodes.values()} <= {NodeState.STOPPED, NodeState.ENDED}


# -- hello


def test_hello_shows_the_tone_above_the_noise(started: Callable[..., Run]) -> None:
    graph, _ = without_clock("hello")
    run = started(graph)
    assert run.wait(60)
    assert run.state is RunState.FINISHED
    tone, filtered = (np.concatenate([c.samples for c in run.result(id)]) for id in ("of_tone", "of_band_pass"))
    assert len(tone) == len(filtered) == 15_000
    spectra = run.result("of_spectrum")
    assert len(spectra) == (15_000 - 500) // 50 + 1
    for spectrum in spectra[10:]:
        assert spectrum.frequencies_hz[np.argmax(spectrum.power)] == pytest.approx(10.0, abs=1.0)
    ideal = np.sqrt(np.mean(np.square(filtered[500:]))) * math.sqrt(2)
    assert ideal == pytest.approx(1.0, abs=0.15)  # the tone's amplitude, and hardly any of the noise


def test_hello_takes_changes_while_it_runs_and_refuses_what_does_not_fit(started: Callable[..., Run]) -> None:
    run = started(load("hello"))
    tap = run.tap("spectrum.spectrum")
    tap.get(timeout=30)
    run.set("band_pass.high_hz", 60.0)
    run.set("tone.frequency_hz", 40.0)

    def strongest_hz() -> float:
        spectrum = tap.get(timeout=30)
        return float(spectrum.frequencies_hz[np.argmax(spectrum.power)])

    until(lambda: strongest_hz() == 40.0, "the spectrum follows the tone")
    with pytest.raises(RunError, match="low_hz = 70 Hz must be below high_hz = 60 Hz"):
        run.set("band_pass.low_hz", 70.0)
    assert strongest_hz() == 40.0
    run.stop()
    assert run.failures == []


# -- heart


def test_heart_finds_the_rate_it_was_given(started: Callable[..., Run]) -> None:
    graph, _ = without_clock("heart", heart_rate_bpm=90.0, duration_s=60.0)
    assert len({str(spec.location) for id, spec in graph.nodes.items() if not id.startswith("of_")}) == 3
    run = started(graph)
    assert run.wait(60)
    assert run.state is RunState.FINISHED
    assert len(run.result("of_r_peaks")) == pytest.approx(90, abs=3)
    rates = run.result("of_heart_rate")
    assert np.median(rates) == pytest.approx(90.0, abs=4)
    assert min(rates) > 70 and max(rates) < 110


RECORDING = Path(__file__).parents[3] / "shared" / "data" / "ecg_mitbih208_360hz.npz"


@pytest.mark.skipif(not RECORDING.exists(), reason="the recordings are not beside this checkout")
def test_heart_finds_the_beats_of_a_real_recording(started: Callable[..., Run]) -> None:
    graph, _ = without_clock("heart")
    graph.remove("ecg")
    graph.add(
        "engine.library.files:NpzReader",
        id="ecg",
        path=str(RECORDING),
        rate_hz=360.0,
        offset=1024.0,
        scale=1 / 200,
        block_size=36,
        realtime=False,
    )
    graph.remove("of_ecg")
    graph.connect("ecg.signal", "band_pass.signal")
    run = started(graph)
    assert run.wait(60)
    assert run.state is RunState.FINISHED, run.failures
    beats = run.result("of_r_peaks")
    assert len(beats) == pytest.approx(500, abs=6)  # see tests/engine/library/test_events.py for the comparison
    assert np.median(run.result("of_heart_rate")) == pytest.approx(106, abs=3)


# -- machine


def test_machine_records_what_it_shows(started: Callable[..., Run], tmp_path: Path) -> None:
    graph = load("machine")
    graph.set_parameter("recording", "path", str(tmp_path / "machine.csv"))
    graph.set_parameter("counters", "interval", 0.02)
    graph.set_parameter("counters", "count", 30)
    graph.add("engine.library.sinks:Collector", id="shown")
    graph.connect("rolling_mean.mean", "shown.value")
    run = started(graph)
    assert run.wait(30)
    assert run.state is RunState.FINISHED
    shown = np.concatenate([chunk.samples for chunk in run.result("shown")])
    rows = np.genfromtxt(tmp_path / "machine.csv", delimiter=",", names=True)
    assert len(rows) == len(shown) == 30
    names = rows.dtype.names
    assert np.array_equal(np.column_stack([rows[name] for name in names[1:]]), shown)
    assert rows[names[0]] == pytest.approx(np.arange(30) * 0.02)
    assert (shown >= 0).all() and (shown <= 100).all() and shown[:, 1].max() > 0


# -- break it


def test_break_it_keeps_its_healthy_branch_while_the_others_go_wrong(started: Callable[..., Run]) -> None:
    graph = load("break_it")
    for id, after in (("raises", 5), ("hangs", 10), ("dies", 15)):
        graph.set_parameter(id, "after", after)
    run = started(graph, on_error="skip")

    def nodes() -> dict:
        return run.statistics().nodes

    until(lambda: nodes()["raises"].errors > 0, "an error is counted")
    until(lambda: nodes()["dies"].state is NodeState.DEAD, "the killed process is noticed")
    until(lambda: nodes()["hangs"].late, "the hanging node is noticed")
    before, began = nodes()["healthy"].received, time.monotonic()
    until(lambda: nodes()["healthy"].received >= before + 50, "the healthy branch goes on", 5.0)
    assert time.monotonic() - began < 3.0  # at about its own rate, 50 a second
    failed = {failure.node or failure.location for failure in run.failures}
    assert "raises" in failed and any("dies" in who for who in failed)
    error = next(failure for failure in run.failures if failure.node == "raises")
    assert "asked to fail" in error.error and "faults.py" in error.traceback
    assert any(waiting.node == "hangs" for waiting in run.waiting_for())
    began = time.monotonic()
    run.stop(force=True)
    assert time.monotonic() - began < 2.5
    assert run.state in (RunState.KILLED, RunState.FAILED)


# -- the same wherever it runs


def results(name: str, placement: str) -> dict[str, list]:
    graph, collectors = without_clock(name, duration_s=12.0, seed=5)
    place(graph, PLACEMENTS[placement])
    with graph.start(timeout=30.0) as run:
        assert run.wait(60), f"not over: {run.waiting_for()}"
        assert run.state is RunState.FINISHED, run.failures
        return {id: [as_bytes(payload) for payload in run.result(id)] for id in collectors}


on_main = functools.cache(lambda name: results(name, "main"))


@pytest.mark.parametrize("name", ["hello", "heart", "break_it"])
@pytest.mark.parametrize("placement", [key for key in PLACEMENTS if key != "main"])
def test_results_are_the_same_bit_for_bit_wherever_nodes_run(name: str, placement: str) -> None:
    assert all(on_main(name).values())
    assert results(name, placement) == on_main(name)


@pytest.mark.parametrize("placement", [key for key in PLACEMENTS if key != "main"])
def test_a_recording_is_the_same_bytes_wherever_it_is_written(
    placement: str, started: Callable[..., Run], tmp_path: Path
) -> None:
    """The path of *machine* (rolling mean, recording), with a source that has no clock."""
    written = []
    for number, where in enumerate(("main", placement)):
        graph = load("machine")
        graph.remove("counters")
        graph.add("engine.library.sources:Tone", id="tone", noise=1.0, channels=2, realtime=False, duration_s=5.0)
        graph.connect("tone.signal", "rolling_mean.signal")
        graph.set_parameter("recording", "path", str(tmp_path / f"{number}.csv"))
        place(graph, PLACEMENTS[where])
        run = started(graph)
        assert run.wait(60)
        assert run.state is RunState.FINISHED, run.failures
        written.append((tmp_path / f"{number}.csv").read_bytes())
    assert written[0].count(b"\n") == 2501
    assert written[0] == written[1]
