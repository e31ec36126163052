"""The law of every bridge: what was put is got once and in order, or counted; and what was got does not change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import Overflow
from engine.bridges.loop import LoopBridge
from engine.bridges.message import EMPTY, Message
from engine.bridges.thread import ThreadBridge
from tests.engine.bridges.lines import KINDS, Reader, line, put, put_all, small_pair, take_all, turns, two_loops, until

few = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
MANY = settings(max_examples=60)

INLINE = 32 * 1024
SIZES = st.one_of(
    st.sampled_from([0, 1, 7, 4095, 4096, 4097, INLINE - 200, INLINE - 1, INLINE, INLINE + 1, 65_535, 65_536, 65_537]),
    st.integers(0, 200_000),
    st.sampled_from([500_000, 1_048_576, 3_000_000]),
)
PAUSES = st.lists(st.integers(0, 4), max_size=20)


def payload(index: int, size: int) -> Any:
    """A payload that tells by itself whether it is whole."""
    return index, np.full(size, index % 251, np.uint8)


def assert_whole(message: Message, size: int) -> None:
    index, array = message.payload
    assert message.tick == index and message.time_ns == 10 * index
    assert array.shape == (size,) and array.dtype == np.uint8 and not array.flags.writeable
    assert (array == index % 251).all()


@pytest.mark.parametrize("kind", [*KINDS, "stream through a narrow socket"])
def test_every_message_is_got_once_and_in_order_and_what_is_kept_never_changes(kind: str) -> None:
    pair = {"pair": small_pair} if "narrow" in kind else {}
    kind = "stream between two loops" if pair else kind
    with two_loops(kind) as loops:

        @settings(few, max_examples=60)
        @given(st.lists(SIZES, min_size=1, max_size=15), st.integers(1, 6), PAUSES, PAUSES, st.sets(st.integers(0, 14)))
        def law(sizes: list[int], capacity: int, before: list[int], after: list[int], kept: set[int]) -> None:
            with line(kind, loops, capacity, **pair) as (sender, receiver):
                payloads = [payload(index, size) for index, size in enumerate(sizes)]
                putting = loops[0].begin(put_all(sender, payloads, before))
                taken = [
                    message if message.tick in kept else Message((message.tick,), message.tick, 0, 0)
                    for message in loops[1].run(take_all(receiver, after))
                ]
                putting.result(20)
                assert [message.tick for message in taken] == list(range(len(sizes)))
                for message in taken:
                    if message.tick in kept:
                        assert_whole(message, sizes[message.tick])
                assert sender.put_count == receiver.delivered == len(sizes)
                assert sender.dropped == sender.discarded == 0
                assert receiver.ended and receiver.broken == ""

        law()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("capacity", [1, 2, 5])
def test_a_consumer_that_keeps_every_array_never_jams_and_none_of_them_changes(kind: str, capacity: int) -> None:
    sizes = [100_000] * 30
    with two_loops(kind) as loops:
        with line(kind, loops, capacity) as (sender, receiver):
            putting = loops[0].begin(put_all(sender, (payload(i, size) for i, size in enumerate(sizes))))
            kept = loops[1].run(take_all(receiver))
            putting.result(20)
        for message, size in zip(kept, sizes, strict=True):  # the bridge is closed by now
            assert_whole(message, size)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sender_that_is_not_waited_for_holds_no_more_than_the_capacity(kind: str) -> None:
    with two_loops(kind) as loops, line(kind, loops, 3) as (sender, receiver):

        async def fill() -> int:
            count = 0
            while sender.try_put(Message(count, count, 0, 0)):
                count += 1
                await turns(3)
            return count

        assert loops[0].run(fill()) == 3
        assert sender.put_count == sender.under_way == 3

        async def take_one() -> Any:
            await until(lambda: receiver.queued)
            return receiver.take().payload

        assert loops[1].run(take_one()) == 0
        loops[0].run(put(sender, 3, 3))  # wakes without another news
        assert sender.put_count == 4


@pytest.mark.parametrize("kind", KINDS)
def test_a_wire_can_grow_while_its_sender_waits(kind: str) -> None:
    with two_loops(kind) as loops, line(kind, loops, 1) as (sender, receiver):
        putting = loops[0].begin(put_all(sender, [payload(i, 100_000) for i in range(4)]))
        loops[0].run(until(lambda: sender.put_count == 1))
        loops[0].call(sender.grow, 4)
        loops[0].run(until(lambda: sender.put_count == 4))
        messages = loops[1].run(take_all(receiver))
        putting.result(20)
        assert [message.tick for message in messages] == [0, 1, 2, 3]
        for message in messages:
            assert_whole(message, 100_000)


# -- policies that drop


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("overflow", list(Overflow))
def test_whatever_the_policy_all_that_was_put_is_accounted_for(kind: str, overflow: Overflow) -> None:
    with two_loops(kind) as loops:

        @few
        @given(st.lists(st.sampled_from([0, 100, 40_000, 80_000]), max_size=20), st.integers(1, 5), PAUSES, PAUSES)
        def law(sizes: list[int], capacity: int, before: list[int], after: list[int]) -> None:
            with line(kind, loops, capacity, overflow) as (sender, receiver):
                payloads = [payload(index, size) for index, size in enumerate(sizes)]
                putting = loops[0].begin(put_all(sender, payloads, before))
                messages = loops[1].run(take_all(receiver, after))
                putting.result(20)
                ticks = [message.tick for message in messages]
                for message in messages:
                    assert_whole(message, sizes[message.tick])
                assert ticks == sorted(set(ticks))
                assert sender.put_count == len(sizes)
                assert receiver.delivered == len(ticks) == len(sizes) - sender.dropped
                assert sender.discarded == 0
                loops[0].run(until(lambda: sender.under_way == 0))
                if overflow is Overflow.BLOCK:
                    assert sender.dropped == 0
                elif sizes and overflow is Overflow.DROP_NEWEST:
                    assert ticks[0] == 0
                elif sizes:
                    assert ticks[-1] == len(sizes) - 1

        law()


STEPS = st.lists(st.sampled_from(["put", "put", "put", "take", "empty", "close", "leave"]), max_size=40)


@pytest.mark.parametrize("kind", ["loop", "thread"])
@pytest.mark.parametrize("overflow", list(Overflow))
@MANY
@given(steps=STEPS, capacity=st.integers(1, 4))
def test_in_one_process_a_bridge_does_exactly_what_its_policy_says(
    kind: str, overflow: Overflow, steps: list[str], capacity: int
) -> None:
    """Against a model: a list."""
    bridge = (LoopBridge if kind == "loop" else ThreadBridge)(capacity, overflow)
    limit = 1 if overflow is Overflow.LATEST else capacity
    model: list[int] = []
    counts = dict.fromkeys(["put", "dropped", "discarded", "delivered"], 0)
    gone = closed = False
    for tick, step in enumerate(steps):
        if step == "put" and not closed:
            refused = len(model) >= limit and overflow is Overflow.BLOCK and not gone
            assert bridge.try_put(Message(tick, tick, 0, 0)) is not refused
            counts["put"] += not refused
            if gone:
                counts["discarded"] += 1
            elif len(model) < limit:
                model.append(tick)
            elif overflow is Overflow.DROP_NEWEST:
                counts["dropped"] += 1
            elif overflow is not Overflow.BLOCK:
                counts["dropped"] += 1
                model = [*model[1:], tick]
        elif step == "take" and not gone:
            message = bridge.take()
            if model:
                assert message is not None and message.payload == model.pop(0)
                counts["delivered"] += 1
            else:
                assert message is None or message.payload not in counts
        elif step == "empty" and not closed:
            bridge.put_empty(tick)
        elif step == "close":
            bridge.close()
            closed = True
        elif step == "leave":
            bridge.stop_receiving()
            counts["discarded"] += len(model)
            model, gone = [], True
            assert bridge.take() is None
        assert bridge.ended == (closed and not model)
        assert bridge.queued == bridge.under_way == len(model)
        assert counts == {
            "put": bridge.put_count,
            "dropped": bridge.dropped,
            "discarded": bridge.discarded,
            "delivered": bridge.delivered,
        }


# -- ends


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [10, 100_000])
@pytest.mark.parametrize("overflow", list(Overflow))
def test_the_end_never_overtakes_what_was_put_before_it(kind: str, size: int, overflow: Overflow) -> None:
    with two_loops(kind) as loops:
        for count in range(6):
            with line(kind, loops, 8, overflow) as (sender, receiver):

                def put_and_close(sender: Any = sender, count: int = count) -> None:
                    for tick in range(count):
                        assert sender.try_put(Message(payload(tick, size), tick, 10 * tick, 0))
                    sender.close()
                    sender.close()

                loops[0].call(put_and_close)
                messages = loops[1].run(take_all(receiver))
                assert len(messages) + sender.dropped == count
                assert not messages or overflow is Overflow.DROP_NEWEST or messages[-1].tick == count - 1
                assert receiver.broken == "" and receiver.ended


@pytest.mark.parametrize("kind", KINDS)
def test_an_abandoned_stream_ends_with_its_reason_and_not_as_a_normal_end(kind: str) -> None:
    with two_loops(kind) as loops, line(kind, loops, 8) as (sender, receiver):

        def put_and_abandon() -> None:
            for tick in range(3):
                sender.try_put(Message(tick, tick, 0, 0))
            sender.abandon("its node failed: \ud800é")
            sender.abandon("again")
            sender.close()

        loops[0].call(put_and_abandon)
        messages = loops[1].run(take_all(receiver))
        assert [message.payload for message in messages] == list(range(len(messages)))
        assert receiver.ended and receiver.broken.startswith("its node failed: ") and receiver.broken.endswith("é")


@pytest.mark.parametrize("kind", KINDS)
def test_to_abandon_what_has_ended_changes_nothing(kind: str) -> None:
    with two_loops(kind) as loops, line(kind, loops) as (sender, receiver):
        loops[0].run(put_all(sender, [1, 2]))
        loops[0].call(sender.abandon, "too late")
        assert [message.payload for message in loops[1].run(take_all(receiver))] == [1, 2]
        assert receiver.broken == ""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("overflow", list(Overflow))
@pytest.mark.parametrize("size", [10, 50_000])
def test_a_receiver_that_leaves_frees_the_sender_and_the_rest_is_counted(
    kind: str, overflow: Overflow, size: int
) -> None:
    with two_loops(kind) as loops:
        for taken in range(4):
            with line(kind, loops, 2, overflow) as (sender, receiver):
                putting = loops[0].begin(put_all(sender, [payload(index, size) for index in range(12)]))

                async def take_some(receiver: Any = receiver, taken: int = taken) -> int:
                    for _ in range(taken):
                        await until(lambda: receiver.queued or receiver.ended)
                        receiver.take()
                    receiver.stop_receiving()
                    receiver.stop_receiving()
                    assert receiver.take() is None and receiver.queued == 0
                    return int(receiver.delivered)

                delivered = loops[1].run(take_some())
                putting.result(20)
                loops[0].run(until(lambda: sender.under_way == 0))
                assert sender.put_count == 12 == delivered + sender.dropped + sender.discarded


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_waits_for_room_is_woken_when_the_receiver_leaves(kind: str) -> None:
    with two_loops(kind) as loops, line(kind, loops, 1) as (sender, receiver):
        putting = loops[0].begin(put_all(sender, range(5)))
        loops[0].run(until(lambda: sender.put_count == 1))
        loops[1].call(receiver.stop_receiving)
        putting.result(20)
        assert sender.put_count == 5 and sender.discarded == 5 and receiver.delivered == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_wait_for_room_can_be_cancelled_and_asked_for_again(kind: str) -> None:
    with two_loops(kind) as loops, line(kind, loops, 1) as (sender, receiver):
        loops[0].run(put(sender, 0, 0))
        waiting = loops[0].begin(sender.wait_room())
        loops[0].run(turns(3))
        assert not waiting.done() and waiting.cancel()
        putting = loops[0].begin(put_all(sender, [1, 2]))
        assert [message.payload for message in loops[1].run(take_all(receiver))] == [0, 1, 2]
        putting.result(20)


# -- ticks that were filtered out


@pytest.mark.parametrize("kind", KINDS)
@given(steps=st.lists(st.sampled_from(["message", "filtered", "pause"]), max_size=30))
@settings(max_examples=25)
def test_filtered_ticks_travel_between_the_messages_and_take_no_room(kind: str, steps: list[str]) -> None:
    with two_loops(kind) as loops, line(kind, loops, 2) as (sender, receiver):

        async def send() -> None:
            for tick, step in enumerate(steps):
                if step == "message":
                    await put(sender, f"m{tick}", tick)
                elif step == "filtered":
                    sender.put_empty(tick)
                else:
                    await turns(3)
            sender.close()
            await sender.flushed()

        async def receive() -> list[Any]:
            return [(message.tick, message.payload) async for message in Reader(receiver)]

        sending = loops[0].begin(send())
        got = loops[1].run(receive())
        sending.result(20)
        told = [tick for tick, step in enumerate(steps) if step != "pause"]
        ticks = [tick for tick, _ in got]
        assert ticks == sorted(set(ticks)) and set(ticks) <= set(told)
        assert [item for item in got if item[1] is not EMPTY] == [
            (tick, f"m{tick}") for tick, step in enumerate(steps) if step == "message"
        ]
        # Several filtered ticks may be told as one, but the last word on every tick is said before the end.
        last_filtered = [tick for tick in told if steps[tick] == "filtered"]
        assert not last_filtered or max(last_filtered) < max(ticks, default=-1) or last_filtered[-1] in ticks
