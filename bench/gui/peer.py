"""`Curves`: what one writes with pyqtgraph alone to see a live signal, a curve a channel and `setData` each frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, QTimer

_FRAME_MS = 16
_REST_MS = 500
_KEPT = 256  # chunks that the tap keeps between two frames
_HEIGHT = 8.0  # of a channel's lane, in units of the signal


class Curves(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph is untyped
    """Stacked curves with fixed ranges, no antialiasing and pens one pixel wide: the settings that are fastest.

    The newest samples are kept twice, one row behind the other, so that all of them lie in one piece at any time.

    Args:
        run: what to tap.
        port: the port.
        channels: of its signal.
        points: of each curve.
    """

    def __init__(self, run: Any, port: str, channels: int, points: int) -> None:
        super().__init__(enableMenu=False)
        self._tap = run.tap(port, policy="drop_oldest", capacity=_KEPT)
        self._points = points
        self._values = np.zeros((channels, 2 * points))
        self._at = 0
        self._x = np.arange(points) / 1000.0
        self.setXRange(0.0, float(self._x[-1]), padding=0.0)
        self.setYRange(-_HEIGHT, channels * _HEIGHT, padding=0.0)
        self.getPlotItem().hideButtons()
        self._curves = []
        for channel in range(channels):
            curve = self.plot(pen=pg.mkPen(pg.intColor(channel, 16), width=1), skipFiniteCheck=True)
            curve.setPos(0.0, channel * _HEIGHT)
            self._curves.append(curve)
        self._timer = QTimer(self, interval=_REST_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._frame)
        self._timer.start()

    def begin(self) -> None:
        """Come forward, and draw 60 times a second."""
        self.show()
        self._timer.start(_FRAME_MS)

    def rest(self) -> None:
        """Draw nothing, but go on taking the signal."""
        self.hide()
        self._timer.start(_REST_MS)

    def end(self) -> None:
        """Let go of the tap and of the window."""
        self._timer.stop()
        self._tap.close()
        self.close()
        self.deleteLater()

    def _frame(self) -> None:
        for message in self._tap.take_all():
            self._add(message.payload.samples.T)
        if self.isVisible():
            newest = self._values[:, self._at : self._at + self._points]
            for curve, values in zip(self._curves, newest, strict=True):
                curve.setData(self._x, values)

    def _add(self, samples: np.ndarray[Any, Any]) -> None:
        done = 0
        while done < samples.shape[1]:
            count = min(samples.shape[1] - done, self._points - self._at)
            some = samples[:, done : done + count]
            self._values[:, self._at : self._at + count] = some
            self._values[:, self._at + self._points : self._at + self._points + count] = some
            self._at = (self._at + count) % self._points
            done += count
