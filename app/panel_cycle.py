"""Going from panel to panel by keyboard (F6): the toolbar, the canvas, each panel that is seen, the tip of the tour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QToolBar, QWidget

if TYPE_CHECKING:
    from app.window import MainWindow

_LONGEST_CHAIN = 5000  # widgets in the window
_DIRECT = Qt.FindChildOption.FindDirectChildrenOnly
_REASON = Qt.FocusReason.ShortcutFocusReason


def go_to_panel(window: MainWindow, step: int) -> None:
    """Give the keyboard to the next panel, or with -1 to the one before."""
    panels = _panels(window)
    if not panels:
        return
    focused = QApplication.focusWidget()
    now = next((i for i, panel in enumerate(panels) if focused and _holds(panel, focused)), None)
    index = (0 if step > 0 else -1) if now is None else (now + step) % len(panels)
    target = _first_field(panels[index])
    if target is not None:
        target.setFocus(_REASON)


def _panels(window: MainWindow) -> list[QWidget]:
    """What is seen and takes the keyboard, as one reads: from left to right, from top to bottom."""
    parts: list[QWidget] = [*window.findChildren(QToolBar, options=_DIRECT), window.bars]
    parts += [dock for dock in window.findChildren(QDockWidget) if not dock.visibleRegion().isEmpty()]
    if window.canvas is not None:
        parts.append(window.canvas)
    if window.guide.tour is not None:
        parts.append(window.guide.tour.bubble)
    seen = [part for part in parts if part.isVisible() and _first_field(part) is not None]
    return sorted(seen, key=lambda part: _corner(window, part))


def _corner(window: MainWindow, part: QWidget) -> tuple[int, int, int]:
    """Toolbar first, then columns from left to right."""
    if isinstance(part, QToolBar):
        return (-1, 0, 0)
    corner = part.mapTo(window, QPoint(0, 0)) if not part.isWindow() else QPoint(window.width(), 0)
    return (0, corner.x(), corner.y())


def _holds(panel: QWidget, widget: QWidget) -> bool:
    return panel is widget or panel.isAncestorOf(widget)


def _first_field(panel: QWidget) -> QWidget | None:
    """What takes the keyboard in a panel: its own choice, else its first field in the order of Tab."""
    content: QWidget | None = panel.widget() if isinstance(panel, QDockWidget) else panel
    if content is None:
        return None
    proxy: QWidget | None = content.focusProxy()
    if proxy is not None and proxy.isVisible() and proxy.isEnabled():
        return proxy
    fields: list[QWidget] = []
    at: QWidget | None = content
    while at is not None and at not in fields[:1] and len(fields) < _LONGEST_CHAIN:
        fields.append(at)
        at = at.nextInFocusChain()
    return next((field for field in fields if _takes_keyboard(field) and _holds(content, field)), None)


def _takes_keyboard(widget: QWidget) -> bool:
    takes = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return takes and widget.isVisible() and widget.isEnabled() and widget.focusProxy() is None
