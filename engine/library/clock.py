"""The clock of a source: when a sample was taken, and when a block is due so that playing never drifts."""

from __future__ import annotations

import time

from engine.node.node import Source


def sample_time_ns(index: int, rate_hz: float) -> int:
    """Time of a sample in nanoseconds after the first one; the same however the stream is cut into blocks."""
    return round(index * 1e9 / rate_hz)


class Pace:
    """An absolute schedule for a stream: lateness of one block does not delay the next.

    Invariant: a moment `s` of the stream is due at `anchor_wall + (s - anchor_stream) / speed`.
    """

    def __init__(self) -> None:
        self._anchor_stream_s = self._anchor_wall_s = self._last_s = 0.0
        self._speed: float | None = None

    def delay_s(self, stream_s: float, speed: float = 1.0, *, length_s: float = 0.0) -> float:
        """How long to wait for a moment of the stream, in seconds; 0 when it is due or overdue.

        Args:
            stream_s: the moment, seconds since the begin of the stream; never less than before.
            speed: seconds of stream a second; a change counts from the last moment asked for.
            length_s: on the first call, how much of the stream lies before the moment and is still to be played.
        """
        if self._speed is None:
            self._anchor_stream_s = stream_s - length_s
            self._anchor_wall_s = time.monotonic()
        elif speed != self._speed:
            self._anchor_wall_s = self._due_s(self._last_s)
            self._anchor_stream_s = self._last_s
        self._speed = speed
        self._last_s = stream_s
        return max(0.0, self._due_s(stream_s) - time.monotonic())

    async def wait(self, source: Source, stream_s: float, speed: float = 1.0, *, length_s: float = 0.0) -> bool:
        """Wait for a moment of the stream; False when the source was asked to stop."""
        delay_s = self.delay_s(stream_s, speed, length_s=length_s)
        if delay_s > 0:
            await source.sleep(delay_s)
        return not source.stopping

    def forget(self) -> None:
        """Begin a new schedule with the next moment asked for."""
        self._speed = None

    def _due_s(self, stream_s: float) -> float:
        return self._anchor_wall_s + (stream_s - self._anchor_stream_s) / (self._speed or 1.0)
