"""The stream between two processes, both ends in one: its memory, its credit, its order."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import threading
from typing import Any

import pytest

from engine import Overflow
from engine.bridges import shared_memory, socket_end, stream_receiver
from engine.bridges.choose import BridgeKind, choose_bridge
from engine.bridges.frames import FrameReader, Kind, credit_frame, encode, pickle_frame, read_array_slot
from engine.bridges.message import EMPTY, Message
from engine.bridges.stream import BULKY, StreamReceiver, StreamSender, socket_pair
from tests.engine.bridges.both_ends import LARGE, block, with_both_ends
from tests.engine.bridges.lines import Reader, mapped_arenas, put, put_all, small_pair, take_all, turns, until

# -- shared memory


def test_small_payloads_need_no_shared_memory_and_large_ones_a_piece_of_it() -> None:
    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        before = mapped_arenas()
        await put(sender, block(1, 20_000), 0)
        await until(lambda: receiver.queued == 1)
        assert mapped_arenas() == before
        await put(sender, block(2, 60_000), 1)
        await until(lambda: receiver.queued == 2)
        assert mapped_arenas() == before + 2  # the sender's and the receiver's
        messages = [receiver.take() for _ in range(2)]
        assert [message.payload[0] for message in messages if message] == [1, 2]

    with_both_ends(work)


def test_an_array_is_read_where_the_sender_wrote_it() -> None:
    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        await put(sender, block(1), 0)
        await until(lambda: receiver.queued)
        message = receiver.take()
        assert message is not None and not message.payload.flags.owndata
        assert sender._arena is not None
        sender._arena._view[: sender._arena.slot_size] = b"\x05" * sender._arena.slot_size
        assert (message.payload == 5).any()

    with_both_ends(work)


def test_a_slot_that_comes_back_while_the_sender_works_on_is_the_next_it_writes_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its memory is in the processor's cache: a copy takes a quarter of the time."""
    monkeypatch.setattr(socket_end, "PREEMPTED_S", 60.0)  # however busy this machine is

    async def main() -> None:
        one, other = socket_pair()
        sender = StreamSender(one, asyncio.get_running_loop(), 16, Overflow.BLOCK)
        reader, slots = FrameReader(), []
        for tick in range(40):  # in one turn of the loop
            assert sender.try_put(Message(block(tick, BULKY), tick, 0, 0))
            for got in reader.feed(other.recv(1 << 16)):
                if got.kind == Kind.ARRAY_SLOT:
                    arena, slot, size, _ = read_array_slot(got.body)
                    slots.append(slot)
                    assert size == BULKY
                    other.sendall(credit_frame(1, [(arena, slot)]))
        assert len(slots) >= 39 and set(slots) <= {0, 1} and sender.under_way <= 2  # the first comes with a descriptor
        sender.release()
        other.close()

    asyncio.run(main())


def test_half_of_a_window_leaves_while_the_sender_works_on_and_is_paid_for_while_the_receiver_does() -> None:
    async def main() -> None:
        one, other = socket_pair()
        loop = asyncio.get_running_loop()
        sender = StreamSender(one, loop, 16, Overflow.BLOCK)
        for tick in range(12):
            assert sender.try_put(Message(tick, tick, 0, 0))
        assert len(FrameReader().feed(other.recv(1 << 16, socket.MSG_PEEK))) >= 9  # the first, and a lot of eight
        sender.release()
        other.close()
        one, other = socket_pair()
        receiver = StreamReceiver(other, loop, credit_every=8)
        for tick in range(12):
            one.sendall(pickle_frame(*encode(tick), Message(None, tick, 0, 0)))
        await until(lambda: receiver.queued == 12)
        for _ in range(8):
            receiver.take()
        assert [(got.kind, got.a) for got in FrameReader().feed(one.recv(1 << 16))] == [(Kind.CREDIT, 8)]
        receiver.release()
        one.close()

    asyncio.run(main())


def test_when_half_the_slots_are_lent_out_what_comes_then_is_copied() -> None:
    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        sending = asyncio.ensure_future(put_all(sender, (block(tick) for tick in range(40))))
        kept = [message.payload async for message in Reader(receiver)]
        await sending
        await until(lambda: sender.under_way == 0)
        assert mapped_arenas() == 2
        assert [int(values[0]) for values in kept] == list(range(40))
        assert sender._arena is not None
        assert len(sender._arena._lent) == 6  # half of 2 * (4 + 2)
        kept.clear()
        await until(lambda: sender._arena is None or not sender._arena._lent, "all slots come back")
        assert [message.payload[0] async for message in Reader(receiver)] == []

    with_both_ends(work)


def test_arrays_kept_from_outgrown_memory_do_not_slow_what_comes_later() -> None:
    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        async def send(tick: int, size: int) -> Any:
            await put(sender, block(tick, size), tick)
            await until(lambda: receiver.queued)
            message = receiver.take()
            assert message is not None
            return message.payload

        kept = [await send(tick, LARGE) for tick in range(6)]
        larger = [await send(6, 100_000)]
        del larger
        await turns(5)
        for tick in range(7, 20):
            assert (await send(tick, 100_000)).base is not None
            arenas = list(receiver._arenas.values())
            assert len(arenas) == 1 and arenas[0].n_lent <= 1
        assert [int(values[0]) for values in kept] == list(range(6))

    with_both_ends(work)


def test_outgrown_memory_goes_back_to_the_system() -> None:
    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        for tick, size in enumerate([40_000, 80_000, 200_000, 500_000, 1_500_000]):
            await put(sender, block(tick, size), tick)
            await until(lambda: receiver.queued)
            message = receiver.take()
            assert message is not None and (message.payload == tick).all()
            del message
            await until(lambda: sender._arena is not None and sender._arena.is_unused)
            assert mapped_arenas() == 2

    with_both_ends(work)


def test_messages_under_way_survive_the_growth_of_the_memory() -> None:
    sizes = [40_000, 40_000, 300_000, 100, 2_000_000, 40_000, 300_000, 3_000_000]

    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        for tick, size in enumerate(sizes):
            assert sender.try_put(Message(block(tick, size), tick, 0, 0))
        sender.close()
        messages = await take_all(receiver)
        for tick, (message, size) in enumerate(zip(messages, sizes, strict=True)):
            assert message.payload.shape == (size,) and (message.payload == tick).all()

    with_both_ends(work, capacity=8)


def test_the_end_of_both_sides_gives_all_back_but_what_is_kept() -> None:
    kept: list[Any] = []

    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        await put(sender, block(7), 0)
        await put(sender, block(8), 1)
        await until(lambda: receiver.queued == 2)
        message = receiver.take()
        assert message is not None
        kept.append(message.payload)

    with_both_ends(work)
    gc.collect()
    assert mapped_arenas() == 1 and (kept[0] == 7).all()
    kept.clear()
    assert mapped_arenas() == 0


def test_arrays_that_die_in_another_thread_give_their_slots_back() -> None:
    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        held: list[Any] = []

        def let_go() -> None:
            while len(held) < 2:
                done.wait(0.001)
            held.clear()

        done = threading.Event()
        thread = threading.Thread(target=let_go)
        thread.start()
        for tick in range(2):
            await put(sender, block(tick), tick)
            await until(lambda: receiver.queued)
            message = receiver.take()
            assert message is not None
            payload = message.payload
            del message
            held.append(payload)
            del payload
        await until(lambda: sender._arena is not None and sender._arena.is_unused)
        thread.join(10)

    with_both_ends(work)


def test_a_slot_given_back_by_nobody_or_twice_does_no_harm() -> None:
    async def main() -> None:
        one, other = socket_pair()
        sender = StreamSender(one, asyncio.get_running_loop(), 2, Overflow.BLOCK)
        await put(sender, block(1), 0)
        for slots in ([(1, 0)], [(1, 0)], [(1, 999)], [(77, 0)]):
            other.sendall(credit_frame(0, slots))
        await until(lambda: sender._arena is not None and sender._arena.is_unused)
        assert sender.under_way == 1
        sender.release()
        other.close()

    asyncio.run(main())


def test_a_payload_for_which_there_is_no_shared_memory_travels_in_the_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        await put(sender, block(1), 0)

        def no_memory(size: int) -> int:
            raise OSError(12, "Cannot allocate memory")

        with monkeypatch.context() as patch:
            patch.setattr(shared_memory, "_anonymous_file", no_memory)
            assert sender.try_put(Message(block(2, 10_000_000), 1, 0, 0))
        for tick in (3, 4):
            await put(sender, block(tick, 50_000 * tick), tick)
        sender.close()
        assert [(message.payload[0], message.payload.size) for message in await take_all(receiver)][1:] == [
            (2, 10_000_000),
            (3, 150_000),
            (4, 200_000),
        ]
        assert sender.put_count == 4

    with_both_ends(work)


def test_a_receiver_that_cannot_map_the_memory_says_so_and_nobody_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: Any) -> Any:
        raise OSError(24, "Too many open files")

    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        def no_view(id: int, descriptor: int, *_: int) -> None:
            os.close(descriptor)
            no_memory()

        monkeypatch.setattr(stream_receiver, "ArenaView", no_view)
        sending = asyncio.ensure_future(put_all(sender, [1, 2, *(block(tick) for tick in range(20))]))
        assert [message.payload for message in await take_all(receiver)] == [1, 2]
        assert "Too many open files" in receiver.broken
        await asyncio.wait_for(sending, 10)
        await until(lambda: sender.under_way == 0)
        assert sender.put_count == 22 == receiver.delivered + sender.discarded

    with_both_ends(work)


# -- ticks, credit, order


def test_a_receiver_that_does_not_read_makes_no_one_remember_a_thousand_ticks() -> None:
    async def main() -> None:
        one, other = small_pair()
        sender = StreamSender(one, asyncio.get_running_loop(), 4, Overflow.BLOCK)
        for tick in range(4):
            assert sender.try_put(Message(bytes(20_000), tick, 0, 0))
        await turns(5)
        for tick in range(4, 3000):
            sender.put_empty(tick)
            await turns(tick % 2)
        other.setblocking(False)
        reader, got = FrameReader(), []
        while not got or got[-1].a < 2999:
            got += reader.feed(await asyncio.wait_for(asyncio.get_running_loop().sock_recv(other, 65_536), 10))
        assert [one.kind for one in got[:4]] == [Kind.INLINE] * 4
        assert len(got) < 20
        sender.release()
        other.close()

    asyncio.run(main())


def test_a_filtered_tick_waits_behind_the_messages_before_it() -> None:
    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        for tick in range(4):
            sender.try_put(Message(tick, tick, 0, 0))  # some of them wait for credit
        sender.put_empty(4)
        sender.close()
        got = [(message.tick, message.payload) async for message in Reader(receiver)]
        assert got == [(0, 0), (1, 1), (2, 2), (3, 3), (4, EMPTY)]

    with_both_ends(work, capacity=4, overflow=Overflow.DROP_OLDEST)


def test_news_is_told_once_for_many_messages() -> None:
    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        told = []
        receiver.on_news = lambda: told.append(receiver.queued)
        for tick in range(50):
            sender.try_put(Message(tick, tick, 0, 0))
        await until(lambda: receiver.queued == 50)
        assert len(told) < 5

    with_both_ends(work, capacity=50)


def test_times_and_sizes_are_sampled_when_asked_for() -> None:
    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        await put(sender, block(1), 0)
        await until(lambda: receiver.queued)
        receiver.take()
        assert receiver.bytes_each == LARGE and 0 < receiver.latency_ns < 10**10 and not receiver.sample_next
        assert sender.bytes_sent > LARGE

    with_both_ends(work)


@pytest.mark.parametrize(
    ("sender", "receiver", "kind"),
    [
        (("", "", ""), ("", "", ""), BridgeKind.LOOP),
        (("", "ml", "io"), ("", "ml", "io"), BridgeKind.LOOP),
        (("", "", ""), ("", "", "dsp"), BridgeKind.THREAD),
        (("", "ml", ""), ("", "ml", "io"), BridgeKind.THREAD),
        (("", "", ""), ("", "ml", ""), BridgeKind.STREAM),
        (("", "ml", "io"), ("", "dsp", "io"), BridgeKind.STREAM),
        (("lab", "ml", ""), ("", "ml", ""), BridgeKind.STREAM),
    ],
)
def test_the_cheapest_bridge_that_reaches_is_chosen(sender: Any, receiver: Any, kind: BridgeKind) -> None:
    assert choose_bridge(sender, receiver) is choose_bridge(receiver, sender) is kind
