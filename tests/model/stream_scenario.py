"""A real `StreamSender` and a real `StreamReceiver` on two virtual loops, with what may befall them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.bridges.message import EMPTY, Message
from engine.bridges.stream import StreamReceiver, StreamSender
from engine.overflow import Overflow
from tests.model.scheduler import Choices, World

GREATER = 40_000  # bytes: above `INLINE_LIMIT`, so that the payload goes through shared memory


@dataclass(frozen=True)
class StreamCase:
    """What is put, what the ends do, and what may happen at any moment.

    Attributes:
        capacity, overflow: of the wire.
        count: ticks; one message for each, except for the `empty` ones.
        large: payloads go through shared memory; the receiver keeps the last `kept`.
        bytes_under_way, piece: what the socket holds, and gives at a time.
        stop_after: the receiver takes no more after so many messages.
        abandon_after: the sender gives up after so many ticks.
        pauses: the ends may hand over their loops between messages, or not.
        credit_every: the receiver may wait with its credit until it has taken so many.
        outside: of "grow", "sender dies", "receiver dies", "abandon", "stop receiving".
    """

    capacity: int = 1
    overflow: Overflow = Overflow.BLOCK
    count: int = 3
    empty: frozenset[int] = frozenset()
    large: bool = False
    kept: int = 0
    bytes_under_way: int = 1 << 20
    piece: int = 1 << 20
    stop_after: int = -1
    abandon_after: int = -1
    pauses: bool = True
    outside: tuple[str, ...] = ()
    credit_every: int = 1


class StreamScenario:
    """One schedule of a `StreamCase`."""

    sender_type = StreamSender
    receiver_type = StreamReceiver

    def __init__(self, case: StreamCase, choices: Choices) -> None:
        self.case = case
        self.world = world = World(choices)
        one, other = world.pair(case.bytes_under_way, case.piece)
        self.sender_loop, self.receiver_loop = world.loop("sender"), world.loop("receiver")
        self.sender = self.sender_type(one, self.sender_loop, case.capacity, case.overflow)
        self.receiver = self.receiver_type(other, self.receiver_loop, credit_every=case.credit_every)
        self.receiver.on_news = self._on_news
        self._news: Any = None
        self.got: list[int] = []
        self.ticks: list[int] = []
        self.kept: list[tuple[int, Any]] = []
        self.dead = ""
        self.given_up = False
        self.stopped = False
        self.sent_all = self.took_all = False
        self.counts: tuple[int, int, int, int] | None = None
        self.producer = self.sender_loop.create_task(self._produce())
        self.consumer = self.receiver_loop.create_task(self._consume())
        for what in case.outside:
            world.may(what, getattr(self, "_" + what.replace(" ", "_")), lambda what=what: self._may(what))  # type: ignore[misc]

    def state(self) -> Iterable[Any]:
        yield self.sender
        yield self.receiver
        yield [self.producer, self.consumer, self.got, self.ticks, self.dead, self.given_up, self.stopped]
        yield [self.sent_all, self.took_all, self.counts, self._news]

    # -- the two programs

    async def _produce(self) -> None:
        sender, case = self.sender, self.case
        for tick in range(case.count):
            if case.pauses and tick and self.world.choices.choose(2):
                await _turn(self.sender_loop)
            if self.given_up:
                break
            if tick == case.abandon_after:
                self._abandon()
                break
            if tick in case.empty:
                sender.put_empty(tick)
                continue
            message = Message(self._payload(tick), tick, 0, 0)
            while not sender.try_put(message):
                await sender.wait_room()
                if self.given_up:
                    break
            else:
                continue
            break
        self.sent_all = True
        sender.close()
        await sender.flushed()
        self.counts = (sender.put_count, sender.dropped, sender.discarded, sender.under_way)
        sender.release()

    def _payload(self, tick: int) -> Any:
        return np.full(GREATER, tick, np.uint8) if self.case.large else tick

    async def _consume(self) -> None:
        receiver = self.receiver
        while True:
            message = None if self.stopped else receiver.take()
            if message is None:
                if receiver.ended or (self.stopped and self._leaves()):
                    break
                await self._wait()
                continue
            self.ticks.append(message.tick)
            if message.payload is not EMPTY:
                self._take(message)
            del message
            if len(self.got) == self.case.stop_after:
                self._stop_receiving()
            elif self.case.pauses and self.world.choices.choose(2):
                await _turn(self.receiver_loop)
        self.took_all = True
        await receiver.flushed()
        self.kept.clear()
        receiver.release()

    def _leaves(self) -> bool:
        """A receiver that takes no more: does its computer end too, or do other nodes go on there?"""
        return self.world.choices.choose(2) == 1

    def _take(self, message: Message) -> None:
        if self.case.large:
            self.kept.append((message.tick, message.payload))
            for tick, array in self.kept:
                assert (array == tick).all(), "a slot that somebody keeps was written"
            del self.kept[: -self.case.kept or None]
        else:
            assert message.payload == message.tick
        self.got.append(message.tick)

    def _on_news(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    async def _wait(self) -> None:
        self._news = self.receiver_loop.create_future()
        if self.case.credit_every > 1:
            self.receiver_loop.call_later(0.1, self.receiver.give_credit)  # as a worker does all the time
        await self._news

    # -- what may happen at any moment

    def _may(self, what: str) -> bool:
        if what in ("sender dies", "receiver dies"):
            return not self.dead
        if what in ("grow", "abandon"):
            return not self.sent_all and self.dead != "sender" and not self.given_up
        return not self.took_all and not self.stopped and self.dead != "receiver"

    def _grow(self) -> None:
        self.sender_loop.run(self.sender.grow, self.case.capacity * 2)

    def _abandon(self) -> None:
        self.given_up = True
        self.sender_loop.run_or_call(self.sender.abandon, "asked to")
        self.sender_loop.run_or_call(self.sender._wake_senders)

    def _stop_receiving(self) -> None:
        self.stopped = True
        self.receiver_loop.run_or_call(self.receiver.stop_receiving)
        self._on_news()

    def _sender_dies(self) -> None:
        self.dead = "sender"
        self.sender_loop.vanish()

    def _receiver_dies(self) -> None:
        self.dead = "receiver"
        self.receiver_loop.vanish()

    # -- what must hold

    def check(self) -> None:
        sender, receiver = self.sender, self.receiver
        for task in (self.producer, self.consumer):
            if task.done():
                task.result()
        assert self.dead == "sender" or self.producer.done(), "the sender waits for ever"
        assert self.dead == "receiver" or self.consumer.done(), "the receiver waits for ever"
        assert self.got == sorted(set(self.got)), f"not once and in order: {self.got}"
        assert self.ticks == sorted(set(self.ticks)), f"ticks not once and in order: {self.ticks}"
        assert receiver.delivered == len(self.got) or self.dead == "receiver"
        put, dropped, discarded, under_way = self.counts or (
            sender.put_count,
            sender.dropped,
            sender.discarded,
            sender.under_way,
        )
        left = put - len(self.got) - dropped - discarded
        assert min(put, dropped, discarded, under_way) >= 0, "a count is negative"
        assert left >= 0, f"{put} put, but {len(self.got)} delivered, {dropped} dropped, {discarded} discarded"
        if not self.dead:
            assert left <= under_way, f"{left} messages are missing and only {under_way} are said to be under way"
            self._check_peaceful_end(put, dropped, discarded, left)
        if self.dead != "receiver" and not self.stopped:
            assert receiver.ended
            is_whole = self.sent_all and not self.given_up
            assert is_whole or receiver.broken, "the end of a sender that gave up or died looks like end of stream"
            if not receiver.broken:
                assert left == 0, f"end of stream overtook {left} messages"
        for loop in self.world.loops:
            assert loop.is_gone or not (loop.readers or loop.writers), "a socket is still open"

    def _check_peaceful_end(self, put: int, dropped: int, discarded: int, left: int) -> None:
        case = self.case
        assert self.sent_all and self.took_all
        if self.given_up or self.stopped:
            return
        expected = [tick for tick in range(case.count) if tick not in case.empty]
        assert not self.receiver.broken, f"a stream that ended well looks broken: {self.receiver.broken}"
        assert left == discarded == 0, f"end of stream overtook {left + discarded} messages"
        assert put == len(expected), f"{put} were put, not {len(expected)}"
        if case.overflow is Overflow.BLOCK:
            assert not dropped and self.got == expected, f"a wire that blocks dropped {dropped}"
        else:
            assert expected[-1:] == self.got[-1:] or case.overflow is Overflow.DROP_NEWEST, "the newest was dropped"
        if case.empty and max(case.empty) == case.count - 1:
            assert self.ticks[-1] == case.count - 1, "nobody heard of the last tick, which was filtered out"

    def close(self) -> None:
        self.world.close()
        self.kept.clear()
        self.sender.release()
        self.receiver.release()
        for fd in list(self.receiver._end._descriptors):
            os.close(fd)


async def _turn(loop: Any) -> None:
    future = loop.create_future()
    loop.call_soon(future.set_result, None)
    await future
