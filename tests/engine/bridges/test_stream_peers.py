"""The stream between two processes when the other side goes, with a word or without."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from engine import Overflow
from engine.bridges import frames
from engine.bridges.frames import Kind, frame
from engine.bridges.message import Message
from engine.bridges.stream import StreamReceiver, StreamSender, socket_pair
from tests.engine.bridges.both_ends import LARGE, block, with_both_ends
from tests.engine.bridges.lines import put, put_all, small_pair, take_all, turns, until


@pytest.mark.parametrize("size", [10, LARGE])
def test_a_sender_that_goes_without_a_word_breaks_the_stream_behind_what_had_arrived(size: int) -> None:
    async def main() -> None:
        one, other = socket_pair()
        loop = asyncio.get_running_loop()
        sender, receiver = StreamSender(one, loop, 8, Overflow.BLOCK), StreamReceiver(other, loop)
        for tick in range(3):
            await put(sender, block(tick, size), tick)
        await sender.flushed()
        sender.release()
        messages = await take_all(receiver)
        assert [message.tick for message in messages] == [0, 1, 2]
        assert all((message.payload == message.tick).all() for message in messages)
        assert receiver.ended and "without end of stream" in receiver.broken
        receiver.release()

    asyncio.run(main())


def test_a_message_that_was_cut_off_is_not_delivered() -> None:
    async def main() -> None:
        one, other = socket_pair()
        receiver = StreamReceiver(other, asyncio.get_running_loop())
        whole = [frame(Kind.INLINE, frames.encode(tick)[0], a=tick) for tick in range(2)]
        one.sendall(whole[0] + whole[1][:-1])
        one.close()
        assert [message.payload for message in await take_all(receiver)] == [0]
        assert "without end of stream" in receiver.broken
        receiver.release()

    asyncio.run(main())


@pytest.mark.parametrize("overflow", list(Overflow))
@pytest.mark.parametrize("size", [10, LARGE])
def test_a_receiver_that_goes_without_a_word_frees_the_sender_and_what_was_lost_is_known(
    overflow: Overflow, size: int
) -> None:
    async def main() -> None:
        one, other = small_pair()
        loop = asyncio.get_running_loop()
        sender = StreamSender(one, loop, 4, overflow)
        sending = [asyncio.ensure_future(put(sender, block(tick, size), tick)) for tick in range(10)]
        await until(lambda: sender.put_count == (4 if overflow is Overflow.BLOCK else 10))
        await turns(10)
        under_way = sender.under_way
        assert under_way + sender.dropped == sender.put_count
        other.close()
        await asyncio.wait_for(asyncio.gather(*sending), 10)
        await until(lambda: sender.peer_lost)
        assert sender.under_way == under_way  # these are lost
        assert sender.try_put(Message(10, 10, 0, 0))
        sender.close()
        await asyncio.wait_for(sender.flushed(), 10)
        assert sender.put_count == 11 == sender.dropped + sender.discarded + under_way
        sender.release()

    asyncio.run(main())


def test_a_receiver_that_took_all_and_said_so_loses_nothing_when_it_goes() -> None:
    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        await put_all(sender, [1, 2, block(3)])
        assert len(await take_all(receiver)) == 3
        receiver.stop_receiving()
        await receiver.flushed()
        receiver.release()
        await until(lambda: not sender._end.is_connected)
        assert sender.under_way == 0 and sender.discarded == 0 and not sender.peer_lost

    with_both_ends(work)


def test_releasing_twice_or_before_anything_does_no_harm() -> None:
    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        for _ in range(2):
            sender.release()
            receiver.release()
        assert sender.try_put(Message(1, 0, 0, 0)) and sender.discarded == 1
        sender.put_empty(5)
        sender.close()
        sender.abandon("too late")
        assert receiver.take() is None and receiver.ended
        receiver.stop_receiving()
        await sender.flushed()
        await receiver.flushed()
        await asyncio.wait_for(sender.wait_room(), 5)

    with_both_ends(work)


def test_arrays_may_die_when_the_loop_has_closed_already() -> None:
    kept: list[Any] = []

    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        await put(sender, block(1), 0)
        await until(lambda: receiver.queued)
        kept.append(receiver.take())

    with_both_ends(work)
    kept.clear()
    gc.collect()
