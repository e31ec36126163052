"""Node types that hold their loop, or the interpreter lock of their process, until a test opens a gate.

A gate is a named pipe: what waits for it reads one byte.
"""

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


def in_c_with_the_lock(gate: int) -> None:
    """C code that keeps the interpreter lock."""
    ctypes.PyDLL(None).read(gate, ctypes.create_string_buffer(1), 1)


def in_bytecode(gate: int) -> None:
    while not select.select([gate], [], [], 0)[0]:
        pass


def in_a_system_call(gate: int) -> None:
    select.select([gate], [], [])


def in_sleep(gate: int) -> None:
    while not select.select([gate], [], [], 0)[0]:
        time.sleep(0.05)


def in_c_with_the_lock_for(seconds: float) -> None:
    """The same for a while: where no test can open a gate, as nothing of it runs."""
    ctypes.PyDLL(None).usleep(int(seconds * 1e6))


HOLDS = {"lock": in_c_with_the_lock, "bytecode": in_bytecode, "call": in_a_system_call, "sleep": in_sleep}


class Hold(Node):
    """At its fourth message, holds its loop until the gate opens, and writes down from when to when.

    The gate is beside the file `mark`; where there is none, `seconds` say how long.
    """

    x = In()
    how = param("sleep")
    seconds = param(0.0)
    mark = param("")

    def process(self, x: Any) -> None:
        number = self.__dict__["number"] = self.__dict__.get("number", -1) + 1
        if number == 3:
            self.hold_now()

    def hold_now(self) -> None:
        began = time.time()
        Path(self.mark).write_text(str(began))
        if self.seconds:
            in_c_with_the_lock_for(self.seconds)
        else:
            gate = os.open(f"{self.mark}.gate", os.O_RDWR)
            HOLDS[self.how](gate)
            os.close(gate)
        Path(self.mark).write_text(f"{began} {time.time()}")


class HoldingDriver(Source):
    """A blocking source whose driver keeps the interpreter lock."""

    blocking = True
    value = Out(int)
    mark = param("")

    def produce(self) -> Iterator[int]:
        yield 0
        Path(self.mark).write_text(str(time.time()))
        in_c_with_the_lock_for(3600)
        yield 1


class TakesTheSignal(Hold):
    """Puts the handler away by which its stack would be asked for."""

    def on_start(self) -> None:
        signal.signal(signal.SIGUSR1, signal.SIG_DFL)
