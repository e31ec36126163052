"""Noticing that a loop is held: seen from another thread, named with its node and stack."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Iterable
from types import FrameType

from engine.node.node import Node
from engine.runtime.control import NodeLate
from engine.runtime.worker import Worker

LATE_AFTER_NS = 500_000_000
LOOK_EVERY_S = 0.2


class Watchdog:
    """Looks at workers of this process; says once that a node is late, and once that it is no longer."""

    def __init__(self) -> None:
        self._late: dict[str, str] = {}  # by location: the node that was reported

    def look(self, workers: Iterable[Worker]) -> list[NodeLate]:
        """What has changed since the last look."""
        news = []
        now = time.monotonic_ns()
        for worker in workers:
            is_late = not worker.is_done and worker.beat_ns and now - worker.beat_ns > LATE_AFTER_NS
            reported = self._late.get(worker.location)
            if is_late and reported is None:
                frame = sys._current_frames().get(worker.thread_id)
                current = worker.current
                node = _node_in(frame) or (current.id if current is not None else "")
                self._late[worker.location] = node
                news.append(NodeLate(worker.location, node, "".join(traceback.format_stack(frame)) or "(no stack)"))
            elif not is_late and reported is not None:
                del self._late[worker.location]
                news.append(NodeLate(worker.location, reported, ""))
        return news


def _node_in(frame: FrameType | None) -> str:
    """The id of the node whose method is on this stack, innermost first."""
    while frame is not None:
        owner = frame.f_locals.get("self")
        if isinstance(owner, Node) and owner.id:
            return owner.id
        frame = frame.f_back
    return ""
