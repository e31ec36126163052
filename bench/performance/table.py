"""The figures as tables: rows of text, and their form on a terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.performance.cases import Case, case_name
from bench.performance.summary import Summary
from bench.performance.targets import Verdict

BASE = "ezmsg"  # whom others are compared with


@dataclass(frozen=True)
class Column:
    """One figure of a group: its name in the samples, its heading, and how it is told."""

    figure: str
    heading: str
    digits: int = 3


COLUMNS: dict[str, tuple[Column, ...]] = {
    "limits": (Column("copy_us", "µs a copy"), Column("cpu_us", "µs a message"), Column("gb_per_s", "GB/s"),
               Column("p50_us", "p50 µs"),
               Column("p99_us", "p99 µs")),
    "throughput": (Column("rate", "messages/s"), Column("cpu_us", "CPU µs a message"),
                   Column("first_ms", "first message ms"), Column("memory_mb", "memory MB")),
    "latency": (Column("p50_us", "p50 µs"), Column("p99_us", "p99 µs"), Column("cpu_us", "CPU µs a message")),
    "pause": (Column("pause_ms", "longest ms"), Column("pause_p99_ms", "p99 ms"), Column("pause_p50_ms", "p50 ms")),
    "watched": (Column("tap_cpu", "CPU with a tap ×"), Column("tap_rate", "time with a tap ×"),
                Column("statistics_cpu", "CPU with statistics ×"), Column("statistics_rate", "time with statistics ×")),
    "nodes": (Column("rate", "messages/s"), Column("node_us", "CPU µs a message and node")),
    "start and stop": (Column("start_s", "start s"), Column("stop_s", "stop s")),
    "ready": (Column("ready_ms", "ready ms"),),
}  # fmt: skip
STREAMED = COLUMNS["throughput"]  # of every other group


@dataclass(frozen=True)
class Table:
    """Rows of text under headings."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(cases: Sequence[Case], summary: Summary) -> list[Table]:
    """One table a group: a row a case and peer, its medians, in brackets the ratio to ezmsg."""
    found = []
    for group in dict.fromkeys(case.group for case in cases):
        members = [case for case in cases if case.group == group]
        columns = [
            c
            for c in COLUMNS.get(group, STREAMED)
            if any(summary.median(m.name, c.figure) is not None for m in members)
        ]
        rows = [_row(case, columns, summary) for case in members]
        headings = (group, "", *(column.heading for column in columns), "spread")
        found.append(Table(group, headings, tuple(row for row in rows if row)))
    return found


def _row(case: Case, columns: Sequence[Column], summary: Summary) -> tuple[str, ...]:
    cells = []
    base = case_name(case.group, case.what, BASE)
    for column in columns:
        value = summary.median(case.name, column.figure)
        ratio = summary.ratio(column.figure, case.name, base)
        text = "" if value is None else told(value, column.digits)
        if ratio is not None and case.peer != BASE:
            text += f" ({told(ratio, 2)}×)"
        cells.append(text)
    if not any(cells):
        errors = summary.errors.get(case.name)
        if not errors:
            return ()
        cells[0] = f"failed: {errors[-1]}"
    spread = summary.spread(case.name, columns[0].figure) if columns else None
    return (case.what, case.peer, *cells, "" if spread is None else f"{spread:.2f}")


def target_table(verdicts: Sequence[Verdict], reasons: Mapping[str, str]) -> Table:
    """Every target with its figure, the range over the rounds, and the verdict; why, when it is not met."""
    rows = []
    for verdict in verdicts:
        target = verdict.target
        cells = ("", "")
        if verdict.value is not None:
            cells = (f"{told(verdict.value)} {target.unit}", f"{told(verdict.lowest)} – {told(verdict.highest)}")
        why = reasons.get(target.name, "") if verdict.is_met is False else ""
        rows.append((target.name, verdict.word, target.bound, *cells, why))
    return Table("targets", ("target", "verdict", "bound", "measured", "rounds", "why not"), tuple(rows))


def told(value: float, digits: int = 3) -> str:
    """A number with so many digits that count, and a comma in the thousands."""
    if value == 0:
        return "0"
    if abs(value) >= 10 ** (digits - 1):
        return f"{float(f'{value:.{digits}g}'):,.0f}"
    return f"{value:.{digits}g}"


def as_text(table: Table) -> str:
    """For a terminal."""
    lines = [table.headings, *table.rows]
    widths = [max(len(line[index]) for line in lines) for index in range(len(table.headings))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if index < 2 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def as_markdown(table: Table) -> str:
    """For a page."""
    lines = [f"| {' | '.join(row)} |" for row in (table.headings, *table.rows)]
    lines.insert(1, "|" + "|".join("---" if index < 2 else "---:" for index in range(len(table.headings))) + "|")
    return "\n".join(lines)
