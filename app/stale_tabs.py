"""Tab bars that Qt leaves behind: panels that share a place before the window is shown get more than one.

`QMainWindow` makes a bar for each of its trial layouts and forgets to hide those that it does not keep: their upper
edge shines through as a short line (seen with Qt 6.11).
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar


def hide_stale_tabs(window: QMainWindow) -> None:
    """Hide the tab bars of a window that lie below none of its panels."""
    ends = {
        (dock.geometry().left(), dock.geometry().bottom() + 1)
        for dock in window.findChildren(QDockWidget)
        if dock.isVisible() and not dock.isFloating()
    }
    for bar in window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
        place = bar.geometry()
        is_seen = bar.isVisible() and window.rect().intersects(place)  # Qt moves those out that it has no use for now
        if is_seen and (place.left(), place.top()) not in ends:
            bar.hide()
