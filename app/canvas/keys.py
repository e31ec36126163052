"""The canvas's own keys, as data. The window's shortcuts (undo, copy, save ...) are the window's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_NUDGE = 12.0
_NONE = Qt.KeyboardModifier.NoModifier
_CTRL = Qt.KeyboardModifier.ControlModifier
_CTRL_SHIFT = _CTRL | Qt.KeyboardModifier.ShiftModifier

Action = Callable[["CanvasView"], object]


def _nudge(x: float, y: float) -> Action:
    def nudge(canvas: CanvasView) -> None:
        moved = {id: canvas.mirror.nodes[id].pos() for id in canvas.mirror.selected_cards()}
        if moved:
            canvas.workbench.move({id: (place.x() + x, place.y() + y) for id, place in moved.items()})

    return nudge


_ACTIONS: dict[tuple[Qt.Key, Qt.KeyboardModifier], Action] = {
    (Qt.Key.Key_Delete, _NONE): lambda canvas: canvas.delete_selected(),
    (Qt.Key.Key_Backspace, _NONE): lambda canvas: canvas.delete_selected(),
    (Qt.Key.Key_Tab, _NONE): lambda canvas: canvas.search_to_add(),
    (Qt.Key.Key_F2, _NONE): lambda canvas: canvas.rename_selected(),
    (Qt.Key.Key_Home, _NONE): lambda canvas: canvas.fit(),
    (Qt.Key.Key_0, _CTRL): lambda canvas: canvas.zoom_to(1.0),
    (Qt.Key.Key_Escape, _NONE): lambda canvas: canvas.levels.clear_or_leave(),
    (Qt.Key.Key_Return, _NONE): lambda canvas: canvas.levels.enter_selected(),
    (Qt.Key.Key_Enter, _NONE): lambda canvas: canvas.levels.enter_selected(),
    (Qt.Key.Key_Down, _CTRL): lambda canvas: canvas.levels.enter_selected(),
    (Qt.Key.Key_Up, _CTRL): lambda canvas: canvas.levels.leave(),
    (Qt.Key.Key_G, _CTRL): lambda canvas: canvas.levels.group_selected(),
    (Qt.Key.Key_G, _CTRL_SHIFT): lambda canvas: canvas.levels.ungroup_selected(),
    (Qt.Key.Key_Right, _CTRL): lambda canvas: canvas.focus_next(1),
    (Qt.Key.Key_Left, _CTRL): lambda canvas: canvas.focus_next(-1),
    (Qt.Key.Key_Left, _NONE): _nudge(-_NUDGE, 0),
    (Qt.Key.Key_Right, _NONE): _nudge(_NUDGE, 0),
    (Qt.Key.Key_Up, _NONE): _nudge(0, -_NUDGE),
    (Qt.Key.Key_Down, _NONE): _nudge(0, _NUDGE),
}


def key_action(event: QKeyEvent) -> Action | None:
    """What a key does on the canvas; None when it is not one of its keys."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return _ACTIONS.get((Qt.Key(event.key()), modifiers))


def typed_text(event: QKeyEvent) -> str:
    """The letter that a key types, which begins a search; empty for every other key."""
    only_shift = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
    return event.text() if only_shift and event.text().isalpha() else ""
