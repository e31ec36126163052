"""Node types that misbehave: they hang, block, spawn, hold the interpreter, or end their process."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import numpy as np

from engine import In, Node, Out, Source, param


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
    """Never comes back from a call of C code."""

    seconds = param(3600.0)

    def happen(self) -> None:
        time.sleep(self.seconds)


class StubbornLoop(After):
    """Swallows whatever is raised in it and goes on, for a while."""

    seconds = param(3.0)

    def happen(self) -> None:
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            try:
                while time.monotonic() < end:
                    pass
            except BaseException:
                continue


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


class Megabytes(Source):
    """1 MB arrays, numbered, as fast as they are taken or with a pause."""

    array = Out(np.ndarray)
    interval = param(0.0, minimum=0.0)

    async def produce(self) -> AsyncIterator[np.ndarray]:
        number = 0
        while True:
            yield np.full(1 << 20, number % 251, np.uint8)
            number += 1
            if self.interval:
                await self.sleep(self.interval)


class PassArray(Node):
    """Hands an array on, as a new one."""

    x = In(np.ndarray)
    y = Out(np.ndarray)

    def process(self, x: np.ndarray) -> np.ndarray:
        return x + np.uint8(0)


class CountWhole(Node):
    """Counts arrays and looks whether each is whole and they come in order."""

    x = In(np.ndarray)

    def __init__(self) -> None:
        self.count = self.wrong = 0

    def process(self, x: np.ndarray) -> None:
        if x[0] != self.count % 251 or x[-1] != x[0] or x[x.size // 2] != x[0]:
            self.wrong += 1
        self.count += 1

    def result(self) -> tuple[int, int]:
        return (self.count, self.wrong)
