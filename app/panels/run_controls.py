"""The run controls in the toolbar: Start, Stop, Force stop, state, elapsed time, and the load of every location."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app import theme
from app.panels.bars import waiting_text
from app.panels.location_box import dot
from app.workbench import Workbench
from engine import Location

_TONES = {
    "preparing": "warn",
    "running": "good",
    "draining": "warn",
    "aborting": "warn",
    "failed": "bad",
    "killed": "bad",
}
_WORDS = {
    "preparing": "Starting",
    "running": "Running",
    "draining": "Stopping",
    "aborting": "Stopping by force",
    "finished": "Finished",
    "stopped": "Stopped",
    "failed": "Failed",
    "killed": "Killed",
}
_STOPPING = ("draining", "aborting")


class RunButtons(QWidget):
    """Start, Stop and Force stop. Force stop is armed while a stop is under way, and says what that waits for."""

    def __init__(self, workbench: Workbench, start: QAction, stop: QAction, force: QAction) -> None:
        super().__init__()
        self._workbench = workbench
        self._looks = (("start", start, "good"), ("stop", stop, "bad"), ("force", force, "bad"))
        self._buttons: dict[str, QToolButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for name, action, _ in self._looks:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setObjectName(name)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setIconSize(QSize(15, 15))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(action.text().replace("&", ""))
            row.addWidget(button)
            self._buttons[name] = button
        workbench.run_changed.connect(self.refresh)
        workbench.statistics_changed.connect(self.refresh)
        theme.changed.connect(self._recolor)
        self._recolor()
        self.refresh()

    def button(self, name: str) -> QToolButton:
        """The button "start", "stop" or "force"."""
        return self._buttons[name]

    def refresh(self) -> None:
        """Arm Force stop while the run is stopping."""
        is_stopping = self._workbench.run_state in _STOPPING
        force = self._buttons["force"]
        if is_stopping:
            force.setToolTip(f"End the run now (Ctrl+.). It {waiting_text(self._workbench)}")
            force.setAccessibleDescription(force.toolTip())
        else:
            force.setToolTip("End the run now; what is in flight is lost and counted (Ctrl+.)")
        name = "force" if is_stopping else "force_idle"
        if force.objectName() != name:
            force.setObjectName(name)
            force.style().unpolish(force)
            force.style().polish(force)

    def _recolor(self) -> None:
        for name, action, token in self._looks:
            action.setIcon(theme.icon(name, token))


class RunState(QWidget):
    """The state of the run in a word, and how long it has been running."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self._workbench = workbench
        self._badge = QLabel("Stopped")
        self._badge.setObjectName("badge")
        self._badge.setAccessibleName("State of the run")
        self._elapsed = QLabel("")
        self._elapsed.setAccessibleName("Elapsed time")
        self._elapsed.setMinimumWidth(self._elapsed.fontMetrics().horizontalAdvance("00:00:00.0"))
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        self._edit = QLabel("")
        self._edit.setObjectName("edit_state")
        self._edit.setProperty("muted", True)
        self._edit.setAccessibleName("Changes while it runs")
        row.addWidget(self._badge)
        row.addWidget(self._elapsed)
        row.addWidget(self._edit)
        workbench.run_changed.connect(self.refresh)
        workbench.statistics_changed.connect(self.refresh)
        self.refresh()

    @property
    def text(self) -> str:
        """What the badge says."""
        return self._badge.text()

    @property
    def edit_text(self) -> str:
        """What is said of changes that are not in the run, or not yet."""
        return self._edit.text()

    def refresh(self) -> None:
        """Show the state and the time as they are now."""
        state = self._workbench.run_state
        text = _WORDS.get(str(state), "Ready") if state is not None else "Ready"
        tone = _TONES.get(str(state), "plain")
        if (text, tone) != (self._badge.text(), self._badge.property("tone")):
            self._badge.setText(text)
            self._badge.setProperty("tone", tone)
            self._badge.style().unpolish(self._badge)
            self._badge.style().polish(self._badge)
        self._show_edit()
        run = self._workbench.run
        self._elapsed.setText(clock(run.elapsed_s) if run is not None and state != "preparing" else "")

    def _show_edit(self) -> None:
        """Say what of the graph is not in the run, or not yet."""
        bench, text, tip = self._workbench, "", ""
        left_out = bench.left_out_of_run
        if bench.is_editing_run:
            text, tip = "Applying the change…", "What is touched is made anew; everything else goes on"
        elif bench.waits_for_start:
            text, tip = "Changed: takes effect at the next start", bench.waits_for_start
        elif left_out:
            text = f"{len(left_out)} node{'' if len(left_out) == 1 else 's'} not in the run"
            tip = "\n".join(left_out.values())
        if (text, tip) != (self._edit.text(), self._edit.toolTip()):
            self._edit.setText(text)
            self._edit.setToolTip(tip)
            self._edit.setAccessibleDescription(tip)


class LocationLegend(QWidget):
    """Every location of the graph with its colour and name, and while it runs the load of its computer."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self._workbench = workbench
        self._labels: dict[Location, QLabel] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(4, 0, 4, 0)
        self._row.setSpacing(4)
        workbench.document_changed.connect(self.refresh)
        workbench.statistics_changed.connect(self.show_load)
        workbench.run_changed.connect(self.refresh)
        theme.changed.connect(self._rebuild)
        self.refresh()

    def refresh(self) -> None:
        """Show the locations that the graph has now."""
        if list(self._labels) != self._workbench.locations():
            self._rebuild()
        if not self._workbench.is_running:
            for location, label in self._labels.items():
                label.setText(location.label)

    def _rebuild(self) -> None:
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._labels = {}
        for location in self._workbench.locations():
            mark = QLabel()
            mark.setPixmap(dot(theme.location_color(location)).pixmap(16, 16))
            label = QLabel(location.label)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAccessibleName(f"Location {location.label}")
            self._row.addWidget(mark)
            self._row.addWidget(label)
            self._row.addSpacing(8)
            self._labels[location] = label

    def show_load(self, statistics: Any) -> None:
        """Show the share of a core that every location's computer uses."""
        if not self._workbench.is_running:
            return
        loads = {str(computer.location) or "main": computer for computer in statistics.computers.values()}
        for location, label in self._labels.items():
            computer = loads.get(location.label)
            text = location.label if computer is None else f"{location.label} {_condition(computer)}"
            if label.text() != text:
                label.setText(text)


def _condition(computer: Any) -> str:
    """How a computer is doing, in a word: its load, or what has become of it."""
    turns = f" ↻{computer.restarts}" if computer.restarts else ""
    if computer.state == "restarting" or (computer.restarts and computer.state == "preparing"):
        return f"restarting{turns}"
    if computer.exit_code not in (None, 0):
        return f"dead ({computer.exit_code}){turns}"
    return f"{computer.cpu:.0%}{turns}"


def clock(seconds: float) -> str:
    """A time as people read it: `0:03.2`, `12:05`, `1:02:03`."""
    minutes, rest = divmod(max(0.0, seconds), 60.0)
    hours, minutes = divmod(int(minutes), 60)
    if hours:
        return f"{hours}:{minutes:02d}:{int(rest):02d}"
    return f"{minutes}:{rest:04.1f}" if minutes < 10 else f"{minutes}:{int(rest):02d}"
