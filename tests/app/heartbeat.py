"""A heartbeat in Qt's loop: how long the window has not come round, other programs' turns on the processor left out."""

from __future__ import annotations

import os
import threading
import time

from PySide6.QtCore import QObject, Qt, QTimer

INTERVAL_MS = 4


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
        try:
            self._figures = os.open(f"/proc/self/task/{threading.get_native_id()}/schedstat", os.O_RDONLY)
        except OSError:
            self._figures = -1
        self._last, self._waited = time.perf_counter(), self._waited_for_processor()
        self._timer = QTimer(self, interval=INTERVAL_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _waited_for_processor(self) -> float:
        return int(os.pread(self._figures, 64, 0).split()[1]) / 1e9 if self._figures >= 0 else 0.0

    def _beat(self) -> None:
        now, waited = time.perf_counter(), self._waited_for_processor()
        self.worst = max(self.worst, now - self._last - (waited - self._waited))
        self._last, self._waited = now, waited

    def stop(self) -> float:
        """End; the longest gap."""
        self._beat()
        self._timer.stop()
        if self._figures >= 0:
            os.close(self._figures)
        self.deleteLater()
        return self.worst
