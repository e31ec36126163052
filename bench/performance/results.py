"""One run as a file: what was measured, on which machine, by which command; and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.performance.cases import Case, all_cases
from bench.performance.summary import Summary
from bench.performance.targets import TARGETS, Verdict, judge, reasons

FOLDER = Path(__file__).resolve().parents[1] / "results"
NAME = "performance"


@dataclass(frozen=True)
class Results:
    """A run.

    Attributes:
        command: what made it.
        date: when, in UTC.
        quick: was it a quick one.
        rounds: how many were whole.
        machine: see `Machine`.
        summary: all figures.
    """

    command: str
    date: str
    quick: bool
    rounds: int
    machine: dict[str, Any]
    summary: Summary

    @property
    def cases(self) -> list[Case]:
        """The cases that were measured, or tried, in their order."""
        known = self.summary.values.keys() | self.summary.errors.keys()
        return [case for case in all_cases(quick=self.quick) if case.name in known]

    @property
    def verdicts(self) -> list[Verdict]:
        """How the targets stand, those of which nothing was measured left out."""
        return [verdict for verdict in (judge(target, self.summary) for target in TARGETS) if verdict.value is not None]

    def as_data(self) -> dict[str, Any]:
        """As plain data, the verdicts with it for readers that know no targets."""
        why = reasons()
        return {
            "command": self.command,
            "date": self.date,
            "quick": self.quick,
            "rounds": self.rounds,
            "machine": self.machine,
            "targets": [
                {
                    "name": v.target.name,
                    "bound": v.target.bound,
                    "measured": None if v.value is None else float(f"{v.value:.4g}"),
                    "verdict": v.word,
                    "why": why.get(v.target.name, "") if v.is_met is False else "",
                }
                for v in self.verdicts
            ],
            **self.summary.as_data(),
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Results:
        """What `as_data` gave."""
        fields = {name: data[name] for name in ("command", "date", "quick", "rounds", "machine")}
        return cls(**fields, summary=Summary.from_data(data))

    def write(self, folder: Path) -> Path:
        """Write it into a folder; returns the file."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{NAME}.json"
        file.write_text(json.dumps(self.as_data(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return file

    @classmethod
    def read(cls, file: Path) -> Results:
        """Read what `write` wrote."""
        return cls.from_data(json.loads(file.read_text(encoding="utf-8")))


def now() -> str:
    """The date and time, for `Results.date`."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
