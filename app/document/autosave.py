"""`Autosave`: writes the open graph to its own file every few minutes, or when people turn to another program.

It never asks for a place, never writes to an example, and never over what another program wrote.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

from app import RESOURCES
from app.document.settings import settings
from app.workbench import Workbench

OFF = "off"
ON_LEAVING = "leaving"
MINUTES = (1, 5, 15)
MODES = (OFF, ON_LEAVING, *map(str, MINUTES))
_KEY = "autosave"
_MINUTE_MS = 60_000


def autosave_mode() -> str:
    """When graphs are saved by themselves: one of `MODES`."""
    mode = str(settings().value(_KEY, OFF))
    return mode if mode in MODES else OFF


def mode_text(mode: str) -> str:
    """A mode for people."""
    if mode in (OFF, ON_LEAVING):
        return {OFF: "Off", ON_LEAVING: "When leaving the window"}[mode]
    return "Every minute" if mode == "1" else f"Every {mode} minutes"


class Autosave(QObject):
    """Saves the graph of a workbench as the settings say. `choose` changes them."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._workbench = workbench
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.save)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.applicationStateChanged.connect(self._app_state_changed)
        self._apply()

    def choose(self, mode: str) -> None:
        """Save by itself like this from now on, also in later sessions."""
        settings().setValue(_KEY, mode)
        self._apply()

    def _apply(self) -> None:
        mode = autosave_mode()
        self._timer.stop()
        if mode.isdigit():
            self._timer.start(int(mode) * _MINUTE_MS)

    def _app_state_changed(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationInactive and autosave_mode() == ON_LEAVING:
            self.save()

    @property
    def may_save(self) -> bool:
        """Has the graph a file of its own that lacks edits, and did nobody else write to it?"""
        bench = self._workbench
        if bench.path is None or not bench.is_modified or bench.path.resolve().is_relative_to(RESOURCES.resolve()):
            return False
        return not bench.on_disk.is_in_question and bench.on_disk.look() == "same"

    def save(self) -> bool:
        """Save now if that may be; was it?"""
        return self.may_save and self._workbench.save()
