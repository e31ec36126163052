"""`Scope`: traces of a signal over the last seconds, of numbers against time, or of the newest array."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from PySide6.QtGui import QColor

from app.plots.autorange import LIMIT, AutoRange
from app.plots.chart import Chart
from app.plots.colors import channel_color
from app.plots.envelope import Columns, Samples
from app.plots.figures import round_values, short
from app.plots.legend import plain
from app.plots.options import PlotOptions
from app.plots.picture import Picture
from app.plots.trace_item import TraceItem, outlines
from app.plots.traces import SignalTraces, Traces, traces_for
from engine import Signal

LANE_FILL = 0.9  # the part of a lane that its trace may fill
MAX_COLUMNS = 160_000  # of all channels; more would not be looked through 60 times a second
_ROOM_FOR_VALUES_PX = 56
_ROOM_FOR_NAMES_PX = 13


class Scope(Picture):
    """A chart with one item that draws all traces, stacked in lanes or over each other."""

    def __init__(self) -> None:
        super().__init__("scope")
        self.chart = Chart()
        self.chart.setAccessibleName("Scope")
        self.item = TraceItem()
        self.chart.addItem(self.item)
        self.traces: Traces | None = None
        self._ranges: list[AutoRange] = []
        self._columns: Columns | None = None
        self._lanes: object = None
        self._put(self.chart)
        self.chart.moved.connect(self.view_changed)

    @property
    def is_empty(self) -> bool:
        """Has nothing come yet that it can show?"""
        return self.traces is None

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the channels."""
        return self.traces.channels if self.traces else ()

    @property
    def info(self) -> str:
        """Sample rate, and how many of the channels are here."""
        traces = self.traces
        if traces is None:
            return ""
        parts = [] if traces.rate_hz is None else [f"{short(traces.rate_hz)} Hz"]
        count = len(traces.channels)
        if traces.total_channels > count:
            parts.append(f"{count} of {traces.total_channels} channels")
        return " · ".join(parts)

    @property
    def paint_ms(self) -> float:
        """What the last paint took."""
        return self.chart.paint_ms

    @property
    def is_stacked(self) -> bool:
        """Is there a lane for each channel?"""
        return self.options.stacked and len(self._shown()) > 1

    def set_options(self, options: PlotOptions) -> None:
        """Take other settings."""
        before, self.options = self.options, options
        if self.traces is not None and before.window_s != options.window_s:
            self.traces.set_window(options.window_s)
        if before.stacked != options.stacked or before.window_s != options.window_s:
            self.chart.fit()

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self.traces = None
        self._ranges = []
        self._columns = None

    def _take(self, message: Any) -> bool:
        payload = message.payload
        if isinstance(payload, Signal) and not payload.n_samples:
            return True
        if self.traces is None or not self.traces.takes(payload):
            traces = traces_for(payload, self.options.window_s)
            if traces is None:
                return False
            if self.traces is None or self.traces.channels != traces.channels:
                self._ranges = [AutoRange() for _ in traces.channels]
            self.traces = traces
            self.channels_changed.emit()
        self.traces.add(payload, message.time_ns)
        return True

    def draw(self) -> None:
        """Show the traces as they are now."""
        traces = self.traces
        if traces is None:
            self.item.show_columns(Columns(np.empty(0), np.empty((0, 0)), np.empty((0, 0))), (), (), ())
            return
        self.chart.set_axis(self.chart.bottom, traces.axis, traces.unit)
        self.chart.follow(0, *traces.span(self.options.window_s))
        count = min(self.chart.columns, MAX_COLUMNS // len(traces.channels))
        columns = traces.columns(*self.chart.x_range, count)
        self._columns = columns
        shown = self._shown()
        self._follow_values(columns, shown)
        colors: list[QColor | None] = [None] * len(traces.channels)
        for i in shown:
            colors[i] = channel_color(i)
        if self.is_stacked:
            scales, offsets = self._lay_lanes(shown)
        else:
            scales, offsets = np.ones(len(colors)), np.zeros(len(colors))
            self._lay_axis(shown)
        self.item.show_columns(columns, scales.tolist(), offsets.tolist(), colors)

    def curve(self, channel: int) -> tuple[Samples, Samples]:
        """What is drawn of a channel, in units of the axes: x (n,), values (n,)."""
        if self._columns is None:
            return np.empty(0), np.empty(0)
        x, values = outlines(self._columns, [channel])
        return x, values[0]

    def _shown(self) -> list[int]:
        return [i for i, name in enumerate(self.channels) if name not in self.options.hidden]

    def _follow_values(self, columns: Columns, shown: list[int]) -> None:
        if not columns.at.size:
            return
        now = time.monotonic()
        low = np.fmin.reduce(columns.low, axis=1).tolist()
        high = np.fmax.reduce(columns.high, axis=1).tolist()
        for channel in shown:
            each = self._ranges[channel]
            if self.options.autoscale or not each.is_set:
                each.follow(low[channel], high[channel], now)

    def _lay_lanes(self, shown: list[int]) -> tuple[Samples, Samples]:
        """Scale and offset of each channel, its lane being one unit high; the first channel on top."""
        scales, offsets = [1.0] * len(self.channels), [0.0] * len(self.channels)
        self.chart.follow(1, 0.0, float(len(shown)))
        names: list[tuple[float, str]] = []
        values: list[tuple[float, str]] = []
        height = self.chart.view.height() / len(shown)
        every = max(1, round(_ROOM_FOR_NAMES_PX / max(height, 0.01)))
        for place, channel in enumerate(shown):
            middle, each = len(shown) - place - 0.5, self._ranges[channel]
            if each.is_set:
                scales[channel] = LANE_FILL / (each.high - each.low)
                offsets[channel] = middle - scales[channel] * (each.high + each.low) / 2
            if place % every == 0:
                names.append((middle, plain(self.channels[channel], 14)))
            marks = round_values(each.low, each.high) if each.is_set and height >= _ROOM_FOR_VALUES_PX else None
            for value in marks or ():
                y = value * scales[channel] + offsets[channel]
                if abs(y - middle) * height >= _ROOM_FOR_NAMES_PX:
                    values.append((y, short(value)))
        if self._lanes != (names, values):
            self._lanes = (names, values)
            self.chart.set_lanes(len(shown), [names, values])
        return np.array(scales), np.array(offsets)

    def _lay_axis(self, shown: list[int]) -> None:
        if self._lanes is not None:
            self._lanes = None
            self.chart.set_lanes(0, None)
        lows = [self._ranges[i].low for i in shown if self._ranges[i].is_set]
        highs = [self._ranges[i].high for i in shown if self._ranges[i].is_set]
        if lows:
            self.chart.follow(1, max(min(lows), -LIMIT), min(max(highs), LIMIT))

    def fit_view(self) -> None:
        """Undo zooming and moving by mouse, and fit the values once."""
        self._ranges = [AutoRange() for _ in self._ranges]
        self.chart.fit()

    def retheme(self) -> None:
        """Take the colours of the theme in use."""
        self.chart.retheme()
        self.draw()

    @property
    def samples_kept(self) -> bool:
        """Is there a rolling history (and so a window to choose)?"""
        return self.traces is None or isinstance(self.traces, SignalTraces)
