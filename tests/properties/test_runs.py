"""Whatever is done to random graphs and their runs, at random places, the model holds (see `running.py`)."""

from __future__ import annotations

import time

import hypothesis
import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.properties.editing import EDITS, KINDS
from tests.properties.profiles import SEED, everyday, many
from tests.properties.running import MEDDLING, Runs


def check_runs(settings: hypothesis.settings, seed: int | None, at_least: int) -> None:
    Runs.ended.clear()
    Runs.done.clear()
    machine = Runs if seed is None else hypothesis.seed(seed)(Runs)
    run_state_machine_as_test(machine, settings=settings)
    print(dict(Runs.ended), dict(Runs.done))
    assert Runs.ended.total() >= at_least, Runs.ended  # what each round has for certain is in the straight way below


class MortalRuns(Runs):
    """Processes that are killed again and again, under sources without end, and always come back."""

    is_mortal = True


@pytest.mark.timeout(120)
def test_whatever_is_done_to_runs_of_random_graphs_the_model_holds() -> None:
    check_runs(everyday(8, stateful_step_count=16), None, at_least=4)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [SEED])
def test_whatever_is_done_the_model_holds_in_many_more_runs(seed: int) -> None:
    check_runs(many(20, stateful_step_count=30), seed, at_least=10)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [SEED])
def test_processes_that_are_killed_come_back_whatever_else_is_done(seed: int) -> None:
    Runs.done.clear()
    run_state_machine_as_test(hypothesis.seed(seed)(MortalRuns), settings=many(8, stateful_step_count=24))
    print(dict(Runs.done))
    assert Runs.done["came back"], Runs.done


@pytest.mark.timeout(120)
@pytest.mark.parametrize("how", ["stop", "force"])
def test_the_machine_does_all_that_can_befall_a_run(how: str) -> None:
    """A straight way through it: what chance gives only now and then is there each time."""
    Runs.done.clear()
    machine = Runs()
    try:
        endless, fragile_of_source, mangle = 5, 66, 0  # as the machine reads its numbers: 66 // 7 is the kind
        assert (KINDS[fragile_of_source // 7], KINDS[mangle]) == ("Fragile", "Mangle")
        machine.begin(("", "p:", "t"), "restart", [(0, endless, 0, 0)])
        for number, place in ((fragile_of_source, 1), (fragile_of_source, 2), (mangle, 1)):
            machine._add_node(number, 0, place, 0)
        machine._say_what_follows_an_error(1, 1)
        for edit in dict.fromkeys(EDITS):
            if edit not in ("add_node", "add_source", "remove", "change_count", "move", "go_back"):
                machine.edit(edit, 0, 0, 1, 0)
                machine.the_document_is_what_the_model_says()
        machine.start()
        fragile = [id for id, step in machine.ran.items() if step.kind == "Fragile"]
        assert machine.run is not None and len(fragile) == 2
        deadline = time.monotonic() + 20.0
        while any(machine.run.statistics().nodes[id].errors < 2 for id in fragile):
            assert time.monotonic() < deadline, machine.run.statistics().nodes
            machine.run.wait(0.01)
        for what in dict.fromkeys(MEDDLING):
            machine.meddle(what, 0, 0)
        assert {*MEDDLING, "start", "came back"} <= set(Runs.done), Runs.done
        machine.end(how)
        machine.edit("go_back", 0, 0, 0, 0)
        machine.edit("change_count", 0, 1, 0, 0)
        machine.start()
        machine.end("wait")
        assert {"start again", "restart a tick", "skip a tick"} <= set(Runs.done), Runs.done
    finally:
        machine.teardown()
