"""What is said on a bridge's socket: frames of a fixed header and a body, and how payloads become bytes.

Plain arrays travel as their bytes, with a few more that say type and shape. Other payloads are pickled (protocol 5)
with large buffers kept apart, so that arrays are copied once, into shared memory, and read in place.
"""

from __future__ import annotations

import pickle
import struct
from enum import IntEnum
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.bridges.message import Message, make_read_only

HEADER = struct.Struct("<IBxHqqq")  # length of body, kind, number of buffers or slots, three numbers
_LENGTH = struct.Struct("<Q")
_SLOT = struct.Struct("<II")
_ARRAY_SLOT = struct.Struct("<IIQ")
INLINE_LIMIT = 32 * 1024  # above this a payload goes to shared memory
_APART_FROM = 4 * 1024  # a buffer smaller than this stays inside the pickle
_MOST_BUFFERS = 60_000
_PLAIN_KINDS = "biufc"  # of arrays that travel without a pickle: numbers
_MOST_HEADS = 256  # kinds of arrays that are remembered


class Kind(IntEnum):
    """Kinds of frames: 1 to 6, 11 and 12 from a sender, 7 and 8 from a receiver, 9 and 10 on control sockets."""

    INLINE = 1  # tick, time, sent; body: a payload
    SLOT = 2  # tick, time, sent; body: (arena, slot), sizes
    TICK = 3  # tick: all up to here was put
    ARENA = 4  # id, slot size, slots; a descriptor comes with it
    END = 5  # end of stream
    ABANDON = 6  # body: why
    CREDIT = 7  # number of messages taken; body: slots given back
    GONE = 8  # the receiver takes no more
    MESSAGE = 9  # on a control socket; body: a command or report
    SOCKET = 10  # on a control socket: number, 1 for a tap's; a descriptor comes with it
    ARRAY = 11  # tick, time, sent; body: the bytes of an array and its head; count: length of the head
    ARRAY_SLOT = 12  # tick, time, sent; body: (arena, slot, size), head


class Frame(msgspec.Struct, gc=False):
    """One frame as it was read."""

    kind: int
    n_parts: int
    a: int
    b: int
    c: int
    body: bytes


def frame(kind: Kind, body: bytes = b"", count: int = 0, a: int = 0, b: int = 0, c: int = 0) -> bytes:
    """The bytes of a frame."""
    return HEADER.pack(len(body), kind, count, a, b, c) + body


class FrameReader:
    """Cuts a stream of bytes into frames, however the bytes arrive; each byte is copied a few times at most."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._have = 0
        self._needed = HEADER.size  # below this there is no complete frame

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete with this data."""
        self._have += len(data)
        if self._have < self._needed:
            self._parts.append(data)
            return []
        if self._parts:
            data = b"".join([*self._parts, data])
        frames = []
        start, end = 0, len(data)
        size = needed = HEADER.size
        while end - start >= size:
            length, kind, count, a, b, c = HEADER.unpack_from(data, start)
            stop = start + size + length
            if stop > end:
                needed = size + length
                break
            frames.append(Frame(kind, count, a, b, c, data[start + size : stop]))
            start = stop
        self._parts = [data[start:]] if start < end else []
        self._have = end - start
        self._needed = needed
        return frames


def encode(payload: Any) -> tuple[bytes, list[memoryview]]:
    """A payload as a pickle and the large buffers that were kept apart from it.

    Raises:
        Exception: whatever pickling raises for an object that cannot be pickled.
    """
    buffers: list[memoryview] = []

    def keep_apart(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes < _APART_FROM or len(buffers) >= _MOST_BUFFERS:
            return True
        buffers.append(raw)
        return False

    return pickle.dumps(payload, 5, buffer_callback=keep_apart), buffers


def decode(pickled: bytes | memoryview, buffers: list[memoryview]) -> Any:
    """The payload, with its arrays read-only."""
    payload = pickle.loads(pickled, buffers=[buffer.toreadonly() for buffer in buffers])
    make_read_only(payload)
    return payload


_heads: dict[tuple[np.dtype[Any], tuple[int, ...]], bytes] = {}
_arrays: dict[bytes, tuple[np.dtype[Any], tuple[int, ...], int]] = {}


def is_plain_dtype(dtype: np.dtype[Any]) -> bool:
    """Do arrays of this type travel without a pickle?"""
    return dtype.kind in _PLAIN_KINDS and not dtype.metadata


def array_head(payload: Any) -> bytes | None:
    """Type and shape of a plain array, to go with its bytes; None for what has to be pickled."""
    if type(payload) is not np.ndarray or not payload.flags.c_contiguous:
        return None
    key = (payload.dtype, payload.shape)
    head = _heads.get(key)
    if head is None:
        dtype = payload.dtype
        if not payload.size or not is_plain_dtype(dtype):
            return None
        code = dtype.str.encode()
        head = struct.pack(f"<B{len(code)}s{payload.ndim}q", len(code), code, *payload.shape)
        if len(_heads) >= _MOST_HEADS:
            _heads.clear()
        _heads[key] = head
    return None if payload.dtype.metadata else head


def array_of(head: bytes, data: bytes | memoryview) -> NDArray[Any]:
    """The array in these bytes, which are read-only and may be longer."""
    known = _arrays.get(head)
    if known is None:
        start = 1 + head[0]
        shape = struct.unpack(f"<{(len(head) - start) // 8}q", head[start:])
        count = 1
        for size in shape:
            count *= size
        known = np.dtype(head[1:start].decode()), shape, count
        if len(_arrays) >= _MOST_HEADS:
            _arrays.clear()
        _arrays[head] = known
    dtype, shape, count = known
    values: NDArray[Any] = np.frombuffer(data, dtype, count)
    return values if len(shape) == 1 else values.reshape(shape)


def array_frame(head: bytes, message: Message) -> bytes:
    """The `ARRAY` frame of a message whose payload is a plain array."""
    values, n = message.payload, len(head)
    header = HEADER.pack(values.nbytes + n, Kind.ARRAY, n, message.tick, message.time_ns, message.sent_ns)
    return b"".join((header, values.data, head))


def array_slot_frame(arena: int, slot: int, head: bytes, message: Message) -> bytes:
    """The `ARRAY_SLOT` frame of a message whose payload, a plain array, lies in a slot."""
    n = len(head)
    header = HEADER.pack(_ARRAY_SLOT.size + n, Kind.ARRAY_SLOT, n, message.tick, message.time_ns, message.sent_ns)
    return header + _ARRAY_SLOT.pack(arena, slot, message.payload.nbytes) + head


def read_array_slot(body: bytes) -> tuple[int, int, int, bytes]:
    """(arena, slot, size, head) of an `ARRAY_SLOT` frame."""
    arena, slot, size = _ARRAY_SLOT.unpack_from(body, 0)
    return arena, slot, size, body[_ARRAY_SLOT.size :]


def pickle_frame(pickled: bytes, buffers: list[memoryview], message: Message) -> bytes:
    """The `INLINE` frame of a message."""
    body = inline_body(pickled, buffers)
    return frame(Kind.INLINE, body, len(buffers), message.tick, message.time_ns, message.sent_ns)


def slot_frame(arena: int, slot: int, sizes: list[int], message: Message) -> bytes:
    """The `SLOT` frame of a message whose pickle and buffers lie in a slot."""
    return frame(Kind.SLOT, slot_body(arena, slot, sizes), 0, message.tick, message.time_ns, message.sent_ns)


def inline_body(pickled: bytes, buffers: list[memoryview]) -> bytes:
    """The body of an `INLINE` frame."""
    if not buffers:
        return pickled
    return b"".join([*(_LENGTH.pack(buffer.nbytes) for buffer in buffers), *buffers, pickled])


def decode_inline(body: bytes, n_buffers: int) -> Any:
    """The payload of an `INLINE` frame."""
    if not n_buffers:
        return decode(body, [])
    view = memoryview(body)
    offset = n_buffers * _LENGTH.size
    buffers = []
    for index in range(n_buffers):
        (size,) = _LENGTH.unpack_from(body, index * _LENGTH.size)
        buffers.append(view[offset : offset + size])
        offset += size
    return decode(view[offset:], buffers)


def slot_body(arena: int, slot: int, sizes: list[int]) -> bytes:
    """The body of a `SLOT` frame: where the payload lies and the sizes of its parts, the pickle first."""
    return _SLOT.pack(arena, slot) + b"".join(_LENGTH.pack(size) for size in sizes)


def read_slot_body(body: bytes) -> tuple[int, int, list[int]]:
    """(arena, slot, sizes) of a `SLOT` frame."""
    arena, slot = _SLOT.unpack_from(body, 0)
    return arena, slot, [size for (size,) in _LENGTH.iter_unpack(body[_SLOT.size :])]


def credit_frame(taken: int, slots: list[tuple[int, int]]) -> bytes:
    """A `CREDIT` frame."""
    return frame(Kind.CREDIT, b"".join(_SLOT.pack(*slot) for slot in slots), a=taken)


def read_credit(body: bytes) -> list[tuple[int, int]]:
    """The slots given back with a `CREDIT` frame."""
    return [(arena, slot) for arena, slot in _SLOT.iter_unpack(body)]
