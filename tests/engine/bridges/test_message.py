"""Isolation: what was emitted is nobody's to change, neither its author's nor any of its consumers'."""

from __future__ import annotations

import array
import ctypes
import mmap
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pytest

from engine import Signal
from engine.bridges.message import EMPTY, PLAIN, Message, is_container, isolated, make_read_only, payload_bytes


class Pair(NamedTuple):
    left: Any
    right: Any


Old = namedtuple("Old", "x")


@dataclass
class Record:
    values: Any
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Frozen:
    values: Any
    note: str = ""


class Own:
    """An object with samples that is no Signal."""

    def __init__(self, samples: Any) -> None:
        self.samples = samples


# -- the author goes on writing


def test_a_new_array_is_passed_as_it_is_and_is_read_only() -> None:
    for new in (np.arange(5), np.zeros((3, 2), order="F"), np.array(5.0), np.empty(0)):
        assert isolated(new) is new and not new.flags.writeable
        assert isolated(new) is new


def test_a_view_of_a_new_array_is_not_copied() -> None:
    view = np.arange(6.0).reshape(2, 3).T
    assert isolated(view) is view and not view.flags.writeable and not view.base.flags.writeable


@pytest.mark.parametrize(
    "make",
    [
        lambda buffer: buffer[2:5],
        lambda buffer: buffer[:],
        lambda buffer: buffer.reshape(2, 5),
        lambda buffer: buffer[2:8][1:4],
        lambda buffer: buffer.view(np.int64),
        lambda buffer: Signal(buffer, 100),
        lambda buffer: [buffer[:2], {"a": buffer[3:]}],
        lambda buffer: (buffer[:2],),
        lambda buffer: Pair(buffer[:2], 0),
        lambda buffer: Record(buffer[:2]),
        lambda buffer: Frozen(buffer[:2]),
        lambda buffer: Own(buffer[:2]),
        lambda buffer: deque([buffer[:2]]),
    ],
)
def test_a_buffer_the_author_goes_on_writing_to_is_copied(make: Any) -> None:
    buffer = np.zeros(10)
    sent = isolated(make(buffer))
    buffer[:] = 7
    for values in arrays_of(sent):
        assert not values.any() and not values.flags.writeable


def arrays_of(payload: Any) -> list[np.ndarray[Any, Any]]:
    if isinstance(payload, np.ndarray):
        return [payload]
    if isinstance(payload, dict):
        return [found for value in payload.values() for found in arrays_of(value)]
    if isinstance(payload, (list, tuple, deque)):
        return [found for value in payload for found in arrays_of(value)]
    if isinstance(payload, (Record, Frozen)):
        return arrays_of(payload.values)
    return arrays_of(payload.samples) if hasattr(payload, "samples") else []


@pytest.mark.parametrize(
    "memory",
    [
        bytearray(80),
        array.array("d", [0.0] * 10),
        (ctypes.c_double * 10)(),
        memoryview(bytearray(80)),
        mmap.mmap(-1, 4096),
    ],
    ids=["bytearray", "array", "ctypes", "memoryview", "mmap"],
)
def test_memory_that_is_no_array_and_is_written_to_is_copied(memory: Any) -> None:
    for values in (
        np.frombuffer(memory, np.uint8, 16),
        np.frombuffer(memoryview(memory).toreadonly(), np.uint8, 16),
        np.frombuffer(memory, np.uint8, 64)[2:18].reshape(4, 4),
    ):
        sent = isolated(values)
        assert sent is not values and not sent.flags.writeable and not np.shares_memory(sent, values)
        assert (sent == 0).all() and sent.shape == values.shape


def test_memory_that_nobody_can_write_to_is_not_copied() -> None:
    for values in (np.frombuffer(b"x" * 16, np.uint8), np.frombuffer(memoryview(b"x" * 16), np.uint8)[3:]):
        assert isolated(values) is values


def test_an_array_that_arrived_is_passed_on_without_a_copy() -> None:
    arrived = isolated(np.arange(10))
    for view in (arrived, arrived[2:5], arrived.reshape(5, 2)):
        assert isolated(view) is view
    signal = Signal(isolated(np.zeros((5, 2))), 10)
    assert isolated(signal) is signal
    frozen = Frozen(arrived)
    assert isolated(frozen) is frozen


def test_a_read_only_view_of_what_others_can_write_to_is_copied() -> None:
    buffer = np.zeros(4)
    view = buffer[:]
    view.flags.writeable = False
    inner = view[1:]
    for one in (view, inner):
        sent = isolated(one)
        buffer[:] += 1
        assert not np.shares_memory(sent, buffer)


# -- consumers write


@pytest.mark.parametrize(
    ("make", "spoil"),
    [
        (lambda: [1, [2]], lambda p: p[1].append(3)),
        (lambda: {"a": [1]}, lambda p: p["a"].clear()),
        (lambda: {"a": 1}, lambda p: p.update(b=2)),
        (lambda: {1, 2}, lambda p: p.add(3)),
        (lambda: bytearray(b"ab"), lambda p: p.extend(b"c")),
        (lambda: ([1],), lambda p: p[0].append(2)),
        (lambda: deque([[1]], maxlen=3), lambda p: p[0].append(2)),
        (lambda: deque([1]), lambda p: p.append(2)),
        (lambda: defaultdict(list, a=[1]), lambda p: p["a"].append(2)),
        (lambda: OrderedDict(a=[1]), lambda p: p["a"].append(2)),
        (lambda: Counter("ab"), lambda p: p.update("c")),
        (lambda: array.array("i", [1]), lambda p: p.append(2)),
        (lambda: Pair([1], 2), lambda p: p.left.append(2)),
        (lambda: Old([1]), lambda p: p.x.append(2)),
        (lambda: Record(1, ["a"]), lambda p: p.names.append("b")),
        (lambda: Record(1), lambda p: setattr(p, "values", 2)),
        (lambda: Record(Record([1])), lambda p: p.values.values.append(2)),
        (lambda: Frozen([1]), lambda p: p.values.append(2)),
        (lambda: [Record({"a": [1]})], lambda p: p[0].values["a"].append(2)),
    ],
)
def test_what_one_consumer_does_to_a_container_the_others_do_not_see(make: Any, spoil: Any) -> None:
    original = make()
    assert is_container(original)
    others = [isolated(original) for _ in range(2)]
    assert [type(one) for one in others] == [type(original)] * 2
    assert others == [make(), make()]
    spoil(others[0])
    assert others[1] == original == make() and others[0] != make()
    spoil(original)  # the author
    assert others[1] == make()


def test_a_record_of_a_structured_array_is_each_consumers_own() -> None:
    buffer = np.zeros(3, [("x", "f8")])
    one, other = isolated(buffer[0]), isolated(buffer[0])
    buffer["x"] = 5
    one["x"] = 7
    assert is_container(buffer[0]) and other["x"] == 0


def test_a_masked_array_is_read_only_with_its_mask() -> None:
    values = np.ma.array([1.0, 2.0, 3.0], mask=[False, True, False])
    sent = isolated(values)
    values[0] = 9
    values.mask[2] = True
    assert sent.tolist() == [1.0, None, 3.0] and isolated(sent) is sent
    for write in (lambda: sent.__setitem__(0, 5), lambda: sent.__setitem__(0, np.ma.masked), lambda: sent.mask.fill(1)):
        with pytest.raises(ValueError, match="read-only"):
            write()
    assert isolated(np.ma.array([1.0])).tolist() == [1.0]


def test_copies_keep_what_makes_them_special() -> None:
    assert isolated(deque([1, 2], maxlen=2)).maxlen == 2
    assert isolated(defaultdict(list))["new"] == []
    assert list(isolated(OrderedDict([("b", 1), ("a", 2)]))) == ["b", "a"]


@pytest.mark.parametrize(
    "payload",
    [
        np.zeros(3),
        [np.zeros(3)],
        (np.zeros(3), {"a": [np.zeros(2)]}),
        Pair(np.zeros(3), [np.zeros(1)]),
        Signal(np.zeros(3), 1),
        Record([np.zeros(3)]),
        Frozen(np.zeros(3)),
        Frozen(Frozen(np.zeros(3))),
        [Signal(np.zeros(3), 1)],
        Own(np.zeros(3)),
        deque([np.zeros(3)]),
    ],
)
def test_no_consumer_can_write_into_an_array(payload: Any) -> None:
    for values in arrays_of(isolated(payload)):
        with pytest.raises(ValueError, match="read-only"):
            values[...] = 1


def test_the_authors_own_dataclass_is_left_alone_when_it_had_to_be_copied() -> None:
    buffer = np.zeros(10)
    record, frozen, signal = Record(buffer[:5]), Frozen(buffer[:5]), Signal(buffer, 10)
    for one in (record, frozen, signal):
        sent = isolated(one)
        assert sent is not one and type(sent) is type(one)
    record.values[0] = frozen.values[1] = signal.samples[2] = 1
    assert buffer[:3].tolist() == [1, 1, 1]
    assert isolated(signal) == signal


@pytest.mark.parametrize("value", [1, 1.5, 1j, True, "text", b"bytes", None])
def test_plain_values_are_passed_as_they_are(value: Any) -> None:
    assert type(value) in PLAIN and not is_container(value) and isolated(value) is value


def test_other_objects_are_passed_by_reference() -> None:
    class Thing:
        @property
        def samples(self) -> None:
            return None

    for thing in (Thing(), object(), int, np.float64(2), frozenset({1}), range(3)):
        assert isolated(thing) is thing and not is_container(thing)


# -- what arrived from another process


def test_arrays_in_what_arrived_become_read_only_wherever_they_are() -> None:
    arrived = [
        np.zeros(2),
        (np.zeros(2), [np.zeros(2)]),
        {"a": {"b": np.zeros(2)}},
        Pair(np.zeros(2), 1),
        Signal(np.zeros(2), 1),
        Record(np.zeros(2)),
        Frozen([np.zeros(2)]),
        deque([np.zeros(2)]),
        Own(np.zeros(2)),
    ]
    make_read_only(arrived)
    assert all(not values.flags.writeable for values in arrays_of(arrived))
    assert len(arrays_of(arrived)) == 10


# -- the rest


def test_a_message_says_what_it_is() -> None:
    assert (
        repr(Message(5, 3, 0, 0)) == "Message(5, tick=3)" and repr(Message(EMPTY, 3, 0, 0)) == "Message(EMPTY, tick=3)"
    )


@pytest.mark.parametrize(
    ("payload", "size"),
    [
        (np.zeros(1000), 8000),
        (Signal(np.zeros((10, 2), "f4"), 1), 80),
        (b"abc", 3),
        ("abcd", 4),
        ([np.zeros(10)] * 1000, 80_000),
        ([], 0),
        (5, 8),
        (object(), 0),
        (None, 0),
    ],
)
def test_about_how_large_a_payload_is(payload: Any, size: int) -> None:
    assert payload_bytes(payload) == size
