"""The bench of the window: what its figures say, and that its graphs can run. How fast anything is, is not tested."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget

from bench.gui import command, graphs, report
from bench.gui.targets import TARGETS, Target, verdicts
from engine import Signal

ROOT = Path(__file__).parents[2]


def test_a_target_is_met_on_its_own_side_of_the_bound() -> None:
    at_least = Target("canvas", "pan", "fps", 50.0, is_least=True)
    at_most = Target("flood", "main", "gap_ms", 33.0)
    assert [at_least.is_met(value) for value in (49.9, 50.0, 60.0)] == [False, True, True]
    assert [at_most.is_met(value) for value in (10.0, 33.0, 33.1)] == [True, True, False]


def test_only_targets_that_were_measured_get_a_verdict() -> None:
    found = verdicts({"flood": {"source on main": {"gap_ms": 40.0}}, "canvas": {"50 nodes, pan": {"fps": 1.0}}})
    assert [(verdict.target.case, verdict.is_met) for verdict in found] == [("source on main", False)]
    assert found[0].as_data()["value"] == 40.0


def test_the_table_has_a_line_a_case_and_says_which_targets_are_met() -> None:
    cases = {"a": {"fps": 61.5, "gap_ms": 7.25}, "b": {"fps": 1234.0}}
    lines = report.table("canvas", cases).strip().splitlines()
    assert [line.split() for line in lines] == [
        ["canvas", "frames/s", "gap", "ms"],
        ["a", "61.5", "7.25"],
        ["b", "1,234"],
    ]
    text = report.targets(verdicts({"canvas": {"200 nodes, pan": {"fps": 49.0}, "200 nodes, drag": {"fps": 60.0}}}))
    assert [line.rpartition("  ")[2] for line in text.strip().splitlines()[1:]] == ["not met", "met"]


def test_every_figure_of_a_target_has_a_column() -> None:
    for target in TARGETS:
        line = report.table(target.scenario, {target.case: {target.figure: 1.0}})
        assert "1.00" in line, target


def test_an_unknown_scenario_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    from bench.__main__ import main

    with pytest.raises(SystemExit):
        main(["gui", "--only", "canvas,nothing"])
    assert "nothing: there is opening, canvas" in capsys.readouterr().err


def test_the_command_imports_no_qt() -> None:
    script = "import sys, bench.__main__; print([name for name in sys.modules if name.startswith(('PySide6', 'app'))])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_graphs_can_start() -> None:
    made = [graphs.grid(50), graphs.scope(64, 10.0), graphs.flood(""), graphs.flood("engine:")]
    assert [graph.problems() for graph in made] == [[]] * len(made)
    assert len(made[0].nodes) == 50
    assert len(made[0].positions) == 50


def test_paints_are_counted_until_the_pulse_is_stopped(qtbot: Any) -> None:
    from bench.gui.pulse import Pulse

    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    qtbot.wait(50)
    pulse = Pulse(widget)
    for _ in range(3):
        widget.repaint()
    pace = pulse.stop()
    widget.repaint()
    assert pace.frames == 3
    assert 0 < pace.wall_gap_s <= pace.seconds
    assert pace.figures()["fps"] == pytest.approx(3 / pace.seconds)


class FakeRun:
    """A run with one tap, to which messages are given by hand."""

    def __init__(self) -> None:
        self.waiting: list[Any] = []
        self.is_closed = False

    def tap(self, port: str, policy: str, capacity: int) -> FakeRun:
        return self

    def take_all(self) -> list[Any]:
        taken, self.waiting = self.waiting, []
        return taken

    def close(self) -> None:
        self.is_closed = True

    def give(self, samples: np.ndarray[Any, Any]) -> None:
        class Message:
            payload = Signal(samples, 1000.0)

        self.waiting.append(Message())


def test_the_peer_shows_the_newest_samples_in_their_order_whatever_the_chunks(qtbot: Any) -> None:
    from bench.gui.peer import Curves

    run = FakeRun()
    peer = Curves(run, "tone.signal", 2, 10)
    peer.begin()
    position = 0
    for count in (3, 7, 1, 4, 10, 25, 6):
        at = np.arange(position, position + count)
        run.give(np.column_stack((at, -at)).astype(float))
        position += count
        peer._frame()
    shown = [curve.getData()[1].tolist() for curve in peer._curves]
    newest = list(range(position - 10, position))
    assert shown == [newest, [-value for value in newest]]
    peer.end()
    assert run.is_closed


@pytest.mark.long
@pytest.mark.display
@pytest.mark.timeout(200)
def test_a_scenario_is_played_in_a_process_of_its_own_and_written_down(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(command, "QUICK", command.Effort(starts=1, seconds=0.3, rounds=1))
    file = tmp_path / "gui.json"
    from bench.__main__ import main

    assert main(["gui", "--quick", "--only", "flood", "--json", str(file)]) == 0
    data = json.loads(file.read_text())
    assert data["results"]["flood"]["source on main"]["messages_per_s"] > 0
    assert {target["scenario"] for target in data["targets"]} == {"flood"}
    assert data["failed"] == []
