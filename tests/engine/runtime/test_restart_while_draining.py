"""A node that is made anew while the run drains: what is under way is still processed, as without a failure."""

from __future__ import annotations

from typing import Any

import pytest

from engine import In, Node, NodeState, Out, RunState, param
from engine.runtime import policy
from tests.engine.runtime.placements import chain, until
from tests.nodes_for_tests import Collect, TimedNumbers

pytestmark = pytest.mark.timeout(60)


class FailsAt(Node):
    """Hands on what it gets, but for one number."""

    x = In()
    y = Out()
    at = param(3)

    def process(self, x: Any) -> Any:
        if x == self.at:
            raise ValueError(f"number {x}")
        return x


@pytest.mark.parametrize("location", ["", "t"])
def test_a_drain_while_a_node_waits_for_its_restart_loses_nothing_that_is_under_way(
    location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "RESTART_FIRST_S", 1.0)
    graph = chain(
        ("n", TimedNumbers, {"interval": 0.001, "location": "u"}),
        ("f", FailsAt, {"location": location}),
        ("s", Collect, {}),
    )
    graph.set_error_policy("f", "restart")
    run = graph.start(on_error="skip")
    until(lambda: run.statistics().nodes["f"].state == NodeState.RESTARTING)
    until(lambda: run.statistics().wires["n.value -> f.x"].queued == 16)
    run.stop(timeout=20.0)
    assert run.state is RunState.STOPPED, run.failures
    statistics = run.statistics()
    sent = statistics.nodes["n"].emitted
    assert sent > 16
    assert run.result("s") == [number for number in range(sent) if number != 3]
    assert all(wire.discarded == wire.lost == wire.dropped == 0 for wire in statistics.wires.values())


class FailsAlways(FailsAt):
    """Takes nothing at all."""

    def process(self, x: Any) -> Any:
        raise ValueError(f"number {x}")


def test_a_drain_waits_no_long_pauses_for_a_node_that_fails_at_all_that_is_under_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(policy, "RESTART_FIRST_S", 0.01)
    monkeypatch.setattr(policy, "RESTART_MOST_S", 100.0)  # twice as long each time: minutes for what is under way
    graph = chain(("n", TimedNumbers, {"interval": 0.001, "location": "u"}), ("f", FailsAlways, {}), ("s", Collect, {}))
    graph.set_error_policy("f", "restart")
    run = graph.start(on_error="skip")
    until(lambda: run.statistics().wires["n.value -> f.x"].queued == 16)
    run.stop(timeout=20.0)
    assert run.result("s") == []
    assert run.statistics().nodes["f"].received == run.statistics().nodes["n"].emitted


def test_a_source_that_waits_for_its_restart_is_not_made_anew_to_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "RESTART_FIRST_S", 100.0)
    graph = chain(("n", Breaks, {}), ("s", Collect, {}))
    graph.set_error_policy("n", "restart")
    run = graph.start(on_error="skip")
    until(lambda: run.statistics().nodes["n"].state == NodeState.RESTARTING)
    run.stop(timeout=20.0)
    assert run.state is RunState.FAILED
    assert run.result("s") == [0]


class Breaks(TimedNumbers):
    """0, and then a failure."""

    async def produce(self) -> Any:
        yield 0
        raise ValueError("broken")
