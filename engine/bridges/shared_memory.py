"""Payload memory shared by two processes: an arena of slots, owned by the sender, mapped read-only by the receiver.

The memory is an anonymous file passed by descriptor: it has no name to leak, and no lock lives in it. Who may use
which slot is told over the bridge's socket. Slots are reused last-in first-out, so that a receiver that keeps up
works in the processor's cache.
"""

from __future__ import annotations

import contextlib
import math
import mmap
import os
import tempfile
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.bridges.loans import Loan, lend

SMALLEST_SLOT = 1 << 16
_ALIGN = 64
_MOST_LOANS = 2  # slots that a node has at a time: what a wire has more than its capacity


def aligned(size: int) -> int:
    """The size rounded up so that the next buffer begins on a cache line."""
    return (size + _ALIGN - 1) & ~(_ALIGN - 1)


class Arena:
    """The sender's side: slots of one size. A slot is either free or lent; `put` lends, `give_back` frees."""

    def __init__(self, id: int, size_needed: int, n_slots: int) -> None:
        self.id = id
        self.n_slots = n_slots
        self.slot_size = max(SMALLEST_SLOT, 1 << (size_needed - 1).bit_length())
        self.descriptor = _anonymous_file(self.slot_size * n_slots)
        try:
            self._memory = mmap.mmap(self.descriptor, self.slot_size * n_slots)
        except BaseException:
            os.close(self.descriptor)
            raise
        self._view = memoryview(self._memory)
        self._lent: set[int] = set()
        self._loaned: set[int] = set()  # of these, what a node has to fill
        self._free: list[int] = []  # those that came back
        self._n_begun = 0  # slots from here on were never used

    @property
    def has_free_slot(self) -> bool:
        """Is there a slot to put something in?"""
        return len(self._lent) < self.n_slots

    @property
    def is_unused(self) -> bool:
        """Are all slots free?"""
        return not self._lent

    def put(self, buffers: list[memoryview]) -> int:
        """Copy buffers one behind the other, each on a cache line of its own, into a free slot; returns the slot."""
        slot = self._take_slot()
        offset = slot * self.slot_size
        for buffer in buffers:
            size = buffer.nbytes
            self._view[offset : offset + size] = buffer
            offset += aligned(size)
        return slot

    def _take_slot(self) -> int:
        if self._free:
            slot = self._free.pop()
        else:
            slot = self._n_begun
            self._n_begun += 1
        self._lent.add(slot)
        return slot

    def loan(self, shape: tuple[int, ...], dtype: np.dtype[Any], on_return: Callable[[], None]) -> NDArray[Any] | None:
        """An array on a slot, to be filled and sent; None when no slot can be spared.

        `on_return` is called, in any thread, when it comes back unsent.
        """
        if len(self._loaned) >= _MOST_LOANS or not self.has_free_slot:
            return None

        def give_back(loan: Loan) -> None:
            self._loaned.discard(loan.slot)
            self.give_back(loan.slot)
            on_return()

        slot = self._take_slot()
        self._loaned.add(slot)
        start = slot * self.slot_size
        memory = self._view[start : start + math.prod(shape) * dtype.itemsize]
        return lend(memory, self, slot, give_back, shape, dtype)

    def redeem(self, loan: Loan) -> int:
        """A loan is sent; returns its slot, which is the receiver's now."""
        loan.end()
        self._loaned.discard(loan.slot)
        return loan.slot

    def give_back(self, slot: int) -> None:
        """The receiver has no more use for a slot."""
        if slot in self._lent:
            self._lent.remove(slot)
            self._free.append(slot)

    def close(self) -> None:
        """Give the memory back to the system (a receiver that still has it mapped keeps it alive)."""
        if self.descriptor >= 0:
            self._view.release()
            with contextlib.suppress(BufferError):  # an array that a node has on loan keeps it
                self._memory.close()
            os.close(self.descriptor)
            self.descriptor = -1


class ArenaView:
    """The receiver's side: hands out read-only views of slots and tells when the last view of a slot has died.

    `n_lent` counts the slots of which somebody has views; whoever is told of one that is free counts it down.
    """

    def __init__(self, id: int, descriptor: int, slot_size: int, n_slots: int) -> None:
        self.id = id
        self.slot_size = slot_size
        self.n_slots = n_slots
        self.n_lent = 0
        try:
            self._memory = mmap.mmap(descriptor, slot_size * n_slots, prot=mmap.PROT_READ)
        finally:
            os.close(descriptor)

    def lend(self, slot: int, sizes: list[int], when_free: Callable[[int, int], None]) -> list[memoryview]:
        """Views of the buffers in a slot; `when_free(arena, slot)` is called, in any thread, when all have died."""
        total = _total(sizes) if len(sizes) > 1 else sizes[0]
        lease: NDArray[np.uint8] = np.frombuffer(self._memory, np.uint8, total, slot * self.slot_size)
        self.n_lent += 1
        ended = _Lease(lease, _end)
        ended.arena, ended.slot, ended.when_free = self.id, slot, when_free
        _leases[id(ended)] = ended
        if len(sizes) == 1:
            return [memoryview(lease)]  # type: ignore[arg-type]
        return _cut(memoryview(lease), sizes)  # type: ignore[arg-type]

    def copy(self, slot: int, sizes: list[int]) -> list[memoryview]:
        """Copies of the buffers in a slot."""
        start = slot * self.slot_size
        return _cut(memoryview(self._memory[start : start + _total(sizes)]), sizes)


class _Lease(weakref.ref["NDArray[np.uint8]"]):
    """By which we hear when the last view of a slot has died."""

    __slots__ = ("arena", "slot", "when_free")

    arena: int
    slot: int
    when_free: Callable[[int, int], None]


_leases: dict[int, _Lease] = {}  # those that are out: a reference that nobody keeps tells nothing


def _end(lease: weakref.ref[Any]) -> None:
    ended = _leases.pop(id(lease))
    ended.when_free(ended.arena, ended.slot)


def _total(sizes: list[int]) -> int:
    return sum(aligned(size) for size in sizes[:-1]) + sizes[-1]


def _cut(whole: memoryview, sizes: list[int]) -> list[memoryview]:
    views = []
    offset = 0
    for size in sizes:
        views.append(whole[offset : offset + size])
        offset += aligned(size)
    return views


def _anonymous_file(size: int) -> int:
    """A descriptor of memory without a name."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("tidewire", os.MFD_CLOEXEC)
    else:
        with tempfile.TemporaryFile(prefix="tidewire") as file:  # unlinked already: it has no name either
            descriptor = os.dup(file.fileno())
    try:
        os.ftruncate(descriptor, size)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
