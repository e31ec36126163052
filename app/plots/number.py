"""`NumberPlot`: the newest value of each channel, large, with the least, mean and greatest since the start."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.plots.colors import channel_color
from app.plots.figures import short
from app.plots.legend import plain
from app.plots.payloads import array_of, named_numbers_of, number_of
from app.plots.picture import Picture
from engine import Signal

MAX_SHOWN = 12
_DIGITS = 5

_Cell = tuple[int, str, str, tuple[str, ...]]  # place, name, value, summaries


@dataclass(slots=True)
class Tally:
    """The newest of some values, and what all of them were: count, sum, least, greatest. NaN does not count."""

    newest: float = math.nan
    count: int = 0
    total: float = 0.0
    least: float = math.inf
    greatest: float = -math.inf

    def add(self, value: float) -> None:
        """Count one value."""
        self.newest = value
        if math.isfinite(value):
            self.count += 1
            self.total += value
            self.least, self.greatest = min(self.least, value), max(self.greatest, value)

    def add_all(self, values: NDArray[np.floating[Any]]) -> None:
        """Count (n,) values, the newest last."""
        self.newest = float(values[-1])
        good = values[np.isfinite(values)]
        if len(good):
            self.count += len(good)
            self.total += float(good.sum())
            self.least = min(self.least, float(good.min()))
            self.greatest = max(self.greatest, float(good.max()))

    @property
    def mean(self) -> float:
        """The mean; NaN when there is none."""
        return self.total / self.count if self.count else math.nan


class NumberPlot(Picture):
    """Large figures for numbers, dicts of numbers, short arrays, and signals (their newest samples)."""

    def __init__(self) -> None:
        super().__init__("number")
        self.tallies: dict[str, Tally] = {}
        self._figures = Figures()
        self._put(self._figures)

    @property
    def is_empty(self) -> bool:
        """Has nothing come yet that it can show?"""
        return not self.tallies

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the values, when there are several."""
        return tuple(self.tallies) if len(self.tallies) > 1 else ()

    @property
    def has_legend(self) -> bool:
        """No: each figure has its name."""
        return False

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self.tallies = {}

    def _take(self, message: Any) -> bool:
        payload = message.payload
        if isinstance(payload, Signal):
            if payload.n_samples:
                names = tuple(str(name) for name in payload.channels[:MAX_SHOWN])
                for i, tally in enumerate(self._tallies(names)):
                    tally.add_all(payload.samples[:, i])
            return payload.n_channels > 0
        value = number_of(payload)
        if value is not None:
            self._tallies(("",))[0].add(value)
            return True
        named = named_numbers_of(payload)
        if named is None:
            array = array_of(payload)
            if array is None or array.ndim != 1:
                return False
            named = {str(i): float(item) for i, item in enumerate(array[:MAX_SHOWN])}
        values = list(named.values())[:MAX_SHOWN]
        for tally, value in zip(self._tallies(tuple(named)[:MAX_SHOWN]), values, strict=True):
            tally.add(value)
        return True

    def _tallies(self, names: tuple[str, ...]) -> list[Tally]:
        if tuple(self.tallies) != names:
            self.tallies = {name: Tally() for name in names}
            self.channels_changed.emit()
        return list(self.tallies.values())

    def draw(self) -> None:
        """Show the figures as they are now."""
        shown = {name: tally for name, tally in self.tallies.items() if name not in self.options.hidden}
        self._figures.show_tallies(shown, list(self.tallies))

    def retheme(self) -> None:
        """Take the colours of the theme in use."""
        self._figures.update()


class Figures(QWidget):
    """Paints tallies in a grid of cells, as large as they fit."""

    def __init__(self) -> None:
        super().__init__()
        self._cells: list[_Cell] = []
        self.setMinimumSize(120, 60)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Newest value")

    def show_tallies(self, tallies: dict[str, Tally], order: list[str]) -> None:
        """Show these; the colour is that of the place in `order`."""
        cells = [
            (order.index(name), plain(name, 24), short(tally.newest, _DIGITS), _summary(tally))
            for name, tally in tallies.items()
        ]
        if cells != self._cells:
            self._cells = cells
            self.setAccessibleDescription(
                "; ".join(f"{name} {value}, {rest[0]}".strip() for _, name, value, rest in cells)
            )
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the cells."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("field"))
        count = len(self._cells)
        if count:
            across = self._across(count)
            down = -(-count // across)
            width, height = self.width() / across, self.height() / down
            size = min(self._fitting_size(text, width * 0.86, height * 0.5) for _, _, text, _ in self._cells)
            for place, cell in enumerate(self._cells):
                row, column = divmod(place, across)
                self._paint_cell(painter, QRectF(column * width, row * height, width, height), cell, size)
        painter.end()

    def _across(self, count: int) -> int:
        """How many cells side by side make them least far from 5:2."""
        wide = self.width() / max(self.height(), 1)
        return min(range(1, count + 1), key=lambda n: abs(math.log(wide * -(-count // n) / n / 2.5)))

    def _fitting_size(self, text: str, width: float, height: float) -> float:
        # As wide as the longest number, so that the size does not jump with each value.
        sample = "−0.0000" if len(text) <= 7 else "0" * len(text)
        font = QFont(self.font())
        font.setPixelSize(100)
        box = QFontMetricsF(font).horizontalAdvance(sample)
        return max(10.0, min(100 * width / box, height))

    def _paint_cell(self, painter: QPainter, box: QRectF, cell: _Cell, size: float) -> None:
        index, name, value, rest = cell
        small = QFont(self.font())
        line = QFontMetricsF(small).height()
        large = QFont(self.font())
        large.setPixelSize(int(size))
        large.setWeight(QFont.Weight.DemiBold)
        block = size * 1.15 + line * (2 if name else 1)
        top = box.top() + max((box.height() - block) / 2, 0)
        centre = Qt.AlignmentFlag.AlignCenter
        painter.setFont(small)
        if name:
            painter.setPen(channel_color(index))
            painter.drawText(QRectF(box.left(), top, box.width(), line), centre, name)
            top += line
        painter.setPen(theme.color("text_muted"))
        metrics = QFontMetricsF(small)
        text = next((text for text in rest if metrics.horizontalAdvance(text) < box.width() - 8), "")
        painter.drawText(QRectF(box.left(), top + size * 1.15, box.width(), line), centre, text)
        painter.setFont(large)
        painter.setPen(theme.color("text"))
        painter.drawText(QRectF(box.left(), top, box.width(), size * 1.15), centre, value)


def _summary(tally: Tally) -> tuple[str, ...]:
    """What all values were, in texts that get shorter."""
    if not tally.count:
        return ("no number yet",)
    least, mean, greatest = short(tally.least), short(tally.mean), short(tally.greatest)
    return (
        f"min {least}   mean {mean}   max {greatest}",
        f"min {least}   max {greatest}",
        f"{least} … {greatest}",
    )
