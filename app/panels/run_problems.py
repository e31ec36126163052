"""What went wrong in a run, as rows: one a distinct problem, however often it came."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine import Graph

_NUMBER = re.compile(r"(?<![\w.])(0x[0-9a-f]+|[-+]?\d[\d.]*(e[-+]?\d+)?)(?![\w])", re.IGNORECASE)
_PYTHON = re.compile(r"<frozen|[/\\]lib[/\\]python3|[/\\]Lib[/\\]")
_SEPARATOR = re.compile(r"[/\\]")
_LATE = "late"
_HELD = {"late": "holds its loop", "stuck": "stuck", "suspended": "suspended"}
_OVER = " (over)"


@dataclass
class Row:
    """One distinct problem.

    Attributes:
        severity: "error" or "warning".
        what: what it is, in a line.
        node: the id of the node it is of; empty when it is of none.
        place: where it is, for people.
        details: all that is known of the last time it came.
        count: how often it came; at least so often when not `is_exact`.
        ids: the nodes to select for it.
        kind: what rows of one problem have in common, where `what` varies; else empty.
    """

    severity: str
    what: str
    node: str
    place: str
    details: str
    count: int = 1
    ids: tuple[str, ...] = field(default_factory=tuple)
    is_exact: bool = True
    kind: str = ""

    @property
    def identity(self) -> tuple[str, str]:
        """What stays the same while the problem does."""
        return self.place, self.kind or self.what

    @property
    def count_text(self) -> str:
        """How often it came, as it is written."""
        return str(self.count) if self.is_exact else f"≥ {self.count}"


class RunProblems:
    """Collects the problems of a run.

    A node tells no more than a few failures a second in full, and counts all. So a problem that is its node's only
    one has the node's count, and of several each has at least the count of what was told.
    """

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Row] = {}
        self._of_node: dict[str, list[Row]] = {}  # failures
        self._told = 0

    @property
    def rows(self) -> list[Row]:
        """The problems, in the order in which they came first."""
        return list(self._rows.values())

    def forget(self, told: int = 0) -> None:
        """Begin anew; so many failures of the run are not to be looked at."""
        self._rows.clear()
        self._of_node.clear()
        self._told = told

    def look_from(self, told: int) -> None:
        """Another list of failures is looked at, from this one on."""
        self._told = told

    def take_failures(self, failures: Sequence[Any], graph: Graph) -> bool:
        """Take what is new in the list of a run's failures; was there anything?"""
        fresh = failures[self._told :]
        self._told = len(failures)
        for failure in fresh:
            self._take(failure, graph)
        return bool(fresh)

    def _take(self, failure: Any, graph: Graph) -> None:
        first = (str(failure.error).splitlines() or ["failed"])[0]
        place = failure.node or _place(failure, first)
        key = (place, likeness(first))
        details = failure.traceback or failure.error
        row = self._rows.get(key)
        if row is not None:
            row.count += 1
            row.what, row.details = first, details
            return
        ids = (failure.node,) if failure.node else _nodes_at(graph, "computer", failure.location or "main")
        row = self._rows[key] = Row("error", first, failure.node, place, details, 1, ids, kind=key[1])
        if failure.node:
            self._of_node.setdefault(failure.node, []).append(row)

    def take_counts(self, nodes: Any) -> bool:
        """Take the error counts of all nodes (id -> `NodeStatistics`); did that change a row?"""
        changed = False
        for id, rows in self._of_node.items():
            errors = nodes[id].errors if id in nodes else 0
            told = sum(row.count for row in rows)
            if errors <= told:
                continue
            if len(rows) == 1:
                rows[0].count = errors
                changed = True
            else:
                changed |= any(row.is_exact for row in rows)
                for row in rows:
                    row.is_exact = False
        return changed

    def end(self) -> bool:
        """The run is over: nothing is held up any more. Did that change a row?"""
        held = [row for (_, kind), row in self._rows.items() if kind == _LATE and not row.what.endswith(_OVER)]
        for row in held:
            row.what += _OVER
        return bool(held)

    def take_event(self, event: Any, graph: Graph) -> bool:
        """Take an event of the run: a loop that is held is a problem, and stays one that there was."""
        kind, _, name = event.entity.partition(":")
        if kind not in ("node", "computer", "process") or event.new not in (*_HELD, "in time"):
            return False
        place = name if kind == "node" else f"{kind} {name}"
        row = self._rows.get((place, _LATE))
        if event.new == "in time":
            if row is None or row.what.endswith(_OVER):
                return False
            row.what += _OVER
            return True
        what = event.reason if event.new == "suspended" else f"{_HELD[event.new]}: {late_text(event.reason)}"
        if row is None:
            node = name if kind == "node" else ""
            ids = (name,) if kind == "node" else _nodes_at(graph, kind, name)
            self._rows[place, _LATE] = Row("warning", what, node, place, event.reason, 1, ids, kind=_LATE)
        else:
            row.what, row.details = what, event.reason
            row.count += event.new != "stuck"  # that is the same hold, still
        return True


def likeness(text: str) -> str:
    """What texts have in common that differ in numbers alone."""
    return _NUMBER.sub("#", text)


def late_text(reason: str) -> str:
    """Why a node is late, in a line: of a stack the place where it stands, best in code that is not Python's own."""
    places = re.findall(r'^\s*File "(.+?)", line (\d+), in (.+)$', reason, re.MULTILINE)
    if places:
        own = [place for place in places if not _PYTHON.search(place[0])]
        file, line, function = (own or places)[-1]
        return f"it stands in {function}, {re.split(_SEPARATOR, file)[-1]}:{line}"
    return (reason.strip().splitlines() or ["it does not say where"])[0]


def _place(failure: Any, first: str) -> str:
    """Where something went wrong that is of no node: at a computer, or in the run as a whole."""
    if first.startswith("deadlock"):
        return "run"
    return f"computer {failure.location or 'main'}"


def _nodes_at(graph: Graph, kind: str, name: str) -> tuple[str, ...]:
    """The nodes at a computer, which is a location, or in a whole process."""
    places = ((spec.id, spec.location) for spec in graph.nodes.values())
    if kind == "process":
        return tuple(id for id, place in places if place.process == name)
    return tuple(id for id, place in places if place.label == name)
