"""`SpectrumPlot`: power by frequency, of a ready spectrum or of the last seconds of a signal."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from app.plots.autorange import LIMIT, AutoRange
from app.plots.chart import Chart
from app.plots.colors import channel_color
from app.plots.envelope import Columns, Samples
from app.plots.figures import short
from app.plots.options import PlotOptions
from app.plots.payloads import SpectrumData, array_of, number_of, spectrum_of
from app.plots.picture import Picture
from app.plots.power import MAX_VALUES, decibels, fast_length, power_spectrum
from app.plots.trace_item import TraceItem, outlines
from app.plots.traces import SignalTraces
from engine import Signal

MAX_CHANNELS = 64
DEEPEST_DB = 120.0  # what lies so far below the peak does not stretch the axis
EVERY_S = 1 / 20  # how often it is computed at most
_LEAST_SAMPLES = 8


class SpectrumPlot(Picture):
    """A chart of power against frequency, all channels over each other."""

    def __init__(self) -> None:
        super().__init__("spectrum")
        self.chart = Chart()
        self.chart.setAccessibleName("Spectrum")
        self.item = TraceItem()
        self.chart.addItem(self.item)
        self._signal: SignalTraces | None = None
        self._data: SpectrumData | None = None
        self._unit = ""
        self._fresh = False
        self._computed_at = 0.0
        self._range = AutoRange()
        self._columns: Columns | None = None
        self._put(self.chart)
        self.chart.moved.connect(self.view_changed)

    @property
    def is_empty(self) -> bool:
        """Has nothing come yet that it can show?"""
        return self._signal is None and self._data is None

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the channels."""
        if self._signal is not None:
            return self._signal.channels
        return self._data.channels[:MAX_CHANNELS] if self._data else ()

    @property
    def info(self) -> str:
        """The distance of its lines."""
        if self._data is None or len(self._data.frequencies_hz) < 2:
            return ""
        unit = f" {self._unit}" if self._unit else ""
        return f"Δf {short(float(self._data.frequencies_hz[1] - self._data.frequencies_hz[0]), 3)}{unit}"

    @property
    def paint_ms(self) -> float:
        """What the last paint took."""
        return self.chart.paint_ms

    def set_options(self, options: PlotOptions) -> None:
        """Take other settings."""
        before, self.options = self.options, options
        if self._signal is not None and before.window_s != options.window_s:
            self._signal.set_window(self._window_s(self._signal.rate_hz or 1.0, len(self._signal.channels)))
            self._fresh = True
        if (before.decibels, before.log_frequency) != (options.decibels, options.log_frequency):
            self._range = AutoRange()
            self.chart.fit()

    @property
    def has_more_to_draw(self) -> bool:
        """Did samples come since the spectrum was computed?"""
        return self._fresh

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self._signal = self._data = self._columns = None
        self._fresh = False
        self._range = AutoRange()

    def _take(self, message: Any) -> bool:
        payload = message.payload
        before = self.channels
        if isinstance(payload, Signal):
            if not payload.n_channels:
                return False
            if self._signal is None or not self._signal.takes(payload):
                self._signal = SignalTraces(payload, self._window_s(payload.rate_hz, payload.n_channels), MAX_CHANNELS)
                self._data = None
            self._signal.add(payload, message.time_ns)
            self._unit, self._fresh = "Hz", True
        else:
            data = spectrum_of(payload) or self._of_array(payload)
            if data is None:
                return False
            self._signal, self._data = None, data
            self._unit = "Hz" if hasattr(payload, "power") else ""
        if self.channels != before:
            self.channels_changed.emit()
        return True

    def _window_s(self, rate_hz: float, n_channels: int) -> float:
        """As many seconds as there is time to transform."""
        return min(self.options.window_s, MAX_VALUES / min(n_channels, MAX_CHANNELS) / rate_hz)

    def _of_array(self, payload: Any) -> SpectrumData | None:
        array = array_of(payload) if number_of(payload) is None else None
        if array is None or len(array) < 2:
            return None
        table = array[:, None] if array.ndim == 1 else array[:, :MAX_CHANNELS]
        count = fast_length(min(len(table), MAX_VALUES // table.shape[1]))
        values = np.nan_to_num(np.asarray(table[-count:].T, np.float64), posinf=0.0, neginf=0.0)
        frequencies, power = power_spectrum(values, 1.0)
        names = ("value",) if array.ndim == 1 else tuple(str(i) for i in range(table.shape[1]))
        return SpectrumData(frequencies, power, names)

    def _of_signal(self, signal: SignalTraces) -> SpectrumData | None:
        rate_hz = signal.rate_hz or 1.0
        wanted = int(min(self.options.window_s * rate_hz, MAX_VALUES // len(signal.channels)))
        samples = signal.newest(max(wanted, _LEAST_SAMPLES))
        # Behind the newest gap, if there is one.
        gaps = np.flatnonzero(np.isnan(samples).any(axis=0))
        if len(gaps):
            samples = samples[:, gaps[-1] + 1 :]
        if samples.shape[1] < _LEAST_SAMPLES:
            return None
        count = fast_length(samples.shape[1])
        frequencies, power = power_spectrum(samples[:, samples.shape[1] - count :], rate_hz)
        return SpectrumData(frequencies, power, signal.channels)

    def draw(self) -> None:
        """Show the spectrum as it is now."""
        now = time.monotonic()
        if self._signal is not None and self._fresh and now - self._computed_at >= EVERY_S:
            self._fresh, self._computed_at = False, now
            self._data = self._of_signal(self._signal) or self._data
        data = self._data
        if data is None:
            self._columns = None
            self.item.show_columns(Columns(np.empty(0), np.empty((0, 0)), np.empty((0, 0))), (), (), ())
            return
        self._lay_out(data)
        columns = self._columns_of(data)
        self._columns = columns
        channels = data.channels[:MAX_CHANNELS]
        colors = [None if name in self.options.hidden else channel_color(i) for i, name in enumerate(channels)]
        self._follow(columns, [i for i, color in enumerate(colors) if color is not None])
        self.item.show_columns(columns, [1.0] * len(colors), [0.0] * len(colors), colors)

    def _lay_out(self, data: SpectrumData) -> None:
        bottom, left = self.chart.bottom, self.chart.left
        if bottom.logMode != self.options.log_frequency:
            bottom.setLogMode(self.options.log_frequency, False)
        self.chart.set_axis(bottom, "cycles per sample", self._unit)
        self.chart.set_axis(left, "power", "dB" if self.options.decibels else "")
        x = self._x(data.frequencies_hz)
        x = x[np.isfinite(x)]
        if len(x) > 1:
            self.chart.follow(0, float(x[0]), float(x[-1]))

    def _x(self, frequencies: Samples) -> Samples:
        if not self.options.log_frequency:
            return frequencies
        with np.errstate(divide="ignore", invalid="ignore"):
            result: Samples = np.log10(frequencies)
        return result

    def _columns_of(self, data: SpectrumData) -> Columns:
        """The visible lines; where many share a column of pixels, their least and greatest."""
        x = self._x(data.frequencies_hz)
        start, stop = self.chart.x_range
        seen = np.flatnonzero(np.isfinite(x) & (x >= start) & (x <= stop))
        if not len(seen):
            return Columns(np.empty(0), np.empty((len(data.channels), 0)), np.empty((len(data.channels), 0)))
        first, last = max(int(seen[0]) - 1, 0), min(int(seen[-1]) + 2, len(x))
        if not np.isfinite(x[first]):
            first += 1
        x = x[first:last]
        power = data.power[first:last, :MAX_CHANNELS].T
        values = decibels(power) if self.options.decibels else np.where(np.isfinite(power), power, np.nan)
        count = self.chart.columns
        if len(x) <= 2 * count:
            return Columns(x, values, values)
        edges = np.flatnonzero(np.diff(np.floor((x - start) / (stop - start) * count), prepend=-np.inf))
        low, high = np.fmin.reduceat(values, edges, axis=1), np.fmax.reduceat(values, edges, axis=1)
        return Columns(x[edges], low, high)

    def _follow(self, columns: Columns, shown: list[int]) -> None:
        if not shown or not columns.at.size:
            return
        high = float(np.fmax.reduce(columns.high[shown], axis=None))
        low = float(np.fmin.reduce(columns.low[shown], axis=None))
        low = max(low, high - DEEPEST_DB) if self.options.decibels else min(low, 0.0)
        if self.options.autoscale or not self._range.is_set:
            self._range.follow(low, high, time.monotonic())
        if self._range.is_set:
            self.chart.follow(1, max(self._range.low, -LIMIT), min(self._range.high, LIMIT))

    def curve(self, channel: int) -> tuple[Samples, Samples]:
        """What is drawn of a channel, in units of the axes: x (n,), values (n,)."""
        if self._columns is None:
            return np.empty(0), np.empty(0)
        x, values = outlines(self._columns, [channel])
        return x, values[0]

    def fit_view(self) -> None:
        """Undo zooming and moving by mouse, and fit the values once."""
        self._range = AutoRange()
        self.chart.fit()

    def retheme(self) -> None:
        """Take the colours of the theme in use."""
        self.chart.retheme()
        self.draw()
