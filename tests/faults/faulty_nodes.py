"""Node types that misbehave: they hang, block, spawn, hold the interpreter, or end their process."""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np

from engine import In, Node, Out, Source, param
from tests.timing import COORDINATOR as MINE


class After(Node):
    """Hands on what it gets until the message of number `at`; then something happens."""

    x = In()
    y = Out()
    at = param(3)

    def process(self, x: Any) -> Any:
        number = self.__dict__["count"] = self.__dict__.get("count", -1) + 1
        if number == self.at:
            self.happen()
        return x

    def happen(self) -> None:
        raise NotImplementedError


class BusyLoop(After):
    """Never comes back: bytecode for ever."""

    def happen(self) -> None:
        while True:
            pass


class StuckInC(After):
    """Never comes back from a call of C code: for processes, which can be killed. In a thread: `ReadsPipe`."""

    def happen(self) -> None:
        time.sleep(3600)


class HoldsUntil(After):
    """Holds its loop until a file is there."""

    until = param("")

    def happen(self) -> None:
        while not Path(self.until).exists():
            time.sleep(0.005)


_opened: dict[str, list[int]] = {}  # by node: descriptors by which a test lets a blocked call return
_stubborn: set[str] = set()  # nodes that swallow what is raised in them until a test lets them go


def let_go(*nodes: str) -> None:
    """Let the calls return in which `ReadsPipe`, `WaitsForLock` or `StubbornLoop` are held up, in this process."""
    for node in nodes:
        _stubborn.discard(node)
        for descriptor in _opened.pop(node, []):
            os.close(descriptor)


def let_go_and_join(*nodes: str) -> None:
    """Let nodes go, and wait until the threads that were abandoned with them have ended."""
    deadline = time.monotonic() + 15.0
    while threads := [one for one in threading.enumerate() if one.name.startswith("tidewire-") and one.name != MINE]:
        let_go(*nodes)
        threads[0].join(0.02)
        assert time.monotonic() < deadline, threads


class StubbornLoop(After):
    """Swallows whatever is raised in it and goes on, until it is let go."""

    def happen(self) -> None:
        _stubborn.add(self.id)
        while self.id in _stubborn:
            try:
                while self.id in _stubborn:
                    pass
            except BaseException:
                continue


class ReadsPipe(After):
    """Blocks in a system call: reads from a pipe into which nobody writes."""

    def happen(self) -> None:
        readable, writable = os.pipe()
        _opened[self.id] = [writable]
        try:
            os.read(readable, 1)
        finally:
            os.close(readable)


class WaitsForLock(After):
    """Blocks in a system call: waits for the lock of a file that another holds."""

    def happen(self) -> None:
        with tempfile.TemporaryFile() as waiting:
            holder = os.open(f"/proc/self/fd/{waiting.fileno()}", os.O_RDWR)
            fcntl.flock(holder, fcntl.LOCK_EX)
            _opened[self.id] = [holder]
            fcntl.flock(waiting, fcntl.LOCK_EX)


class HoldsInterpreterInTurns(After):
    """C code that keeps the interpreter lock for half a minute, and then again."""

    def happen(self) -> None:
        usleep = ctypes.PyDLL(None).usleep
        while True:
            usleep(30_000_000)


class HoldsInterpreter(After):
    """C code that keeps the interpreter lock: nothing in its process runs any more."""

    def happen(self) -> None:
        ctypes.PyDLL(None).sleep(3600)


class Crash(After):
    """Ends its process in a given way."""

    how = param("SIGKILL")

    def happen(self) -> None:
        if self.how == "segfault":
            ctypes.string_at(0)
        elif self.how == "exit":
            os._exit(7)
        else:
            os.kill(os.getpid(), signal.Signals[self.how])


class Spawns(After):
    """Starts a child of its own that would live on, in a shell that ignores polite requests."""

    marker = param("tidewire-test-child")

    def happen(self) -> None:
        code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
        subprocess.Popen([sys.executable, "-c", code, self.marker], start_new_session=False)


class LeavesThread(After):
    """Leaves a thread behind that is no daemon and does not end."""

    def happen(self) -> None:
        import threading

        threading.Thread(target=time.sleep, args=(3600,)).start()


class EatsSignals(After):
    """Ignores SIGTERM and then hangs."""

    def happen(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(3600)


class _CrashesOnDemand:
    """Reads at address 0 when the parameter `crash` is set, in the middle of whatever its process does."""

    def on_param(self, name: str, value: Any) -> None:
        if name == "crash" and value:
            ctypes.string_at(0)


class Megabytes(_CrashesOnDemand, Source):
    """1 MB arrays, numbered, as fast as they are taken or with a pause."""

    array = Out(np.ndarray)
    interval = param(0.0, minimum=0.0)
    crash = param(False)

    async def produce(self) -> AsyncIterator[np.ndarray]:
        number = 0
        while True:
            yield np.full(1 << 20, number % 251, np.uint8)
            number += 1
            if self.interval:
                await self.sleep(self.interval)


class PassArray(_CrashesOnDemand, Node):
    """Hands an array on, as a new one."""

    x = In(np.ndarray)
    y = Out(np.ndarray)
    crash = param(False)

    def process(self, x: np.ndarray) -> np.ndarray:
        return x + np.uint8(0)


class CountWhole(_CrashesOnDemand, Node):
    """Counts arrays and looks whether each is whole and they come in order."""

    x = In(np.ndarray)
    crash = param(False)

    def __init__(self) -> None:
        self.count = self.wrong = 0

    def process(self, x: np.ndarray) -> None:
        if x[0] != self.count % 251 or x[-1] != x[0] or x[x.size // 2] != x[0]:
            self.wrong += 1
        self.count += 1

    def result(self) -> tuple[int, int]:
        return (self.count, self.wrong)


def exhaust(what: str) -> None:
    """Take from this process what it could still get: memory, the size of files, or descriptors."""
    if what == "memory":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit, amount = resource.RLIMIT_AS, pages * resource.getpagesize() + (1 << 20)
    elif what == "file size":
        limit, amount = resource.RLIMIT_FSIZE, 4096
    else:
        limit, amount = resource.RLIMIT_NOFILE, 0
    resource.setrlimit(limit, (amount, resource.getrlimit(limit)[1]))


class PassInNeed(PassArray):
    """Hands arrays on; from its first on its process gets no more memory, large files or descriptors."""

    what = param("memory")

    def process(self, x: np.ndarray) -> np.ndarray:
        if self.what:
            exhaust(self.what)
            self.what = ""
        return x + np.uint8(0)


class CountInNeed(CountWhole):
    """Counts arrays in a process that gets no more memory or descriptors from its start on."""

    what = param("memory")

    def on_start(self) -> None:
        exhaust(self.what)


class Grows(Node):
    """Keeps more and more memory in a process that may have a little only."""

    x = In(int)
    y = Out(int)

    def on_start(self) -> None:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        amount = pages * resource.getpagesize() + (64 << 20)
        resource.setrlimit(resource.RLIMIT_AS, (amount, resource.getrlimit(resource.RLIMIT_AS)[1]))
        self.kept: list[np.ndarray] = []

    def process(self, x: int) -> int:
        self.kept.append(np.ones(16 << 17))  # 16 MB
        return x
