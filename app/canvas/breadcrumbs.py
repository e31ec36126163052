"""The way into the group that is looked at, on top of the canvas: a click on a part of it goes back there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from app import theme

_CORNER = QPoint(12, 12)
_LONGEST = 28  # letters of a name


class Breadcrumbs(QFrame):
    """Hidden on the outermost level. `chosen` carries the level to go to."""

    chosen = Signal(str)

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._way: list[tuple[str, str]] = []
        self.buttons: list[QToolButton] = []
        self.setObjectName("breadcrumbs")
        self.setAccessibleName("Way into the group")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(4, 3, 12, 3)
        self._row.setSpacing(7)
        self.move(_CORNER)
        self.hide()
        theme.changed.connect(self._rebuild)

    def show_way(self, way: Sequence[tuple[str, str]]) -> None:
        """Show (level, name) of all levels from the outermost to the one that is looked at; one alone hides it."""
        if list(way) == self._way:
            return
        had_focus = any(button.hasFocus() for button in self.buttons)
        self._way = list(way)
        self._rebuild()
        self.setVisible(len(self._way) > 1)
        self.raise_()
        if had_focus:
            self._canvas.setFocus()

    def _rebuild(self) -> None:
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.buttons = []
        for index, (level, name) in enumerate(self._way[:-1]):
            self._add_button(level, name)
            if index < len(self._way) - 1:
                self._row.addWidget(self._label("›", is_muted=True))
        if self._way:
            here = self._label(_short(self._way[-1][1]), is_muted=False)
            here.setToolTip(f"inside {self._way[-1][1]}\nEsc or Ctrl+Up leaves it")
            here.setAccessibleName(f"Inside {self._way[-1][1]}")
            self._row.addWidget(here)
        tokens = theme.tokens
        self.setStyleSheet(
            f"QFrame#breadcrumbs {{ background: {tokens['panel']}; border: 1px solid {tokens['control_border']};"
            " border-radius: 8px; }"
        )
        for widget in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            widget.setVisible(self._row.indexOf(widget) >= 0)  # else the layout counts them in the next turn only
        self.adjustSize()

    def _add_button(self, level: str, name: str) -> None:
        button = _Crumb(self)
        button.setText(_short(name).replace("&", "&&"))
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setAccessibleName(f"Go to {name}")
        button.setToolTip(f"go to {name}")
        if not self.buttons:
            button.setIcon(theme.icon("group-leave"))
            button.setIconSize(QSize(14, 14))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.clicked.connect(lambda: self.chosen.emit(level))
        self.buttons.append(button)
        self._row.addWidget(button)

    def _label(self, text: str, *, is_muted: bool) -> QLabel:
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setStyleSheet(
            f"color: {theme.tokens['text_muted' if is_muted else 'text']}; background: transparent;"
            f" font-weight: {400 if is_muted else 600};"
        )
        return label

    def step(self, step: int) -> None:
        """Put the keyboard on the next part of the way, or with -1 on the one before."""
        focused = next((index for index, button in enumerate(self.buttons) if button.hasFocus()), 0)
        self.buttons[max(0, min(len(self.buttons) - 1, focused + step))].setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back to the canvas."""
        if event.key() == Qt.Key.Key_Escape:
            self._canvas.setFocus()
        else:
            super().keyPressEvent(event)


class _Crumb(QToolButton):
    """One part of the way: arrows go along it, Enter goes there. A button of Qt's would keep the arrows."""

    def __init__(self, bar: Breadcrumbs) -> None:
        super().__init__(bar)
        self._bar = bar

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows and Enter."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self._bar.step(step)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
