"""Payloads that leave the interpreter when they are pickled or read: a tap on them disturbs neither graph nor run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from engine import Event, Graph, In, Node, Out, Source, Tap, TapClosed, param
from engine.computers.thread import Interrupted
from engine.overflow import Overflow
from engine.runtime.outputs import SHOW_EVERY_S, OutputPort
from engine.runtime.tap import TapSender

pytestmark = pytest.mark.timeout(30)


def leave(number: int) -> Any:
    """What unpickling a `Leaving` calls."""
    if number % 2:
        raise SystemExit(f"read {number}")
    return number


class Leaving:
    """Raises SystemExit when it is pickled, or, if its number is odd, when it is read."""

    def __init__(self, number: int, when: str) -> None:
        self.number, self.when = number, when

    def __reduce__(self) -> Any:
        if self.when == "pickled":
            raise SystemExit(f"pickled {self.number}")
        return leave, (self.number,)


class LeavingSource(Source):
    value = Out()
    when = param("pickled")
    count = param(12)

    async def produce(self) -> AsyncIterator[Any]:
        for number in range(self.count):
            yield Leaving(number, self.when)
            await self.sleep(0.005)


class Counting(Node):
    x = In()
    count = 0

    def process(self, x: Any) -> None:
        self.count += 1

    def result(self) -> int:
        return self.count


def graph_of(when: str, location: str) -> Graph:
    graph = Graph()
    graph.add(LeavingSource, id="n", when=when, location=location)
    graph.add(Counting, id="c", location=location)
    graph.connect("n.value", "c.x")
    return graph


@pytest.mark.parametrize("location", ["p:", ""])
def test_a_payload_that_exits_when_it_is_pickled_reaches_its_node_whether_it_is_tapped_or_not(location: str) -> None:
    run = graph_of("pickled", location).start()
    tap = run.tap("n.value")
    assert run.wait(10)
    assert (run.state, run.failures, run.result("c")) == ("finished", [], 12)
    if location:
        with pytest.raises(TapClosed):
            tap.get(timeout=1)


def test_a_payload_that_exits_when_it_is_read_is_told_and_the_next_ones_come(capfd: Any) -> None:
    events: list[Event] = []
    run = graph_of("read", "p:").start()
    run.subscribe(events.append)
    tap = run.tap("n.value", policy="drop_oldest", capacity=100)
    assert run.wait(10)
    assert (run.state, run.failures, run.result("c")) == ("finished", [], 12)
    numbers = list(tap)
    assert numbers and all(number % 2 == 0 for number in numbers)
    told = [event for event in events if "could not be read here: SystemExit: read" in event.reason]
    assert len(told) >= len(numbers) - 1
    assert "Traceback" not in capfd.readouterr().err


class Failing(TapSender):
    """Raises what it is told to when something is put."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(Tap("n.value", Overflow.LATEST, 1, lambda: None))
        self.error = error
        self.reason = ""

    def try_put(self, message: Any) -> bool:
        raise self.error

    def abandon(self, reason: str) -> None:
        self.reason = reason


@pytest.mark.parametrize("kind", [SystemExit, GeneratorExit, asyncio.CancelledError, ValueError])
def test_a_tap_that_fails_is_left_behind_with_the_reason(kind: type[BaseException]) -> None:
    port, tap = OutputPort(Out(), []), Failing(kind("gone"))
    port.add_tap(tap)
    port.send([1], 0, 0)
    assert port.taps == [] and tap.reason.endswith(f"{kind.__name__}: gone")


@pytest.mark.parametrize("kind", [Interrupted, KeyboardInterrupt])
def test_a_stop_by_force_passes_through_a_tap(kind: type[BaseException]) -> None:
    port = OutputPort(Out(), [])
    port.add_tap(Failing(kind()))
    with pytest.raises(kind):
        port.send([1], 0, 0)


class Seeing(TapSender):
    """Remembers what is put."""

    def __init__(self, policy: Overflow = Overflow.LATEST, capacity: int = 1) -> None:
        self.tap = Tap("n.value", policy, capacity, lambda: None)
        super().__init__(self.tap)
        self.seen: list[Any] = []

    def try_put(self, message: Any) -> bool:
        self.seen.append(message.payload)
        return super().try_put(message)


def test_of_what_is_sent_in_quick_succession_a_tap_for_the_latest_sees_the_last_and_the_rest_is_counted() -> None:
    async def main() -> None:
        port, latest, every = OutputPort(Out(), []), Seeing(), Seeing(Overflow.DROP_OLDEST, 10)
        port.add_tap(latest)
        port.add_tap(every)
        for turn in range(3):
            for number in range(5):
                port.send(5 * turn + number, 5 * turn + number, 0)
            await asyncio.sleep(2 * SHOW_EVERY_S)
        assert latest.seen == [4, 9, 14] and every.seen == list(range(15))
        assert (latest.put_count, latest.tap.dropped) == (15, 14)  # the reader has seen none yet: 12 here, 2 there
        assert latest.tap.get(0) == 14
        port.send(15, 15, 0)
        port.remove_tap(latest)
        await asyncio.sleep(2 * SHOW_EVERY_S)
        assert latest.seen == [4, 9, 14], "one that is detached is shown nothing more"
        port.add_tap(latest)
        port.send(16, 16, 0)
        port.close()
        assert latest.seen[-1] == 16 and latest.tap.ended, "the last is shown before the end"

    asyncio.run(main())


def test_what_could_still_be_changed_is_copied_for_a_tap_when_it_is_sent() -> None:
    async def main() -> None:
        port, latest = OutputPort(Out(), []), Seeing()
        port.add_tap(latest)
        value = [np.zeros(2)]
        port.send(value, 0, 0)
        value.append(np.ones(1))
        await asyncio.sleep(0)
        assert len(latest.seen) == 1 and len(latest.seen[0]) == 1

    asyncio.run(main())


def test_a_tap_for_the_latest_sees_nothing_old_behind_something_new_and_nothing_from_before_its_time() -> None:
    async def main() -> None:
        port, latest, later = OutputPort(Out(), []), Seeing(), Seeing()
        port.add_tap(latest)
        for value in (1, 2, [3], 4, [5], 6):
            port.send(value, 0, 0)
        port.add_tap(later)
        port.send(7, 0, 0)
        await asyncio.sleep(3 * SHOW_EVERY_S)
        assert latest.seen == [2, [3], 4, [5], 6, 7] and later.seen == [7]
        assert latest.put_count == 7 and later.put_count == 1

    asyncio.run(main())
