"""Counting the time that a node's coroutine really works, not the time it waits, and knowing which node works now.

A node's task is awaited through `Timed` as a whole, so that a message costs nothing for it: what is told and counted is
the turn, from one wait to the next.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Generator
from typing import Any, Protocol


class Worked(Protocol):
    """Whoever works: a stepper.

    Attributes:
        number: which node of its loop it runs.
        working: the word of the loop's pulse that says which node works now.
        busy_ns: nanoseconds of work so far.
        turn_began: when the present turn began, by `time.perf_counter_ns`.
        is_at_work: is a turn of it being counted already?
    """

    number: int
    working: memoryview
    busy_ns: int
    turn_began: int
    is_at_work: bool


class Timed:
    """Awaiting it awaits the inner awaitable; each stretch of work between two waits is added to `owner.busy_ns`.

    Inside of a turn that is being counted it only awaits.
    """

    __slots__ = ("_inner", "_owner")

    def __init__(self, inner: Awaitable[Any], owner: Worked) -> None:
        self._inner = inner
        self._owner = owner

    def __await__(self) -> Generator[Any, Any, Any]:
        owner = self._owner
        if owner.is_at_work:
            return (yield from self._inner.__await__())
        number, working = owner.number, owner.working
        steps = self._inner.__await__()
        send: Any = None
        error: BaseException | None = None
        while True:
            working[0] = number
            owner.is_at_work = True
            owner.turn_began = time.perf_counter_ns()
            try:
                if error is not None:
                    waited_for = steps.throw(error)
                elif send is None:
                    waited_for = next(steps)
                else:
                    waited_for = steps.send(send)
            except StopIteration as stop:
                return stop.value
            finally:
                owner.busy_ns += time.perf_counter_ns() - owner.turn_began
                owner.is_at_work = False
                working[0] = 0
            send, error = None, None
            try:
                send = yield waited_for
            except BaseException as thrown:
                error = thrown
