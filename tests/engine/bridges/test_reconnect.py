"""An end of a stream goes on without the other, whose process has died, and is joined to the one that comes after."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest

from engine import Overflow
from engine.bridges.message import EMPTY, Message
from engine.bridges.stream import BULKY, StreamReceiver, StreamSender, socket_pair
from tests.engine.bridges.lines import mapped_arenas, put, until

LARGE = 40_000


class Ends:
    """A sender and a receiver, each of which can die as with its process, and come back."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.generation = 0
        one, other = socket_pair()
        self.sender, self.receiver = self._sender(one), StreamReceiver(other, self.loop, restarts=True)

    def _sender(self, connection: Any) -> StreamSender:
        return StreamSender(connection, self.loop, 4, Overflow.BLOCK, restarts=True, generation=self.generation)

    def new_receiver(self) -> None:
        self.receiver.release()
        self.sender.part(is_final=False)
        one, other = socket_pair()
        self.sender.reconnect(one)
        self.receiver = StreamReceiver(other, self.loop, restarts=True)

    def new_sender(self) -> None:
        self.sender.release()
        self.generation += 1
        one, other = socket_pair()
        self.receiver.reconnect(other)
        self.sender = self._sender(one)


def with_ends(work: Callable[[Ends], Awaitable[None]]) -> None:
    async def main() -> None:
        ends = Ends()
        try:
            await work(ends)
        finally:
            ends.receiver.release()
            ends.sender.release()

    asyncio.run(main())


def block(value: int) -> np.ndarray[Any, Any]:
    return np.full(LARGE, value, np.uint8)


async def taken(receiver: StreamReceiver) -> Any:
    found = None

    def take() -> bool:
        nonlocal found
        found = receiver.take()
        return found is not None

    await until(take)
    return found


@pytest.mark.parametrize("size", [100, LARGE, BULKY])
def test_what_is_sent_early_to_a_receiver_that_has_just_died_is_counted_once(size: int) -> None:
    async def work(ends: Ends) -> None:
        sender = ends.sender
        for round in range(3):
            for tick in range(6 * round, 6 * round + 3):
                assert sender.try_put(Message(np.zeros(size, np.uint8), tick, 0, 0))
            ends.receiver.release()  # without a word
            for tick in range(6 * round + 3, 6 * round + 6):
                sender.try_put(Message(np.zeros(size, np.uint8), tick, 0, 0))
            await until(lambda: sender.under_way == 0)
            assert sender.lost == sender.put_count > 4 * round + 3 and not sender.dropped + sender.discarded
            ends.new_receiver()

    with_ends(work)


def test_a_sender_whose_receiver_is_away_is_never_full_and_counts_what_is_lost() -> None:
    async def work(ends: Ends) -> None:
        sender = ends.sender
        await put(sender, "taken", 0)
        assert (await taken(ends.receiver)).payload == "taken"
        await until(lambda: sender.under_way == 0)
        for tick in range(1, 4):
            await put(sender, tick, tick)
        ends.receiver.release()
        await until(lambda: sender.lost == 3)
        async with asyncio.timeout(5):
            for tick in range(4, 50):
                await put(sender, tick, tick)
        assert (sender.put_count, sender.lost, sender.discarded, sender.under_way) == (50, 49, 0, 0)

    with_ends(work)


def test_a_new_receiver_hears_up_to_which_tick_messages_were_lost_and_then_what_follows() -> None:
    async def work(ends: Ends) -> None:
        await put(ends.sender, "lost", 0)
        await put(ends.sender, "lost", 7)
        ends.new_receiver()
        message = await taken(ends.receiver)
        assert (message.payload, message.tick) == (EMPTY, 7)
        await put(ends.sender, "new", 8)
        assert (await taken(ends.receiver)).payload == "new"
        await until(lambda: ends.sender.under_way == 0)
        assert (ends.sender.put_count, ends.sender.lost) == (3, 2)

    with_ends(work)


@pytest.mark.parametrize("payload", ["small", block(1)])
def test_what_has_arrived_of_a_sender_that_died_is_taken_before_what_the_new_one_sends(payload: Any) -> None:
    async def work(ends: Ends) -> None:
        for tick in range(3):
            await put(ends.sender, payload, tick)
        await until(lambda: ends.receiver.queued == 3)
        ends.new_sender()
        for tick in range(3, 7):
            await put(ends.sender, block(2), tick)
        await until(lambda: ends.receiver.queued == 7)
        seen = [(await taken(ends.receiver)) for _ in range(7)]
        assert [message.tick for message in seen] == list(range(7))
        assert all(np.array_equal(message.payload, payload) for message in seen[:3])
        assert all((message.payload == 2).all() for message in seen[3:])
        await until(lambda: ends.sender.under_way == 0)
        assert ends.sender.put_count == 4, "credit is given for its own messages only"

    with_ends(work)


def test_however_often_an_end_comes_back_no_descriptor_and_no_memory_is_left() -> None:
    before = mapped_arenas()

    async def work(ends: Ends) -> None:
        for round_ in range(6):
            await put(ends.sender, block(round_), 2 * round_)
            assert (await taken(ends.receiver)).payload[0] == round_
            ends.new_receiver()
            await put(ends.sender, block(round_), 2 * round_ + 1)
            await until(lambda: ends.receiver.queued == 1)
            ends.new_sender()
            while ends.receiver.queued:
                await taken(ends.receiver)

    with_ends(work)
    assert mapped_arenas() == before


def test_a_stream_whose_sender_is_away_has_not_ended_until_that_is_final() -> None:
    async def work(ends: Ends) -> None:
        news: list[None] = []
        ends.receiver.on_news = lambda: news.append(None)
        ends.sender.release()
        ends.receiver.part(is_final=False)
        assert not ends.receiver.ended and not news
        ends.receiver.part(is_final=True)
        assert ends.receiver.ended and news
        assert "without end of stream" in ends.receiver.broken

    with_ends(work)


@pytest.mark.parametrize("how", ["closed", "abandoned"])
def test_the_end_of_a_stream_that_came_while_the_receiver_was_away_is_told_to_the_new_one(how: str) -> None:
    async def work(ends: Ends) -> None:
        ends.receiver.release()
        ends.sender.part(is_final=False)
        if how == "closed":
            ends.sender.close()
        else:
            ends.sender.abandon("enough")
        one, other = socket_pair()
        ends.sender.reconnect(one)
        ends.receiver = StreamReceiver(other, ends.loop)
        await until(lambda: ends.receiver.ended)
        assert ends.receiver.broken == ("" if how == "closed" else "enough")

    with_ends(work)


def test_a_receiver_that_has_ended_meanwhile_tells_the_new_sender_so() -> None:
    async def work(ends: Ends) -> None:
        ends.receiver.stop_receiving()
        ends.new_sender()
        for tick in range(9):
            await put(ends.sender, tick, tick)
        await until(lambda: ends.sender.discarded == 9)
        assert ends.sender.lost == 0

    with_ends(work)


def test_what_is_put_after_a_receiver_has_died_for_good_is_discarded() -> None:
    async def work(ends: Ends) -> None:
        ends.receiver.release()
        ends.sender.part(is_final=True)
        await put(ends.sender, 1, 0)
        assert (ends.sender.discarded, ends.sender.lost) == (1, 0)

    with_ends(work)
