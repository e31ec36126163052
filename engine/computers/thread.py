"""A computer that is a thread with an event loop of its own.

CPython cannot kill a thread. `interrupt` raises an exception in it, which ends loops of bytecode only; a thread in a
blocking call stays. Its thread is a daemon, so that it cannot keep the interpreter from exiting.

Threads share the interpreter's lock. One that never waits gives it up once in `sys.getswitchinterval()`, 5 ms by
default, and another needs it many times for a single event: beside a busy node a window would stand still.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import sys
import threading
import weakref

from engine.computers.computer import Work
from engine.computers.stacks import stack_of

LET_GO_S = 0.2
SWITCH_S = 0.0005

_abandoned: weakref.WeakSet[threading.Thread] = weakref.WeakSet()


class Interrupted(BaseException):
    """Raised in a thread that was asked to stop by force."""


class ThreadComputer:
    """Owns one thread and its loop; both end when the work has ended."""

    def __init__(self, name: str, kind: str = "thread") -> None:
        self.kind = kind
        self._name = name
        self._thread: threading.Thread | None = None

    def start(self, work: Work) -> None:
        """See `LocalComputer.start`.

        Raises:
            OSError: descriptors or threads are exhausted.
        """
        sys.setswitchinterval(min(SWITCH_S, sys.getswitchinterval()))
        loop = asyncio.new_event_loop()  # here, so that whoever starts it hears why it cannot be
        self._thread = threading.Thread(
            target=run_on_loop, args=(loop, work), name=f"tidewire-{self._name}", daemon=True
        )
        try:
            self._thread.start()
        except RuntimeError as error:
            self._thread = None
            loop.close()
            raise OSError(errno.EAGAIN, f"no thread can be started: {error}") from error

    def join(self, timeout: float) -> bool:
        """Wait for the thread to end; has it?"""
        if self._thread is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def interrupt(self) -> None:
        """See `LocalComputer.interrupt`."""
        if self._thread is not None and self._thread.is_alive() and self._thread.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self._thread.ident), ctypes.py_object(Interrupted)
            )

    def abandon(self) -> None:
        """Go on without the thread, which does not come back."""
        if self._thread is not None:
            _abandoned.add(self._thread)

    def stack(self) -> str:
        """See `LocalComputer.stack`."""
        if self._thread is None or self._thread.ident is None or not self._thread.is_alive():
            return ""
        return stack_of(self._thread.ident)


def run_on_loop(loop: asyncio.AbstractEventLoop, work: Work) -> None:
    """Run the work to its end, then end what nodes have left on the loop, and close it.

    Unlike `asyncio.run` this waits neither for tasks that refuse to be cancelled nor for the threads of the loop's
    executor: a call that blocks there would keep the computer for ever.
    """
    try:
        loop.run_until_complete(work.run())
        _let_go(loop)
        with contextlib.suppress(Exception):
            loop.run_until_complete(asyncio.wait_for(loop.shutdown_asyncgens(), LET_GO_S))
    except Interrupted:
        _let_go(loop)  # by force: whoever asked for it says so
    finally:
        loop.close()


def abandoned_threads() -> set[threading.Thread]:
    """The threads that runs have abandoned and that go on in this process.

    The interpreter must then not be taken down: it aborts when such a thread holds the lock of a standard stream.
    """
    return {thread for thread in _abandoned if thread.is_alive()}


def _let_go(loop: asyncio.AbstractEventLoop) -> None:
    """Give what is left on a loop a moment to close its sockets; what refuses to be cancelled ends with the loop."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if not tasks:
        return
    with contextlib.suppress(Interrupted):
        loop.run_until_complete(asyncio.wait(tasks, timeout=LET_GO_S))
    if not all(task.done() for task in tasks):
        loop.set_exception_handler(lambda _, context: None)  # they are destroyed pending, which is no news
