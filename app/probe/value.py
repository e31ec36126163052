"""`ProbeValue`: the newest value of one output port, drawn as what it is. Owns the tap that feeds it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.plots.feed import Feed
from app.plots.kinds import EVERY_CHUNK, NEWEST_ONLY, SCOPE, propose_kind
from app.plots.options import PlotOptions
from app.plots.picture import Picture
from app.probe.looks import Look, look_of
from app.probe.pictures import picture_for
from engine import TidewireError

if TYPE_CHECKING:
    from engine import Run

_log = logging.getLogger(__name__)
_OPTIONS = PlotOptions(window_s=2.0)
NOTHING_RUNS = "Nothing runs. Start the graph to see its values here."


class ProbeValue(QWidget):
    """Shows what its port gives, each time it is told to `look`.

    Invariant: the tap is open only between `begin_run` with a run that goes on and `close_tap`.
    """

    def __init__(self, port: str, port_type: Any) -> None:
        super().__init__()
        self._feed = Feed(port)
        # A trace with holes in it would not be the truth; of all else the newest says what is.
        self._policy = EVERY_CHUNK if propose_kind(port_type) == SCOPE else NEWEST_ONLY
        self._run: Run | None = None
        self._look: Look | None = None
        self.picture: Picture | None = None
        self.notice = QLabel(NOTHING_RUNS)
        self.notice.setTextFormat(Qt.TextFormat.PlainText)
        self.notice.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.notice.setWordWrap(True)
        self.notice.setProperty("muted", True)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.addWidget(self.notice)

    @property
    def is_attached(self) -> bool:
        """Is there an open tap?"""
        return self._feed.is_attached

    def begin_run(self, run: Run | None) -> None:
        """Show another run from now on; None is no run."""
        self._run = run
        self._feed.begin_run(run)
        self._drop_picture()
        self._say(NOTHING_RUNS if run is None else "No data yet.")
        if run is not None and not run.state.is_over:
            try:
                self._feed.attach(self._policy)
            except TidewireError as error:
                self._say(f"No value can be shown: {error}")
        elif run is not None:
            self._say("The run is over. Start the graph to see its values here.")

    def close_tap(self) -> None:
        """Take nothing any more."""
        self._feed.detach()

    def look(self) -> None:
        """Take what came and draw it. Never raises for a payload."""
        messages = self._feed.take()
        if messages:
            try:
                self._show(messages)
            except Exception as error:  # a probe may fail, the window may not
                _log.exception("the probe of %s failed", self._feed.port)
                self._feed.detach()
                self._drop_picture()
                self._say(f"This value cannot be shown: {type(error).__name__}: {error}")
        elif self.picture is None and (self._feed.ended or (self._run is not None and self._run.state.is_over)):
            self._say("It ended without a message.")
        elif self.picture is not None and self.picture.has_more_to_draw:
            self.picture.draw()

    def _show(self, messages: list[Any]) -> None:
        look = look_of(messages[-1].payload)
        if look is not self._look or self.picture is None:
            self._drop_picture()
            self._look, self.picture = look, picture_for(look)
            self.picture.set_options(_OPTIONS)
            self.notice.hide()
            self._box.addWidget(self.picture)
            self.picture.show()
        self.picture.add(messages)
        self.picture.draw()
        self.picture.show_notice("")

    def _drop_picture(self) -> None:
        picture, self.picture, self._look = self.picture, None, None
        if picture is not None:
            picture.hide()
            self._box.removeWidget(picture)
            picture.deleteLater()
        self.notice.show()

    def _say(self, text: str) -> None:
        self.notice.setText(text)

    def retheme(self) -> None:
        """Take the colours of the theme in use."""
        if self.picture is not None:
            self.picture.retheme()
