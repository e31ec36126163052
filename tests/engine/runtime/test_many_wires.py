"""A computer with many wires: opening them leaves its loop to others in between, and can be stopped half-way."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from typing import Any

import pytest

from engine import Graph, Run, RunState, StartError
from engine.runtime.ends import AT_ONCE, WireEnds
from engine.runtime.wiring import Wiring
from tests.nodes_for_tests import Collect, Numbers, Sum

pytestmark = pytest.mark.timeout(60)
WIRES = 120
WAIT_S = 20.0


def many_wires(location: str, source_location: str = "") -> Graph:
    """A source, many sinks behind it, and one node with many wires of its own."""
    graph = Graph()
    graph.add(Sum, id="sum", location=location)
    for number in range(WIRES):
        graph.add(Numbers, id=f"n{number}", count=3, location=source_location)
        graph.connect(f"n{number}.value", "sum.values")
    graph.add(Collect, id="s", location=location)
    graph.connect("sum.total", "s.x")
    return graph


def test_a_loop_goes_on_while_many_wires_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = 0

    def counting(open_end: Any) -> Any:
        def count(self: Wiring, *arguments: Any) -> Any:
            nonlocal opened
            opened += threading.current_thread() is threading.main_thread()
            return open_end(self, *arguments)

        return count

    for end in ("sender", "receiver"):
        monkeypatch.setattr(Wiring, end, counting(getattr(Wiring, end)))

    async def main() -> list[int]:
        each_turn: list[int] = []

        async def watch() -> None:
            while True:
                before = opened
                await asyncio.sleep(0)
                each_turn.append(opened - before)

        watching = asyncio.create_task(watch())
        run = await many_wires("", "t").astart()
        await run.await_end()
        watching.cancel()
        assert run.state is RunState.FINISHED and run.result("s") == [WIRES * n for n in range(3)]
        return each_turn

    each_turn = asyncio.run(main())
    assert opened == WIRES + 2
    assert max(each_turn) <= AT_ONCE, f"{max(each_turn)} ends were opened at once"


@pytest.mark.parametrize("location", ["", "t"])
@pytest.mark.parametrize("force", [False, True], ids=["gracefully", "by force"])
def test_a_stop_while_wires_are_opened_leaves_nothing(
    location: str, force: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_way, opened = threading.Event(), 0

    async def give_turn(self: WireEnds) -> None:
        nonlocal opened
        opened += 1
        if opened == AT_ONCE:
            half_way.set()
            await asyncio.get_running_loop().create_future()  # until the stop ends it

    monkeypatch.setattr(WireEnds, "_give_turn", give_turn)
    run, started = Run.begin(many_wires(location, location), 20.0, "stop")
    assert half_way.wait(WAIT_S)
    run.stop(force=force, timeout=None if force else WAIT_S)
    assert run.state is RunState.STOPPED, run.failures
    assert opened == AT_ONCE
    with pytest.raises((StartError, concurrent.futures.CancelledError)):
        started.result(WAIT_S)
