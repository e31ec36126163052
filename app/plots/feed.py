"""`Feed`: the tap of one plot, and what it has counted."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any

from app.plots.kinds import TapPolicy

if TYPE_CHECKING:
    from engine import Run

_RATE_OVER_S = 2.0
_HEAR_WHY_S = 2.0  # a death is told within a second


class Feed:
    """Holds at most one tap. `take` never waits; everything here is called from Qt's thread.

    Attributes:
        skipped: messages of this run that the tap dropped or the plot passed over.
        ended: the port has given its last message.
    """

    def __init__(self, port: str) -> None:
        self.port = port
        self.skipped = 0
        self.ended = False
        self._ended_s = 0.0
        self._run: Run | None = None
        self._tap: Any = None
        self._dropped_before = 0
        self._taken: deque[tuple[float, int]] = deque()

    @property
    def is_attached(self) -> bool:
        """Is there an open tap?"""
        return self._tap is not None

    def begin_run(self, run: Run | None) -> None:
        """Take from another run from now on, counting from zero."""
        self.detach()
        self._run = run
        self._taken.clear()
        self.skipped = 0
        self.ended = False
        self._ended_s = 0.0

    def attach(self, policy: TapPolicy) -> None:
        """Open the tap, unless it is open, the stream has ended, or there is no run.

        Raises:
            TidewireError: the run has no such port.
        """
        if self._tap is None and self._run is not None and not self.ended:
            self._tap = self._run.tap(self.port, policy=policy.policy, capacity=policy.capacity)
            self._dropped_before = 0

    def detach(self) -> None:
        """Close the tap."""
        tap, self._tap = self._tap, None
        if tap is not None:
            tap.close()

    def take(self) -> list[Any]:
        """The messages that have come since the last time; at the end of the stream the tap is closed."""
        tap = self._tap
        if tap is None:
            return []
        ended = tap.ended
        messages: list[Any] = tap.take_all()
        dropped = tap.dropped
        self.skipped += dropped - self._dropped_before
        self._taken.append((time.monotonic(), len(messages) + dropped - self._dropped_before))
        self._dropped_before = dropped
        if ended:
            self.ended, self._ended_s = True, time.monotonic()
            self.detach()
        return messages

    @property
    def end_word(self) -> str:
        """How the port came to its end: "ended", or the state of its node where that went wrong."""
        figures = self._run.statistics().nodes.get(self.port.partition(".")[0]) if self._run is not None else None
        state = str(figures.state) if figures is not None else ""
        return state if state in ("failed", "dead", "abandoned") else "ended"

    @property
    def has_just_ended(self) -> bool:
        """Has the port ended a moment ago? Its end is heard before what became of its node: `end_word` may change."""
        return self.ended and time.monotonic() - self._ended_s < _HEAR_WHY_S

    @property
    def rate_hz(self) -> float:
        """Messages a second of late, dropped ones included."""
        now = time.monotonic()
        while self._taken and now - self._taken[0][0] > _RATE_OVER_S:
            self._taken.popleft()
        if len(self._taken) < 2:
            return 0.0
        span_s = max(now - self._taken[0][0], 0.25)
        return sum(count for _, count in self._taken) / span_s
