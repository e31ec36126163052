"""What the samples of all rounds say together: medians, spreads, ratios between peers."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bench.performance.measure import Sample


@dataclass
class Summary:
    """All samples of a run, by case.

    Attributes:
        values: case name -> figure -> round -> value.
        errors: case name -> what went wrong, one entry for each round in which it did.
    """

    values: dict[str, dict[str, dict[int, float]]] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)

    def add(self, round: int, sample: Sample) -> None:
        """Add what one measurement gave."""
        for name, value in sample.figures.items():
            self.values.setdefault(sample.case, {}).setdefault(name, {})[round] = float(value)
        if sample.error:
            self.errors.setdefault(sample.case, []).append(sample.error)

    def of(self, case: str, figure: str) -> list[float]:
        """The value of each round that has one."""
        return list(self.values.get(case, {}).get(figure, {}).values())

    def median(self, case: str, figure: str) -> float | None:
        """The middle value over the rounds; None when there is none."""
        values = self.of(case, figure)
        return statistics.median(values) if values else None

    def spread(self, case: str, figure: str) -> float | None:
        """How far the rounds lie apart: the largest over the smallest; None when there is none."""
        values = self.of(case, figure)
        return max(values) / min(values) if values and min(values) > 0 else None

    def ratios(self, figure: str, case: str, other: str, other_figure: str = "") -> list[float]:
        """One case over another in each round that has both, so that what befell a round befell both."""
        mine = self.values.get(case, {}).get(figure, {})
        theirs = self.values.get(other, {}).get(other_figure or figure, {})
        return [mine[round] / theirs[round] for round in mine if theirs.get(round)]

    def ratio(self, figure: str, case: str, other: str) -> float | None:
        """The middle of `ratios`; None when there is none."""
        values = self.ratios(figure, case, other)
        return statistics.median(values) if values else None

    def as_data(self) -> dict[str, Any]:
        """As plain data that `from_data` reads: every value of every round, with four digits that count."""
        rounded = {
            case: {name: {str(round): float(f"{value:.4g}") for round, value in by_round.items()}
                   for name, by_round in figures.items()}
            for case, figures in self.values.items()
        }  # fmt: skip
        return {"values": rounded, "errors": self.errors}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Summary:
        """What `as_data` gave."""
        values = {
            case: {name: {int(round): value for round, value in by_round.items()} for name, by_round in figures.items()}
            for case, figures in data["values"].items()
        }
        return cls(values, dict(data["errors"]))


def summed_up(samples: Iterable[tuple[int, Sample]]) -> Summary:
    """The summary of samples, each with its round."""
    summary = Summary()
    for round, sample in samples:
        summary.add(round, sample)
    return summary
