"""The arena: slots that are lent and come back, and views that tell when the last of them has died."""

from __future__ import annotations

import gc
import os
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bridges import shared_memory
from engine.bridges.shared_memory import SMALLEST_SLOT, Arena, ArenaView, aligned
from tests.engine.bridges.lines import mapped_arenas


def view_of(arena: Arena) -> ArenaView:
    return ArenaView(arena.id, os.dup(arena.descriptor), arena.slot_size, arena.n_slots)


@given(st.lists(st.binary(min_size=0, max_size=300), min_size=1, max_size=5).filter(lambda parts: parts[-1]))
def test_what_is_put_is_read_where_it_lies_and_as_a_copy(parts: list[bytes]) -> None:
    arena = Arena(1, sum(aligned(len(part)) for part in parts), 3)
    try:
        view = view_of(arena)
        slot = arena.put([memoryview(part) for part in parts])
        sizes = [len(part) for part in parts]
        lent = view.lend(slot, sizes, lambda *_: None)
        copied = view.copy(slot, sizes)
        assert [bytes(one) for one in lent] == [bytes(one) for one in copied] == parts
        assert all(one.readonly for one in lent)
    finally:
        arena.close()


def test_a_slot_is_as_large_as_needed_and_a_power_of_two() -> None:
    for size, expected in [(1, SMALLEST_SLOT), (SMALLEST_SLOT, SMALLEST_SLOT), (SMALLEST_SLOT + 1, 2 * SMALLEST_SLOT)]:
        arena = Arena(1, size, 2)
        assert arena.slot_size == expected and os.fstat(arena.descriptor).st_size == 2 * expected
        arena.close()


@given(st.lists(st.sampled_from(["put", "back", "again", "nonsense"]), max_size=40), st.integers(1, 5))
def test_a_slot_is_lent_once_until_it_comes_back(steps: list[str], n_slots: int) -> None:
    arena = Arena(1, 100, n_slots)
    lent: list[int] = []
    returned: list[int] = []
    try:
        for step in steps:
            if step == "put" and arena.has_free_slot:
                slot = arena.put([memoryview(b"x")])
                assert slot not in lent and 0 <= slot < n_slots
                lent.append(slot)
            elif step == "back" and lent:
                returned.append(lent.pop(0))
                arena.give_back(returned[-1])
            elif step == "again" and returned and returned[-1] not in lent:
                arena.give_back(returned[-1])  # a second time: no harm
            elif step == "nonsense":
                arena.give_back(n_slots + 7)
            assert arena.has_free_slot == (len(lent) < n_slots)
            assert arena.is_unused == (not lent)
    finally:
        arena.close()


def test_the_slot_that_came_back_last_is_used_first() -> None:
    arena = Arena(1, 100, 4)
    slots = [arena.put([memoryview(b"x")]) for _ in range(3)]
    arena.give_back(slots[0])
    arena.give_back(slots[2])
    assert [arena.put([memoryview(b"x")]) for _ in range(2)] == [slots[2], slots[0]]
    arena.close()


def test_a_million_slots_cost_nothing_until_they_are_used() -> None:
    arena = Arena(1, 100, 1_000_002)
    view = view_of(arena)
    for _ in range(2000):
        arena.give_back(arena.put([memoryview(b"x")]))
    assert os.fstat(arena.descriptor).st_blocks * 512 <= 2 * SMALLEST_SLOT
    arena.close()
    del view


def test_when_the_last_view_has_died_it_is_told_once_in_whatever_thread() -> None:
    arena = Arena(7, 1000, 2)
    view = view_of(arena)
    slot = arena.put([memoryview(bytes(500)), memoryview(bytes(100))])
    told: list[Any] = []
    views = view.lend(slot, [500, 100], lambda *where: told.append((*where, threading.current_thread().name)))
    kept = [np.frombuffer(views[0], np.uint8)[3:10].reshape(7, 1), views[1][5:6]]
    del views
    gc.collect()
    assert not told and view.n_lent == 1

    def let_go() -> None:
        kept.clear()

    thread = threading.Thread(target=let_go, name="another")
    thread.start()
    thread.join(5)
    assert told == [(7, slot, "another")]
    arena.close()


def test_views_outlive_both_sides() -> None:
    before = mapped_arenas()
    arena = Arena(1, 1000, 2)
    view = view_of(arena)
    slot = arena.put([memoryview(b"y" * 1000)])
    values = np.frombuffer(view.lend(slot, [1000], lambda *_: None)[0], np.uint8)
    arena.close()
    arena.close()
    del view, arena
    assert (values == ord("y")).all()
    assert mapped_arenas() == before + 1
    del values
    assert mapped_arenas() == before


def test_the_receiver_cannot_write_to_it() -> None:
    arena = Arena(1, 1000, 2)
    view = view_of(arena)
    values = np.frombuffer(view.lend(arena.put([memoryview(bytes(1000))]), [1000], lambda *_: None)[0], np.uint8)
    with pytest.raises(ValueError, match="WRITEABLE"):
        values.flags.writeable = True
    arena.close()


def test_a_descriptor_that_cannot_be_mapped_is_closed() -> None:
    readable, writable = os.pipe()
    os.close(writable)
    with pytest.raises(OSError):
        ArenaView(1, readable, 4096, 1)
    with pytest.raises(OSError):
        os.fstat(readable)


def test_where_the_system_has_no_memory_files_an_unlinked_file_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(shared_memory.os, "memfd_create")
    arena = Arena(1, 100, 2)
    assert os.fstat(arena.descriptor).st_nlink == 0 and not os.get_inheritable(arena.descriptor)
    view = view_of(arena)
    assert bytes(view.copy(arena.put([memoryview(b"abc")]), [3])[0]) == b"abc"
    arena.close()


def test_a_size_that_the_system_refuses_leaves_no_descriptor() -> None:
    before = set(os.listdir("/proc/self/fd"))
    for size in (1 << 61, 1 << 62):  # too large to map, too large for a file
        with pytest.raises((OSError, OverflowError, ValueError)):
            Arena(1, size, 1)
    assert set(os.listdir("/proc/self/fd")) == before
