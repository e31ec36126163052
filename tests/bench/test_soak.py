"""The soak runs, accounts for every message, and finds what it is there to find."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.__main__ import main
from bench.soak.settings import PARTS, PLANTS, Settings
from bench.soak.soak import Soak

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize(
    "parts",
    ["arrays,flood,joins,loop,trouble", pytest.param(",".join(PARTS), marks=pytest.mark.long)],
    ids=["without SciPy, which takes long to start", "the whole graph"],
)
def test_a_short_soak_with_faults_reports_what_was_and_that_no_promise_was_broken(
    parts: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "soak.json"
    faults = "kill,stop,raise,tap,set"
    options = ["--minutes", "0.06", "--seed", "3", "--pause", "0.3", "--faults", faults, "--parts", parts]
    code = main(["soak", *options, "--json", str(file)])
    told = capsys.readouterr().out
    data = json.loads(file.read_text(encoding="utf-8"))
    assert (code, data["broken"]) == (0, []), told
    assert "No promise was broken." in told
    assert data["checked"] > 100
    assert set(data["faults"]) <= set(faults.split(",")) and sum(data["faults"].values()) > 2
    assert (data["unexplained"], data["duplicates"], data["misordered"], data["damaged"]) == (0, 0, 0, 0)
    assert data["held_at_start"] == data["held_at_end"]


def test_a_message_that_a_node_loses_and_tells_nobody_is_found() -> None:
    outcome = Soak(Settings(1.0, faults=(), parts=("arrays",), plant="lose")).run()
    lost = sum(lane.unexplained for verdict in outcome.verdicts for lane in verdict.lanes)
    assert lost > 0
    assert any("small_check" in text and "missing" in text for text in outcome.broken), outcome.broken


@pytest.mark.long
@pytest.mark.parametrize("plant", PLANTS)
def test_every_kind_of_wrong_is_found_and_makes_the_exit_code_1(plant: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["soak", "--minutes", "0.03", "--parts", "arrays", "--faults", "none", "--plant", plant])
    told = capsys.readouterr().out
    assert code == 1
    word = {"lose": "missing", "repeat": "duplicates", "swap": "misordered", "damage": "damaged"}[plant]
    assert "PROMISES BROKEN" in told
    assert word in told.partition("PROMISES BROKEN")[2]


def test_an_interrupt_ends_a_soak_early_and_in_order() -> None:
    soak = Soak(Settings(600.0, faults=(), parts=("arrays",)), lambda soak, statistics: soak.interrupt())
    outcome = soak.run()
    assert outcome.was_interrupted
    assert outcome.seconds < 60
    assert [verdict.end_kind for verdict in outcome.verdicts] == ["graceful"]
    assert outcome.broken == []
