"""Frames: cut from a stream of bytes however it arrives; payloads become bytes and payloads again."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bridges import frames
from engine.bridges.frames import HEADER, Frame, FrameReader, Kind, frame
from engine.bridges.message import Message

NUMBERS = st.integers(-(2**63), 2**63 - 1)
FRAMES = st.builds(
    Frame,
    kind=st.sampled_from(list(Kind)),
    n_parts=st.integers(0, 65_535),
    a=NUMBERS,
    b=NUMBERS,
    c=NUMBERS,
    body=st.binary(max_size=200),
)


def as_bytes(one: Frame) -> bytes:
    return frame(Kind(one.kind), one.body, one.n_parts, one.a, one.b, one.c)


@given(st.lists(FRAMES, max_size=8), st.lists(st.integers(1, 300), max_size=60))
def test_frames_are_the_same_however_their_bytes_arrive(sent: list[Frame], cuts: list[int]) -> None:
    data = b"".join(as_bytes(one) for one in sent)
    reader = FrameReader()
    got = []
    for size in cuts:
        got += reader.feed(data[:size])
        data = data[size:]
    got += reader.feed(data)
    assert got == sent
    assert reader.feed(b"") == []


@given(st.lists(FRAMES, max_size=4))
def test_frames_are_the_same_when_they_arrive_byte_by_byte(sent: list[Frame]) -> None:
    reader = FrameReader()
    got: list[Frame] = []
    for one in sent:
        data = as_bytes(one)
        for index in range(len(data)):
            new = reader.feed(data[index : index + 1])
            assert len(new) == (index == len(data) - 1)  # not a byte too early, not one too late
            got += new
    assert got == sent


def test_a_large_frame_in_many_pieces_takes_time_by_its_size_alone() -> None:
    """It took time that grew with the square of the size."""
    body = bytes(40_000_000)
    data = frame(Kind.MESSAGE, body)
    reader = FrameReader()
    began = time.process_time()
    got = [one for start in range(0, len(data), 8192) for one in reader.feed(data[start : start + 8192])]
    assert time.process_time() - began < 1.5
    assert len(got) == 1 and got[0].body == body


def test_a_header_is_as_long_as_it_is() -> None:
    assert len(frame(Kind.END)) == HEADER.size == 32


# -- payloads


def round_trip(payload: Any) -> Any:
    pickled, buffers = frames.encode(payload)
    return frames.decode_inline(frames.inline_body(pickled, buffers), len(buffers))


@given(st.lists(st.integers(0, 9000), max_size=6))
def test_arrays_of_any_sizes_come_back(sizes: list[int]) -> None:
    payload = [np.arange(size, dtype=np.uint8) for size in sizes]
    arrived = round_trip(payload)
    assert [one.tolist() for one in arrived] == [one.tolist() for one in payload]
    assert all(not one.flags.writeable for one in arrived)


def test_large_buffers_are_kept_apart_and_small_ones_are_not() -> None:
    small, large = np.zeros(100), np.zeros(1000)
    pickled, buffers = frames.encode([small, large, small])
    assert [buffer.nbytes for buffer in buffers] == [8000] and len(pickled) < 4000
    assert frames.encode(5)[1] == []


def test_more_buffers_than_a_frame_can_count_stay_in_the_pickle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "_MOST_BUFFERS", 3)
    payload = [np.full(1000, index) for index in range(6)]
    assert len(frames.encode(payload)[1]) == 3
    assert [one[0] for one in round_trip(payload)] == [0, 1, 2, 3, 4, 5]


PLAIN = st.sampled_from(["?", "i1", ">i2", "<i4", "u8", "f2", ">f4", "f8", "c8", "c16"])


@given(PLAIN, st.lists(st.integers(1, 5), max_size=4), st.integers(0, 3))
def test_a_plain_array_travels_without_a_pickle(code: str, shape: list[int], more: int) -> None:
    values = np.arange(np.prod(shape, dtype=int)).astype(code).reshape(shape)
    head = frames.array_head(values)
    assert head is not None
    (arrived,) = FrameReader().feed(frames.array_frame(head, Message(values, 1, 2, 3)))
    assert (arrived.kind, arrived.a, arrived.b, arrived.c) == (Kind.ARRAY, 1, 2, 3)
    got = frames.array_of(arrived.body[-arrived.n_parts :], arrived.body + bytes(more))
    assert (got.dtype, got.shape, got.tobytes()) == (values.dtype, values.shape, values.tobytes())
    assert got.flags.aligned and not got.flags.writeable
    (arrived,) = FrameReader().feed(frames.array_slot_frame(4, 5, head, Message(values, 1, 2, 3)))
    assert (arrived.kind, arrived.a, arrived.b, arrived.c) == (Kind.ARRAY_SLOT, 1, 2, 3)
    assert frames.read_array_slot(arrived.body) == (4, 5, values.nbytes, head)


@pytest.mark.parametrize(
    "payload",
    [
        np.zeros((2, 3), order="F"),
        np.arange(10)[::2],
        np.array([]),
        np.array(["text"]),
        np.array([object()]),
        np.array(["2026-01-01"], "M8[D]"),
        np.zeros(3, [("x", "f8")]),
        np.zeros(3, np.dtype("f8", metadata={"unit": "V"})),
        np.ma.masked_array([1, 2], [True, False]),
        np.float64(1.0),
        [np.zeros(3)],
    ],
    ids=lambda payload: f"{type(payload).__name__} {getattr(payload, 'dtype', '')}",
)
def test_what_is_more_than_plain_numbers_is_pickled(payload: Any) -> None:
    frames.array_head(np.zeros(3))  # the same dtype and shape as one with metadata
    assert frames.array_head(payload) is None


def test_only_so_many_kinds_of_arrays_are_remembered() -> None:
    for size in range(1, 3 * frames._MOST_HEADS):
        head = frames.array_head(np.zeros(size, np.uint8))
        assert head is not None
        assert frames.array_of(head, bytes(size)).shape == (size,)
    assert len(frames._heads) <= frames._MOST_HEADS and len(frames._arrays) <= frames._MOST_HEADS


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.lists(st.integers(0, 2**63), min_size=1, max_size=5))
def test_where_a_payload_lies_is_written_and_read(arena: int, slot: int, sizes: list[int]) -> None:
    assert frames.read_slot_body(frames.slot_body(arena, slot, sizes)) == (arena, slot, sizes)


@given(st.integers(0, 10**6), st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)), max_size=5))
def test_credit_is_written_and_read(taken: int, slots: list[tuple[int, int]]) -> None:
    (got,) = FrameReader().feed(frames.credit_frame(taken, slots))
    assert (got.kind, got.a, frames.read_credit(got.body)) == (Kind.CREDIT, taken, slots)
