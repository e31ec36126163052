"""The log panel: the events of the run and the messages of the editor, in order, filtered by level, node and text."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFontDatabase, QShowEvent, QTextCursor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from app.panels.run_problems import late_text, likeness
from app.workbench import Workbench

MAX_LINES = 5000
_FLUSH_MS = 100
LEVELS = ("info", "warning", "error")
_ERRORS = ("failure", "failed", "dead", "killed", "abandoned", "stuck")  # states and news of nodes and computers
_WARNINGS = ("late", "restarting", "suspended", "aborting")
_ALL = ""
_REPEATED = ("failure", "note", "late", "stuck", "in time")  # what may come again and again while the state stays


@dataclass(eq=False)
class Line:
    """One line of the log; what comes again is counted in the line that is there.

    `number` counts the lines of the view; -1 while it is not in it. `level` is one of `LEVELS`.
    """

    time: str
    who: str
    text: str
    count: int = 1
    last: str = ""
    number: int = -1
    level: str = "info"
    key: tuple[str, str] | None = None  # by which it is found again; None for what is never counted

    def __str__(self) -> str:
        times = f"  ×{self.count}, last {self.last}" if self.count > 1 else ""
        return f"{self.time}  {self.who}  {self.text}{times}"


class LogPanel(QWidget):
    """The last lines of the log. New ones are drawn at most ten times a second."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: deque[Line] = deque(maxlen=MAX_LINES)
        self._repeated: dict[tuple[str, str], Line] = {}
        self._fresh: list[Line] = []
        self._again: set[Line] = set()  # counted on since they were drawn
        self._drawn = 0  # lines put into the view since it was empty
        self._workbench = workbench
        self._filter = QLineEdit(placeholderText="Filter…", clearButtonEnabled=True)
        self._filter.setAccessibleName("Filter the log")
        self._filter.textChanged.connect(self._redraw)
        self._level = QComboBox()
        self._level.setAccessibleName("Least level")
        self._level.setToolTip("Show what is at least so bad")
        for text, level in (("All", "info"), ("Warnings", "warning"), ("Errors", "error")):
            self._level.addItem(text, level)
        self._level.currentIndexChanged.connect(self._redraw)
        self._node = QComboBox()
        self._node.setAccessibleName("Node")
        self._node.setToolTip("Show what one node says")
        self._node.addItem("All nodes", _ALL)
        self._node.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._node.setMinimumContentsLength(8)
        self._node.currentIndexChanged.connect(self._redraw)
        self._clear = QToolButton()
        self._clear.setText("Clear")
        self._clear.setAccessibleName("Clear the log")
        self._clear.clicked.connect(self.clear)
        self.view = QPlainTextEdit(readOnly=True, undoRedoEnabled=False)
        self.view.setAccessibleName("Log")
        self.view.setMaximumBlockCount(MAX_LINES)
        self.view.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        top = QHBoxLayout()
        top.addWidget(self._level)
        top.addWidget(self._node, 1)
        top.addWidget(self._clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.addLayout(top)
        layout.addWidget(self._filter)
        layout.addWidget(self.view, 1)
        self._flush = QTimer(self, interval=_FLUSH_MS, singleShot=True)
        self._flush.timeout.connect(self._draw)
        workbench.run_event.connect(self._take_event)
        workbench.statistics_changed.connect(self._take_counts)
        workbench.message.connect(self._take_message)

    @property
    def text(self) -> str:
        """All lines that are kept."""
        return "\n".join(str(line) for line in self._lines)

    def clear(self) -> None:
        """Forget all lines."""
        self._lines.clear()
        self._repeated.clear()
        self._node.setCurrentIndex(0)
        while self._node.count() > 1:
            self._node.removeItem(1)
        self._empty()

    # -- what comes in ----------------------------------------------------------------------------------------

    def _take_event(self, event: Any) -> None:
        if event.entity == "run" and event.new == "preparing":
            self._repeated.clear()
        step = f"{event.old} → {event.new}" if event.old and event.new else str(event.new or event.old or "")
        cause = late_text(event.reason) if event.new in ("late", "stuck") else event.reason
        reason = f": {cause}" if cause else ""
        if event.new in _REPEATED:
            self._add_repeated(_time(event.time), str(event.entity), f"{step}{reason}", _level_of(event))
        else:
            self._add(_time(event.time), str(event.entity), f"{step}{reason}", _level_of(event))

    def _take_message(self, severity: str, text: str) -> None:
        self._add_repeated(_time(None), f"editor {severity}", text, severity if severity in LEVELS else "info")

    def _take_counts(self, statistics: Any) -> None:
        """A node tells no more than a few failures a second in full; when they are all alike, all are counted here."""
        failures: dict[str, list[Line]] = {}
        for (who, text), line in self._repeated.items():
            if text.startswith("failure"):
                failures.setdefault(who, []).append(line)
        for who, lines in failures.items():
            figures = statistics.nodes.get(who.removeprefix("node:"))
            if figures is not None and len(lines) == 1 and figures.errors > lines[0].count:
                self._count(lines[0], figures.errors, _time(None))

    def _add_repeated(self, time: str, who: str, text: str, level: str) -> None:
        key = (who, likeness(text))
        line = self._repeated.get(key)
        if line is None:
            line = self._repeated[key] = self._add(time, who, text, level)
            line.key = key
        else:
            self._count(line, line.count + 1, time)

    def _count(self, line: Line, count: int, time: str) -> None:
        line.count, line.last = count, time
        self._again.add(line)
        self._draw_soon()

    def _add(self, time: str, who: str, text: str, level: str) -> Line:
        if len(self._lines) == MAX_LINES:
            self._let_go(self._lines[0])
        line = Line(time, who, printable(text), level=level)
        if who.startswith("node:") and self._node.findData(who) < 0:
            self._node.addItem(who.removeprefix("node:"), who)
        self._lines.append(line)
        if self._passes(line):
            self._fresh.append(line)
            self._draw_soon()
        return line

    def _let_go(self, line: Line) -> None:
        self._again.discard(line)
        if line.key is not None and self._repeated.get(line.key) is line:
            del self._repeated[line.key]

    # -- showing it -------------------------------------------------------------------------------------------

    def _passes(self, line: Line) -> bool:
        who = self._node.currentData()
        return (
            LEVELS.index(line.level) >= self._level.currentIndex()
            and who in (_ALL, line.who)
            and self._filter.text().casefold() in str(line).casefold()
        )

    def _draw_soon(self) -> None:
        if not self._flush.isActive():
            self._flush.start()

    def _draw(self) -> None:
        bar = self.view.verticalScrollBar()
        follows = bar.value() == bar.maximum() or not self.view.isVisible()
        place = bar.value()
        for line in self._again:
            self._draw_again(line)
        self._again.clear()
        if self._fresh:
            for line in self._fresh:
                line.number = self._drawn
                self._drawn += 1
            self.view.appendPlainText("\n".join(str(line) for line in self._fresh))
            self._fresh.clear()
        if follows:
            self._show_newest()
        else:
            bar.setValue(place)

    def _draw_again(self, line: Line) -> None:
        """Write a line anew where it stands; the oldest ones may have left the view."""
        if line.number < 0:
            return
        block = self.view.document().findBlockByNumber(line.number - (self._drawn - self.view.blockCount()))
        if block.isValid():
            cursor = QTextCursor(block)
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
            cursor.insertText(str(line))

    def showEvent(self, event: QShowEvent) -> None:
        """Begin at the newest line."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self._show_newest)

    def _show_newest(self) -> None:
        bar = self.view.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _empty(self) -> None:
        self._fresh.clear()
        self._again.clear()
        self._drawn = 0
        self.view.clear()
        for line in self._lines:
            line.number = -1

    def _redraw(self) -> None:
        self._empty()
        self._fresh = [line for line in self._lines if self._passes(line)]
        self._draw()
        self._show_newest()


def _level_of(event: Any) -> str:
    if event.new in _ERRORS:
        return "error"
    return "warning" if event.new in _WARNINGS else "info"


def printable(text: str) -> str:
    """A text on one line, with control characters escaped."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def _time(seconds: float | None) -> str:
    moment = datetime.now() if not seconds or seconds < 1e9 else datetime.fromtimestamp(seconds)
    return moment.strftime("%H:%M:%S.%f")[:-3]
