"""Which failures of a node are told: enough to understand them, not so many that telling them does harm."""

from __future__ import annotations

import time

from engine.errors import NodeError

REPORTS_PER_S = 10


class FailureFilter:
    """Lets a broken rule through once, and other exceptions `REPORTS_PER_S` times a second."""

    def __init__(self) -> None:
        self._rules: set[str] = set()
        self._since = 0.0
        self._reports = 0

    def lets_through(self, error: BaseException) -> bool:
        """Is this failure to be told in full?"""
        if isinstance(error, NodeError):
            if error.rule in self._rules:
                return False
            self._rules.add(error.rule)
        now = time.monotonic()
        if now - self._since > 1.0:
            self._since, self._reports = now, 0
        self._reports += 1
        return self._reports <= REPORTS_PER_S
