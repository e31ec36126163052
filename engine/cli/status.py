"""How a run is shown while it goes on: the contract of the two views, and the plain one for logs and pipes."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from types import TracebackType
from typing import Protocol

from engine.cli.printable import printable, printable_block
from engine.cli.streams import Lines
from engine.runtime.run import Run
from engine.runtime.states import RunState
from engine.runtime.statistics import RunStatistics

_STATUS_EVERY_S = 5.0


class StatusView(Protocol):
    """Shows a run inside its `with` block."""

    def __enter__(self) -> StatusView: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, run: Run) -> None:
        """Show how it goes, and the lines that have come. May be called often; draws as often as is good."""
        ...

    def say(self, text: str) -> None:
        """Tell something, now."""
        ...


def status_view(title: str, limit_s: float | None, lines: Lines) -> StatusView:
    """The live table where stderr is a terminal that can show it, else plain lines."""
    if os.isatty(2) and _is_own_stderr() and os.environ.get("TERM", "") not in ("", "dumb") and hasattr(os, "openpty"):
        from engine.cli.table import LiveTable

        return LiveTable(title, limit_s, lines)
    return PlainStatus(lines)


def _is_own_stderr() -> bool:
    try:
        return sys.stderr.fileno() == 2
    except (OSError, ValueError, AttributeError):
        return False


class PlainStatus:
    """Lines on stderr: what happens when it happens, and every few seconds how it goes."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._has_said_running = False
        self._next_status = time.monotonic() + _STATUS_EVERY_S

    def __enter__(self) -> PlainStatus:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._print_lines()

    def show(self, run: Run) -> None:
        """See `StatusView.show`."""
        if not self._has_said_running and run.state is RunState.RUNNING:
            self._has_said_running = True
            nodes = run.statistics().nodes.values()
            places = sorted({node.location or "main" for node in nodes})
            self.say(f"running: {len(nodes)} nodes at {', '.join(places)}")
        self._print_lines()
        if time.monotonic() >= self._next_status:
            self._next_status = time.monotonic() + _STATUS_EVERY_S
            self.say(f"{run.elapsed_s:.0f} s {run.state}: {summary(run.statistics(), with_rate=True)}")

    def say(self, text: str) -> None:
        """See `StatusView.say`."""
        tell(text)

    def _print_lines(self) -> None:
        for line in self._lines.take():
            tell(printable(line))


def tell(text: str) -> None:
    """Print a message on stderr. Where nobody can read it any more, or its disk is full, the run goes on without."""
    with contextlib.suppress(OSError):
        print(f"tidewire: {printable_block(text)}", file=sys.stderr, flush=True)


def summary(statistics: RunStatistics, *, with_rate: bool = False) -> str:
    """The run in one line: messages, what was dropped or lost, errors."""
    wires = statistics.wires.values()
    rate = f" ({sum(wire.rate_hz for wire in wires):,.0f}/s)" if with_rate else ""
    return (
        f"{len(statistics.nodes)} nodes, {sum(wire.delivered for wire in wires):,} messages delivered{rate}, "
        f"{sum(wire.dropped for wire in wires):,} dropped, {sum(wire.lost for wire in wires):,} lost, "
        f"{sum(node.errors for node in statistics.nodes.values()):,} errors"
    )
