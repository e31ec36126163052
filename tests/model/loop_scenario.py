"""The real `LoopBridge`: two programs on one virtual loop, who may hand it over between any two of their steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from engine.bridges.loop import LoopBridge
from engine.bridges.message import EMPTY, Message
from engine.overflow import Overflow
from tests.model.scheduler import Choices, World


@dataclass(frozen=True)
class LoopCase:
    """What is put, where the ends give up, and what may happen at any moment.

    Attributes:
        capacity, overflow: of the wire.
        count: ticks; one message for each, except for the `empty` ones.
        stop_after: the receiver takes no more after so many messages.
        abandon_after: the sender gives up after so many ticks.
        needs: messages that must have been put before the receiver takes the first, as where the other branch of a join
            gives something only then.
        grows: the wire may grow at any moment.
    """

    capacity: int = 1
    overflow: Overflow = Overflow.BLOCK
    count: int = 3
    empty: frozenset[int] = frozenset()
    stop_after: int = -1
    abandon_after: int = -1
    needs: int = 0
    grows: bool = False


class LoopScenario:
    """One schedule of a `LoopCase`."""

    bridge_type = LoopBridge

    def __init__(self, case: LoopCase, choices: Choices) -> None:
        self.case = case
        self.world = World(choices)
        self.loop = self.world.loop("loop")
        self.bridge = self.bridge_type(case.capacity, case.overflow)
        self.bridge.on_news = self._on_news
        self.got: list[int] = []
        self.ticks: list[int] = []
        self.has_grown = False
        self._news: Any = None
        self.producer: Any = None
        self.consumer: Any = None
        begin = [self._begin_producer, self._begin_consumer]
        for start in begin[:: 1 - 2 * choices.choose(2)]:  # either may be built first
            start()
        if case.grows:
            self.world.may("the wire grows", self._grow)

    def _begin_producer(self) -> None:
        self.producer = self.loop.create_task(self._produce())

    def _begin_consumer(self) -> None:
        self.consumer = self.loop.create_task(self._consume())

    def state(self) -> Iterable[Any]:
        yield self.bridge
        yield [self.producer, self.consumer, self.got, self.ticks, self.has_grown, self._news]

    async def _produce(self) -> None:
        bridge, case = self.bridge, self.case
        for tick in range(case.count):
            await self._perhaps_others()
            if tick == case.abandon_after:
                bridge.abandon("asked to")
                return
            if tick in case.empty:
                bridge.put_empty(tick)
                is_heard = self._news is None or self._news.done() or bridge.queued
                assert is_heard, "nobody heard of a tick that was filtered out"
                continue
            while not bridge.try_put(Message(tick, tick, 0, 0)):
                await bridge.wait_room()
            if bridge.put_count == case.needs:
                self._on_news()
        await self._perhaps_others()
        bridge.close()

    async def _consume(self) -> None:
        bridge, case = self.bridge, self.case
        while bridge.put_count < case.needs:
            await self._wait()
        while True:
            message = bridge.take()
            if message is None:
                if bridge.ended:
                    return
                await self._wait()
                continue
            assert not (bridge.ended and bridge.queued), "it has ended, and messages wait"
            self.ticks.append(message.tick)
            if message.payload is not EMPTY:
                self.got.append(message.payload)
            await self._perhaps_others()
            if len(self.got) == case.stop_after:
                bridge.stop_receiving()
                return

    async def _perhaps_others(self) -> None:
        if self.world.choices.choose(2):
            future = self.loop.create_future()
            self.loop.call_soon(future.set_result, None)
            await future

    def _on_news(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    async def _wait(self) -> None:
        self._news = self.loop.create_future()
        await self._news

    def _grow(self) -> None:
        self.has_grown = True
        self.loop.run(self.bridge.grow, self.case.capacity * 2)

    def check(self) -> None:
        case, bridge, got = self.case, self.bridge, self.got
        if case.needs > case.capacity and not self.has_grown:
            return  # a deadlock that only growth resolves
        for task, who in ((self.producer, "sender"), (self.consumer, "receiver")):
            assert task.done(), f"the {who} waits for ever"
            task.result()
        assert got == sorted(set(got)), f"not once and in order: {got}"
        assert self.ticks == sorted(set(self.ticks)), f"ticks not once and in order: {self.ticks}"
        assert bridge.delivered == len(got)
        left = bridge.put_count - len(got) - bridge.dropped - bridge.discarded
        assert left == bridge.under_way == bridge.queued == 0, f"{left} are missing of {bridge.put_count}"
        if case.stop_after >= 0:
            return
        assert bridge.broken if case.abandon_after >= 0 else not bridge.broken, "giving up looks like end of stream"
        last = case.abandon_after if case.abandon_after >= 0 else case.count
        expected = [tick for tick in range(last) if tick not in case.empty]
        assert bridge.put_count == len(expected)
        if case.overflow is Overflow.BLOCK:
            assert got == expected and not bridge.dropped, f"a wire that blocks delivered {got}"
        elif case.overflow is not Overflow.DROP_NEWEST:
            assert got[-1:] == expected[-1:], "the newest was dropped"
        if case.empty and max(case.empty) == case.count - 1 and case.abandon_after < 0:
            assert self.ticks[-1] == case.count - 1, "nobody heard of the last tick, which was filtered out"

    def close(self) -> None:
        self.world.close()
