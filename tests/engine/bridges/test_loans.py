"""Arrays lent to a node: filled in shared memory and sent as they are; nobody ever sees them change."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Overflow
from engine.bridges.loans import loan_of, loans_out
from engine.bridges.message import Message, isolated
from engine.bridges.stream import StreamReceiver, StreamSender
from tests.engine.bridges.both_ends import with_both_ends
from tests.engine.bridges.lines import put, turns, until

SIZE = 40_000
U1 = np.dtype("u1")


def lent(sender: StreamSender, size: int = SIZE, dtype: np.dtype[Any] = U1) -> np.ndarray[Any, Any]:
    values = sender.loan((size // dtype.itemsize,), dtype)
    assert values is not None and values.flags.writeable
    return values


async def taken(receiver: StreamReceiver) -> Any:
    await until(lambda: receiver.queued)
    message = receiver.take()
    assert message is not None
    return message.payload


def address(values: np.ndarray[Any, Any]) -> int:
    return int(values.__array_interface__["data"][0])


def test_what_is_filled_in_a_loan_is_sent_from_where_it_lies() -> None:
    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        values = sender.loan((4, 100, 30), np.dtype(">f4"))
        assert values is not None and values.shape == (4, 100, 30)
        arena = sender._arena
        assert arena is not None and len(arena._lent) == 1
        values[...] = 2.5
        await put(sender, values, 1)
        assert not values.flags.writeable and len(arena._lent) == 1  # no second slot: nothing was copied
        got = await taken(receiver)
        assert got.dtype == np.dtype(">f4") and got.shape == values.shape and (got == 2.5).all()
        del got, values
        await until(lambda: arena.is_unused)

    with_both_ends(work)


def test_a_loan_that_is_not_sent_comes_back_when_its_last_view_dies() -> None:
    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        values = lent(sender)
        part = values[10:20]
        del values
        assert sender._arena is not None and not sender._arena.is_unused
        del part
        assert sender._arena.is_unused and not loans_out

    with_both_ends(work)


def test_two_at_a_time_are_lent_and_none_where_nothing_is_gained() -> None:
    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        first, second = lent(sender), lent(sender)
        assert address(first) != address(second)
        assert sender.loan((SIZE,), U1) is None
        del first
        third = lent(sender)
        assert sender.loan((100,), U1) is None  # small: goes in the socket
        assert sender.loan((SIZE,), np.dtype(object)) is None
        del second, third
        receiver.stop_receiving()
        await until(lambda: sender._receiver_gone)
        assert sender.loan((SIZE,), U1) is None

    with_both_ends(work)


@pytest.mark.parametrize("how", ["a part", "a view was kept", "another wire", "again", "memory has grown", "reversed"])
def test_what_is_not_the_whole_loan_or_not_alone_is_copied(how: str) -> None:
    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        values = lent(sender)
        values[:] = 7
        kept: Any = None
        expected = SIZE
        match how:
            case "a part":
                values = values[: SIZE - 1]
                expected -= 1
            case "a view was kept":
                kept = values[:5]
            case "memory has grown":
                sender.grow(9)
            case "reversed":
                values = values[::-1]
            case "again":
                await put(sender, values, 0)
                assert (await taken(receiver) == 7).all()
            case "another wire":
                values = isolated(values)

                async def to_another(other: StreamSender, its_receiver: StreamReceiver) -> None:
                    await put(other, values, 0)
                    assert (await taken(its_receiver) == 7).all()

                await asyncio.to_thread(with_both_ends, to_another)
        message = Message(isolated(values), 1, 0, 0)
        assert sender.try_put(message)
        if kept is not None:
            kept[:] = 9  # the node goes on writing where it may
        got = await taken(receiver)
        assert got.shape == (expected,) and (got == 7).all()

    with_both_ends(work)


def test_a_loan_outlives_its_wire() -> None:
    kept: list[np.ndarray[Any, Any]] = []

    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        kept.append(lent(sender))

    with_both_ends(work)
    kept[0][:] = 5
    assert (kept[0] == 5).all() and loan_of(kept[0]) is not None
    kept.clear()
    gc.collect()
    assert not loans_out


STEPS = st.sampled_from(["lend", "lend", "send", "send", "drop", "view", "plain", "take", "take", "let go", "turn"])


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.tuples(STEPS, st.integers(0, 3)), max_size=60),
    st.sampled_from([Overflow.BLOCK, Overflow.DROP_OLDEST, Overflow.LATEST]),
    st.integers(1, 4),
)
def test_whatever_is_lent_sent_dropped_and_kept_nobody_sees_an_array_change(
    steps: list[tuple[str, int]], overflow: Overflow, capacity: int
) -> None:
    async def work(sender: StreamSender, receiver: StreamReceiver) -> None:
        number = 0
        filled: list[tuple[int, np.ndarray[Any, Any]]] = []
        views: list[Any] = []
        kept: list[tuple[int, Any]] = []

        def offer(value: int, array: np.ndarray[Any, Any]) -> None:
            sender.try_put(Message(isolated(array), value, 0, 0))

        for step, choice in steps:
            match step:
                case "lend":
                    number += 1
                    size = SIZE * (1 + choice)
                    array = sender.loan((size,), U1)
                    if array is None:
                        array = np.empty(size, U1)
                    array[:] = number
                    filled.append((number, array))
                    del array
                case "send" if filled:
                    offer(*filled.pop(choice % len(filled)))
                case "drop" if filled:
                    del filled[choice % len(filled)]
                case "view" if filled:
                    views.append(filled[choice % len(filled)][1][choice:])
                case "plain":
                    number += 1
                    offer(number, np.full(SIZE, number, U1))
                case "take":
                    await turns(1)
                    message = receiver.take()
                    if message is not None:
                        kept.append((message.tick, message.payload))
                        del message
                case "let go" if kept:
                    del kept[choice % len(kept)]
                case "turn":
                    await turns(2)
            for value, array in kept:
                assert (array == value).all() and not array.flags.writeable
            if kept:
                del value, array
        for value, array in filled:
            assert (array == value).all(), "a loan that was not sent was written"
        filled.clear()
        del views[:]
        kept.clear()

    with_both_ends(work, capacity=capacity, overflow=overflow)
    gc.collect()
    assert not loans_out
