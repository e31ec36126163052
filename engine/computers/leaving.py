"""How a process ends, whatever its nodes have left running in it: soon, and without losing what was written.

CPython waits at its end for every thread that is no daemon and for every executor, for ever if need be, and aborts when
it is taken down under a daemon that holds a standard stream. Neither may happen to a process that has run nodes.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import io
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import NoReturn

from engine.computers.thread import abandoned_threads

THREADS_S = 1.0  # for threads to end by themselves
OUR_THREADS = "tidewire-"
EXIT_FUNCTIONS_S = 3.0  # for what was registered with `atexit`, and for flushing


def leave(code: int, say: Callable[[str], None] | None = None) -> NoReturn:
    """End this process with this exit code. To be called at the end of its main thread.

    Threads that nodes have left get `THREADS_S` to end; then functions registered with `atexit` are called, all files
    that Python code holds open are flushed, and the process ends.

    Args:
        code: the exit code.
        say: told of each thread that is left behind, in a line.
    """
    left = _threads_left(THREADS_S)
    if say is not None:
        for thread in left:
            say(f"left behind: thread {thread.name}, which goes on{_where(thread)}")
    threading.Thread(target=_end_at_last, args=(code,), name=f"{OUR_THREADS}leave", daemon=True).start()
    flush_all()
    with contextlib.suppress(BaseException):
        atexit._run_exitfuncs()
    flush_all()
    os._exit(code)


def leaves_threads() -> bool:
    """Do threads run in this process that the engine has not started, or has given up?"""
    return bool(_left())


def flush_all() -> None:
    """Flush the standard streams, then every file open in Python code: nodes may not have closed theirs."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    found = gc.get_objects()
    # By their types, of which there are few: to ask each of many thousand objects takes long, and runs code of some.
    kinds = set(map(type, found))
    for kind in (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom):  # a text file hands on to the one below it
        of_kind = {each for each in kinds if issubclass(each, kind)}
        for file in [one for one in found if type(one) in of_kind]:
            with contextlib.suppress(Exception):
                file.flush()


def _left() -> list[threading.Thread]:
    """Threads of nodes. Daemons too: a thread that is started on one of our loops is one, whether meant so or not."""
    ours = (threading.main_thread(), threading.current_thread())
    given_up = abandoned_threads()
    return [
        one for one in threading.enumerate() if one in given_up or not (one in ours or one.name.startswith(OUR_THREADS))
    ]


def _threads_left(patience_s: float) -> list[threading.Thread]:
    """Wait for threads to end; returns those that have not. Idle workers of executors are told that it is time."""
    if not _left():
        return []
    # What the interpreter would call before it waits: executors let their threads go, and wait for them for ever.
    for function in list(getattr(threading, "_threading_atexits", ())):
        threading.Thread(target=function, name=f"{OUR_THREADS}executors", daemon=True).start()
    deadline = time.monotonic() + patience_s
    given_up = abandoned_threads()
    with contextlib.suppress(KeyboardInterrupt):
        for thread in _left():
            if thread not in given_up:
                thread.join(max(0.0, deadline - time.monotonic()))
    return _left()


def _where(thread: threading.Thread) -> str:
    frame = sys._current_frames().get(thread.ident or 0)
    if frame is None:
        return ""
    place = traceback.extract_stack(frame)[-1]
    return f" in {place.name} ({place.filename}, line {place.lineno})"


def _end_at_last(code: int) -> None:
    """A function registered with `atexit`, or a lock that a thread left behind holds, must not keep the process."""
    time.sleep(EXIT_FUNCTIONS_S)
    os._exit(code)
