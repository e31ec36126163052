"""The three policies of nodes that fail: stop, skip, restart. The same at every kind of place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine import In, Node, Out, RunState, Source
from tests.engine.runtime.failing_nodes import Raising
from tests.engine.runtime.placements import chain, finished, until
from tests.nodes_for_tests import Collect, TimedNumbers
from tests.timing import Stopwatch

pytestmark = pytest.mark.timeout(30)


@pytest.mark.parametrize("location", ["", "p:"])
def test_stop_ends_the_sources_and_finishes_what_is_under_way(location: str) -> None:
    graph = chain(("n", TimedNumbers, {"interval": 0.001}), ("r", Raising, {"at": [20], "location": location}))
    graph.add(Collect, id="s")
    graph.connect("n.value", "s.x")
    run = finished(graph, RunState.FAILED)
    assert run.result("s") == list(range(run.statistics().nodes["n"].emitted))
    assert run.statistics().nodes["s"].state in ("stopped", "ended")


@pytest.mark.parametrize("location", ["", "p:"])
def test_restart_builds_a_fresh_node_and_goes_on_with_the_next_message(location: str) -> None:
    graph = chain(
        ("n", TimedNumbers, {"interval": 0.01, "count": 30}),
        ("f", Fragile, {"location": location}),
        ("s", Collect, {}),
    )
    graph.set_error_policy("f", "restart")
    run = finished(graph)
    lives = [life for life, _ in run.result("s")]
    assert [x for _, x in run.result("s")] == [x for x in range(30) if x not in (3, 7)]
    assert sorted(set(lives)) == [1], "each instance counts its own lives from its own start"
    assert run.statistics().nodes["f"].errors == 2
    assert len(run.failures) == 2


class Fragile(Node):
    x = In(int)
    y = Out(tuple)

    def on_start(self) -> None:
        self.starts = getattr(self, "starts", 0) + 1

    def process(self, x: int) -> tuple[int, int]:
        if x in (3, 7):
            raise RuntimeError("broken")
        return (self.starts, x)


class FlakySource(Source):
    value = Out(int)

    def produce(self) -> Iterator[int]:
        yield from range(3)
        raise OSError("unplugged")


def test_a_source_that_restarts_begins_anew_after_a_pause_that_grows_until_the_run_is_stopped() -> None:
    graph = chain(("n", FlakySource, {}), ("s", Collect, {}))
    run = graph.start(on_error="restart")
    until(lambda: len(run.failures) >= 3)
    watch = Stopwatch()
    run.stop()
    assert watch.passed_s < 1.0, "a stop does not wait for the pause"
    seen = run.result("s")
    assert seen[:9] == [0, 1, 2] * 3
    times = [failure.time for failure in run.failures]
    assert times[2] - times[1] > 1.5 * (times[1] - times[0])
