"""Who decides what follows the death of a process, and what survives it: parameters and taps."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import Graph, ParameterRefused, RunState
from tests.engine.runtime.placements import chain, pid_of, until
from tests.engine.runtime.restarting import BACK_S, check_balance, is_back, kill, kill_and_wait, lives_chain, moves_on
from tests.engine.runtime.restarting_nodes import (
    FailsToStart,
    Fragile,
    Remembers,
    Signs,
)
from tests.nodes_for_tests import Collect, Square, TimedNumbers
from tests.timing import Stopwatch

pytestmark = pytest.mark.timeout(60)


# -- what survives


@pytest.mark.parametrize("when", ["before", pytest.param("away", marks=pytest.mark.long), "starting"])
def test_a_parameter_that_was_set_is_what_the_new_process_begins_with(when: str, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    graph = chain(
        ("n", TimedNumbers, {"interval": 0.002}),
        ("wait", FailsToStart, {"location": "p:", "how": "hangs", "marker": str(marker)}),
        ("r", Remembers, {"location": "p:"}),
        ("s", Collect, {}),
    )
    graph.set_computer("p:", on_death="restart")
    run = graph.start(on_error="skip")
    moves_on(run, "s")
    old = pid_of(run, "p:")
    if when == "before":
        run.set("r.gain", 7)
        moves_on(run, "s", 100)
    marker.touch()
    kill(run, "p:")
    state = {"before": "restarting", "away": "restarting", "starting": "preparing"}[when]
    until(lambda: run.statistics().computers["p:"].state == state or when == "before", timeout=BACK_S)
    if when != "before":
        watch = Stopwatch()
        run.set("r.gain", 7)
        assert watch.passed_s < 1.0
        with pytest.raises(ParameterRefused):
            run.set("r.gain", 1000)
    marker.unlink()
    until(lambda: is_back(run, "p:", 1), timeout=BACK_S)
    moves_on(run, "s")
    run.stop()
    seen = run.result("s")
    assert {gain for gain, pid, _ in seen if pid != old} == {7}
    assert {gain for gain, pid, _ in seen if pid == old} == ({1, 7} if when == "before" else {1})


@pytest.mark.parametrize("location", ["", "p:"])
def test_a_parameter_that_was_set_is_what_a_node_restarted_by_its_policy_begins_with(location: str) -> None:
    graph = chain(("n", Signs, {}), ("f", Fragile, {"location": location}), ("s", Collect, {}))
    graph.set_error_policy("f", "restart")
    run = graph.start(on_error="skip")
    moves_on(run, "s")
    run.set("f.gain", 5)
    run.set("n.sign", -1)
    until(lambda: run.statistics().nodes["f"].errors >= 1)
    moves_on(run, "s")
    run.stop()
    gains = [gain for gain, _, _ in run.result("s")]
    assert gains == sorted(gains) and gains[-1] == 5, "once set, it stays"


def test_taps_stay_open_and_read_on_from_the_new_process() -> None:
    graph = chain(("n", TimedNumbers, {"interval": 0.002}), ("r", Remembers, {"location": "p:"}), ("s", Collect, {}))
    graph.set_computer("p:", on_death="restart")
    run = graph.start(on_error="skip")
    taps = [run.tap("r.y"), run.tap("r.y", policy="drop_oldest")]
    for tap in taps:
        tap.get(timeout=5)
    old = pid_of(run, "p:")
    kill(run, "p:")
    until(lambda: run.statistics().nodes["r"].state == "restarting")
    taps.append(run.tap("r.y"))
    closed = run.tap("r.y")
    closed.close()
    until(lambda: is_back(run, "p:", 1), timeout=BACK_S)
    for tap in taps:
        until(lambda tap=tap: tap.get(timeout=5)[1] != old)  # type: ignore[misc]
    run.stop()
    assert all(tap.ended for tap in taps)


# -- who decides


def test_without_a_setting_the_policies_of_the_nodes_decide() -> None:
    graph = chain(
        ("n", TimedNumbers, {"interval": 0.002}),
        ("a", Square, {"location": "p:"}),
        ("b", Square, {"location": "p:t"}),
        ("s", Collect, {}),
    )
    graph.set_error_policy("a", "restart")
    graph.set_error_policy("b", "restart")
    run = graph.start(on_error="skip")
    moves_on(run, "s")
    kill_and_wait(run, "p:")
    run.stop()
    assert run.state == RunState.STOPPED
    graph.set_error_policy("b", "skip")
    run = graph.start(on_error="stop")
    moves_on(run, "s")
    kill(run, "p:")
    until(lambda: run.statistics().nodes["a"].state == "dead")
    run.stop()
    assert run.state == RunState.FAILED
    graph.set_error_policy("b", "stop")
    run = graph.start(on_error="skip")
    moves_on(run, "s")
    kill(run, "p:")
    assert run.wait(BACK_S) and run.state == RunState.FAILED
    assert run.statistics().nodes["n"].state == "stopped"


def test_by_the_policy_leave_nodes_stay_dead_though_their_own_policy_is_to_restart() -> None:
    graph = lives_chain(restart=())
    graph.set_computer("middle:", on_death="leave")
    run = graph.start(on_error="restart")
    moves_on(run, "sink")
    kill(run, "middle:")
    until(lambda: run.statistics().nodes["middle"].state == "dead")
    until(lambda: run.statistics().nodes["sink"].state == "ended")
    moves_on(run, "s")
    assert run.state == RunState.RUNNING
    run.stop()
    assert run.state == RunState.FAILED
    check_balance(run)


def test_by_the_policy_stop_a_death_ends_the_run_though_its_nodes_would_skip() -> None:
    graph = lives_chain(restart=("source",))
    graph.set_computer("middle:", on_death="stop")
    run = graph.start(on_error="skip")
    moves_on(run, "sink")
    kill(run, "middle:")
    assert run.wait(BACK_S)
    assert run.state == RunState.FAILED
    check_balance(run)


@pytest.mark.long
def test_the_setting_is_saved_with_the_graph_and_holds_for_what_is_loaded(tmp_path: Path) -> None:
    graph = chain(("n", TimedNumbers, {}), ("q", Square, {"location": "p:"}), ("s", Collect, {}))
    graph.set_computer("p:", on_death="restart")
    graph.save(tmp_path / "a.tide")
    run = Graph.load(tmp_path / "a.tide").start(on_error="skip")
    moves_on(run, "s")
    kill_and_wait(run, "p:")
    moves_on(run, "s")
    run.stop()
    assert run.state == RunState.STOPPED
