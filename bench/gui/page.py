"""The editor's part of `docs/performance.md`: written from one run, never typed by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.gui.report import HEADS, NOTE, number
from bench.performance.page import PAGE, put_into
from bench.performance.results import FOLDER

FILE = FOLDER / "gui.json"
BEGIN = "<!-- from here to the end mark `python -m bench gui --page` writes: do not edit -->"
END = "<!-- end mark of the editor -->"


def write(data: Mapping[str, Any], file: Path = FILE, page: Path = PAGE) -> None:
    """Keep a run and put it into the page; raises `ValueError` when the page has no place for it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    made = put_into(page.read_text(encoding="utf-8"), section(data), BEGIN, END)
    file.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    page.write_text(made, encoding="utf-8")


def section(data: Mapping[str, Any]) -> str:
    """The figures of a run as Markdown."""
    machine, targets = data["machine"], data["targets"]
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    met = sum(target["met"] for target in targets)
    parts = [
        f"`python -m bench gui --page`, a {data['effort']} run on {machine['screen']} with software drawing; load "
        f"average {machine['load']:.1f} before and {machine['load_after']:.1f} after. {packages}.",
        " ".join(NOTE.split()),
        f"### Targets of the editor: {met} of {len(targets)} met",
        _table(
            ["target", "figure", "bound", "measured", "verdict"],
            [
                [f"{one['scenario']}: {one['case']}", HEADS[one["figure"]], one["target"], number(one["value"]),
                 "met" if one["met"] else "not met"]
                for one in targets
            ],
        ),
    ]  # fmt: skip
    for scenario, cases in data["results"].items():
        names = [name for name in HEADS if any(name in figures for figures in cases.values())]
        rows = [
            [case, *(number(figures[name]) if name in figures else "" for name in names)]
            for case, figures in cases.items()
        ]
        parts += [f"### {scenario.capitalize()}", _table([scenario, *(HEADS[name] for name in names)], rows)]
    if data["failed"]:
        parts.append(f"Failed: {', '.join(data['failed'])}.")
    return "\n\n".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    marks = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, marks, *rows))
