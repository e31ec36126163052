"""Node types that hold their loop, or the interpreter lock of their process, for a while."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine import In, Node, Out, Source, param


def in_c_with_the_lock(seconds: float) -> None:
    """C code that keeps the interpreter lock."""
    ctypes.PyDLL(None).usleep(int(seconds * 1e6))


def in_bytecode(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def in_a_system_call(seconds: float) -> None:
    reader, writer = os.pipe()
    select.select([reader], [], [], seconds)
    os.close(reader)
    os.close(writer)


def in_sleep(seconds: float) -> None:
    time.sleep(seconds)


HOLDS = {"lock": in_c_with_the_lock, "bytecode": in_bytecode, "call": in_a_system_call, "sleep": in_sleep}


class Hold(Node):
    """At its fourth message, holds its loop for a while, and writes down from when to when."""

    x = In()
    how = param("sleep")
    seconds = param(2.6)
    mark = param("")

    def process(self, x: Any) -> None:
        number = self.__dict__["number"] = self.__dict__.get("number", -1) + 1
        if number == 3:
            self.hold_now()

    def hold_now(self) -> None:
        began = time.time()
        Path(self.mark).write_text(str(began))
        HOLDS[self.how](self.seconds)
        Path(self.mark).write_text(f"{began} {time.time()}")


class HoldingDriver(Source):
    """A blocking source whose driver keeps the interpreter lock."""

    blocking = True
    value = Out(int)
    mark = param("")

    def produce(self) -> Iterator[int]:
        yield 0
        Path(self.mark).write_text(str(time.time()))
        in_c_with_the_lock(3600)
        yield 1


class TakesTheSignal(Hold):
    """Puts the handler away by which its stack would be asked for."""

    def on_start(self) -> None:
        signal.signal(signal.SIGUSR1, signal.SIG_DFL)
