"""The results as text."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from bench.gui.targets import Cases, Verdict

_PACKAGES = ("PySide6-Essentials", "pyqtgraph", "qasync", "NodeGraphQt", "numpy")
HEADS = {
    "shell_s": "shell s",
    "shell_waited_s": "(waited)",
    "canvas_s": "canvas s",
    "canvas_waited_s": "(waited)",
    "trace_s": "trace s",
    "trace_waited_s": "(waited)",
    "import_s": "import s",
    "open_s": "open s",
    "channels": "channels shown",
    "fps": "frames/s",
    "gap_ms": "gap ms",
    "wall_gap_ms": "gap by the clock ms",
    "cpu_percent": "CPU %",
    "cpu_ms_per_frame": "CPU ms/frame",
    "waited_percent": "waited %",
    "messages_per_s": "messages/s",
}
NOTE = (
    "gap: the longest time between two turns of the window's loop, without what it waited for a processor that other\n"
    "programs had; by the clock with it; waited: how much of the time that was. CPU is of the window's process alone.\n"
    "Times of opening are by the clock from the start of the process; in brackets what its thread waited of that."
)


def machine(screens: str) -> dict[str, Any]:
    """What it runs on, and how busy that is."""
    return {
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": sys.version.split()[0],
        "system": platform.platform(),
        "screen": screens,
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def heading(machine: Mapping[str, Any]) -> str:
    """One paragraph about the machine."""
    packages = ", ".join(f"{name} {number}" for name, number in machine["packages"].items())
    return (
        f"{machine['processors']} processors, load {machine['load']:.1f}, Python {machine['python']}, "
        f"{machine['screen']}, software drawing\n{packages}\n{NOTE}"
    )


def table(scenario: str, cases: Cases) -> str:
    """The figures of a scenario, a line a case."""
    names = [name for name in HEADS if any(name in figures for figures in cases.values())]
    rows = [
        [case, *(number(figures[name]) if name in figures else "" for name in names)] for case, figures in cases.items()
    ]
    return "\n" + _columns([[scenario, *(HEADS[name] for name in names)], *rows])


def targets(found: Sequence[Verdict]) -> str:
    """What became of each target."""
    rows = [
        [
            f"{verdict.target.scenario}: {verdict.target.case}",
            HEADS[verdict.target.figure],
            verdict.target.text,
            number(verdict.value),
            "met" if verdict.is_met else "not met",
        ]
        for verdict in found
    ]
    return "\n" + _columns([["target", "figure", "asked", "measured", ""], *rows])


def number(value: float) -> str:
    """A figure with about three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = []
    for first, *others in rows:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells]))
    return "\n".join(lines)
