"""`PlotPanel`: one live plot: toolbar, picture, and the tap that feeds it."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app import theme
from app.plots.feed import Feed
from app.plots.figures import short
from app.plots.kinds import (
    EVERY_CHUNK,
    KIND_NAMES,
    SCOPE,
    SPECTRUM,
    TapPolicy,
    most_ports,
    settings_of,
    tap_policy,
)
from app.plots.legend import Legend
from app.plots.options import PlotOptions
from app.plots.picture import Picture
from app.plots.pictures import make_picture
from app.plots.status import Status
from app.plots.toolbar import PlotToolbar
from engine import PlotSpec, TidewireError

if TYPE_CHECKING:
    from engine import Run

_log = logging.getLogger(__name__)

FRAME_S = 1 / 60
LATE_S = 0.006  # so much later than it was due may a frame have come: the next one is not left out for that
DEAR_MS = 12.0  # a frame that costs more than this comes less often
_STATUS_EVERY_S = 0.25


class PlotPanel(QWidget):
    """Shows what the tap gives, a frame at a time, when its owner calls `frame`.

    Invariant: the tap is open only while the panel can be seen, is not paused, and its run goes on.

    Attributes:
        frame_ms: what a frame costs lately, taking, drawing and painting together.
    """

    woken = Signal()  # there is something to do
    kind_chosen = Signal(str)
    option_chosen = Signal(str, object)

    def __init__(self, spec: PlotSpec, port_type: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.feeds = _feeds_of(spec)
        self.picture: Picture | None = None
        self.frame_ms = 0.0
        self._spec = spec
        self._port_type = port_type
        self._run: Run | None = None
        self._refusal = ""
        self._painted = False
        self._sources: tuple[str, ...] = spec.ports
        self._dirty = True
        self._last_frame = self._last_status = float("-inf")
        self.toolbar = PlotToolbar()
        self.status = Status()
        self._blank = QLabel()
        self._blank.setTextFormat(Qt.TextFormat.PlainText)
        self._blank.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._blank.setWordWrap(True)
        self._blank.setProperty("muted", True)
        self.legend = Legend()
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.legend, 1)
        row.addWidget(self.status)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self.toolbar)
        self._layout.addLayout(row)
        self._layout.addWidget(self._blank, 1)
        self.toolbar.kind_chosen.connect(self.kind_chosen)
        self.toolbar.option_chosen.connect(self.option_chosen)
        self.toolbar.pause_chosen.connect(self._on_pause)
        self.toolbar.fit_chosen.connect(self._on_fit)
        self._show_settings()
        self._show_status()

    # -- what is shown

    @property
    def spec(self) -> PlotSpec:
        """What the file says of this plot."""
        return self._spec

    @property
    def feed(self) -> Feed:
        """That of the first port."""
        return self.feeds[0]

    @property
    def is_refused(self) -> bool:
        """Has it given up, and says why?"""
        return bool(self._refusal)

    @property
    def is_paused(self) -> bool:
        """Is the picture frozen?"""
        return self.toolbar.pause.isChecked()

    def apply(self, spec: PlotSpec) -> None:
        """Show what the file says now; the first port stays the same."""
        before, self._spec = self._spec, spec
        self._show_settings()
        if spec.kind != before.kind:
            self._drop_picture()
            self.close_tap()
        if [feed.port for feed in self.feeds] != list(_shown_ports(spec)):
            self._show_ports(spec)
        elif self.picture is not None:
            self.picture.set_options(self.options)
            self._on_channels()
        self._wake()

    def _show_ports(self, spec: PlotSpec) -> None:
        self.close_tap()
        self.feeds = _feeds_of(spec)
        if self.picture is not None:
            self._drop_picture()
        self.begin_run(self._run)

    def name_sources(self, names: tuple[str, ...]) -> None:
        """Take what people call its ports."""
        if names != self._sources:
            self._sources = names
            if self.picture is not None:
                self.picture.set_sources(names[: len(self.feeds)])
                self._wake()

    @property
    def options(self) -> PlotOptions:
        """What is set, made safe."""
        return PlotOptions.read(self._spec.options, settings_of(self._spec.kind))

    def _show_settings(self) -> None:
        kind = self._spec.kind
        # A spectrum that comes ready has no window of its own.
        has_window = kind == SCOPE or (kind == SPECTRUM and self.policy is EVERY_CHUNK)
        self.toolbar.show_settings(kind, self.options, has_window)

    def begin_run(self, run: Run | None) -> None:
        """Show another run from now on, beginning empty; None is no run."""
        self._run = run
        self._refusal = ""
        for feed in self.feeds:
            feed.begin_run(run)
        self.toolbar.pause.setChecked(False)
        if self.picture is not None:
            self.picture.clear()
        self._on_channels()
        self._wake()

    def retheme(self) -> None:
        """Take the colours of the theme in use."""
        self.toolbar.retheme()
        self.update()
        if self.picture is not None and not self._refusal:  # what has failed is not drawn again
            self.picture.retheme()

    def close_tap(self) -> None:
        """Take nothing any more."""
        for feed in self.feeds:
            feed.detach()

    # -- frames

    @property
    def is_seen(self) -> bool:
        """Can any of it be seen? Not behind another tab, nor minimised."""
        return self.isVisible() and not self.window().isMinimized() and not self.visibleRegion().isEmpty()

    @property
    def is_busy(self) -> bool:
        """Is there, or may there soon be, something to draw?"""
        if self._dirty or self._refusal:
            return self._dirty
        return (
            self._wants_tap()
            or any(feed.has_just_ended for feed in self.feeds)
            or (self.picture is not None and self.picture.has_more_to_draw)
        )

    def _wants_tap(self) -> bool:
        if self.is_paused or self._spec.kind not in KIND_NAMES:
            return False
        if any(feed.is_attached for feed in self.feeds):
            return True  # also after the end of the run, until it has been read empty
        return self._run is not None and not (self._run.state.is_over or self._refusal or self.has_ended)

    @property
    def has_ended(self) -> bool:
        """Have all of its ports given their last message?"""
        return all(feed.ended for feed in self.feeds)

    @property
    def interval_s(self) -> float:
        """How long from one frame to the next: longer where frames are dear."""
        return FRAME_S if self.frame_ms <= DEAR_MS else max(FRAME_S, self.frame_ms * 2.5e-3)

    @property
    def last_frame_s(self) -> float:
        """When the last frame was, on the monotonic clock."""
        return self._last_frame

    def is_due(self, now_s: float) -> bool:
        """Is it time for a frame?"""
        return now_s - self._last_frame >= self.interval_s - LATE_S

    def frame(self) -> None:
        """Take what came and draw it. Never raises: what fails is said in the plot and in the log."""
        begun, worked = time.monotonic(), time.thread_time()
        self._last_frame = begun
        try:
            self._take_and_draw()
        except Exception as error:  # a plot may fail, the window may not
            _log.exception("the plot of %s failed", self._spec.port)
            self.close_tap()
            self._refusal = f"This plot failed and was stopped: {type(error).__name__}: {error}"
            self._dirty = False
            if self.picture is not None:
                self.picture.show_notice(self._refusal)
        if begun - self._last_status >= _STATUS_EVERY_S or not self._wants_tap():
            self._last_status = begun
            self._show_status()
        paint_ms = self.picture.paint_ms if self.picture is not None else 0.0
        # Of the processor: what other programs have of it makes no frame dear.
        cost_ms = (time.thread_time() - worked) * 1e3 + paint_ms
        # One slow frame, such as the first, says little of the next ones.
        self.frame_ms += 0.2 * (min(cost_ms, 2 * self.frame_ms + DEAR_MS) - self.frame_ms)

    def _take_and_draw(self) -> None:
        if self.picture is None and self._painted:
            self._make_picture()
            return
        picture = self.picture
        if picture is None:
            return
        self._keep_tap()
        has_come = False
        for source, feed in enumerate(self.feeds):
            messages = feed.take()
            if messages:
                has_come = True
                before = picture.passed_over
                picture.add(messages, source)
                feed.skipped += picture.passed_over - before
        ended_empty = self.has_ended and picture.is_empty
        if has_come or self._dirty or picture.has_more_to_draw or ended_empty:
            self._dirty = False
            picture.draw()
            picture.show_notice(self._notice())

    def _keep_tap(self) -> None:
        if not self._wants_tap():
            return
        for feed in self.feeds:
            try:
                feed.attach(self.policy)
            except TidewireError as error:
                self._refusal = f"{feed.port} cannot be shown: {error}"
                self._dirty = True
                return

    @property
    def policy(self) -> TapPolicy:
        """What the tap keeps between two frames."""
        return tap_policy(self._spec.kind, self._port_type)

    def _make_picture(self) -> None:
        picture = make_picture(self._spec.kind)
        if picture is None:
            self._blank.setText(
                f"This version of Tidewire has no plot of the kind “{self._spec.kind}”.\nChoose another."
            )
            self._dirty = False
            return
        picture.set_options(self.options)
        picture.set_sources(self._sources[: len(self.feeds)])
        picture.option_chosen.connect(self.option_chosen)
        picture.view_changed.connect(self._wake)
        picture.channels_changed.connect(self._on_channels)
        self.picture = picture
        self._layout.replaceWidget(self._blank, picture)
        self._blank.hide()
        self._dirty = True

    def _drop_picture(self) -> None:
        picture, self.picture = self.picture, None
        self._blank.setText("")
        if picture is not None:
            self._layout.replaceWidget(picture, self._blank)
            self._blank.show()
            picture.hide()
            picture.deleteLater()
        self._on_channels()

    def _notice(self) -> str:
        if self._refusal:
            return self._refusal
        if self.picture is None or not self.picture.is_empty:
            return ""
        if self._run is None:
            return f"No data yet. Start the graph to see {self._spec.port} here."
        if self.has_ended or self._run.state.is_over:
            return f"{self._spec.port} ended without a message."
        return f"No data yet. Waiting for the first message of {self._spec.port}."

    def _show_status(self) -> None:
        parts = []
        if self._refusal:
            parts.append("stopped")
        elif self.is_paused:
            parts.append("paused")
        elif self.picture is not None and self.picture.is_empty:
            parts.append(self.feed.end_word if self.has_ended else "no data yet")
        elif self._run is not None and (self.has_ended or self._run.state.is_over):
            parts.append(self.feed.end_word)
        elif self._run is not None and self.feed.is_attached:
            parts.append(f"{short(sum(feed.rate_hz for feed in self.feeds), 3)} msg/s")
        if self.picture is not None and self.picture.info:
            parts.append(self.picture.info)
        if self.interval_s > 1.5 * FRAME_S:
            parts.append(f"{1 / self.interval_s:.0f} frames/s")
        skipped = sum(feed.skipped for feed in self.feeds)
        if skipped:
            parts.insert(0, f"skipped {skipped}")
        self.status.show_text(" · ".join(parts))

    # -- events

    def _wake(self) -> None:
        self._dirty = True
        self.woken.emit()

    def _on_pause(self, paused: bool) -> None:
        if paused:
            self.close_tap()
        self._wake()

    def _on_fit(self) -> None:
        if self.picture is not None:
            self.picture.fit_view()

    def _on_channels(self) -> None:
        channels = self.picture.channels if self.picture is not None else ()
        self.toolbar.show_channels(channels)
        has_legend = self.picture is not None and self.picture.has_legend
        self.legend.show_channels(channels if has_legend else (), self.options.hidden)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill what lies behind. From the first paint on the picture may be made, which imports pyqtgraph."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.color("field"))
        painter.end()
        if not self._painted:
            self._painted = True
            self._wake()

    def showEvent(self, event: QShowEvent) -> None:
        """Go on."""
        super().showEvent(event)
        self._wake()

    def hideEvent(self, event: QHideEvent) -> None:
        """Take nothing while nobody looks."""
        super().hideEvent(event)
        self.close_tap()


def _shown_ports(spec: PlotSpec) -> tuple[str, ...]:
    return spec.ports[: most_ports(spec.kind)]


def _feeds_of(spec: PlotSpec) -> list[Feed]:
    return [Feed(port) for port in _shown_ports(spec)]
