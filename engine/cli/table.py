"""The live status table: nodes and wires of a run, drawn on the terminal at most four times a second."""

from __future__ import annotations

import os
import time
from types import TracebackType

from rich.console import Console, ConsoleDimensions, Group, RenderableType
from rich.live import Live
from rich.table import Column, Table
from rich.text import Text

from engine.cli.printable import printable
from engine.cli.streams import Lines, TerminalRelay
from engine.runtime.run import Run
from engine.runtime.states import NodeState, RunState
from engine.runtime.statistics import NodeStatistics, RunStatistics, WireStatistics

DRAW_EVERY_S = 0.25
_FEWEST_ROWS = 3
_ROWS_AROUND = 6  # title, two heads, two lines for what does not fit, one for the shell
_LEFT = ("node", "state", "location", "wire", "bridge", "")
_DIGITS = 8  # a width that lasts, or the columns would dance
_LONGEST_NAME = 48
_STYLES = {
    NodeState.RUNNING: "green",
    NodeState.FAILED: "bold red",
    NodeState.DEAD: "bold red",
    NodeState.ABANDONED: "bold red",
    RunState.RUNNING: "green",
    RunState.FINISHED: "green",
    RunState.FAILED: "bold red",
    RunState.KILLED: "bold red",
    RunState.DRAINING: "yellow",
    RunState.ABORTING: "yellow",
}
_TROUBLED = (NodeState.FAILED, NodeState.DEAD, NodeState.ABANDONED)


class LiveTable:
    """The table, and above it the lines that come: a view as `engine.cli.status.StatusView` wants it."""

    def __init__(self, title: str, limit_s: float | None, lines: Lines) -> None:
        self._title = title
        self._limit_s = limit_s
        self._lines = lines
        self._relay = TerminalRelay(lines)
        self._said: list[str] = []
        self._next_draw = 0.0
        self._picture: RenderableType = Text(printable(title), "bold")

    def __enter__(self) -> LiveTable:
        self._relay.__enter__()
        self._console = Console(file=self._relay.terminal, highlight=False, soft_wrap=False)
        self._live = Live(
            self,
            console=self._console,
            auto_refresh=False,
            redirect_stdout=False,  # the relay has them already
            redirect_stderr=False,
            vertical_overflow="crop",
        )
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._live.stop()
        finally:
            self._relay.__exit__(kind, error, trace)
        for line in self._lines.take():  # what was printed last
            Console(stderr=True).print(Text(printable(line.expandtabs())))

    def show(self, run: Run) -> None:
        """See `StatusView.show`."""
        now = time.monotonic()
        if now < self._next_draw and not run.state.is_over:
            return
        self._next_draw = now + DRAW_EVERY_S
        width, height = os.get_terminal_size(self._relay.terminal.fileno())
        self._console.size = ConsoleDimensions(width or 80, height or 25)
        self._picture = self._draw(run, height or 25)
        told = [*self._said, *self._lines.take()]
        self._said.clear()
        if told:
            self._console.print(Text("\n".join(printable(line.expandtabs()) for line in told)))
        else:
            self._live.refresh()

    def say(self, text: str) -> None:
        """See `StatusView.say`."""
        self._said += [f"tidewire: {line}" for line in text.split("\n")]
        self._next_draw = 0.0

    def __rich__(self) -> RenderableType:
        """What is drawn whenever rich draws: with every line that is printed above it, too."""
        return self._picture

    def _draw(self, run: Run, height: int) -> RenderableType:
        statistics = run.statistics()
        room = height - _ROWS_AROUND
        for_nodes, for_wires = _share(room, len(statistics.nodes), len(statistics.wires))
        parts: list[RenderableType] = [self._heading(run), node_table(statistics, for_nodes)]
        if statistics.wires:
            parts.append(wire_table(statistics, for_wires))
        return Group(*parts)

    def _heading(self, run: Run) -> Text:
        limit = f" (for {self._limit_s:g} s)" if self._limit_s is not None and not run.state.is_over else ""
        return Text.assemble(
            (printable(self._title), "bold"),
            "   ",
            (str(run.state), _STYLES.get(run.state, "")),
            f"   {run.elapsed_s:.1f} s{limit}",
            ("" if run.state.is_over else "   Ctrl+C stops", "dim"),
            no_wrap=True,
            overflow="ellipsis",
        )


def _share(room: int, nodes: int, wires: int) -> tuple[int, int]:
    """How many rows each table may have: all when they fit, else each half of the room and what the other leaves."""
    half = max(_FEWEST_ROWS, room // 2)
    for_nodes = max(half, room - wires)
    return for_nodes, max(_FEWEST_ROWS, room - min(nodes, for_nodes))


def node_table(statistics: RunStatistics, rows: int) -> RenderableType:
    """One row a node; when there are too many, those in trouble come first."""
    table = _table("node", "state", "location", "received", "emitted", "rate", "errors", "")
    table.expand = True
    table.columns[-1].ratio = 1  # what the node says gets the room that the others leave
    entries = list(statistics.nodes.items())
    if len(entries) > rows:
        entries.sort(key=lambda entry: _trouble(entry[1]), reverse=True)
    for id, node in entries[:rows]:
        table.add_row(
            Text(printable(id)),
            Text(
                f"{node.state}{', late' if node.late else ''}", "yellow" if node.late else _STYLES.get(node.state, "")
            ),
            Text(node.location or "main"),
            f"{node.received:,}",
            f"{node.emitted:,}",
            _rate(node.rate_hz),
            Text(f"{node.errors:,}", "bold red" if node.errors else ""),
            Text(printable(node.message), "dim"),
        )
    return _with_rest(table, len(entries) - rows, "nodes")


def wire_table(statistics: RunStatistics, rows: int) -> RenderableType:
    """One row a wire; when there are too many, those that lose or are full come first."""
    table = _table("wire", "bridge", "rate", "queue", "dropped", "lost")
    entries = list(statistics.wires.items())
    if len(entries) > rows:
        entries.sort(key=lambda entry: _strain(entry[1]), reverse=True)
    for key, wire in entries[:rows]:
        table.add_row(
            Text(printable(key)),
            wire.bridge,
            _rate(wire.rate_hz),
            f"{wire.queued:,}/{wire.capacity:,}",
            Text(f"{wire.dropped:,}", "yellow" if wire.dropped else ""),
            Text(f"{wire.lost:,}", "bold red" if wire.lost else ""),
        )
    return _with_rest(table, len(entries) - rows, "wires")


def _table(*names: str) -> Table:
    columns = [
        Column(
            name,
            justify="left" if name in _LEFT else "right",
            min_width=None if name in _LEFT else _DIGITS,
            max_width=_LONGEST_NAME if name in ("node", "wire") else None,
            no_wrap=True,
            overflow="ellipsis",
        )
        for name in names
    ]
    return Table(*columns, box=None, pad_edge=False, header_style="bold dim")


def _with_rest(table: Table, more: int, what: str) -> RenderableType:
    return Group(table, Text(f"… and {more:,} more {what}", "dim")) if more > 0 else table


def _trouble(node: NodeStatistics) -> tuple[bool, bool, int]:
    return (node.state in _TROUBLED, node.late, node.errors)


def _strain(wire: WireStatistics) -> tuple[int, int, float]:
    return (wire.lost, wire.dropped, wire.queued / wire.capacity)


def _rate(rate_hz: float) -> str:
    if rate_hz >= 100:
        return f"{rate_hz:,.0f}/s"
    return f"{rate_hz:.1f}/s"
