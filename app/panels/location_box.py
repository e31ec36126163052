"""`LocationBox`: a list of locations to choose from, in which a new one can be typed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QWheelEvent
from PySide6.QtWidgets import QComboBox, QLineEdit

from app import theme
from app.workbench import Workbench
from engine import Location, LocationError

_NEW_THREAD = "New thread"
_NEW_PROCESS = "New process"
_SEVERAL = "several"


class LocationBox(QComboBox):
    """Chooses a location. `chosen` carries its text; `refused` why what was typed is none."""

    chosen = Signal(str)
    refused = Signal(str)

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self._workbench = workbench
        self._shown: str | None = None
        self._line = QLineEdit()
        self.setLineEdit(self._line)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Runs on")
        self.setToolTip("main · a thread: dsp · a process: ml: · a thread of a process: ml:io")
        self.activated.connect(self._activated)
        self._line.editingFinished.connect(self._typed)

    def show_locations(self, current: set[Location]) -> None:
        """Offer what the graph has, and show the one that the nodes have in common."""
        self.blockSignals(True)
        self.clear()
        for location in self._workbench.locations():
            self.addItem(dot(theme.location_color(location)), location.label, str(location))
        self.insertSeparator(self.count())
        self.addItem(theme.icon("plus"), f"{_NEW_THREAD}…", _NEW_THREAD)
        self.addItem(theme.icon("plus"), f"{_NEW_PROCESS}…", _NEW_PROCESS)
        self._shown = next(iter(current)).label if len(current) == 1 else _SEVERAL
        self.setCurrentIndex(self.findText(self._shown))
        self._line.setText(self._shown)
        self.blockSignals(False)

    def _activated(self, index: int) -> None:
        data = self.itemData(index)
        if data == _NEW_THREAD:
            self.chosen.emit(self._unused("thread{}"))
        elif data == _NEW_PROCESS:
            self.chosen.emit(self._unused("process{}:"))
        elif data is not None:
            self.chosen.emit(data)

    def _unused(self, form: str) -> str:
        taken = {str(location) for location in self._workbench.locations()}
        number = 1
        while form.format(number) in taken:
            number += 1
        return form.format(number)

    def _typed(self) -> None:
        text = self._line.text().strip()
        if text in (self._shown, f"{_NEW_THREAD}…", f"{_NEW_PROCESS}…"):
            return
        try:
            location = Location.parse(text)
        except LocationError as error:
            self.refused.emit(str(error))
            return
        self.chosen.emit(str(location))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel scrolls the panel; it never moves nodes elsewhere."""
        event.ignore()


def dot(color: QColor, size: int = 32) -> QIcon:
    """A filled circle."""
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(size // 5, size // 5, size * 3 // 5, size * 3 // 5)
    painter.end()
    return QIcon(pixmap)
