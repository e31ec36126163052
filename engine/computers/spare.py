"""Warm spare worker processes, so that the process computers of a run are there at once.

Kept only where somebody asks for it (the editor): a script leaves no process waiting.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections import deque

from engine.computers.process import StartedChild, start_child

MOST, MEMORY_EACH = 8, 2 << 30  # not more than this, nor than one for so many bytes of memory: each holds 80 MB
EACH_S = 2.0  # from the start of one to that of the next: there is a run that wants to go on meanwhile
_REPLACE_AFTER_S = 1.0
_MANY_FOR_S = 600.0


class Spares:
    """Keeps child processes that have their imports behind them. Lives on one loop.

    It keeps as many as the largest start of late has taken, made one after another; else one.

    Invariant: at most `most()` spares wait; one that was started under other circumstances is never handed out.
    """

    def __init__(self, module: str, loop: asyncio.AbstractEventLoop) -> None:
        self._module = module
        self._loop = loop
        self._children: deque[StartedChild] = deque()
        self._circumstances: tuple[object, ...] = ()
        self._wanted = 0
        self._taken = 0  # in this turn of the loop, in which a start takes all of its own
        self._next: asyncio.TimerHandle | None = None
        self._fewer: asyncio.TimerHandle | None = None

    def keep(self) -> None:
        """Keep a spare from now on."""
        self._wanted = max(1, self._wanted)
        self._fill_up()

    def take(self) -> StartedChild | None:
        """A spare, the warmest, if there is one that can be used; others are started soon after."""
        if self._wanted:
            if not self._taken:
                self._loop.call_soon(self._learn)
            self._taken += 1
            self._fill_up_in(_REPLACE_AFTER_S)
        self._discard_outdated()
        while self._children:
            child = self._children.popleft()
            if child.process.poll() is None:
                return child
            child.discard()
        return None

    def give_up(self) -> None:
        """Keep no spare any more."""
        self._wanted = self._taken = 0
        for timer in (self._next, self._fewer):
            if timer is not None:
                timer.cancel()
        self._discard_all_but(0)

    def _fill_up_in(self, delay_s: float) -> None:
        if self._next is not None:
            self._next.cancel()
        self._next = self._loop.call_later(delay_s, self._fill_up)

    def _fill_up(self) -> None:
        """Start one that is missing, and see to the next in a while."""
        self._discard_outdated()
        if len(self._children) < self._wanted:
            with contextlib.suppress(OSError):  # a run that needs a process will say so
                self._circumstances = _circumstances()
                self._children.append(start_child(self._module, warm=True))
                self._fill_up_in(EACH_S)

    def _learn(self) -> None:
        """Keep as many as the start took that has just been, for a while."""
        taken, self._taken = self._taken, 0
        if self._wanted:
            self._wanted = max(self._wanted, min(taken, most()))
            if self._fewer is not None:
                self._fewer.cancel()
            self._fewer = self._loop.call_later(_MANY_FOR_S, self._want_one)

    def _want_one(self) -> None:
        self._wanted = 1
        self._discard_all_but(1)

    def _discard_outdated(self) -> None:
        if self._children and self._circumstances != _circumstances():
            self._discard_all_but(0)

    def _discard_all_but(self, number: int) -> None:
        surplus = [self._children.pop() for _ in range(len(self._children) - number)]
        for child in surplus:  # all of them give back their memory at the same time
            child.kill()
        for child in surplus:
            child.discard()


def most() -> int:
    """How many spares this machine has room for, at least 1."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(1, min(MOST, memory // MEMORY_EACH))


def _circumstances() -> tuple[object, ...]:
    """What a child inherits at its start."""
    return tuple(sys.path), os.getcwd(), dict(os.environ)
