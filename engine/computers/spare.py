"""One warm spare worker process, so that the first process computer is there at once.

Kept only where somebody asks for it (the editor): a script leaves no process waiting.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

from engine.computers.process import StartedChild, start_child

_REPLACE_AFTER_S = 1.0


class Spare:
    """Keeps one child process that has its imports behind it. Lives on one loop.

    Invariant: at most one spare waits; one that was started under other circumstances is never handed out.
    """

    def __init__(self, module: str, loop: asyncio.AbstractEventLoop) -> None:
        self._module = module
        self._loop = loop
        self._child: StartedChild | None = None
        self._circumstances: tuple[object, ...] = ()
        self._wanted = False

    def keep(self) -> None:
        """Keep a spare from now on."""
        self._wanted = True
        self._start()

    def take(self) -> StartedChild | None:
        """The spare, if there is one that can be used; another is started soon after."""
        child, self._child = self._child, None
        if self._wanted:
            self._loop.call_later(_REPLACE_AFTER_S, self._start)
        if child is None:
            return None
        if child.process.poll() is not None or self._circumstances != _circumstances():
            child.discard()
            return None
        return child

    def give_up(self) -> None:
        """Keep no spare any more."""
        self._wanted = False
        if self._child is not None:
            self._child.discard()
            self._child = None

    def _start(self) -> None:
        if self._wanted and self._child is None:
            with contextlib.suppress(OSError):  # a run that needs a process will say so
                self._circumstances = _circumstances()
                self._child = start_child(self._module, warm=True)


def _circumstances() -> tuple[object, ...]:
    """What a child inherits at its start."""
    return tuple(sys.path), os.getcwd(), dict(os.environ)
