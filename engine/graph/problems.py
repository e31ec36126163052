"""What can be wrong with a graph, as data: a severity, a place, a message and a remedy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a problem is: an `ERROR` keeps the graph from starting, a `WARNING` does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        severity: does it keep the graph from starting?
        where: the place: a node id, `node.port`, `node.parameter` or a wire (`a.x -> b.y`).
        message: what is wrong.
        remedy: what to do about it.
    """

    severity: Severity
    where: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f" ({self.remedy})" if self.remedy else ""
        return f"{self.severity}: {self.where}: {self.message}{remedy}"
