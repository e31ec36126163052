"""The log panel: the events of the run and the messages of the editor, in order, with a filter."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFontDatabase, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from app.workbench import Workbench

MAX_LINES = 5000
_FLUSH_MS = 100


class LogPanel(QWidget):
    """The last lines of the log. New ones are drawn at most ten times a second."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: deque[str] = deque(maxlen=MAX_LINES)
        self._fresh: list[str] = []
        self._workbench = workbench
        self._state: str | None = None
        self._filter = QLineEdit(placeholderText="Filter…", clearButtonEnabled=True)
        self._filter.setAccessibleName("Filter the log")
        self._filter.textChanged.connect(self._redraw)
        self._clear = QToolButton()
        self._clear.setText("Clear")
        self._clear.setAccessibleName("Clear the log")
        self._clear.clicked.connect(self.clear)
        self.view = QPlainTextEdit(readOnly=True)
        self.view.setAccessibleName("Log")
        self.view.setMaximumBlockCount(MAX_LINES)
        self.view.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        top = QHBoxLayout()
        top.addWidget(self._filter, 1)
        top.addWidget(self._clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.addLayout(top)
        layout.addWidget(self.view, 1)
        self._flush = QTimer(self, interval=_FLUSH_MS, singleShot=True)
        self._flush.timeout.connect(self._draw)
        workbench.run_event.connect(self._take_event)
        workbench.run_changed.connect(self._take_state)
        workbench.message.connect(self._take_message)

    @property
    def text(self) -> str:
        """All lines that are kept."""
        return "\n".join(self._lines)

    def clear(self) -> None:
        """Forget all lines."""
        self._lines.clear()
        self._fresh.clear()
        self.view.clear()

    def _take_state(self) -> None:
        """A run that starts has no events yet, so its first states are noted here."""
        state = self._workbench.run_state
        if state != self._state:
            if state in ("preparing", "running"):
                self._add(_time(None), "run", str(state))
            self._state = state

    def _take_event(self, event: Any) -> None:
        if event.entity == "run":
            self._state = event.new
        step = f"{event.old} → {event.new}" if event.old and event.new else str(event.new or event.old or "")
        reason = f": {event.reason}" if event.reason else ""
        self._add(_time(event.time), str(event.entity), f"{step}{reason}")

    def _take_message(self, severity: str, text: str) -> None:
        self._add(_time(None), f"editor {severity}", text)

    def _add(self, time: str, who: str, text: str) -> None:
        line = f"{time}  {who}  {printable(text)}"
        self._lines.append(line)
        if self._passes(line):
            self._fresh.append(line)
            if not self._flush.isActive():
                self._flush.start()

    def _passes(self, line: str) -> bool:
        return self._filter.text().casefold() in line.casefold()

    def _draw(self) -> None:
        if self._fresh:
            bar = self.view.verticalScrollBar()
            follows = bar.value() == bar.maximum() or not self.view.isVisible()
            self.view.appendPlainText("\n".join(self._fresh))
            self._fresh.clear()
            if follows:
                self._show_newest()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin at the newest line."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self._show_newest)

    def _show_newest(self) -> None:
        bar = self.view.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _redraw(self) -> None:
        self._fresh.clear()
        self.view.setPlainText("\n".join(line for line in self._lines if self._passes(line)))
        self._show_newest()


def printable(text: str) -> str:
    """A text on one line, with control characters escaped."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def _time(seconds: float | None) -> str:
    moment = datetime.now() if not seconds or seconds < 1e9 else datetime.fromtimestamp(seconds)
    return moment.strftime("%H:%M:%S.%f")[:-3]
