"""How long something took, and how much of that the machine did not give: threads that waited for a processor."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path

from engine.runtime.coordinator import THREAD_NAME


class Stretch:
    """A stretch of time that begins now, as the coordinator of runs lives through it.

    Args:
        with_caller: and the calling thread, which waits for the coordinator.
    """

    def __init__(self, *, with_caller: bool = False) -> None:
        threads = {thread.native_id for thread in threading.enumerate() if thread.name == THREAD_NAME}
        threads |= {threading.get_native_id()} if with_caller else set()
        self._waits_at_first = {id: _waited_s(id) for id in threads if id is not None}
        self._began = time.monotonic()

    def end(self) -> tuple[float, float]:
        """Seconds since it began, and how many of them one of the threads waited for a processor. Any thread."""
        seconds = time.monotonic() - self._began
        waited = sum(_waited_s(id) - before for id, before in self._waits_at_first.items())
        return seconds, min(max(0.0, waited), seconds)


def _waited_s(thread: int) -> float:
    """How long a thread of this process has waited in the run queue so far; 0 where the system does not tell."""
    with suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/self/task/{thread}/schedstat").read_text().split()[1]) / 1e9
    return 0.0
