"""`tidewire diff`: what differs between two graph files, a line each. Made to be called by git difftool, too."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from engine.cli.exit_codes import ExitCode
from engine.cli.graph_file import read_graph
from engine.cli.printable import printable
from engine.graph.compare import ABSENT, Change, Kind, compare, without_moves
from engine.runtime.graph import Graph

_COLORS = {Kind.ADDED: "32", Kind.REMOVED: "31", Kind.CHANGED: "33", Kind.MOVED: "36"}


def diff(before: Path, after: Path, *, ignores_positions: bool, as_json: bool) -> int:
    """Print what leads from one file to another; raises `WrongUse` when one cannot be read.

    Returns:
        `DONE` when nothing differs, `FAILED` (1) when something does, as `diff` has it.
    """
    changes = compare(_read(before), _read(after))
    if ignores_positions:
        changes = without_moves(changes)
    if as_json:
        print(json.dumps([_data(change) for change in changes], indent=1))
    else:
        is_colored = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        for change in changes:
            line = printable(str(change))
            print(f"\x1b[{_COLORS[change.kind]}m{line}\x1b[0m" if is_colored else line)
    return ExitCode.FAILED if changes else ExitCode.DONE


def _read(path: Path) -> Graph:
    """A graph file; nothing at all for what git gives where a file came or went."""
    return Graph() if str(path) == os.devnull else read_graph(path)


def _data(change: Change) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": change.kind, "subject": change.subject, "key": change.key}
    if change.about:
        found["about"] = change.about
    for field in change.fields:
        sides = {"before": field.before, "after": field.after}
        entry = {side: value for side, value in sides.items() if value is not ABSENT}
        found.setdefault("fields", {})[field.name] = entry
    return found
