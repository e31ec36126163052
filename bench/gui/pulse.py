"""`Pulse`: how long the turns of Qt's loop take, and what the process uses of a processor meanwhile."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer

from bench.processor import waited_for_processor

_BEAT_MS = 1


@dataclass(frozen=True, slots=True)
class Pace:
    """What was measured of a stretch of time.

    Attributes:
        seconds: how long it was.
        frames: how often the watched widget was painted.
        gap_s: the longest time between two turns of the loop, without what its thread waited for a processor.
        wall_gap_s: the longest one by the clock.
        waited_s: what the thread waited for a processor in all.
        cpu_s: processor time of the whole process.
    """

    seconds: float
    frames: int
    gap_s: float
    wall_gap_s: float
    waited_s: float
    cpu_s: float

    def figures(self) -> dict[str, float]:
        """As named figures, in the units of the tables."""
        return {
            "fps": self.frames / self.seconds,
            "gap_ms": self.gap_s * 1e3,
            "wall_gap_ms": self.wall_gap_s * 1e3,
            "cpu_percent": 100 * self.cpu_s / self.seconds,
            "cpu_ms_per_frame": 1e3 * self.cpu_s / max(self.frames, 1),
            "waited_percent": 100 * self.waited_s / self.seconds,
        }


class Pulse(QObject):
    """Beats each millisecond from its making to `stop`, and counts the paints of one widget."""

    def __init__(self, watched: QObject | None = None) -> None:
        super().__init__()
        self._frames = 0
        self._watched = watched
        if watched is not None:
            watched.installEventFilter(self)
        self._thread = threading.get_native_id()
        self._gap = self._wall_gap = 0.0
        self._began = self._last = time.perf_counter()
        self._waited_before = self._waited = waited_for_processor(self._thread)
        self._cpu = time.process_time()
        self._timer = QTimer(self, interval=_BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Count paints, and let everything through."""
        if event.type() == QEvent.Type.Paint:
            self._frames += 1
        return False

    def _beat(self) -> None:
        now, waited = time.perf_counter(), waited_for_processor(self._thread)
        gap = now - self._last
        self._wall_gap = max(self._wall_gap, gap)
        self._gap = max(self._gap, gap - (waited - self._waited))
        self._last, self._waited = now, waited

    def stop(self) -> Pace:
        """End; what was measured."""
        self._beat()
        self._timer.stop()
        if self._watched is not None:
            self._watched.removeEventFilter(self)
        self.deleteLater()
        return Pace(
            seconds=self._last - self._began,
            frames=self._frames,
            gap_s=self._gap,
            wall_gap_s=self._wall_gap,
            waited_s=self._waited - self._waited_before,
            cpu_s=time.process_time() - self._cpu,
        )
