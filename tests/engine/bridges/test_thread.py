"""`ThreadBridge`: what is particular to two loops that run at the same time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine import Overflow
from engine.bridges.message import EMPTY, Message
from engine.bridges.thread import ThreadBridge
from tests.engine.bridges.lines import LoopThread, Reader, line, put_all, take_all, two_loops, until


@pytest.mark.parametrize("overflow", list(Overflow))
@pytest.mark.parametrize("capacity", [1, 3, 64])
def test_thousands_of_messages_between_two_busy_loops_are_all_accounted_for(overflow: Overflow, capacity: int) -> None:
    count = 3000
    with two_loops("thread") as loops, line("thread", loops, capacity, overflow) as (sender, receiver):
        putting = loops[0].begin(put_all(sender, range(count), (tick % 7 == 0 for tick in range(count))))
        ticks = [message.tick for message in loops[1].run(take_all(receiver))]
        putting.result(20)
        assert ticks == sorted(set(ticks))
        assert sender.put_count == count == len(ticks) + sender.dropped
        assert overflow is not Overflow.BLOCK or ticks == list(range(count))


@pytest.mark.parametrize("overflow", list(Overflow))
def test_a_receiver_that_leaves_in_the_middle_of_it_leaves_exact_counts(overflow: Overflow) -> None:
    with two_loops("thread") as loops:
        for leave_after in range(0, 200, 20):
            with line("thread", loops, 4, overflow) as (sender, receiver):
                putting = loops[0].begin(put_all(sender, range(1000)))

                async def take_some(receiver: Any = receiver, leave_after: int = leave_after) -> None:
                    reader = Reader(receiver)
                    while receiver.delivered < leave_after and await reader.get() is not None:
                        pass
                    receiver.stop_receiving()

                loops[1].run(take_some())
                putting.result(20)
                loops[0].run(until(lambda: sender.under_way == 0))
                assert sender.put_count == 1000 == receiver.delivered + sender.dropped + sender.discarded


def test_one_wake_up_serves_many_messages() -> None:
    with two_loops("thread") as loops, line("thread", loops, 100) as (sender, receiver):
        told: list[int] = []
        receiver.on_news = lambda: told.append(receiver.queued)

        def put_many() -> None:
            for tick in range(100):
                assert sender.try_put(Message(tick, tick, 0, 0))

        async def held() -> None:
            loops[0].call(put_many)  # while the receiver's loop is busy here

        loops[1].run(held())
        loops[1].run(until(lambda: told))
        assert told == [100]


def test_what_was_put_before_the_receiver_was_there_is_told_when_it_comes() -> None:
    for end in ("message", "filtered", "close", "abandon"):
        bridge = ThreadBridge(4, Overflow.BLOCK)
        loop = LoopThread()
        try:
            if end == "message":
                assert bridge.try_put(Message("early", 0, 0, 0))
            elif end == "filtered":
                bridge.put_empty(0)
            elif end == "close":
                bridge.close()
            else:
                bridge.abandon("no reason")

            async def listen(bridge: ThreadBridge = bridge, loop: LoopThread = loop) -> Any:
                news = asyncio.Event()
                bridge.on_news = news.set
                bridge.attach_receiver(loop.loop)
                await asyncio.wait_for(news.wait(), 10)
                return bridge.take()

            message = loop.run(listen())
            assert {
                "message": message and message.payload == "early",
                "filtered": message and message.payload is EMPTY,
            }.get(end, bridge.ended)
            # The wake-ups that follow come too.
            if end == "message":
                assert bridge.try_put(Message("later", 1, 0, 0))
                assert loop.run(Reader(bridge).get()).payload == "later"  # type: ignore[union-attr]
        finally:
            loop.end()


def test_loops_that_have_closed_need_to_hear_nothing() -> None:
    ended = LoopThread()
    ended.end()
    bridge = ThreadBridge(2, Overflow.BLOCK)
    bridge.attach_sender(ended.loop)
    bridge.attach_receiver(ended.loop)
    assert bridge.try_put(Message(1, 0, 0, 0))
    bridge.put_empty(3)
    message = bridge.take()
    assert message is not None and message.payload == 1
    assert bridge.try_put(Message(2, 4, 0, 0))
    bridge.stop_receiving()
    bridge.close()
    assert bridge.discarded == 1 and bridge.under_way == bridge.queued == 0
