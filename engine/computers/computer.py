"""The contract of a computer: it runs the work of one or several locations and can be made to end.

A computer knows nothing of nodes: its work is something that runs on a loop and takes commands.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Protocol


class Work(Protocol):
    """What a computer in this process runs: a worker."""

    def run(self) -> Coroutine[Any, Any, None]:
        """Everything, to the end. Never raises."""
        ...


class LocalComputer(Protocol):
    """A computer in this process: an event loop, with or without a thread of its own."""

    kind: str

    def start(self, work: Work) -> None:
        """Begin the work on the loop. Raises `OSError` when the system gives no thread for it."""
        ...

    def interrupt(self) -> None:
        """Ask the thread to come back from whatever it does, by an asynchronous exception (where that is possible)."""
        ...

    def stack(self) -> str:
        """Where its thread is just now."""
        ...
