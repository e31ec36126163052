"""The main computer inside an application: nodes run on the loop that the application runs already."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import Any

from engine.computers.computer import Work
from engine.computers.stacks import stack_of


class LoopComputer:
    """Runs its work as a task on somebody else's loop. Must be made in that loop's thread."""

    kind = "main"

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._thread_id = threading.get_ident()
        self._task: asyncio.Task[Any] | None = None

    def start(self, work: Work) -> None:
        """See `LocalComputer.start`."""

        def begin() -> None:
            self._task = self._loop.create_task(work.run())

        self._loop.call_soon_threadsafe(begin)

    def interrupt(self) -> None:
        """The application's own thread is never interrupted; only the task on it is cancelled."""
        with contextlib.suppress(RuntimeError):
            if self._task is not None:
                self._loop.call_soon_threadsafe(self._task.cancel)

    def stack(self) -> str:
        """See `LocalComputer.stack`."""
        return stack_of(self._thread_id)
