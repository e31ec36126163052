"""The ring around the canvas: seen while it has the keyboard and got it by keyboard, as a click needs no telling."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

_BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


def show_ring(widget: QWidget, reason: Qt.FocusReason) -> None:
    """Let the style sheet draw the ring when the keyboard came by keyboard."""
    is_ringed = reason in _BY_KEYBOARD
    if bool(widget.property("ring")) != is_ringed:
        widget.setProperty("ring", is_ringed)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
