"""A heartbeat in Qt's loop: how long the window has not come round, other programs' turns on the processor left out."""

from __future__ import annotations

import threading
import time

from PySide6.QtCore import QObject, Qt, QTimer

from tests.timing import waited_for_processor

INTERVAL_MS = 4
GAP_S = 0.050  # the longest gap that nobody notices
TRIES = 4  # what a busy machine adds it never takes away: the best try counts


class Heartbeat(QObject):
    """Measures the gaps between the turns of Qt's loop, from its making to `stop`.

    What this thread waited for a processor that other threads and programs used is no fault of the window's; Linux
    counts it, and it is left out. What it waited for within the app, the interpreter's lock for one, is not.

    Attributes:
        worst: the longest gap, in seconds.
    """

    def __init__(self) -> None:
        super().__init__()
        self.worst = 0.0
        self._thread = threading.get_native_id()
        self._last, self._waited = time.perf_counter(), waited_for_processor(self._thread)
        self._timer = QTimer(self, interval=INTERVAL_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now, waited = time.perf_counter(), waited_for_processor(self._thread)
        self.worst = max(self.worst, now - self._last - (waited - self._waited))
        self._last, self._waited = now, waited

    def stop(self) -> float:
        """End; the longest gap."""
        self._beat()
        self._timer.stop()
        self.deleteLater()
        return self.worst
