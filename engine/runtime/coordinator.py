"""The one background thread of this process that conducts runs: it starts, watches and ends computers.

It lives as long as the process, because Linux sends a child its parent-death signal when the *thread* that started
it ends; and it is no node's loop, so that nothing a node does can keep a run from being stopped.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import os
import threading
import traceback
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from engine.computers.spare import Spares

T = TypeVar("T")
THREAD_NAME = "tidewire-coordinator"
CHILD_MODULE = "engine.runtime.child"


class Coordinator:
    """A thread with an event loop, started when first needed. `at_exit` functions end runs that were left running."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.at_exit: set[Callable[[], None]] = set()
        self.spares = Spares(CHILD_MODULE, self.loop)
        self._pid = os.getpid()
        self._thread = threading.Thread(target=self._run, name=THREAD_NAME, daemon=True)
        self._thread.start()
        atexit.register(self._leave)

    def submit(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Run a coroutine on the coordinator's loop, from any other thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def call(self, function: Callable[..., object], *arguments: Any) -> None:
        """Call a function on the coordinator's loop, soon; nothing when that has ended."""
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(function, *arguments)

    @property
    def is_current_thread(self) -> bool:
        """Is the caller on the coordinator's thread?"""
        return threading.current_thread() is self._thread

    @property
    def belongs_to_this_process(self) -> bool:
        """False in a process that was forked off."""
        return self._pid == os.getpid()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        while True:
            try:
                self.loop.run_forever()
                return
            except BaseException:  # SystemExit in somebody's callback: without this thread no run could be stopped
                traceback.print_exc()

    def _leave(self) -> None:
        if self.belongs_to_this_process:
            for function in list(self.at_exit):
                with contextlib.suppress(Exception):
                    function()
            self.call(self.spares.give_up)


def keep_spare_worker() -> None:
    """Keep warm worker processes, so that a run's processes are there at once. For programs with a window.

    One at first, then as many as the largest start of late has taken, at most 8 and one for each 2 GiB of memory.
    """
    running = coordinator()
    running.call(running.spares.keep)


def give_up_spare_worker() -> None:
    """End what `keep_spare_worker` began; returns when the processes have gone."""
    running = coordinator()

    async def give_up() -> None:
        running.spares.give_up()

    running.submit(give_up()).result()


_coordinator: Coordinator | None = None
_lock = threading.Lock()


def coordinator() -> Coordinator:
    """This process's coordinator."""
    global _coordinator
    with _lock:
        if _coordinator is None or not _coordinator.belongs_to_this_process:
            _coordinator = Coordinator()
        return _coordinator
