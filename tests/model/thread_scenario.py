"""The real `ThreadBridge` between two threads that may be switched at every shared access."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from engine.bridges.bridge import SenderEnd
from engine.bridges.message import EMPTY, Message
from engine.bridges.thread import ThreadBridge
from engine.overflow import Overflow
from tests.model.interleaving import MicroThread, Program, interleaved
from tests.model.scheduler import Choices, World

# Used on one side only; `check` makes sure of it.
PRIVATE = frozenset(
    {"put_count", "dropped", "capacity", "overflow", "delivered", "sample_next", "on_news", "_sample", "_tick_seen"}
)
Interleaved: Any = interleaved(ThreadBridge, SenderEnd, private=PRIVATE)


@dataclass(frozen=True)
class ThreadCase:
    """What is put, and where the ends give up (see `StreamCase`).

    Attributes:
        needs: messages that must have been put before the receiver takes the first, as where the other branch of a join
            gives something only then.
        grows: the wire may grow at any moment, in the sender's thread, as the engine has it when a run stands still.
    """

    capacity: int = 1
    overflow: Overflow = Overflow.BLOCK
    count: int = 3
    empty: frozenset[int] = frozenset()
    stop_after: int = -1
    abandon_after: int = -1
    needs: int = 0
    grows: bool = False


class ThreadScenario:
    """One schedule of a `ThreadCase`."""

    def __init__(self, case: ThreadCase, choices: Choices, bridge_type: Any = Interleaved) -> None:
        self.case = case
        self.world = World(choices)
        self.sender, self.receiver = MicroThread(self.world, "sender"), MicroThread(self.world, "receiver")
        self.world.loops += [self.sender, self.receiver]  # type: ignore[list-item]
        self.bridge = bridge_type(case.capacity, case.overflow)
        self.got: list[int] = []
        self.ticks: list[int] = []
        self.news: Any = None
        self.finished: list[str] = []
        self.has_grown = self.has_enough = False
        if case.grows:
            self.world.may("the wire grows", self._grow, lambda: not self.sender.is_closed)
        self.sender.start(self._produce())
        self.receiver.start(self._consume())

    def state(self) -> Iterable[Any]:
        yield self.bridge
        yield [self.got, self.ticks, self.news, self.finished, self.has_grown, self.has_enough]

    def _produce(self) -> Program:
        bridge, case = self.bridge, self.case
        yield from bridge.attach_sender(self.sender)
        for tick in range(case.count):
            if tick == case.abandon_after:
                yield from bridge.abandon("asked to")
                break
            if tick in case.empty:
                yield from bridge.put_empty(tick)
                continue
            message = Message(tick, tick, 0, 0)
            while not (yield from bridge.try_put(message)):
                yield from bridge.wait_room()
            if tick + 1 == case.needs:
                self.has_enough = True
                self.receiver.call_soon_threadsafe(self._on_news)
        else:
            yield from bridge.close()
        self.sender.close()
        self.finished.append("sender")

    def _consume(self) -> Program:
        bridge = self.bridge
        bridge.on_news = self._on_news
        yield from bridge.attach_receiver(self.receiver)
        while self.case.needs and not self.has_enough:
            self.news = self.receiver.create_future()
            yield self.news
        while True:
            message = yield from bridge.take()
            if message is None:
                if (yield from bridge.ended):
                    break
                self.news = self.receiver.create_future()
                yield self.news
                continue
            self.ticks.append(message.tick)
            if message.payload is not EMPTY:
                self.got.append(message.payload)
            if len(self.got) == self.case.stop_after:
                yield from bridge.stop_receiving()
                break
        self.receiver.close()
        self.finished.append("receiver")

    def _on_news(self) -> None:
        if self.news is not None and not self.news.done():
            self.news.set_result(None)

    def _grow(self) -> None:
        self.has_grown = True
        self.sender.call_soon_threadsafe(lambda: self.bridge.grow(self.case.capacity * 2))

    def check(self) -> None:
        case, bridge, got = self.case, self.bridge, self.got
        if case.needs > case.capacity and not self.has_grown:
            return  # a deadlock that only growth resolves
        assert "sender" in self.finished, "the sender waits for ever"
        assert "receiver" in self.finished, "the receiver waits for ever"
        both = self.sender.touched & self.receiver.touched
        assert not both, f"both threads use {both}"
        assert got == sorted(set(got)), f"not once and in order: {got}"
        assert self.ticks == sorted(set(self.ticks)), f"ticks not once and in order: {self.ticks}"
        left = bridge.put_count - len(got) - bridge.dropped - bridge.discarded
        assert left >= 0, f"{bridge.put_count} put, {len(got)} got, {bridge.dropped} dropped, {bridge.discarded} gone"
        assert left == len(bridge._queue), f"{left} messages are missing, {len(bridge._queue)} are in the queue"
        if case.stop_after >= 0:
            return
        assert left == 0, f"end of stream overtook {left} messages"
        if case.abandon_after >= 0:
            assert bridge.broken, "the end of a sender that gave up looks like end of stream"
            return
        expected = [tick for tick in range(case.count) if tick not in case.empty]
        assert not bridge.broken and bridge.put_count == len(expected)
        if case.overflow is Overflow.BLOCK:
            assert got == expected and not bridge.dropped
        elif case.overflow is not Overflow.DROP_NEWEST:
            assert got[-1:] == expected[-1:], "the newest was dropped"

    def close(self) -> None:
        self.world.close()
