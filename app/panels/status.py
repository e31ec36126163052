"""The status line: the last message, and a summary of the run."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QSizePolicy, QStatusBar

from app import theme
from app.panels.log import printable
from app.workbench import Workbench

_SHOWN_MS = {"info": 5000, "warning": 10000, "error": 20000}
_INK = {"info": "info", "warning": "warn", "error": "bad"}


class StatusLine(QStatusBar):
    """Shows messages with an icon for their severity; the summary of the run stands at the right."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self._workbench = workbench
        self._icon = QLabel()
        self._icon.hide()
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setAccessibleName("Last message")
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._doing = QLabel()
        self._doing.setTextFormat(Qt.TextFormat.PlainText)
        self._doing.setAccessibleName("What letting go would do")
        self._doing.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._doing.hide()
        self._end = QTimer(self, singleShot=True)
        self._end.timeout.connect(self._clear)
        self._summary = QLabel()
        self._summary.setTextFormat(Qt.TextFormat.PlainText)
        self._summary.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._summary.setAccessibleName("Summary of the run")
        self._summary.setContentsMargins(0, 0, 8, 0)
        self.addWidget(self._icon)
        self.addWidget(self._text, 1)
        self.addWidget(self._doing, 1)
        self.addPermanentWidget(self._summary)
        self.setSizeGripEnabled(False)
        workbench.message.connect(self._show)
        workbench.statistics_changed.connect(self._summarise)
        workbench.document_changed.connect(self._describe)
        workbench.run_changed.connect(self._describe)
        self._describe()

    @property
    def gesture(self) -> str:
        """What the gesture under way would do; empty when there is none."""
        return self._doing.text()

    @property
    def text(self) -> str:
        """The message that is shown."""
        return self._text.text()

    def show_gesture(self, text: str) -> None:
        """Say what the gesture under way would do, in place of the message; empty shows that again."""
        self._doing.setText(printable(text))
        self._doing.setVisible(bool(text))
        self._text.setVisible(not text)
        self._icon.setVisible(not text and bool(self._text.text()))

    def _show(self, severity: str, text: str) -> None:
        self._icon.setPixmap(theme.icon(severity, _INK[severity]).pixmap(16, 16))
        self._icon.setAccessibleName(severity)
        self._icon.setVisible(self._doing.isHidden())
        self._text.setText(printable(text))
        self._text.setToolTip(text)
        self._end.start(_SHOWN_MS[severity])

    def _clear(self) -> None:
        self._icon.hide()
        self._text.clear()
        self._text.setToolTip("")

    def _describe(self) -> None:
        if not self._workbench.is_running:
            graph = self._workbench.graph
            self._summary.setText(f"{_count(graph.nodes, 'node')} · {_count(graph.wires, 'wire')}")

    def _summarise(self, statistics: Any) -> None:
        if self._workbench.is_running:
            total = sum(wire.bytes_per_s for wire in statistics.wires.values())
            parts = [
                _count(statistics.computers, "computer"),
                _count(statistics.wires, "wire"),
                rate_text(total),
            ]
            for what in ("dropped", "lost"):
                count = sum(getattr(wire, what) for wire in statistics.wires.values())
                if count:
                    parts.append(f"{count} {what}")
            self._summary.setText(" · ".join(parts))


def rate_text(bytes_per_s: float) -> str:
    """A data rate as people read it."""
    for unit in ("B/s", "kB/s", "MB/s"):
        if bytes_per_s < 1000:
            return f"{bytes_per_s:.3g} {unit}"
        bytes_per_s /= 1000
    return f"{bytes_per_s:.3g} GB/s"


def _count(things: Any, name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"
