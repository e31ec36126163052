"""`Page`: a window of its own beside the editor that stops nothing: the shortcuts, the examples, the settings."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QWidget

_LARGEST_SHARE = 0.85  # of the editor's window


class Page(QDialog):
    """Lies over the middle of the editor when it opens. Escape closes it."""

    def __init__(self, window: QWidget, name: str, title: str, size: QSize) -> None:
        super().__init__(window)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setModal(False)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(size.boundedTo(window.size() * _LARGEST_SHARE))

    def open_over(self, window: QWidget) -> None:
        """Show it over the middle of the editor, with the keyboard."""
        self.move(window.frameGeometry().center() - self.rect().center())
        self.show()
        self.raise_()
        self.activateWindow()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes; Enter presses nothing by itself."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            event.ignore()
