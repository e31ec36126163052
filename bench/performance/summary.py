"""What the samples of all rounds say together: medians, spreads, ratios between peers."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field

from bench.performance.measure import Sample


@dataclass
class Summary:
    """All samples of a run, by case.

    Attributes:
        values: case name -> figure -> one value a round.
        errors: case name -> what went wrong, one entry a failed round.
    """

    values: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)

    def add(self, sample: Sample) -> None:
        """Add what one measurement gave."""
        for name, value in sample.figures.items():
            self.values.setdefault(sample.case, {}).setdefault(name, []).append(float(value))
        if sample.error:
            self.errors.setdefault(sample.case, []).append(sample.error)

    def median(self, case: str, figure: str) -> float | None:
        """The middle value over the rounds; None when there is none."""
        values = self.values.get(case, {}).get(figure)
        return statistics.median(values) if values else None

    def spread(self, case: str, figure: str) -> float | None:
        """How far the rounds lie apart: the largest over the smallest; None when there is none."""
        values = self.values.get(case, {}).get(figure)
        return max(values) / min(values) if values and min(values) > 0 else None

    def ratio(self, figure: str, case: str, other: str) -> float | None:
        """The median of one case over that of another; None when either is missing."""
        mine, theirs = self.median(case, figure), self.median(other, figure)
        return mine / theirs if mine is not None and theirs else None


def summed_up(samples: Iterable[Sample]) -> Summary:
    """The summary of some samples."""
    summary = Summary()
    for sample in samples:
        summary.add(sample)
    return summary
