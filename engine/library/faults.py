"""Nodes that go wrong on purpose, to see what the rest does: one raises, one hangs, one takes its process with it."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

from engine.errors import NodeError
from engine.node.node import Node
from engine.node.parameter import param
from engine.node.port import In, Out

MAIN_PID = "TIDEWIRE_MAIN_PID"
"""Environment variable by which a worker process knows the process that owns the run."""


class _Fault(Node):
    """A node that passes messages on until it goes wrong."""

    category = "Faults"
    icon = "fault"

    value = In()
    passed = Out()
    after = param(100, minimum=0, maximum=10**9, doc="How many messages pass before it goes wrong.")

    _count = 0

    def process(self, value: Any) -> Any:
        """Pass a message on, or go wrong."""
        if self._count >= self.after:
            self._go_wrong()
        self._count += 1
        return value

    def _go_wrong(self) -> None:
        raise NotImplementedError


class Raise(_Fault):
    """Pass messages on, then raise an error for each."""

    message = param("this node was asked to fail", doc="Text of the error.")

    def _go_wrong(self) -> None:
        raise RuntimeError(self.message)


class Hang(_Fault):
    """Pass messages on, then never return."""

    mode = param("loop", choices=("loop", "sleep"), doc="loop: uses a whole processor core; sleep: waits for ever.")
    default_location = "hang:"

    def _go_wrong(self) -> None:
        while self.mode == "loop":
            pass
        threading.Event().wait()


class KillProcess(_Fault):
    """Pass messages on, then kill the process it runs in, as the system does when memory runs out."""

    default_location = "killed:"

    def _go_wrong(self) -> None:
        main = os.environ.get(MAIN_PID, "")
        if not main.isdigit() or int(main) == os.getpid():
            raise NodeError("this is the main process, which is not killed: give this node a process location")
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
