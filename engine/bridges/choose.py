"""Which bridge carries a wire: the only place that chooses."""

from __future__ import annotations

from enum import StrEnum


class BridgeKind(StrEnum):
    """LOOP: one event loop. THREAD: two loops in one process. STREAM: two processes on one host."""

    LOOP = "loop"
    THREAD = "thread"
    STREAM = "stream"


def choose_bridge(sender: tuple[str, str, str], receiver: tuple[str, str, str]) -> BridgeKind:
    """The cheapest bridge between two locations, each (host, process, thread)."""
    if sender == receiver:
        return BridgeKind.LOOP
    if sender[:2] == receiver[:2]:
        return BridgeKind.THREAD
    return BridgeKind.STREAM
