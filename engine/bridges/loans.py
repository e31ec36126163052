"""Arrays that are lent to a node to be filled: their memory is a slot of a wire's shared memory, and is sent as it is.

A loan ends in one of two ways: it is sent, whole, and the slot is the receiver's; or the last view of it has died, and
the slot is free again. What else is made of it, a part or a sum, is an array like any other.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

if TYPE_CHECKING:
    from engine.bridges.shared_memory import Arena


class Loan(weakref.ref["NDArray[Any]"]):
    """One loan: a reference to the array on which all views of its memory are based."""

    __slots__ = ("arena", "give_back", "key", "slot")

    arena: Arena
    slot: int
    give_back: Callable[[Loan], None]
    key: int

    def end(self) -> None:
        """It was sent: its memory is the receiver's now."""
        loans_out.pop(self.key, None)


loans_out: dict[int, Loan] = {}  # those that are out, by the id of the array


def lend(
    memory: memoryview,
    arena: Arena,
    slot: int,
    give_back: Callable[[Loan], None],
    shape: tuple[int, ...],
    dtype: DTypeLike,
) -> NDArray[Any]:
    """A writable array on this memory, which is all of it; `give_back` is called, in any thread, if it dies unsent."""
    whole: NDArray[Any] = np.frombuffer(memory, dtype)
    loan = Loan(whole, _die)
    loan.arena, loan.slot, loan.give_back, loan.key = arena, slot, give_back, id(whole)
    loans_out[loan.key] = loan
    return whole[:] if len(shape) == 1 else whole.reshape(shape)


def _die(loan: Loan) -> None:
    if loans_out.get(loan.key) is loan:
        del loans_out[loan.key]
        loan.give_back(loan)


def loan_of(values: NDArray[Any]) -> Loan | None:
    """The loan that an array is, if it is the whole of it as it was lent."""
    base = values.base
    loan = loans_out.get(id(base))
    if loan is None or loan() is not base or base is None:
        return None
    return loan if values.nbytes == base.nbytes and values.flags.c_contiguous else None


def references_to_base(values: NDArray[Any]) -> int:
    """How often the array that this one is a view of is referred to."""
    return sys.getrefcount(values.base)


ALONE = references_to_base(np.empty(2)[:1])  # what is counted when nobody but the view has its base
