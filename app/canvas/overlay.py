"""Small widgets that lie on the canvas: they stay inside it, and go when the keyboard goes elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QWidget

from app import theme

_EDGE = 6


def keep_inside(widget: QWidget, position: QPoint) -> QPoint:
    """The position nearest to the wished one at which the widget lies within its parent."""
    parent = widget.parentWidget()
    room = parent.size() if parent is not None else widget.size()
    x = max(_EDGE, min(position.x(), room.width() - widget.width() - _EDGE))
    y = max(_EDGE, min(position.y(), room.height() - widget.height() - _EDGE))
    return QPoint(x, y)


class Overlay(QFrame):
    """A frame on the canvas that takes the keyboard while it is open. It closes by Escape or when focus leaves it."""

    closed = Signal()

    def __init__(self, canvas: QWidget, name: str) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setObjectName(name)
        self.setStyleSheet(
            f"QFrame#{name} {{ background: {theme.tokens['panel']}; border: 1px solid {theme.tokens['control_border']};"
            " border-radius: 8px; }"
        )
        self._is_open = False
        self.hide()

    def open_at(self, position: QPoint, focus: QWidget) -> None:
        """Show it at a position of the canvas with the keyboard in one of its children."""
        self.adjustSize()
        self.move(keep_inside(self, position))
        self._is_open = True
        self.show()
        self.raise_()
        focus.setFocus(Qt.FocusReason.PopupFocusReason)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_changed)

    @property
    def is_open(self) -> bool:
        """Is it on the canvas?"""
        return self._is_open

    def close_overlay(self) -> None:
        """Take it away, give the keyboard back to the canvas if it was here, and delete it."""
        if not self._is_open:
            return
        self._is_open = False
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.disconnect(self._focus_changed)
            focused = app.focusWidget()
            if focused is not None and self.isAncestorOf(focused):
                self._canvas.setFocus()
        self.hide()
        self.closed.emit()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_overlay()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Children that pass their keys here let Escape through whatever they do with it."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self.close_overlay()
            return True
        return super().eventFilter(watched, event)

    def _focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        if self._is_open and new is not None and new is not self and not self.isAncestorOf(new):
            self.close_overlay()
