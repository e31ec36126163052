"""The leak fixture, on for every test: what a test leaves behind makes it fail, and is named.

It looks before and after: child processes (orphans included), threads, descriptors (of sockets, pipes, memory files,
event loops, processes, open files), shared-memory entries, temporary files, asyncio tasks, and Qt's windows, timers
and threads. What is there that was not there before gets a short grace to go by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import os
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

GRACE_S = 2.0
LEFT_ON_PURPOSE = "tidewire-leak-"  # shared memory that the fixture's own test leaves, with the process that did
ALLOWED_THREADS = {"tidewire-coordinator"}  # the engine keeps one for the life of the process
ALLOWED_DESCRIPTORS = {"socket": 2, "eventpoll": 1}  # by which that thread's loop waits and is woken

# Qt opens the last two for the life of the process: its threads' wake-ups and the system's tables.
NOT_LEAKS = ("/dev/", "/proc/", "anon_inode:[eventfd]", "/usr/")

_PR_SET_CHILD_SUBREAPER = 36
_SHARED_MEMORY = Path("/dev/shm")


@dataclass(frozen=True)
class Probe:
    """One kind of thing a test can leave: how to list what there is, and how to say what one is."""

    kind: str
    look: Callable[[], dict[Hashable, Any]]
    describe: Callable[[Any], str]


# -- processes -------------------------------------------------------------------------------------


def _children() -> dict[Hashable, psutil.Process]:
    try:  # a single system call when there is none, the usual case
        os.waitid(os.P_ALL, 0, os.WNOHANG | os.WNOWAIT | os.WEXITED)
    except ChildProcessError:
        return {}
    found: dict[Hashable, psutil.Process] = {}
    for _ in range(10):
        found = {}
        all_stayed = True
        for child in psutil.Process().children(recursive=True):
            try:
                if child.status() == psutil.STATUS_ZOMBIE:
                    all_stayed = False
                    if child.ppid() == os.getpid():
                        os.waitpid(child.pid, os.WNOHANG)
                elif not _is_resource_tracker(child):
                    found[(child.pid, child.create_time())] = child
            except (psutil.NoSuchProcess, ChildProcessError):
                all_stayed = False
        if all_stayed or found:
            break  # else again: one that has just gone may have left children of its own to us
    return found


def _is_resource_tracker(child: psutil.Process) -> bool:
    return "multiprocessing.resource_tracker" in " ".join(child.cmdline())


def _describe_child(child: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        return f"{child.pid} ({' '.join(child.cmdline())[:200]})"
    return str(child.pid)


# -- threads ---------------------------------------------------------------------------------------


def _threads() -> dict[Hashable, threading.Thread]:
    return {thread: thread for thread in threading.enumerate() if thread.name not in ALLOWED_THREADS and _runs(thread)}


def _runs(thread: threading.Thread) -> bool:
    # A foreign thread that once ran Python stays listed after its end in Python before 3.13.
    return thread.is_alive() and Path(f"/proc/self/task/{thread.native_id}").exists()


def _describe_thread(thread: threading.Thread) -> str:
    frame = sys._current_frames().get(thread.ident or 0)
    where = "".join(traceback.format_stack(frame)[-3:]) if frame else ""
    return f"{thread.name!r}{' (daemon)' if thread.daemon else ''}\n{where}".rstrip()


# -- descriptors and shared memory -----------------------------------------------------------------


def _descriptors() -> dict[Hashable, str]:
    found: dict[Hashable, str] = {}
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            target = os.readlink(f"/proc/self/fd/{number}")
            if target.startswith("/dev/shm/") or not target.startswith(NOT_LEAKS):
                found[(number, target)] = f"{number} -> {target}"
    return found


def _shared_memory() -> dict[Hashable, str]:
    ours = {f"{LEFT_ON_PURPOSE}{os.getpid()}", f"{LEFT_ON_PURPOSE}{os.getppid()}"}
    names = os.listdir(_SHARED_MEMORY)
    return {name: name for name in names if not name.startswith(LEFT_ON_PURPOSE) or name in ours}


def _used_by_strangers(name: str) -> bool:
    """Does a process that is not of this test hold the entry? Other test runs share the machine."""
    ours = {os.getpid(), *(child.pid for child in _children().values())}
    for process in psutil.process_iter():
        if process.pid in ours:
            continue
        with contextlib.suppress(OSError):
            if f"/dev/shm/{name}" in Path(f"/proc/{process.pid}/maps").read_text():
                return True
    return False


def _temporary_files() -> dict[Hashable, str]:
    folder = tempfile.gettempdir()
    return {name: f"{folder}/{name}" for name in os.listdir(folder)}


# -- asyncio ---------------------------------------------------------------------------------------


def _tasks() -> dict[Hashable, asyncio.Task[Any]]:
    # asyncio.all_tasks sees one loop; the tasks of closed loops are just what is looked for.
    # Python 3.12 renamed the set.
    scheduled = getattr(asyncio.tasks, "_scheduled_tasks", None) or getattr(asyncio.tasks, "_all_tasks", ())
    for _ in range(10):
        with contextlib.suppress(RuntimeError):  # another thread adds one meanwhile
            return {task: task for task in list(scheduled) if not task.done()}
    return {}


# -- Qt, when a test has imported it ---------------------------------------------------------------


def _application() -> Any:
    core = sys.modules.get("PySide6.QtCore")
    return core.QCoreApplication.instance() if core else None


def _windows() -> dict[Hashable, Any]:
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or _application() is None:
        return {}
    return {_address(widget): widget for widget in widgets.QApplication.topLevelWidgets()}


def _timers_and_threads() -> dict[Hashable, Any]:
    core, shiboken = sys.modules.get("PySide6.QtCore"), sys.modules.get("shiboken6")
    if core is None or shiboken is None:
        return {}
    found = {}
    for wrapper in shiboken.getAllValidWrappers():
        with contextlib.suppress(RuntimeError):  # deleted by C++ since it was listed
            if (isinstance(wrapper, core.QTimer) and wrapper.isActive()) or (
                isinstance(wrapper, core.QThread) and wrapper.isRunning() and not _is_main(wrapper)
            ):
                found[_address(wrapper)] = wrapper
    return found


def _is_main(thread: Any) -> bool:
    application = _application()
    return application is not None and thread == application.thread()


def _address(wrapper: Any) -> Hashable:
    return sys.modules["shiboken6"].getCppPointer(wrapper)


def _describe_qt(wrapper: Any) -> str:
    with contextlib.suppress(RuntimeError):
        parent = wrapper.parent()
        title = wrapper.windowTitle() if hasattr(wrapper, "windowTitle") else ""
        named = " ".join(repr(text) for text in (wrapper.objectName(), title) if text)
        return f"{type(wrapper).__name__} {named}{f' of a {type(parent).__name__}' if parent else ''}".strip()
    return type(wrapper).__name__


PROBES = (
    Probe("process", _children, _describe_child),
    Probe("thread", _threads, _describe_thread),
    Probe("descriptor", _descriptors, str),
    Probe("shared memory", _shared_memory, str),
    Probe("temporary file", _temporary_files, str),
    Probe("asyncio task", _tasks, repr),
    Probe("window", _windows, _describe_qt),
    Probe("Qt timer or thread", _timers_and_threads, _describe_qt),
)


# -- before and after ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Before:
    """What there was when a test began."""

    seen: dict[str, frozenset[Hashable]]
    coordinated: bool

    @classmethod
    def look(cls) -> Before:
        return cls({probe.kind: frozenset(probe.look()) for probe in PROBES}, _is_coordinated())

    def left(self) -> list[tuple[Probe, Any]]:
        """What is there now and was not, without what may stay."""
        found = []
        for probe in PROBES:
            new = {key: value for key, value in probe.look().items() if key not in self.seen[probe.kind]}
            if probe.kind == "descriptor" and new:
                new = self._without_permitted(new)
            if probe.kind == "shared memory":
                new = {key: name for key, name in new.items() if not _used_by_strangers(name)}
            found += [(probe, value) for value in new.values()]
        return found

    def _without_permitted(self, new: dict[Hashable, str]) -> dict[Hashable, str]:
        tracker = sys.modules.get("multiprocessing.resource_tracker")
        pipe = str(getattr(getattr(tracker, "_resource_tracker", None), "_fd", None))
        kept = {key: text for key, text in new.items() if text.split()[0] != pipe}
        if self.coordinated or not _is_coordinated():
            return kept
        for kind, allowed in ALLOWED_DESCRIPTORS.items():
            of_kind = [key for key, text in kept.items() if text.endswith(f"[{kind}]") or f" {kind}:" in text]
            if len(of_kind) <= allowed:
                kept = {key: text for key, text in kept.items() if key not in of_kind}
        return kept


def _is_coordinated() -> bool:
    return any(thread.name in ALLOWED_THREADS for thread in threading.enumerate())


def _settle() -> None:
    """Give what is about to go the chance to: garbage, Qt's deferred deletions, other threads."""
    gc.collect()
    application = _application()
    if application is not None:
        core = sys.modules["PySide6.QtCore"]
        core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete.value)
        application.processEvents()
    threading.Event().wait(0.01)


_passed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when in ("setup", "call"):
        item.stash[_passed] = not report.failed
    return report


@pytest.fixture(autouse=True)
def no_leaks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails the test, by name of each thing, when it leaves anything behind that was not there before."""
    if {"qapp", "qtbot"} & set(request.fixturenames):
        request.getfixturevalue("qapp")  # the application stays for all tests, so it is there before each
    before = Before.look()
    yield
    left = before.left()
    if not left:
        return
    deadline = time.monotonic() + GRACE_S
    while left and time.monotonic() < deadline:
        left = []  # or what was found would be kept alive by having been found
        _settle()
        left = before.left()
        if not left:  # look twice: a process whose parent has just gone is nobody's child for a moment
            _settle()
            left = before.left()
    told = "\n".join(f"  {probe.kind}: {probe.describe(value)}" for probe, value in left)
    for probe, value in left:
        if probe.kind == "process":
            with contextlib.suppress(psutil.Error):
                value.kill()
                value.wait(GRACE_S)  # a child that nobody waits for stays listed
    # The traceback of a failed test keeps its variables alive: then this would only hide the reason.
    if left and request.node.stash.get(_passed, True):
        pytest.fail(f"the test left behind:\n{told}", pytrace=False)


def pytest_collection_finish() -> None:
    """Leave out of every later collection of garbage what all tests together have imported: it stays."""
    gc.collect()
    gc.freeze()


def pytest_configure() -> None:
    """Make this process the one to which orphans of a test come, so that they are seen and end with it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
