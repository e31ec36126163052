"""What is worth a line while a graph runs: from the events of the run to lines for people."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from engine.cli.streams import Lines
from engine.runtime.events import Event, Failure
from engine.runtime.states import NodeState, RunState

_REPEAT_AFTER_S = 5.0  # an error that comes with every message is told so often, with how many there were
_MOST_FAILURES = 10


class Narrator:
    """Turns events into lines. Called on the thread of the run, so it only writes down."""

    def __init__(self, lines: Lines, clock: Callable[[], float] = time.monotonic) -> None:
        self._lines = lines
        self._clock = clock
        self._told_at: dict[str, float] = {}
        self._untold: dict[str, int] = {}

    def hear(self, event: Event) -> None:
        """Write down what an event means, if it means something to people."""
        kind, _, name = event.entity.partition(":")
        line = ""
        match kind, event.new:
            case "run", RunState.DRAINING | RunState.ABORTING:
                line = f"{event.new}: {event.reason}"
            case "node", "failure":
                line = self._failure(name, event.reason)
            case "node", "note":
                line = f"{name}: {event.reason}"
            case "run", "deadlock":
                line = event.reason
            case "wire", "grown":
                line = event.reason
            case "node" | "computer", "late":
                line = f"{kind} {name} is late: nothing else can run there meanwhile"
            case "node" | "computer", "stuck":
                line = f"{kind} {name} is stuck{_innermost(event.reason)}"
            case "process", "suspended":
                line = event.reason
            case "process", "in time":
                line = f"process {name} goes on"
            case "computer" | "run", "note":
                line = event.reason
            case "node" | "computer", "in time":
                line = f"{kind} {name} is in time again"
            case "node", NodeState.FAILED:
                line = f"node {name} has failed and does not go on"
            case "node", NodeState.ABANDONED:
                line = f"node {name}: {event.reason}"
            case "computer", "dead":
                line = event.reason
            case _:
                pass
        if line:
            self._lines.add(line)

    def _failure(self, node: str, reason: str) -> str:
        now = self._clock()
        if node in self._told_at and now - self._told_at[node] < _REPEAT_AFTER_S:
            self._untold[node] = self._untold.get(node, 0) + 1
            return ""
        self._told_at[node] = now
        untold = self._untold.pop(node, 0)
        more = f" (and {untold:,} errors of this node before it)" if untold else ""
        return f"node {node}: error in {reason}{more}"


def _innermost(stack: str) -> str:
    """Where a stack ends, as the end of a sentence."""
    frames = [line.strip() for line in stack.splitlines() if line.startswith("  File ")]
    return f": {frames[-1]}" if frames else ""


def failure_blocks(failures: Sequence[Failure]) -> list[str]:
    """What went wrong, each thing once with how often, and its traceback."""
    counts: dict[tuple[str, str, str], int] = {}
    tracebacks: dict[tuple[str, str, str], str] = {}
    for failure in failures:
        key = (failure.node, failure.location, failure.error)
        counts[key] = counts.get(key, 0) + 1
        tracebacks.setdefault(key, failure.traceback)
    blocks = []
    for (node, location, error), count in list(counts.items())[:_MOST_FAILURES]:
        what = f"node {node} ({location or 'main'}): " if node else ""
        often = f" ({count:,} times or more)" if count > 1 else ""
        trace = tracebacks[node, location, error]
        blocks.append(f"{what}{error}{often}" + (f"\n{trace}" if trace else ""))
    if len(counts) > _MOST_FAILURES:
        blocks.append(f"… and {len(counts) - _MOST_FAILURES} other failures")
    return blocks
