"""`RunningTour`: shows one tip after the other, each until what it asks for was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent

from app.document.settings import settings
from app.tour.anchors import place_of
from app.tour.bubble import Bubble
from app.tour.deeds import break_it, heal
from app.tour.events import Watch
from app.tour.script import Anchor, Button, Tour

if TYPE_CHECKING:
    from app.window import MainWindow

_SEEN = "tour/seen"
_FOLLOW_MS = 120  # how often the bubble looks where its anchor is
_SIDES = {"parameter": "left", "location": "below", "node": "above"}


def was_seen() -> bool:
    """Has this user ended or closed the tour?"""
    return str(settings().value(_SEEN, "false")).lower() == "true"


def set_seen(seen: bool) -> None:
    """Let the tour come by itself at a first start, or never again."""
    settings().setValue(_SEEN, seen)


class RunningTour(QObject):
    """A tour under way. `ended` is emitted once: at its end, by Escape, or when another graph is opened."""

    ended = Signal()

    def __init__(self, window: MainWindow, tour: Tour) -> None:
        super().__init__(window)
        self._window = window
        self._tour = tour
        self._index = -1
        self._praise = ""
        self._broken = ""
        self._watch: Watch | None = None
        self._is_over = False
        self.bubble = Bubble(window)
        self.bubble.skipped.connect(self._skip)
        self.bubble.closed.connect(self.end)
        self.bubble.pressed.connect(self._press)
        self._follow = QTimer(self, interval=_FOLLOW_MS)
        self._follow.timeout.connect(self._place)
        window.installEventFilter(self)
        if window.canvas is not None:
            window.canvas.viewer.installEventFilter(self)
        window.workbench.document_replaced.connect(self.end)

    @property
    def step(self) -> int:
        """The number of the tip that is shown, from 0; as many as there are at the end."""
        return self._index

    def begin(self) -> None:
        """Show the first tip."""
        self._follow.start()
        self._next("")

    def end(self) -> None:
        """Close it for good; it does not come back by itself."""
        if self._is_over:
            return
        self._is_over = True
        set_seen(True)
        self._follow.stop()
        self._unwatch()
        self._window.workbench.document_replaced.disconnect(self.end)
        self._window.removeEventFilter(self)
        if self._window.canvas is not None:
            self._window.canvas.viewer.removeEventFilter(self)
        self.bubble.end()
        self.ended.emit()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape ends the tour where nothing nearer to the hand takes it: a gesture, a search, a menu."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            canvas = self._window.canvas
            if canvas is None or canvas.hand.gesture is None:
                self.end()
                return True
        return False

    def _next(self, praise: str) -> None:
        self._unwatch()
        self._index += 1
        steps = self._tour.steps
        if self._index >= len(steps):
            end = self._tour.end
            self._show(praise, end.title, end.text, self._tour.title, end.button, "Done")
            return
        step = steps[self._index]
        if step.select and step.select in self._window.workbench.graph.nodes:
            self._window.parameter_dock.show()
            self._window.parameter_dock.raise_()
            self._window.workbench.select([step.select])
            QTimer.singleShot(_FOLLOW_MS, self, lambda: self._scroll_to(step.anchor))
        self._watch = Watch(self._window, step.done)
        self._watch.happened.connect(self._done, Qt.ConnectionType.QueuedConnection)
        self._show(praise, step.title, step.text, f"{self._index + 1} of {len(steps)}", step.button, "Skip this tip")

    def _scroll_to(self, anchor: Anchor) -> None:
        """Bring a parameter into sight in its panel."""
        row = self._window.parameters.row(anchor.of) if anchor.kind == "parameter" else None
        if row is not None and not self._is_over:
            self._window.parameters.ensureWidgetVisible(row)

    def _show(self, praise: str, title: str, text: str, progress: str, button: Button | None, skip: str) -> None:
        self.bubble.say(praise, title, text, progress, button=button.text if button else "", skip=skip)
        self._place()
        self.bubble.show()
        self.bubble.raise_()

    def _done(self) -> None:
        if not self._is_over and self._watch is not None and self.sender() is self._watch:
            self._next(self._tour.steps[self._index].praise)

    def _skip(self) -> None:
        if self._index >= len(self._tour.steps):
            self.end()
        else:
            self._next("")

    def _press(self) -> None:
        is_last = self._index >= len(self._tour.steps)
        button = self._tour.end.button if is_last else self._tour.steps[self._index].button
        if button is None:
            return
        bench = self._window.workbench
        if button.does == "heal":
            heal(bench, self._broken)
            self.end()
            return
        self._broken = break_it(bench, button.of)
        if not bench.is_running:
            bench.start()
        if self._broken and self._window.canvas is not None:
            bench.select([self._broken])
            self._window.canvas.viewer.bring_into_view(self._window.canvas.mirror.area())

    def _unwatch(self) -> None:
        if self._watch is not None:
            self._watch.end()
            self._watch = None

    def _place(self) -> None:
        steps = self._tour.steps
        if self._index < len(steps):
            step = steps[self._index]
            place, side = place_of(self._window, step.anchor), _SIDES.get(step.anchor.kind, "below")
            if place is None and step.select:  # something else is selected: this is what to click
                place, side = place_of(self._window, Anchor("node", step.select)), "below"
            self.bubble.point_at(place, side)
        else:
            broken = Anchor("node", self._broken)
            self.bubble.point_at(place_of(self._window, broken) if self._broken else None, "left")
