"""CancelledError out of a hook: a failure where the node made it up, none where a stop by force cancelled it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine import Graph, In, Node, RunState, param
from tests.engine.runtime.placements import chain, finished, until
from tests.nodes_for_tests import Numbers, TimedNumbers

pytestmark = pytest.mark.timeout(30)


class Cancelling(Node):
    x = In(int)
    where = param("")

    def process(self, x: int) -> None:
        return None

    def on_end(self) -> None:
        self._in("on_end")

    def on_stop(self) -> None:
        self._in("on_stop")

    def _in(self, place: str) -> None:
        if self.where == place:
            raise asyncio.CancelledError(f"in {place}")


class CancellingAsync(Cancelling):
    """As when a task is awaited that it has cancelled itself."""

    async def on_end(self) -> None:  # type: ignore[override]
        super().on_end()

    async def on_stop(self) -> None:  # type: ignore[override]
        super().on_stop()


@pytest.mark.parametrize("location", ["", "p:"])
def test_a_cancelled_error_that_a_hook_made_up_is_a_failure_with_every_policy(location: str) -> None:
    graph = Graph()
    graph.add(Numbers, id="n", count=5)
    ids = {}
    for kind in (Cancelling, CancellingAsync):
        for where in ("on_end", "on_stop"):
            for policy in ("stop", "skip", "restart"):
                id = f"{kind.__name__}-{where}-{policy}"
                ids[id] = f"CancelledError: in {where}"
                graph.add(kind, id=id, where=where, location=location)
                graph.set_error_policy(id, policy)
                graph.connect("n.value", f"{id}.x")
    run = finished(graph, RunState.FAILED)
    assert sorted((failure.node, failure.error) for failure in run.failures) == sorted(ids.items())
    nodes = run.statistics().nodes
    assert {nodes[id].state for id in ids} == {"failed"}


class Lingering(Node):
    x = In(int)
    where = param("")

    def process(self, x: int) -> None:
        return None

    async def on_end(self) -> None:  # type: ignore[override]
        await self._in("on_end")

    async def on_stop(self) -> None:  # type: ignore[override]
        await self._in("on_stop")

    async def _in(self, place: str) -> None:
        if self.where == place:
            self.log(place)
            await asyncio.Event().wait()


@pytest.mark.parametrize("where", ["on_end", "on_stop"])
@pytest.mark.parametrize("location", ["t", pytest.param("p:", marks=pytest.mark.long)])
def test_a_hook_that_a_stop_by_force_cancels_has_not_failed(where: str, location: str) -> None:
    events: list[Any] = []
    graph = chain(
        ("n", TimedNumbers, {"count": 10, "interval": 0.02}), ("l", Lingering, {"where": where, "location": location})
    )
    run = graph.start()
    run.subscribe(events.append)
    until(lambda: any(event.reason == where for event in events))
    run.stop(force=True)
    assert [failure.error for failure in run.failures] == []
    assert run.state is RunState.STOPPED
