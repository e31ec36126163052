"""The soak runs, accounts for every message, and finds what it is there to find."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.__main__ import main
from bench.soak.graph import PROCESSES
from bench.soak.settings import PARTS, PLANTS, Settings
from bench.soak.soak import Soak, Watcher
from engine import RunStatistics

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
    before, after = data["held_at_start"], data["held_at_end"]  # what tests before this one had may go meanwhile
    assert all(after[kind] <= before[kind] for kind in before), (before, after)


WORDS = {"lose": "missing without a cause", "repeat": "duplicates", "swap": "misordered", "damage": "damaged"}


def after_deaths(count: int) -> Watcher:
    """Ends a soak when so many processes have died in its run."""

    def watch(soak: Soak, statistics: RunStatistics) -> None:
        if soak.generation is not None and soak.generation.deaths_of(PROCESSES) >= count:
            soak.interrupt()

    return watch


@pytest.mark.parametrize(
    "plant", [pytest.param(plant, marks=[] if plant == "lose" else pytest.mark.long) for plant in PLANTS]
)
def test_every_kind_of_wrong_is_found_though_processes_die(plant: str) -> None:
    settings = Settings(60.0, seed=5, faults=("kill", "segv"), pause_s=0.3, parts=("arrays",), plant=plant)
    outcome = Soak(settings, after_deaths(2)).run()
    assert sum(outcome.verdicts[0].faults.values()) >= 2
    assert any("small_check" in text and WORDS[plant] in text for text in outcome.broken), outcome.broken
    assert all("small_check" in text for text in outcome.broken), outcome.broken


@pytest.mark.long
@pytest.mark.parametrize("plant", PLANTS)
def test_every_kind_of_wrong_is_found_among_all_faults_and_makes_the_exit_code_1(
    plant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["soak", "--minutes", "0.07", "--seed", "8", "--pause", "0.3", "--plant", plant])
    told = capsys.readouterr().out
    assert code == 1
    assert WORDS[plant] in told.partition("PROMISES BROKEN")[2]


@pytest.mark.long
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_with_all_faults_and_nothing_planted_there_is_nothing_to_complain_of(seed: int) -> None:
    outcome = Soak(Settings(12.0, seed=seed, pause_s=0.4)).run()
    assert sum(sum(verdict.faults.values()) for verdict in outcome.verdicts) > 0
    assert outcome.broken == []


def test_a_plant_in_a_part_that_is_left_out_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["soak", "--parts", "loop", "--plant", "lose"])
    assert refused.value.code == 2
    assert "left out" in capsys.readouterr().err


def test_an_interrupt_ends_a_soak_early_and_in_order() -> None:
    soak = Soak(Settings(600.0, faults=(), parts=("arrays",)), lambda soak, statistics: soak.interrupt())
    outcome = soak.run()
    assert outcome.was_interrupted
    assert outcome.seconds < 60
    assert [verdict.end_kind for verdict in outcome.verdicts] == ["graceful"]
    assert outcome.broken == []
