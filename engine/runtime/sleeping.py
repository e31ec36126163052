"""`Sleeps`: the pauses of one node, which end early when the run stops."""

from __future__ import annotations

import asyncio

STOPPING_PAUSE_S = 0.01  # what is left of a sleep once the run stops


class Sleeps:
    """Lets a node wait on its loop.

    Attributes:
        was_cut_short: has a sleep ended before its time?
    """

    def __init__(self) -> None:
        self.was_cut_short = False
        self._has_ended = False
        self._sleepers: set[asyncio.Future[bool]] = set()

    async def sleep(self, seconds: float) -> None:
        """Wait; ends early when `end` was called, or will be."""
        if seconds <= 0 or self._has_ended:
            await asyncio.sleep(min(max(seconds, 0.0), STOPPING_PAUSE_S))  # not at once: others must have their turn
            self.was_cut_short |= seconds > 0
            return
        loop = asyncio.get_running_loop()
        sleeper: asyncio.Future[bool] = loop.create_future()
        timer = loop.call_later(seconds, _wake, sleeper, False)
        self._sleepers.add(sleeper)
        try:
            is_cut_short = await sleeper
            self.was_cut_short |= is_cut_short
        finally:
            self._sleepers.discard(sleeper)
            timer.cancel()

    def end(self) -> None:
        """Wake whoever sleeps; from now on sleeps are short."""
        self._has_ended = True
        for sleeper in self._sleepers:
            _wake(sleeper, True)


def _wake(sleeper: asyncio.Future[bool], is_cut_short: bool) -> None:
    if not sleeper.done():
        sleeper.set_result(is_cut_short)
