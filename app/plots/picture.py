"""`Picture`: what every kind of plot has in common. Takes messages, draws when told to, never raises for a payload."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QSizePolicy, QStackedLayout, QWidget

from app.plots.options import PlotOptions
from app.plots.payloads import describe, values_in
from app.plots.settings import Setting

MAX_VALUES_A_FRAME = 1_000_000  # numbers that are looked at in one frame; about 4 ms


class Picture(QWidget):
    """The content of a plot. A subclass says in `_take` what it does with a payload, and draws in `draw`.

    Attributes:
        passed_over: messages that were left out because a frame has no time for more; the owner counts them.
        sources: what people call each port that it shows, in the order of the plot's ports.
        source: the place in `sources` of the port whose messages are being taken.
    """

    view_changed = Signal()  # must be drawn anew though no data came
    channels_changed = Signal()  # other channels, or another text in `info`
    option_chosen = Signal(str, object)  # something was set in the picture itself, such as a level that was dragged

    def __init__(self, what: str, settings: Sequence[Setting] = ()) -> None:
        """`what` is its name in sentences, `settings` are those of its kind."""
        super().__init__()
        self._what = what
        self.options = PlotOptions.read({}, settings)
        self.passed_over = 0
        self.sources: tuple[str, ...] = ("",)
        self.source = 0
        self._misfit = ""
        self._notice = QLabel()
        self._notice.setTextFormat(Qt.TextFormat.PlainText)
        self._notice.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._notice.setWordWrap(True)
        self._notice.setProperty("muted", True)
        self._notice.setContentsMargins(16, 8, 16, 8)
        self._notice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._notice)

    # -- for the owner

    def add(self, messages: Sequence[Any], source: int = 0) -> None:
        """Take messages of one port; those for which there is no time are passed over, the oldest first."""
        self.source = source
        kept, budget = 0, MAX_VALUES_A_FRAME
        for message in reversed(messages):
            budget -= values_in(message.payload)
            if budget < 0 and kept:
                break
            kept += 1
        self.passed_over += len(messages) - kept
        for message in messages[len(messages) - kept :]:
            try:
                fits = self._take(message)
            except (ValueError, TypeError, OverflowError, ArithmeticError, AttributeError):
                fits = False  # a payload of a class of its own that is not what it looks like
            self._misfit = "" if fits else describe(message.payload)

    def show_notice(self, text: str) -> None:
        """Show a text in place of the picture, or, with "", the picture."""
        if self._misfit:
            text = f"A {self._what} cannot show {self._misfit}.\nChoose another kind of plot, for example Table."
        self._notice.setText(text)
        self._pages.setCurrentIndex(0 if text else 1)

    @property
    def notice(self) -> str:
        """The text that is shown in place of the picture, "" when the picture is."""
        return self._notice.text() if self._pages.currentIndex() == 0 else ""

    @property
    def is_empty(self) -> bool:
        """Has nothing come yet that it can show?"""
        raise NotImplementedError

    @property
    def info(self) -> str:
        """A few words on the data, for example the sample rate."""
        return ""

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that can be hidden."""
        return ()

    @property
    def has_legend(self) -> bool:
        """Does it tell its channels apart by colour?"""
        return len(self.channels) > 1

    @property
    def paint_ms(self) -> float:
        """What the last paint took, where it is measured."""
        return 0.0

    @property
    def has_more_to_draw(self) -> bool:
        """Did it put off drawing something that has come?"""
        return False

    def set_sources(self, names: tuple[str, ...]) -> None:
        """Show these ports from now on; the owner has cleared the picture when they are others."""
        self.sources = names

    def set_options(self, options: PlotOptions) -> None:
        """Take other settings; the owner then draws."""
        self.options = options

    def clear(self) -> None:
        """Forget everything: another run begins."""
        self._misfit = ""
        self.passed_over = 0

    def draw(self) -> None:
        """Show what came since the last time."""
        raise NotImplementedError

    def fit_view(self) -> None:
        """Undo zooming and moving by mouse."""

    def retheme(self) -> None:
        """Take the colours of the theme in use."""

    # -- for subclasses

    def _put(self, content: QWidget) -> None:
        self._pages.addWidget(content)

    def _take(self, message: Any) -> bool:
        """Take one message; False when its payload does not fit."""
        raise NotImplementedError
