"""What the pictures draw: looked at as curves, and as pixels."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication

from app import theme
from app.plots.colors import channel_color
from app.plots.number import NumberPlot
from app.plots.options import PlotOptions
from app.plots.picture import Picture
from app.plots.pictures import make_picture
from app.plots.scope import Scope
from app.plots.spectrum import SpectrumPlot
from app.plots.table import TablePlot
from engine import Signal
from engine.library.payloads import Spectrum
from tests.app.plots.fakes import RATE_HZ, sine


def message(payload: Any, time_ns: int = 0) -> SimpleNamespace:
    return SimpleNamespace(payload=payload, tick=0, time_ns=time_ns)


@pytest.fixture
def shown(qtbot, qapp: QApplication) -> Iterator[Callable[..., Any]]:
    """Makes a picture of a kind, shows it, and gives it payloads."""
    theme.apply("dark")
    made: list[Picture] = []

    def show(kind: str, *payloads: Any, **options: Any) -> Any:
        picture = make_picture(kind)
        assert picture is not None
        made.append(picture)
        picture.set_options(PlotOptions(**options))
        picture.resize(600, 300)
        picture.show()
        picture.show_notice("")
        qtbot.waitExposed(picture)
        qapp.processEvents()
        add(picture, *payloads)
        return picture

    yield show
    for picture in made:
        picture.hide()
        picture.deleteLater()
    theme.apply("dark")
    qapp.setStyleSheet("")


def add(picture: Picture, *payloads: Any) -> None:
    picture.add([message(payload, i * 10_000_000) for i, payload in enumerate(payloads)])
    picture.draw()
    picture.show_notice("")
    QApplication.processEvents()


def crossings(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    rising = np.flatnonzero((y[:-1] < 0) & (y[1:] >= 0))
    return x[rising] - y[rising] * (x[rising + 1] - x[rising]) / (y[rising + 1] - y[rising])


def ink(picture: Scope, color: QColor) -> np.ndarray:
    """Where pixels of about this colour are in the chart: (n, 2) x, y in logical pixels."""
    image = picture.chart.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    ratio = image.devicePixelRatio()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    background = np.array(theme.color("field").getRgb()[2::-1], float)
    full = np.array([color.blue(), color.green(), color.red()]) - background
    # A smooth line mixes its colour with the background: near the way from one to the other, and well on it.
    pixel = pixels[:, : image.width(), :3] - background
    share = pixel @ full / (full @ full)
    near = (share > 0.3) & (np.abs(pixel - share[..., None] * full).sum(axis=2) < 40)
    rows, columns = np.nonzero(near)
    return np.stack((columns / ratio, rows / ratio), axis=1)


# -- scope


def test_a_sine_crosses_zero_where_it_belongs(shown) -> None:
    chunks = (sine(begin, 50, hz=5.0) for begin in range(0, 2500, 50))
    scope: Scope = shown("scope", *chunks, window_s=1.0)
    x, y = scope.curve(0)
    # The newest sample, number 2499, is at 0; the sine rises through 0 at samples 2000, 2100, 2200, 2300, 2400.
    expected = (np.arange(2000, 2500, 100) - 2499) / RATE_HZ
    assert crossings(x, y) == pytest.approx(expected, abs=1e-3)
    assert y.max() == pytest.approx(1.0, abs=1e-3)


def test_the_pixels_of_a_sine_are_where_the_axes_say(shown) -> None:
    scope: Scope = shown("scope", *(sine(begin, 50) for begin in range(0, 2500, 50)), window_s=5.0)
    found = ink(scope, channel_color(0))
    assert len(found) > 300
    for seconds in np.arange(-4.5, -0.4, 0.25):
        value = float(np.sin(2 * np.pi * (2499 / RATE_HZ + seconds)))
        where = scope.chart.pixel_of(seconds, value)
        nearest = np.hypot(found[:, 0] - where.x(), found[:, 1] - where.y()).min()
        assert nearest < 3.0, f"no ink at {seconds:g} s"


@pytest.mark.parametrize("window_s", [0.5, 5.0, 60.0, 600.0])
def test_a_spike_of_one_sample_has_ink_at_any_window(shown, window_s: float) -> None:
    count = int(window_s * RATE_HZ)
    samples = np.zeros((count, 1))
    samples[count // 2] = 10.0
    chunk = Signal(samples, RATE_HZ)
    scope: Scope = shown("scope", chunk, window_s=window_s)
    assert scope.curve(0)[1].max() == 10.0
    where = scope.chart.pixel_of(-window_s / 2, 9.5)
    found = ink(scope, channel_color(0))
    near = found[(abs(found[:, 0] - where.x()) < 4) & (abs(found[:, 1] - where.y()) < 12)]
    assert len(near) > 2


def test_stacked_channels_have_a_lane_each_and_overlaid_ones_share_the_axis(shown) -> None:
    chunks = [sine(begin, 50, channels=3) for begin in range(0, 1000, 50)]
    scope: Scope = shown("scope", *chunks, window_s=2.0)
    assert scope.is_stacked
    lane = scope.chart.height() / 3
    heights = [np.median(ink(scope, channel_color(i))[:, 1]) for i in range(3)]
    assert heights[0] < heights[1] < heights[2]
    assert heights[2] - heights[0] > lane
    scope.set_options(PlotOptions(window_s=2.0, stacked=False))
    scope.draw()
    QApplication.processEvents()
    # The third channel is three times as high as the first, now on one axis.
    spans = [np.ptp(ink(scope, channel_color(i))[:, 1]) for i in (0, 2)]
    assert spans[1] > 2.3 * spans[0]


def test_a_hidden_channel_has_no_ink(shown) -> None:
    scope: Scope = shown("scope", sine(0, 1000, channels=2), window_s=2.0)
    assert len(ink(scope, channel_color(1))) > 50
    scope.set_options(PlotOptions(window_s=2.0, hidden=("ch2",)))
    scope.draw()
    QApplication.processEvents()
    assert len(ink(scope, channel_color(1))) < 10  # letters may have mixed colours
    assert len(ink(scope, channel_color(0))) > 50


def test_a_gap_is_left_blank(shown) -> None:
    scope: Scope = shown("scope", sine(0, 500), sine(1000, 500), window_s=3.0)
    found = ink(scope, channel_color(0))
    left, right = scope.chart.pixel_of(-1.95, 0).x(), scope.chart.pixel_of(-1.05, 0).x()
    assert len(found[(found[:, 0] > left) & (found[:, 0] < right)]) == 0
    assert len(found) > 100


def test_a_point_between_gaps_has_ink(shown) -> None:
    samples = np.full((101, 1), np.nan)
    samples[50] = 1.0
    scope: Scope = shown("scope", Signal(samples, 100.0), window_s=1.0)
    where = scope.chart.pixel_of(-0.5, 1.0)
    found = ink(scope, channel_color(0))
    assert len(found) > 0
    assert np.hypot(found[:, 0] - where.x(), found[:, 1] - where.y()).max() < 4


def test_the_newest_samples_move_the_trace(shown) -> None:
    scope: Scope = shown("scope", sine(0, 625), window_s=1.0)
    before = crossings(*scope.curve(0))
    add(scope, sine(625, 125))
    assert crossings(*scope.curve(0)) == pytest.approx(before - 0.25, abs=1e-3)


def test_without_auto_scale_the_axis_stays(shown) -> None:
    scope: Scope = shown("scope", sine(0, 500), window_s=1.0, autoscale=False)
    before = scope.chart.view.viewRange()[1]
    add(scope, sine(500, 500, level=50.0))
    assert scope.chart.view.viewRange()[1] == before
    scope.set_options(PlotOptions(window_s=1.0, autoscale=True))
    scope.draw()
    assert scope.chart.view.viewRange()[1][1] > 50


def test_zoom_by_mouse_stays_while_streaming_until_fit(shown, qtbot) -> None:
    scope: Scope = shown("scope", sine(0, 2500), window_s=5.0)
    middle = scope.chart.viewport().rect().center()
    wheel = QWheelEvent(
        QPointF(middle),
        scope.chart.viewport().mapToGlobal(QPointF(middle)),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(scope.chart.viewport(), wheel)
    qtbot.waitUntil(lambda: np.diff(scope.chart.x_range)[0] < 4.9, timeout=2000)
    zoomed = scope.chart.view.viewRange()
    for begin in range(2500, 3500, 50):
        add(scope, sine(begin, 50))
    assert scope.chart.view.viewRange() == zoomed
    scope.fit_view()
    scope.draw()
    assert scope.chart.x_range == pytest.approx((-5.0, 0.0))


def test_numbers_and_arrays_are_drawn_too(shown) -> None:
    scope: Scope = shown("scope", *range(20), window_s=1.0)
    x, y = scope.curve(0)
    assert y.tolist() == list(range(20))
    assert x == pytest.approx(np.arange(-0.19, 0.005, 0.01))
    add(scope, np.sin(np.arange(100) / 5))
    x, y = scope.curve(0)
    assert x.tolist() == list(range(100))
    assert scope.chart.x_range == (0.0, 99.0)


@pytest.mark.parametrize(
    "samples",
    [
        np.full((500, 1), np.nan),
        np.full((500, 1), np.inf),
        np.tile([[1e308], [-1e308]], (250, 1)),
        np.tile([[1e-310], [0.0]], (250, 1)),
        np.full((500, 2), 1e15),
        np.zeros((1, 1)),
        np.zeros((0, 1)),
        np.zeros((3, 500)),
    ],
    ids=["nan", "inf", "huge", "tiny", "far", "one", "none", "wide"],
)
@pytest.mark.parametrize("stacked", [True, False])
def test_unusual_samples_are_drawn_without_a_failure(shown, samples: np.ndarray, stacked: bool) -> None:
    scope: Scope = shown("scope", Signal(samples, RATE_HZ), window_s=1.0, stacked=stacked)
    add(scope, Signal(samples, RATE_HZ, None, 10**9))
    scope.chart.grab()
    assert all(np.isfinite(scope.chart.view.viewRange()).ravel())


def test_of_very_many_channels_the_first_are_drawn_and_it_says_so(shown) -> None:
    scope: Scope = shown("scope", Signal(np.zeros((3, 500)), RATE_HZ))
    assert len(scope.channels) == 256
    assert "256 of 500 channels" in scope.info


# -- spectrum


def test_the_peak_of_a_sine_is_at_its_frequency(shown) -> None:
    chunks = (sine(begin, 50, hz=40.0) for begin in range(0, 2500, 50))
    spectrum: SpectrumPlot = shown("spectrum", *chunks, window_s=4.0)
    x, y = spectrum.curve(0)
    assert x[np.argmax(y)] == pytest.approx(40.0, abs=0.3)
    assert spectrum.chart.x_range == pytest.approx((0.0, 250.0))
    assert spectrum.chart.bottom.unit == "Hz"


def test_a_ready_spectrum_is_drawn_as_it_is(shown) -> None:
    payload = Spectrum(np.arange(5.0), np.array([[1.0], [10.0], [100.0], [0.0], [1.0]]), ("x",))
    spectrum: SpectrumPlot = shown("spectrum", payload)
    x, y = spectrum.curve(0)
    assert x.tolist() == [0, 1, 2, 3, 4]
    assert y[:3].tolist() == [0, 10, 20]
    spectrum.set_options(PlotOptions(decibels=False, log_frequency=True))
    spectrum.draw()
    x, y = spectrum.curve(0)
    assert 10**x == pytest.approx([1, 2, 3, 4])
    assert y.tolist() == [10, 100, 0, 1]
    spectrum.chart.grab()


def test_an_array_has_a_spectrum_in_cycles_per_sample(shown) -> None:
    spectrum: SpectrumPlot = shown("spectrum", np.sin(2 * np.pi * 0.125 * np.arange(1024)))
    x, y = spectrum.curve(0)
    assert x[np.argmax(y)] == pytest.approx(0.125, abs=2e-3)
    assert spectrum.chart.bottom.unit == ""


def test_many_lines_keep_the_peak(shown) -> None:
    power = np.full((200_000, 1), 1e-6)
    power[123_456] = 1.0
    spectrum: SpectrumPlot = shown("spectrum", Spectrum(np.arange(200_000.0), power, ("x",)))
    x, y = spectrum.curve(0)
    assert len(x) < 10_000
    assert y.max() == 0.0
    assert x[np.argmax(y)] == pytest.approx(123_456, abs=1000)


@pytest.mark.parametrize("samples", [np.zeros((100, 1)), np.full((100, 1), np.nan), np.ones((1, 1))])
def test_signals_without_power_are_drawn_without_a_failure(shown, samples: np.ndarray) -> None:
    spectrum: SpectrumPlot = shown("spectrum", Signal(samples, RATE_HZ), log_frequency=True)
    spectrum.chart.grab()


# -- number and table


def test_a_number_is_shown_with_what_all_were(shown) -> None:
    number: NumberPlot = shown("number", 4.0, -2.0, 1.0)
    tally = number.tallies[""]
    assert (tally.newest, tally.least, tally.greatest, tally.mean) == (1.0, -2.0, 4.0, 1.0)
    assert "1, min −2   mean 1   max 4" in number._figures.accessibleDescription()
    number.grab()


def test_a_signal_has_a_number_for_each_channel(shown) -> None:
    number: NumberPlot = shown("number", sine(0, 500, channels=2))
    assert list(number.tallies) == ["ch1", "ch2"]
    assert number.tallies["ch2"].greatest == pytest.approx(2.0, abs=1e-3)
    number.grab()


def test_the_table_keeps_the_last_hundred_messages_as_plain_text(shown, qtbot) -> None:
    table: TablePlot = shown("table")
    table.add([message(f"<b>{i}</b>\n") for i in range(250)])
    qtbot.waitUntil(lambda: (table.draw(), len(table.model.rows) == 100)[1], timeout=2000)
    assert table.model.rows[0].value == r"'<b>249</b>\n'"
    tip = table.model.data(table.model.index(0, 2), Qt.ItemDataRole.ToolTipRole)
    assert "&lt;b&gt;249" in tip


# -- all kinds


@pytest.mark.parametrize("kind", ["scope", "spectrum", "number"])
@pytest.mark.parametrize("payload", ["text", None, object(), np.zeros((2, 2, 2)), {"a": "b"}, [], 1j])
def test_a_payload_that_does_not_fit_is_said_and_the_next_good_one_is_drawn(shown, kind: str, payload: Any) -> None:
    picture = shown(kind, payload)
    assert "cannot show" in picture.notice
    assert "Choose another kind" in picture.notice
    add(picture, sine(0, 100))
    assert picture.notice == ""
    assert not picture.is_empty


class Trap:
    @property
    def frequencies_hz(self) -> Any:
        raise ValueError("not now")

    def __repr__(self) -> str:
        raise ValueError("not now")


@pytest.mark.parametrize("kind", ["scope", "spectrum", "number", "table"])
def test_a_payload_that_raises_when_looked_at_harms_nothing(shown, kind: str) -> None:
    picture = shown(kind, Trap())
    picture.grab()


@pytest.mark.parametrize("kind", ["scope", "spectrum", "number", "table"])
def test_large_payloads_are_taken_within_a_frame(shown, kind: str) -> None:
    chunk = Signal(np.zeros((1_000_000, 1)), 1e9)
    picture = shown(kind, chunk)
    costs = []
    for frame in range(12):
        burst = [
            message(chunk.replace(start_time_ns=(frame * 16 + i + 1) * 1_000_000)) for i in range(16)
        ]  # 8 MB at 1 kHz
        begun = time.thread_time()  # what it takes, not what others on the machine take meanwhile
        picture.add(burst)
        picture.draw()
        costs.append((time.thread_time() - begun) * 1e3)
    assert np.median(costs) < 16
    assert picture.passed_over > 0 or kind == "table"


@pytest.mark.parametrize("kind", ["scope", "spectrum", "number", "table"])
def test_a_picture_takes_the_colours_of_the_theme(shown, kind: str, qapp: QApplication) -> None:
    picture = shown(kind, sine(0, 500, channels=2))
    dark = picture.grab().toImage().pixelColor(300, 290)
    theme.apply("light")
    picture.retheme()
    qapp.processEvents()
    light = picture.grab().toImage().pixelColor(300, 290)
    assert dark.lightness() < 60 < 190 < light.lightness()


@pytest.mark.parametrize("name", theme.THEMES)
def test_the_colours_of_channels_differ_and_are_readable(name: str, qapp: QApplication) -> None:
    theme.tokens.replace(name)
    try:
        colors = [channel_color(i).name() for i in range(16)]
        assert len(set(colors)) == 16
        assert all(theme.contrast(color, theme.tokens["field"]) >= 3.0 for color in colors)
    finally:
        theme.tokens.replace("dark")
