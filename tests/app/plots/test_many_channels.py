"""A scope of many channels: drawn as pixels, at the places where its axes say."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from app import theme
from app.plots.colors import channel_color
from app.plots.options import PlotOptions
from app.plots.scope import Scope
from engine import Signal
from tests.app.plots.test_pictures import add, ink

RATE_HZ = 1000.0
CHANNELS = 32
WINDOW_S = 4.0


@pytest.fixture
def scope(qtbot, qapp: QApplication) -> Iterator[Scope]:
    theme.apply("dark")
    picture = Scope()
    picture.set_options(PlotOptions(window_s=WINDOW_S))
    picture.resize(700, 700)
    picture.show()
    picture.show_notice("")
    qtbot.waitExposed(picture)
    yield picture
    picture.hide()
    picture.deleteLater()
    qapp.setStyleSheet("")


def give(scope: Scope, samples: np.ndarray, begin: int = 0, step: int = 100) -> None:
    """Give samples, a chunk and a frame at a time."""
    for at in range(begin, begin + len(samples), step):
        some = samples[at - begin : at - begin + step]
        add(scope, Signal(some, RATE_HZ, None, round(at / RATE_HZ * 1e9)))


def noise(count: int) -> np.ndarray:
    return np.random.default_rng(3).normal(0.0, 0.1, (count, CHANNELS))


def row_of(scope: Scope, channel: int, value: float) -> float:
    """Where a value of a channel is in its lane, in units of the axis."""
    each = scope._ranges[channel]
    scale = 0.9 / (each.high - each.low)
    return CHANNELS - channel - 0.5 + scale * (value - (each.high + each.low) / 2)


@pytest.mark.parametrize("scrolled", [0, 37, 1234], ids=lambda count: f"{count} samples on")
def test_a_spike_one_sample_wide_is_seen_where_it_belongs_while_the_signal_scrolls(scope: Scope, scrolled: int) -> None:
    samples = noise(6000)
    spike = 4000
    samples[spike, 5] = 20.0
    give(scope, samples[: 4500 + scrolled])
    assert scope.item.is_raster
    found = ink(scope, channel_color(5))
    where = scope.chart.pixel_of((spike - (4499 + scrolled)) / RATE_HZ, row_of(scope, 5, 19.0))
    assert np.hypot(found[:, 0] - where.x(), found[:, 1] - where.y()).min() < 2.5


def test_what_was_drawn_piece_by_piece_is_what_is_drawn_at_once(scope: Scope) -> None:
    samples = noise(9000)
    give(scope, samples, step=61)
    seen = scope.chart.grab().toImage()
    scope.item._raster = None
    scope.draw()
    QApplication.processEvents()
    assert scope.chart.grab().toImage() == seen


def test_a_gap_in_the_signal_is_a_gap_in_every_lane(scope: Scope) -> None:
    samples = noise(4000)
    samples[1500:2500] = np.nan
    give(scope, samples, step=500)
    left, right = scope.chart.pixel_of(-2.4, 0.0).x(), scope.chart.pixel_of(-1.6, 0.0).x()
    for channel in (0, 7, 15):
        found = ink(scope, channel_color(channel))
        top, bottom = (scope.chart.pixel_of(0.0, CHANNELS - channel - edge).y() for edge in (0.1, 0.9))
        columns = found[(found[:, 1] > top) & (found[:, 1] < bottom), 0]
        assert len(columns) > 100
        assert not ((columns > left) & (columns < right)).any()


def test_a_view_moved_by_hand_shows_the_same_samples_larger(scope: Scope) -> None:
    samples = noise(5000)
    samples[4200, 2] = 20.0
    give(scope, samples)
    scope.chart.view.setRange(xRange=(-0.85, -0.75), padding=0.0)
    scope.chart.by_hand = [True, False]
    scope.draw()
    QApplication.processEvents()
    where = scope.chart.pixel_of((4200 - 4999) / RATE_HZ, row_of(scope, 2, 19.0))
    found = ink(scope, channel_color(2))
    assert np.hypot(found[:, 0] - where.x(), found[:, 1] - where.y()).min() < 2.5


def test_a_channel_that_is_hidden_leaves_no_pixel(scope: Scope) -> None:
    give(scope, noise(4500), step=500)
    hidden = tuple(name for i, name in enumerate(scope.channels) if i != 3)
    scope.set_options(PlotOptions(window_s=WINDOW_S, hidden=hidden))
    scope.draw()
    QApplication.processEvents()
    assert len(ink(scope, channel_color(3)))
    assert not len(ink(scope, QColor(channel_color(0))))


def test_few_smooth_channels_are_lines(scope: Scope) -> None:
    wave = np.sin(np.arange(4500)[:, None] / 400 + np.arange(2))
    give(scope, wave, step=500)
    assert not scope.item.is_raster
