"""Payloads of every kind arrive equal at the other end, whatever carries them, and read-only."""

from __future__ import annotations

import asyncio
import itertools
import pickle
import sys
import types
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from engine import Overflow, Signal
from engine.bridges.message import Message, is_container, isolated
from engine.bridges.stream import StreamReceiver, StreamSender, socket_pair
from tests.engine.bridges.lines import KINDS, line, put, put_all, take_all, turns, two_loops, until


@dataclass
class Record:
    """A payload of a user."""

    values: np.ndarray[Any, Any]
    inner: Any = None


@dataclass(frozen=True)
class Frozen:
    """Another."""

    values: np.ndarray[Any, Any]


def same(one: Any, other: Any) -> bool:
    """Equal in type, and in arrays' dtypes, shapes and values."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        if one.dtype != other.dtype or one.shape != other.shape:
            return False
        if one.dtype == object:
            return one.tolist() == other.tolist()
        return one.tobytes() == other.tobytes()
    if isinstance(one, (list, tuple, deque)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (Record, Frozen)):
        return same(vars(one), vars(other))
    return bool(one == other)


SMALL, LARGE = 10, 30_000
SHAPES: list[Any] = [(), (0,), (3, 0, 2)]
for length in (SMALL, LARGE):
    SHAPES += [(length,), (length // 2, 2), (length // 10, 5, 2)]
ARRAYS: dict[str, Any] = {
    f"{dtype} {shape} {order}": np.arange(int(np.prod(shape))).astype(dtype).reshape(shape, order=order)
    for dtype, shape, order in itertools.product(["u1", "<f8", ">i4", "c16"], SHAPES, "CF")
}
ARRAYS |= {
    "bool": np.arange(LARGE) % 3 == 0,
    "strided": np.arange(4.0 * LARGE).reshape(-1, 4)[::3, ::2],
    "backwards": np.arange(LARGE)[::-1],
    "transposed": np.arange(3.0 * LARGE).reshape(-1, 3).T,
    "broadcast": np.broadcast_to(np.float32(7), (LARGE, 2)),
    "structured": np.zeros(LARGE, [("time", "<f8"), ("name", "U5"), ("xy", "i2", (2,))]),
    "text": np.array(["ä" * index for index in range(50)]),
    "dates": np.arange("2020-01", "2021-01", dtype="M8[D]"),
    "objects": np.array([{"a": 1}, None, "x", (1, 2)], dtype=object),
    "many objects": np.array([str(index) for index in range(20_000)], dtype=object),
    "half": np.linspace(0, 1, LARGE).astype("f2"),
    "nan": np.array([np.nan, np.inf, -0.0]),
}
PAYLOADS: dict[str, Any] = {
    "none": None,
    "int": 10**30,
    "text": "ä\x00\n" * 5,
    "long text": "ä" * 200_000,
    "bytes": b"",
    "long bytes": bytes(range(256)) * 1000,
    "bytearray": bytearray(b"x" * 100_000),
    "nested": {"a": [1, (2.5, None)], "b": {"c": {1, 2}}, 5: True},
    "a thousand arrays": [np.full(1000, index, np.float64) for index in range(1000)],
    "a thousand small arrays": [np.full(3, index) for index in range(1000)],
    "arrays in everything": {"t": (np.zeros(LARGE), [np.ones(SMALL)]), "d": deque([np.zeros(LARGE)], maxlen=4)},
    "ordered": OrderedDict(b=np.zeros(LARGE), a=1),
    "dataclass": Record(np.arange(LARGE), Record(np.arange(SMALL), [np.zeros(LARGE)])),
    "frozen dataclass": Frozen(np.arange(LARGE)),
    "signal": Signal(np.random.default_rng(1).normal(size=(LARGE, 3)), 250.0, ("a", "b", "c"), 123_456_789),
    "small signal": Signal(np.zeros((3, 1), "f4"), 1),
    "empty signal": Signal(np.zeros((0, 4)), 100),
    "two views of one array": (lambda values: [values, values[5:]])(np.arange(LARGE)),
}


def all_arrays(payload: Any) -> list[np.ndarray[Any, Any]]:
    if isinstance(payload, np.ndarray):
        return [payload]
    if isinstance(payload, (list, tuple, deque)):
        return [found for item in payload for found in all_arrays(item)]
    if isinstance(payload, dict):
        return all_arrays(list(payload.values()))
    if isinstance(payload, (Record, Frozen)):
        return all_arrays(vars(payload))
    return [payload.samples] if isinstance(payload, Signal) else []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("family", [ARRAYS, PAYLOADS], ids=["arrays", "payloads"])
def test_every_payload_arrives_equal_and_its_arrays_read_only(kind: str, family: dict[str, Any]) -> None:
    with two_loops(kind) as loops, line(kind, loops, 3) as (sender, receiver):
        putting = loops[0].begin(put_all(sender, family.values()))
        messages = loops[1].run(take_all(receiver))
        putting.result(20)
        assert len(messages) == len(family)
        for message, (name, payload) in zip(messages, family.items(), strict=True):
            assert same(message.payload, payload), name
            for values in all_arrays(message.payload):
                assert not values.flags.writeable, name
                with pytest.raises(ValueError, match="read-only"):
                    values[...] = values


@pytest.mark.parametrize("kind", KINDS[2:])
def test_any_array_arrives_equal(kind: str) -> None:
    arrays = npst.arrays(
        st.one_of(npst.scalar_dtypes(), npst.array_dtypes(max_size=3)),
        npst.array_shapes(min_dims=0, max_side=5, min_side=0),
    )
    with two_loops(kind) as loops, line(kind, loops, 4) as (sender, receiver):
        ticks = itertools.count()

        @settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
        @given(arrays, st.integers(0, 2))
        def law(values: Any, repeats: int) -> None:
            if values.ndim == 1 and not values.dtype.hasobject:
                values = np.tile(values, 2000 * repeats + 1)
            assume(same(pickle.loads(pickle.dumps(values)), values))  # NumPy itself loses the byte order of dates
            loops[0].run(put(sender, values, next(ticks)))

            async def take() -> Any:
                await until(lambda: receiver.queued)
                return receiver.take().payload

            assert same(loops[1].run(take()), values)

        law()


# -- what cannot travel


@pytest.mark.parametrize("overflow", list(Overflow))
def test_what_cannot_be_pickled_raises_where_it_is_put_and_the_stream_goes_on(overflow: Overflow) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        one, other = socket_pair()
        sender, receiver = StreamSender(one, loop, 4, overflow), StreamReceiver(other, loop)
        put_count = 0
        for tick in range(12):  # on an empty wire and on a full one
            if overflow is not Overflow.BLOCK or tick < 4:
                assert sender.try_put(Message(("fine", np.zeros(9000)), tick, 0, 0))
                put_count += 1
            if tick == 4:
                await turns(5)
            if tick < 3 or overflow in (Overflow.DROP_OLDEST, Overflow.LATEST):
                with pytest.raises((TypeError, AttributeError), match=r"pickle|local"):
                    sender.try_put(Message([np.zeros(9000), lambda: None], tick, 0, 0))
            assert sender.put_count == put_count
        sender.close()
        messages = await take_all(receiver)
        await sender.flushed()
        assert {message.payload[0] for message in messages} == {"fine"}
        assert len(messages) == put_count - sender.dropped == receiver.delivered
        receiver.release()
        sender.release()

    asyncio.run(main())


@pytest.mark.parametrize("size", [10, 50_000])
def test_a_payload_whose_class_is_missing_raises_where_it_is_taken_and_the_stream_goes_on(size: int) -> None:
    module: Any = types.ModuleType("only_at_the_sender")
    exec("class Thing:\n    def __init__(self, values): self.values = values", vars(module))

    async def main() -> None:
        loop = asyncio.get_running_loop()
        one, other = socket_pair()
        sender, receiver = StreamSender(one, loop, 3, Overflow.BLOCK), StreamReceiver(other, loop)

        async def send() -> None:
            for tick in range(20):
                odd = tick % 2
                sys.modules["only_at_the_sender"] = module
                try:
                    while not sender.try_put(Message(module.Thing(np.zeros(size)) if odd else tick, tick, 0, 0)):
                        del sys.modules["only_at_the_sender"]
                        await sender.wait_room()
                        sys.modules["only_at_the_sender"] = module
                finally:
                    del sys.modules["only_at_the_sender"]
            sender.close()

        sending = asyncio.ensure_future(send())
        taken = []
        while not receiver.ended:
            await until(lambda: receiver.queued or receiver.ended)
            if receiver.queued:
                try:
                    message = receiver.take()
                    assert message is not None
                    taken.append(message.payload)
                except ModuleNotFoundError as error:
                    assert "only_at_the_sender" in str(error)
                    taken.append("missing")
        await sending
        assert taken == [tick if tick % 2 == 0 else "missing" for tick in range(20)]
        await until(lambda: sender.under_way == 0)
        assert receiver.delivered == sender.put_count == 20
        receiver.release()
        sender.release()

    asyncio.run(main())


# -- consumers of one and the same message


@pytest.mark.parametrize("kind", KINDS)
def test_consumers_of_one_output_do_not_see_what_another_does(kind: str) -> None:
    with two_loops(kind) as loops, line(kind, loops) as (one, its), line(kind, loops) as (other, others):
        source = np.zeros(100_000)
        payload = {"list": [1, 2], "array": source[5:], "record": Record(source[:10])}

        def emit() -> None:
            for index, end in enumerate((one, other)):
                own = isolated(payload) if index == 0 or is_container(payload) else payload
                assert end.try_put(Message(own, 0, 0, 0))

        loops[0].call(emit)
        source[:] = 9  # the author goes on
        payload["list"].append(3)  # type: ignore[attr-defined]

        async def take(receiver: Any) -> Any:
            await until(lambda: receiver.queued)
            return receiver.take().payload

        first = loops[1].run(take(its))
        first["list"].append(4)
        first["record"].inner = "changed"
        first["new"] = True
        for values in (first["array"], first["record"].values):
            with pytest.raises(ValueError, match="read-only"):
                values[0] = 5
        second = loops[1].run(take(others))
        assert second["list"] == [1, 2] and "new" not in second and second["record"].inner is None
        assert not second["array"].any() and not second["record"].values.any()
